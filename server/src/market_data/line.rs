//! The lines of the feed: packets that wait, and the sockets they leave by.
//!
//! All lines send the same packets. A packet waits until every line has sent it; a line that cannot send one
//! for another reason than a full socket goes on with the next, because retransmission is for what is lost.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::net::SocketAddrV4;
use std::{array, slice};

use rustix::io::Errno;
use rustix::net::{MMsgHdr, SendAncillaryBuffer, SendFlags, sendmmsg};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use tracing::{info, warn};

use crate::config::MarketDataConfig;
use crate::metrics::Metrics;

/// Packets given to the kernel in one system call.
const PACKETS_PER_CALL: usize = 32;

/// What the kernel is asked to hold for one line, in bytes; it gives as much as it is allowed to.
const SEND_BUFFER: usize = 4 << 20;

/// Packets that not every line has sent yet, oldest first.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    waiting: VecDeque<Vec<u8>>,
    /// Buffers to use again.
    spare: Vec<Vec<u8>>,
}

impl Backlog {
    /// Counts the packets.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Puts a packet behind the others.
    pub(super) fn push(&mut self, packet: &[u8]) {
        let mut buffer = self.spare.pop().unwrap_or_default();
        buffer.extend_from_slice(packet);
        self.waiting.push_back(buffer);
    }

    /// Sends what the lines can take now, and forgets what all of them have sent.
    pub(super) fn send(&mut self, lines: &mut [Line], metrics: &Metrics) {
        for line in lines.iter_mut() {
            line.send(&self.waiting, metrics);
        }
        let sent = lines.iter().map(|line| line.sent).min().expect("a feed has a line");
        for mut buffer in self.waiting.drain(..sent) {
            buffer.clear();
            self.spare.push(buffer);
        }
        for line in lines {
            line.sent -= sent;
        }
    }
}

/// One line: a socket that sends to one group, and how far it is.
#[derive(Debug)]
pub(super) struct Line {
    name: char,
    socket: Socket,
    /// Packets of the backlog that have left, or were given up.
    sent: usize,
    /// Why the socket refuses packets, if it does.
    failure: Option<Errno>,
    /// Packets given up since the start.
    lost: u64,
}

impl Line {
    /// Opens the socket of a line to a multicast group, or to one receiver.
    ///
    /// # Errors
    ///
    /// The interface is not one of this machine, or there is no way to the address.
    pub(super) fn open(
        name: char,
        to: SocketAddrV4,
        config: &MarketDataConfig,
    ) -> io::Result<Self> {
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
        socket.set_send_buffer_size(SEND_BUFFER)?;
        if to.ip().is_multicast() {
            socket.set_multicast_if_v4(&config.interface)?;
            socket.set_multicast_ttl_v4(config.ttl)?;
            socket.set_multicast_loop_v4(config.loopback)?;
        }
        socket.connect(&SockAddr::from(to))?;
        Self::over(name, socket)
    }

    /// Makes a line of a connected datagram socket.
    pub(super) fn over(name: char, socket: Socket) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        Ok(Self { name, socket, sent: 0, failure: None, lost: 0 })
    }

    /// Sends packets until there are none left or the socket is full.
    fn send(&mut self, packets: &VecDeque<Vec<u8>>, metrics: &Metrics) {
        let sent_before = self.sent;
        let mut failure = None;
        while self.sent < packets.len() {
            match self.send_some(packets.range(self.sent..)) {
                Ok(count) => self.sent += count,
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => {
                    metrics.feed_send_retries.add(1);
                    break;
                }
                // The error is the first packet's; those behind it have not been tried.
                Err(error) => {
                    failure = Some(error);
                    self.lost += 1;
                    self.sent += 1;
                }
            }
        }
        if sent_before < self.sent {
            self.report(failure);
        }
    }

    /// Gives as many packets to the kernel as one call takes; returns how many left.
    fn send_some<'a>(
        &self,
        mut packets: impl ExactSizeIterator<Item = &'a Vec<u8>>,
    ) -> Result<usize, Errno> {
        let count = packets.len().min(PACKETS_PER_CALL);
        let slices: [_; PACKETS_PER_CALL] =
            array::from_fn(|_| IoSlice::new(packets.next().map_or(&[], Vec::as_slice)));
        let mut controls: [_; PACKETS_PER_CALL] =
            array::from_fn(|_| SendAncillaryBuffer::default());
        let mut parts = slices.iter().zip(&mut controls);
        let mut headers: [_; PACKETS_PER_CALL] = array::from_fn(|_| {
            let (slice, control) = parts.next().expect("three arrays of one length");
            MMsgHdr::new(slice::from_ref(slice), control)
        });
        sendmmsg(&self.socket, &mut headers[..count], SendFlags::empty())
    }

    /// Says so when the line begins to lose packets, for another reason, or not any more.
    fn report(&mut self, failure: Option<Errno>) {
        if failure == self.failure {
            return;
        }
        let (line, lost) = (self.name, self.lost);
        match failure {
            Some(error) => {
                warn!(%line, %error, lost, "feed packets cannot be sent, going on without them")
            }
            None => info!(%line, lost, "feed packets are sent again"),
        }
        self.failure = failure;
    }
}
