//! Sockets as both ends of a ruler use them: many at once, read in whole buffers, written in one go.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::buffer::spare_capacity;
use rustix::event::{PollFd, PollFlags, epoll, poll};
use rustix::time::Timespec;
use socket2::SockRef;

/// What the kernel is asked to hold for a connection, each way.
const SOCKET_BUFFER: usize = 1 << 20;
/// Bytes read at once.
const READ_BYTES: usize = 256 << 10;

/// Listens on a free port of this machine.
pub(crate) fn listen() -> Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("listening")?;
    let address = listener.local_addr().context("listening")?;
    Ok((listener, address))
}

/// Accepts `count` connections that never wait.
pub(crate) fn accept(listener: &TcpListener, count: usize) -> io::Result<Vec<TcpStream>> {
    (0..count)
        .map(|_| {
            let (socket, _) = listener.accept()?;
            prepare(&socket)?;
            socket.set_nonblocking(true)?;
            Ok(socket)
        })
        .collect()
}

/// Makes a socket send at once and hold much.
pub(crate) fn prepare(socket: &TcpStream) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let options = SockRef::from(socket);
    options.set_send_buffer_size(SOCKET_BUFFER)?;
    options.set_recv_buffer_size(SOCKET_BUFFER)
}

/// Writes all of `bytes`; waits where the socket is full.
pub(crate) fn write_all(mut socket: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match socket.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                poll(&mut [PollFd::new(socket, PollFlags::OUT)], None)?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// What a read came to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Arrival {
    Bytes,
    Nothing,
    End,
}

/// Bytes that have arrived and were not taken yet.
pub(crate) struct Incoming {
    buffer: Vec<u8>,
    filled: usize,
}

impl Incoming {
    pub(crate) fn new() -> Self {
        Self { buffer: vec![0; READ_BYTES], filled: 0 }
    }

    /// Reads once.
    pub(crate) fn read(&mut self, mut socket: &TcpStream) -> io::Result<Arrival> {
        match socket.read(&mut self.buffer[self.filled..]) {
            Ok(0) => Ok(Arrival::End),
            Ok(bytes) => {
                self.filled += bytes;
                Ok(Arrival::Bytes)
            }
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => Ok(Arrival::Nothing),
                // The other end is done and did not read to the last byte.
                io::ErrorKind::ConnectionReset => Ok(Arrival::End),
                _ => Err(error),
            },
        }
    }

    /// Shows all bytes to `take`, which tells how many of them it has used up.
    pub(crate) fn take(&mut self, take: impl FnOnce(&[u8]) -> usize) {
        let taken = take(&self.buffer[..self.filled]);
        self.buffer.copy_within(taken..self.filled, 0);
        self.filled -= taken;
    }
}

/// Waits for many sockets at once.
pub(crate) struct Poller {
    epoll: OwnedFd,
    events: Vec<epoll::Event>,
}

impl Poller {
    pub(crate) fn new() -> io::Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        Ok(Self { epoll, events: Vec::with_capacity(1_024) })
    }

    /// Watches for something to read; `mark` tells it apart.
    pub(crate) fn watch(&self, source: impl AsFd, mark: usize) -> io::Result<()> {
        let mark = epoll::EventData::new_u64(u64::try_from(mark).expect("few are watched"));
        Ok(epoll::add(&self.epoll, source, mark, epoll::EventFlags::IN)?)
    }

    /// Does not watch any more.
    pub(crate) fn forget(&self, source: impl AsFd) -> io::Result<()> {
        Ok(epoll::delete(&self.epoll, source)?)
    }

    /// Waits until there is something to read, or `limit` is over; gives the marks.
    pub(crate) fn wait(&mut self, limit: Option<Duration>) -> io::Result<Vec<usize>> {
        let limit = limit.map(|limit| Timespec {
            tv_sec: i64::try_from(limit.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: i64::from(limit.subsec_nanos()),
        });
        self.events.clear();
        match epoll::wait(&self.epoll, spare_capacity(&mut self.events), limit.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let mark = |event: &epoll::Event| usize::try_from(event.data.u64()).expect("as put in");
        Ok(self.events.iter().map(mark).collect())
    }
}
