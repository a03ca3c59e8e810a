//! The sockets: one for each line, and one for requests and their answers.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::UdpSocket;

/// Opens a socket that receives a line.
///
/// Bound to the group's own address, so that no other group of the port gets in; the address may be
/// shared with other listeners of this machine.
pub(super) fn line(
    address: SocketAddrV4,
    interface: Ipv4Addr,
    receive_buffer: usize,
) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_reuse_address(true)?;
    socket.set_recv_buffer_size(receive_buffer)?;
    socket.set_nonblocking(true)?;
    socket.bind(&SocketAddr::V4(address).into())?;
    if address.ip().is_multicast() {
        socket.join_multicast_v4(address.ip(), &interface)?;
    }
    UdpSocket::from_std(socket.into())
}

/// Opens a socket that talks to the retransmission server only.
pub(super) async fn requests(server: SocketAddr) -> io::Result<UdpSocket> {
    let any = match server {
        SocketAddr::V4(_) => "0.0.0.0:0",
        SocketAddr::V6(_) => "[::]:0",
    };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(server).await?;
    Ok(socket)
}
