//! Tests of the feed: wires that can be read, and a venue's configuration for them.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::process;
use std::time::Duration;

use protocol::SessionId;
use socket2::{Domain, Protocol, Socket, Type};

use crate::config::MarketDataConfig;

mod announcing;
mod publishing;
mod recovering;
mod retransmitting;
mod server;

const SESSION: [u8; 10] = *b"2611220001";

fn session() -> SessionId {
    SessionId::new("2611220001").expect("ten characters")
}

/// The same numbers for the same seed.
struct Random(u64);

impl Random {
    /// A number below `limit`, by xorshift64*.
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(high).expect("31 bits") % limit
    }

    /// A message of the lengths that the feed has, and now and then a longer one.
    fn message(&mut self) -> Vec<u8> {
        let length = [12, 19, 36, 40, 50, self.below(200)][self.below(6)];
        (0..length).map(|_| u8::try_from(self.below(256)).expect("a byte")).collect()
    }

    fn messages(&mut self, count: usize) -> Vec<Vec<u8>> {
        (0..count).map(|_| self.message()).collect()
    }
}

/// A message as the feed's outbox holds it.
fn block(message: &[u8]) -> Vec<u8> {
    let length = u16::try_from(message.len()).expect("a message fits a packet");
    [&length.to_be_bytes()[..], message].concat()
}

/// A listener on this machine to a group that only this test uses.
fn listen(line: u8) -> UdpSocket {
    let pid = process::id().to_be_bytes();
    let group = Ipv4Addr::new(239, 255, pid[3], pid[2] << 1 | line);
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP)).expect("a socket");
    socket.set_reuse_address(true).expect("an option");
    socket.set_recv_buffer_size(4 << 20).expect("an option");
    socket.set_read_timeout(Some(Duration::from_secs(10))).expect("an option");
    socket.bind(&SocketAddrV4::new(group, 0).into()).expect("the group's address");
    socket.join_multicast_v4(&group, &Ipv4Addr::LOCALHOST).expect("a group of this machine");
    socket.into()
}

/// A line to each listener, or to one alone.
fn config(a: &UdpSocket, b: Option<&UdpSocket>) -> MarketDataConfig {
    MarketDataConfig {
        a: address(a),
        b: b.map(address),
        retransmit: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        ..MarketDataConfig::default()
    }
}

fn address(socket: &UdpSocket) -> SocketAddrV4 {
    match socket.local_addr().expect("a bound socket") {
        SocketAddr::V4(address) => address,
        SocketAddr::V6(address) => panic!("{address} is not IPv4"),
    }
}

/// Waits for a packet.
fn receive(socket: &UdpSocket) -> Vec<u8> {
    let mut packet = vec![0; 65_536];
    let length = socket.recv(&mut packet).expect("a packet comes");
    packet.truncate(length);
    packet
}

/// A wire without a network: datagrams in order and without loss, and a sender that finds it full.
fn wire() -> (Socket, UdpSocket) {
    let (sender, receiver) = Socket::pair(Domain::UNIX, Type::DGRAM, None).expect("two sockets");
    receiver.set_nonblocking(true).expect("an option");
    (sender, receiver.into())
}

/// Takes the packets that are on a wire.
fn drain(receiver: &UdpSocket) -> Vec<Vec<u8>> {
    let mut packets = Vec::new();
    let mut packet = [0; 65_536];
    loop {
        match receiver.recv(&mut packet) {
            Ok(length) => packets.push(packet[..length].to_vec()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return packets,
            Err(error) => panic!("{error}"),
        }
    }
}
