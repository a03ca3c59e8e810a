//! Finds the UDP payload in a frame: what comes before it depends on where it was captured.

use super::ETHERNET;

/// What tcpdump writes for the interface `any`, in its two versions.
const LINUX_COOKED: u32 = 113;
const LINUX_COOKED_2: u32 = 276;
/// IPv4 without anything before it.
const RAW: u32 = 101;
const RAW_IPV4: u32 = 228;
/// The loopback interface of BSD and macOS: four bytes for the protocol.
const LOOPBACK: u32 = 0;
const LOOPBACK_BIG_ENDIAN: u32 = 108;

const ETHER_TYPE_IPV4: [u8; 2] = [0x08, 0x00];
/// Four bytes that name a virtual network stand before the type.
const ETHER_TYPES_VLAN: [[u8; 2]; 2] = [[0x81, 0x00], [0x88, 0xA8]];
const PROTOCOL_UDP: u8 = 17;
const UDP_HEADER: usize = 8;

/// The payload of a UDP datagram, as much of it as was captured.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::feed) struct Datagram<'a> {
    /// Where it begins in the frame.
    pub(in crate::feed) offset: usize,
    pub(in crate::feed) payload: &'a [u8],
    /// Bytes it had on the network.
    pub(in crate::feed) length: usize,
}

/// Tells whether frames of this kind can be read.
pub(in crate::feed) fn is_known(link_type: u32) -> bool {
    matches!(
        link_type,
        ETHERNET | LINUX_COOKED | LINUX_COOKED_2 | RAW | RAW_IPV4 | LOOPBACK | LOOPBACK_BIG_ENDIAN
    )
}

/// Finds the UDP payload of a frame; `None` if there is none, or a part of one only.
pub(in crate::feed) fn udp(link_type: u32, frame: &[u8]) -> Option<Datagram<'_>> {
    let start = ipv4_start(link_type, frame)?;
    let packet = frame.get(start..)?;
    let header = packet.get(..20)?;
    let header_length = usize::from(header[0] & 0x0F) * 4;
    // More fragments to come, or not the first: the sender of a feed makes none.
    let is_fragment = u16::from_be_bytes([header[6], header[7]]) & 0x3FFF != 0;
    if header[0] >> 4 != 4 || header_length < 20 || is_fragment || header[9] != PROTOCOL_UDP {
        return None;
    }
    let offset = start + header_length + UDP_HEADER;
    let udp = frame.get(start + header_length..offset)?;
    let length = usize::from(u16::from_be_bytes([udp[4], udp[5]])).checked_sub(UDP_HEADER)?;
    // A short Ethernet frame is padded behind the payload.
    let end = frame.len().min(offset + length);
    Some(Datagram { offset, payload: &frame[offset..end], length })
}

/// Finds the IPv4 header.
fn ipv4_start(link_type: u32, frame: &[u8]) -> Option<usize> {
    let is_ipv4 = |at: usize| frame.get(at..at + 2) == Some(&ETHER_TYPE_IPV4);
    match link_type {
        ETHERNET => {
            let tags = frame.get(12..)?.chunks_exact(4);
            let tagged = |tag: &&[u8]| ETHER_TYPES_VLAN.iter().any(|vlan| tag.starts_with(vlan));
            let at = 12 + 4 * tags.take_while(tagged).count();
            is_ipv4(at).then_some(at + 2)
        }
        LINUX_COOKED => is_ipv4(14).then_some(16),
        LINUX_COOKED_2 => is_ipv4(0).then_some(20),
        RAW | RAW_IPV4 => Some(0),
        LOOPBACK | LOOPBACK_BIG_ENDIAN => Some(4),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// IPv4 and UDP around `feed`, from 127.0.0.1:1000 to 239.1.2.3:2000.
    const IPV4: &[u8] = b"\x45\0\0\x20\0\x01\x40\0\x01\x11\0\0\x7F\0\0\x01\xEF\x01\x02\x03\
        \x03\xE8\x07\xD0\0\x0C\0\0feed";

    fn framed(before: &[u8], ip: &[u8], after: &[u8]) -> Vec<u8> {
        [before, ip, after].concat()
    }

    #[test]
    fn the_payload_is_found_behind_every_link_header() {
        let ethernet = b"\x01\0\x5E\x01\x02\x03\x02\0\0\0\0\x01\x08\0";
        let vlan = b"\x01\0\x5E\x01\x02\x03\x02\0\0\0\0\x01\x88\xA8\0\x05\x81\0\0\x07\x08\0";
        let cooked = b"\0\0\x03\x04\0\x06\0\0\0\0\0\0\0\0\x08\0";
        let cooked_2 = b"\x08\0\0\0\0\0\0\x01\x03\x04\0\x06\0\0\0\0\0\0\0\0";
        let links: [(u32, &[u8]); 6] = [
            (ETHERNET, ethernet),
            (ETHERNET, vlan),
            (LINUX_COOKED, cooked),
            (LINUX_COOKED_2, cooked_2),
            (RAW, b""),
            (LOOPBACK, b"\x02\0\0\0"),
        ];
        for (link_type, header) in links {
            assert!(is_known(link_type));
            let frame = framed(header, IPV4, b"");
            let offset = header.len() + 28;
            let expected = Datagram { offset, payload: b"feed", length: 4 };
            assert_eq!(udp(link_type, &frame), Some(expected), "link type {link_type}");
            assert_eq!(udp(link_type, &framed(header, IPV4, b"padding")), Some(expected));
            for length in 0..offset {
                assert_eq!(udp(link_type, &frame[..length]), None, "{length} bytes");
            }
        }
    }

    #[test]
    fn a_payload_that_was_cut_tells_its_length() {
        let expected = Datagram { offset: 28, payload: b"fe", length: 4 };
        assert_eq!(udp(RAW, &IPV4[..30]), Some(expected));
    }

    #[test]
    fn what_is_not_udp_over_ipv4_has_no_payload() {
        for (at, byte) in [(0, 0x65), (0, 0x44), (6, 0x20), (7, 0x01), (9, 6), (25, 7)] {
            let mut packet = IPV4.to_vec();
            packet[at] = byte;
            assert_eq!(udp(RAW, &packet), None, "{byte:#04x} at {at}");
        }
        assert_eq!(udp(147, IPV4), None);
        assert!(!is_known(147));
    }
}
