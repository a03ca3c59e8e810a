//! Writes datagrams as a pcap file with nanoseconds: Ethernet, IPv4, UDP, all checksums right.

use std::net::{Ipv4Addr, SocketAddrV4};

use zerocopy::IntoBytes;
use zerocopy::big_endian::U16;
use zerocopy::little_endian as le;
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

use super::{ETHERNET, LONGEST_FRAME, NANOSECONDS};

const ETHER_TYPE_IPV4: u16 = 0x0800;
/// Bytes of an IPv4 header without options, and of what comes before it.
const IPV4_HEADER: usize = 20;
const ETHERNET_HEADER: usize = 14;
const UDP_HEADER: usize = 8;
const PROTOCOL_UDP: u8 = 17;
/// The router's own network, as multicast begins.
const TIME_TO_LIVE: u8 = 1;
const DO_NOT_FRAGMENT: u16 = 0x4000;
/// Addresses that no maker of network cards gives out.
const SENDER: [u8; 6] = [0x02, 0, 0, 0, 0, 0x01];
const LISTENER: [u8; 6] = [0x02, 0, 0, 0, 0, 0x02];

/// The beginning of a file, 24 bytes, little-endian.
#[derive(Clone, Copy, Debug, FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned)]
#[repr(C)]
struct FileHeader {
    magic: le::U32,
    version_major: le::U16,
    version_minor: le::U16,
    /// Two fields that nobody uses.
    reserved: [u8; 8],
    longest_frame: le::U32,
    link_type: le::U32,
}

const _: () = assert!(size_of::<FileHeader>() == 24);

/// The beginning of a record, 16 bytes, little-endian.
#[derive(Clone, Copy, Debug, FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned)]
#[repr(C)]
struct RecordHeader {
    seconds: le::U32,
    nanoseconds: le::U32,
    /// Bytes in the file, and bytes there were on the network.
    captured: le::U32,
    length: le::U32,
}

const _: () = assert!(size_of::<RecordHeader>() == 16);

/// What comes before a payload, 42 bytes, big-endian.
#[derive(Clone, Copy, Debug, FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned)]
#[repr(C)]
struct FrameHeader {
    destination_hardware: [u8; 6],
    source_hardware: [u8; 6],
    ether_type: U16,
    version_and_length: u8,
    service: u8,
    total_length: U16,
    identification: U16,
    fragment: U16,
    time_to_live: u8,
    protocol: u8,
    header_checksum: U16,
    source: [u8; 4],
    destination: [u8; 4],
    source_port: U16,
    destination_port: U16,
    udp_length: U16,
    udp_checksum: U16,
}

const _: () = assert!(size_of::<FrameHeader>() == ETHERNET_HEADER + IPV4_HEADER + UDP_HEADER);

/// Writes the datagrams of one sender to one group.
#[derive(Clone, Debug)]
pub(in crate::feed) struct Writer {
    header: FrameHeader,
}

impl Writer {
    /// Writes datagrams from `source` to `destination`, a group or not.
    pub(in crate::feed) fn new(source: SocketAddrV4, destination: SocketAddrV4) -> Self {
        let header = FrameHeader {
            destination_hardware: hardware(*destination.ip()),
            source_hardware: SENDER,
            ether_type: U16::new(ETHER_TYPE_IPV4),
            version_and_length: 0x45,
            service: 0,
            total_length: U16::ZERO,
            identification: U16::ZERO,
            fragment: U16::new(DO_NOT_FRAGMENT),
            time_to_live: TIME_TO_LIVE,
            protocol: PROTOCOL_UDP,
            header_checksum: U16::ZERO,
            source: source.ip().octets(),
            destination: destination.ip().octets(),
            source_port: U16::new(source.port()),
            destination_port: U16::new(destination.port()),
            udp_length: U16::ZERO,
            udp_checksum: U16::ZERO,
        };
        Self { header }
    }

    /// Appends what a file begins with.
    pub(in crate::feed) fn begin(out: &mut Vec<u8>) {
        let header = FileHeader {
            magic: le::U32::new(NANOSECONDS),
            version_major: le::U16::new(2),
            version_minor: le::U16::new(4),
            reserved: [0; 8],
            longest_frame: le::U32::new(LONGEST_FRAME),
            link_type: le::U32::new(ETHERNET),
        };
        out.extend_from_slice(header.as_bytes());
    }

    /// Appends a datagram that came at `time_ns`, nanoseconds since 1970.
    pub(in crate::feed) fn datagram(&mut self, time_ns: u64, payload: &[u8], out: &mut Vec<u8>) {
        const NANOS_PER_SECOND: u64 = 1_000_000_000;
        self.fit(payload);
        let small =
            |number: u64| u32::try_from(number).expect("32 bits of seconds last until 2106");
        let length = small((size_of::<FrameHeader>() + payload.len()) as u64);
        let record = RecordHeader {
            seconds: small(time_ns / NANOS_PER_SECOND).into(),
            nanoseconds: small(time_ns % NANOS_PER_SECOND).into(),
            captured: length.into(),
            length: length.into(),
        };
        out.extend_from_slice(record.as_bytes());
        out.extend_from_slice(self.header.as_bytes());
        out.extend_from_slice(payload);
    }

    /// Makes the header that of the next datagram.
    fn fit(&mut self, payload: &[u8]) {
        let udp_length = UDP_HEADER + payload.len();
        let short =
            |length: usize| u16::try_from(length).expect("a datagram has at most 65,507 bytes");
        let header = &mut self.header;
        header.identification = header.identification.get().wrapping_add(1).into();
        header.total_length = short(IPV4_HEADER + udp_length).into();
        header.header_checksum = U16::ZERO;
        let ipv4 = &header.as_bytes()[ETHERNET_HEADER..ETHERNET_HEADER + IPV4_HEADER];
        header.header_checksum = checksum(sum(ipv4)).into();
        header.udp_length = short(udp_length).into();
        header.udp_checksum = U16::ZERO;
        // The sum of UDP is also over addresses, protocol and length.
        let udp = &header.as_bytes()[ETHERNET_HEADER + IPV4_HEADER..];
        let addresses = sum(&header.source) + sum(&header.destination);
        let rest = u64::from(PROTOCOL_UDP) + udp_length as u64;
        let checksum = checksum(addresses + rest + sum(udp) + sum(payload));
        // Zero would mean that there is none.
        header.udp_checksum = (if checksum == 0 { u16::MAX } else { checksum }).into();
    }
}

/// Returns the address on the wire of a host or a group.
fn hardware(address: Ipv4Addr) -> [u8; 6] {
    let [_, b, c, d] = address.octets();
    if address.is_multicast() { [0x01, 0, 0x5E, b & 0x7F, c, d] } else { LISTENER }
}

/// Adds up numbers of 16 bits; a last single byte is the upper half of one.
fn sum(bytes: &[u8]) -> u64 {
    let numbers = bytes.chunks(2).map(|pair| {
        let lower = pair.get(1).copied().unwrap_or(0);
        u64::from(u16::from_be_bytes([pair[0], lower]))
    });
    numbers.sum()
}

/// Folds a sum as RFC 1071 says: carries are added again, then all bits turned.
fn checksum(mut sum: u64) -> u16 {
    while 0xFFFF < sum {
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    !u16::try_from(sum).expect("folded to 16 bits")
}

#[cfg(test)]
mod tests {
    use super::super::{Reader, udp};
    use super::*;

    const SOURCE: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(127, 0, 0, 1), 26_410);
    const GROUP: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(239, 255, 64, 1), 26_410);

    /// Little-endian, nanoseconds, version 2.4, 262,144 bytes at most, Ethernet.
    const FILE: &[u8] = b"\x4D\x3C\xB2\xA1\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\x04\0\x01\0\0\0";
    /// 2 s and 3 ns after 1970; 47 bytes, twice.
    const RECORD: &[u8] = b"\x02\0\0\0\x03\0\0\0\x2F\0\0\0\x2F\0\0\0";
    /// The group's low 23 bits, the sender, IPv4.
    const ETHERNET: &[u8] = b"\x01\0\x5E\x7F\x40\x01\x02\0\0\0\0\x01\x08\0";
    /// The numbers without the checksum: 4500 + 0021 + 0001 + 4000 + 0111 + 7F00 + 0001 + EFFF + 4001
    /// = 23534, folded 3536, turned CAC9.
    const IPV4: &[u8] = b"\x45\0\0\x21\0\x01\x40\0\x01\x11\xCA\xC9\x7F\0\0\x01\xEF\xFF\x40\x01";
    /// 7F00 + 0001 + EFFF + 4001 + 0011 + 000D + 672A + 672A + 000D + 6865 + 6C6C + 6F00 = 3C151,
    /// folded C154, turned 3EAB.
    const UDP: &[u8] = b"\x67\x2A\x67\x2A\0\x0D\x3E\xABhello";

    #[test]
    fn a_file_of_one_datagram_is_these_bytes() {
        let mut out = Vec::new();
        Writer::begin(&mut out);
        Writer::new(SOURCE, GROUP).datagram(2_000_000_003, b"hello", &mut out);
        assert_eq!(out, [FILE, RECORD, ETHERNET, IPV4, UDP].concat());
    }

    #[test]
    fn each_datagram_has_its_own_number_and_right_sums() {
        let mut writer = Writer::new(SOURCE, GROUP);
        for number in 1..=70_000_u64 {
            let payload = number.to_be_bytes();
            let mut out = Vec::new();
            writer.datagram(number, &payload[..4 + usize::from(payload[7] & 3)], &mut out);
            let frame = &out[16..];
            assert_eq!(frame[18..20], payload[6..8], "identification");
            // What is sent with its checksum adds up to all bits.
            assert_eq!(checksum(sum(&frame[14..34])), 0);
            let length = u64::from(frame[39]);
            assert_eq!(checksum(sum(&frame[26..34]) + 17 + length + sum(&frame[34..])), 0);
            assert_ne!(frame[40..42], [0, 0]);
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut file = Vec::new();
        Writer::begin(&mut file);
        let mut writer = Writer::new(SOURCE, SOURCE);
        let payloads = [b"".as_slice(), b"odd", &[7; 1_472], &[8; 65_507]];
        for payload in payloads {
            writer.datagram(1, payload, &mut file);
        }
        let mut reader = Reader::open(file.as_slice()).expect("a pcap file");
        for payload in payloads {
            let record = reader.next().expect("whole").expect("as many records");
            let datagram = udp(1, record.frame).expect("a datagram");
            assert_eq!((datagram.offset, datagram.payload), (42, payload));
        }
        assert_eq!(reader.next().expect("whole"), None);
    }
}
