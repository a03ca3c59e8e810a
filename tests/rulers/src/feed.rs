//! A feed at its least: messages in MoldUDP64 packets of their exact length, to two multicast lines.
//!
//! Packets lie one behind the other in one buffer and leave by `sendmmsg`, as those of the venue do.

use std::fs::File;
use std::io::{self, IoSlice, Read};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::{array, slice};

use protocol::moldudp64::{HEADER_LENGTH, Header, MAX_PAYLOAD};
use rustix::net::{MMsgHdr, SendAncillaryBuffer, SendFlags, sendmmsg};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use zerocopy::IntoBytes;

/// Packets given to the kernel in one system call.
const PACKETS_PER_CALL: usize = 64;
/// What the kernel is asked to hold for one line, in bytes.
const SEND_BUFFER: usize = 4 << 20;
/// The session that every packet names.
const SESSION: [u8; 10] = *b"RULER00001";
/// Bytes before each message: its length.
const MESSAGE_PREFIX: usize = 2;

/// Packets that wait to be sent.
pub struct Packets {
    limit: usize,
    bytes: Vec<u8>,
    /// Where each packet ends.
    ends: Vec<usize>,
    /// Messages in the last packet.
    count: u16,
    messages: u64,
}

impl Default for Packets {
    /// Packets of the lawful length.
    fn default() -> Self {
        Self::up_to(MAX_PAYLOAD)
    }
}

impl Packets {
    /// Packets of at most `limit` bytes.
    pub fn up_to(limit: usize) -> Self {
        Self { limit, bytes: Vec::new(), ends: Vec::new(), count: 0, messages: 0 }
    }

    /// Adds a message with the number `number` to the last packet, or to a new one when it is full.
    #[inline]
    pub fn push(&mut self, number: u64, message: &[u8]) {
        let start = self.last_start();
        let fits = self.bytes.len() - start + MESSAGE_PREFIX + message.len() <= self.limit;
        if self.ends.is_empty() || !fits {
            self.count = 0;
            self.ends.push(0);
            let header = Header::new(SESSION, number, 0);
            self.bytes.extend_from_slice(header.as_bytes());
        }
        let length = u16::try_from(message.len()).expect("a message fits a packet");
        self.bytes.extend_from_slice(&length.to_be_bytes());
        self.bytes.extend_from_slice(message);
        self.count += 1;
        self.messages += 1;
        let end = self.bytes.len();
        let start = self.last_start();
        *self.ends.last_mut().expect("there is a packet") = end;
        self.bytes[start + HEADER_LENGTH - 2..][..2].copy_from_slice(&self.count.to_be_bytes());
    }

    /// All packets, one behind the other.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Each packet, from packet number `first` on.
    pub fn from(&self, first: usize) -> impl ExactSizeIterator<Item = &[u8]> {
        (first..self.ends.len()).map(|packet| {
            let start = packet.checked_sub(1).map_or(0, |before| self.ends[before]);
            &self.bytes[start..self.ends[packet]]
        })
    }

    /// Counts the messages of all packets.
    pub fn messages(&self) -> u64 {
        self.messages
    }

    /// Counts the packets.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Tells whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Forgets all packets and keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.count = 0;
        self.messages = 0;
    }

    fn last_start(&self) -> usize {
        self.ends.len().checked_sub(2).map_or(0, |before| self.ends[before])
    }
}

/// The two lines.
pub struct Lines {
    sockets: [Socket; 2],
    groups: [SocketAddrV4; 2],
}

impl Lines {
    /// Opens lines to two groups of this machine that were drawn by chance; nothing leaves it.
    ///
    /// # Errors
    ///
    /// A socket cannot be made.
    pub fn open() -> io::Result<Self> {
        let groups = [group()?, group()?];
        let [a, b] = groups.map(line);
        Ok(Self { sockets: [a?, b?], groups })
    }

    /// Where the lines lead.
    pub fn groups(&self) -> [SocketAddrV4; 2] {
        self.groups
    }

    /// The lines' sockets, A before B.
    pub fn sockets(&self) -> &[Socket; 2] {
        &self.sockets
    }

    /// Sends every packet to both lines.
    ///
    /// # Errors
    ///
    /// A socket refuses packets.
    pub fn send(&self, packets: &Packets) -> io::Result<()> {
        let mut sent = [0; 2];
        while sent.iter().any(|&sent| sent < packets.len()) {
            for (socket, sent) in self.sockets.iter().zip(&mut sent) {
                if *sent < packets.len() {
                    *sent += send_some(socket, packets.from(*sent))?;
                }
            }
        }
        Ok(())
    }
}

/// Gives as many packets to the kernel as one call takes; returns how many left.
fn send_some<'a>(
    socket: &Socket,
    mut packets: impl ExactSizeIterator<Item = &'a [u8]>,
) -> io::Result<usize> {
    let count = packets.len().min(PACKETS_PER_CALL);
    let slices: [_; PACKETS_PER_CALL] =
        array::from_fn(|_| IoSlice::new(packets.next().unwrap_or_default()));
    let mut controls: [_; PACKETS_PER_CALL] = array::from_fn(|_| SendAncillaryBuffer::default());
    let mut parts = slices.iter().zip(&mut controls);
    let mut headers: [_; PACKETS_PER_CALL] = array::from_fn(|_| {
        let (slice, control) = parts.next().expect("three arrays of one length");
        MMsgHdr::new(slice::from_ref(slice), control)
    });
    Ok(sendmmsg(socket, &mut headers[..count], SendFlags::empty())?)
}

fn line(group: SocketAddrV4) -> io::Result<Socket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.set_multicast_if_v4(&Ipv4Addr::LOCALHOST)?;
    socket.set_multicast_ttl_v4(0)?;
    socket.set_multicast_loop_v4(true)?;
    socket.connect(&SockAddr::from(group))?;
    Ok(socket)
}

/// A multicast group and port that nobody else has drawn.
///
/// # Errors
///
/// The machine has no source of chance.
pub fn group() -> io::Result<SocketAddrV4> {
    let mut random = [0; 4];
    File::open("/dev/urandom")?.read_exact(&mut random)?;
    let port = 20_000 + u16::from_be_bytes([random[2], random[3]]) % 40_000;
    Ok(SocketAddrV4::new(Ipv4Addr::new(239, 255, random[0], random[1]), port))
}

#[cfg(test)]
mod tests {
    use protocol::moldudp64::{Downstream, Kind};

    use super::*;

    #[test]
    fn packets_have_the_length_of_what_is_in_them() {
        let mut packets = Packets::default();
        let lengths = [36_usize, 31, 19].into_iter().cycle().take(500);
        for (number, length) in (1..).zip(lengths.clone()) {
            packets.push(number, &vec![7; length]);
        }
        let mut next = 1;
        let mut expected = lengths;
        for bytes in packets.from(0) {
            assert!(bytes.len() <= MAX_PAYLOAD);
            let packet = Downstream::decode(bytes).expect("a whole packet and nothing behind it");
            assert!(matches!(packet.kind(), Kind::Data(count) if 1 < count));
            for (number, message) in packet.messages() {
                assert_eq!(number, next);
                assert_eq!(Some(message.len()), expected.next());
                next += 1;
            }
        }
        assert_eq!(next, 501);
        assert!(packets.len() < 12, "no packet ends before it is full: {}", packets.len());
    }
}
