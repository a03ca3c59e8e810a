//! Waits for many sockets at once, and not longer than some nanoseconds.

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
        Ok(epoll::add(&self.epoll, socket, mark, epoll::EventFlags::IN)?)
    }

    /// Waits until a socket has something to read, or `limit` is over; gives the sockets' indexes.
    pub(super) fn wait(&mut self, limit: Duration) -> io::Result<impl Iterator<Item = usize>> {
        let timeout = Timespec {
            tv_sec: i64::try_from(limit.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: i64::from(limit.subsec_nanos()),
        };
        self.events.clear();
        match epoll::wait(&self.epoll, spare_capacity(&mut self.events), Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let index = |mark| usize::try_from(mark).expect("an index was put in");
        Ok(self.events.iter().map(move |event| index(event.data.u64())))
    }
}
