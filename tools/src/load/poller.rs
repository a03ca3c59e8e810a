//! Waits for many sockets at once, and not longer than some nanoseconds.
//!
//! A socket is told of once for what has come in; whoever reads less than there is has to come back by himself.

use std::io;
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::buffer::spare_capacity;
use rustix::event::epoll;
use rustix::time::Timespec;

/// An epoll instance.
pub(super) struct Poller {
    epoll: OwnedFd,
    events: Vec<epoll::Event>,
}

impl Poller {
    /// Makes one that watches nothing.
    pub(super) fn new() -> io::Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        Ok(Self { epoll, events: Vec::with_capacity(1_024) })
    }

    /// Watches a socket for something to read.
    pub(super) fn watch(&self, socket: &TcpStream, index: usize) -> io::Result<()> {
        let mark = epoll::EventData::new_u64(u64::try_from(index).expect("few connections"));
        // Edges: what was read is not looked at a second time.
        let flags = epoll::EventFlags::IN | epoll::EventFlags::ET;
        Ok(epoll::add(&self.epoll, socket, mark, flags)?)
    }

    /// Waits until sockets have something to read, or `limit` is over; gives how many.
    pub(super) fn wait(&mut self, limit: Duration) -> io::Result<usize> {
        let timeout = Timespec {
            tv_sec: i64::try_from(limit.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: i64::from(limit.subsec_nanos()),
        };
        self.events.clear();
        match epoll::wait(&self.epoll, spare_capacity(&mut self.events), Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(self.events.len()),
            Err(error) => Err(error.into()),
        }
    }

    /// The index of the `n`th socket of the last wait.
    pub(super) fn ready(&self, n: usize) -> usize {
        usize::try_from(self.events[n].data.u64()).expect("an index was put in")
    }
}
