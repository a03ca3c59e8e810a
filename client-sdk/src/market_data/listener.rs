//! The task that listens: packets in from every socket, messages out in order.
//!
//! It reads the sockets whether or not messages are taken: what the kernel drops is lost for longer
//! than what waits here.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use protocol::SessionId;
use protocol::moldudp64::{Receiver, Statistics};
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use super::message::Message;
use super::options::JoinOptions;
use super::socket;
use crate::error::{Error, Result};

/// The longest UDP payload.
const LONGEST_PACKET: usize = 65_535;

/// Packets taken from one socket before the others have their turn.
const BURST: usize = 64;

/// Between two looks at what is missing.
const SHORTEST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(3_600);

/// How far the feed is, for whoever asks.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Progress {
    pub(super) session: Option<[u8; 10]>,
    pub(super) statistics: Statistics,
    /// Every message that is known to exist has been handed out.
    pub(super) caught_up: bool,
    /// Every message of the session has been handed out.
    pub(super) ended: bool,
}

/// The task.
pub(super) struct Listener {
    line_a: UdpSocket,
    line_b: Option<UdpSocket>,
    requests: Option<UdpSocket>,
    receiver: Receiver,
    messages: mpsc::Sender<Result<Message>>,
    progress: watch::Sender<Progress>,
    started: Instant,
    patience: Duration,
    /// The next number to hand out, and when that last changed.
    awaited: (u64, Instant),
    packet: Box<[u8]>,
}

impl Listener {
    /// Opens the sockets.
    pub(super) async fn open(
        options: &JoinOptions,
        messages: mpsc::Sender<Result<Message>>,
        progress: watch::Sender<Progress>,
    ) -> Result<Self> {
        let line = |address| socket::line(address, options.interface, options.receive_buffer);
        let requests = match options.retransmit {
            Some(server) => Some(socket::requests(server).await?),
            None => None,
        };
        let session = options.session.as_ref().map(SessionId::left_justified);
        let now = Instant::now();
        Ok(Self {
            line_a: line(options.line_a)?,
            line_b: options.line_b.map(line).transpose()?,
            requests,
            receiver: Receiver::new(session, options.first, options.window.max(1)),
            messages,
            progress,
            started: now,
            patience: options.patience,
            awaited: (options.first, now),
            packet: vec![0; LONGEST_PACKET].into_boxed_slice(),
        })
    }

    /// Returns where the lines are received.
    pub(super) fn addresses(&self) -> io::Result<(SocketAddr, Option<SocketAddr>)> {
        let line_b = self.line_b.as_ref().map(UdpSocket::local_addr).transpose()?;
        Ok((self.line_a.local_addr()?, line_b))
    }

    /// Listens until the session ends, a message stays missing, or nobody wants more.
    pub(super) async fn run(mut self) {
        while !self.messages.is_closed() {
            let full = self.hand_out();
            let ended = !full && self.receiver.is_end_of_session();
            self.publish(ended);
            if ended {
                return;
            }
            if let Some(number) = self.given_up(full) {
                tracing::warn!(number, "market data message is missing");
                // When nobody listens any more, nobody has to know.
                let _ = self.messages.send(Err(Error::Missing { number })).await;
                return;
            }
            if !full {
                self.ask().await;
            }
            self.wait(full).await;
            self.take_packets();
        }
    }

    /// Hands out what is in order; tells whether room ran out.
    fn hand_out(&mut self) -> bool {
        while let Ok(permit) = self.messages.try_reserve() {
            let Some((number, message)) = self.receiver.next_message() else { return false };
            permit.send(Ok(Message { number, bytes: Bytes::copy_from_slice(message) }));
        }
        true
    }

    fn publish(&self, ended: bool) {
        let session = self.receiver.session();
        let statistics = self.receiver.statistics();
        let caught_up = self.receiver.is_caught_up();
        self.progress.send_replace(Progress { session, statistics, caught_up, ended });
    }

    /// Returns the missing number when it has been for too long.
    fn given_up(&mut self, full: bool) -> Option<u64> {
        let number = self.receiver.next_number();
        let complete = self.receiver.next_deadline_ms().is_none();
        if full || complete || number != self.awaited.0 {
            self.awaited = (number, Instant::now());
            return None;
        }
        (self.patience <= self.awaited.1.elapsed()).then_some(number)
    }

    /// Asks for what is missing, when that is due.
    async fn ask(&mut self) {
        let Some(requests) = &self.requests else { return };
        let Some(request) = self.receiver.request_due(now_ms(self.started)) else { return };
        if let Err(error) = requests.send(&request.encode()).await {
            // It is asked again after a pause.
            tracing::debug!(%error, "retransmission request not sent");
        }
    }

    /// Waits for a packet, for room when there is none, or for the time to ask.
    async fn wait(&self, full: bool) {
        let deadline = self.deadline(full);
        tokio::select! {
            _ = self.messages.reserve(), if full => {}
            () = self.messages.closed() => {}
            () = readable(Some(&self.line_a)) => {}
            () = readable(self.line_b.as_ref()) => {}
            () = readable(self.requests.as_ref()) => {}
            () = sleep_until(deadline) => {}
        }
    }

    /// Returns when to look again though nothing came.
    fn deadline(&self, full: bool) -> Instant {
        let now = Instant::now();
        let Some(at_ms) = self.receiver.next_deadline_ms().filter(|_| !full) else {
            return now + LONGEST_PAUSE;
        };
        let give_up = self.awaited.1 + self.patience;
        let ask = self.requests.as_ref().map(|_| self.started + Duration::from_millis(at_ms));
        ask.map_or(give_up, |ask| ask.min(give_up)).clamp(now + SHORTEST_PAUSE, now + LONGEST_PAUSE)
    }

    /// Takes what has come to every socket.
    fn take_packets(&mut self) {
        let Self { line_a, line_b, requests, receiver, packet, started, .. } = self;
        let now_ms = now_ms(*started);
        for socket in [Some(&*line_a), line_b.as_ref(), requests.as_ref()].into_iter().flatten() {
            for _ in 0..BURST {
                match socket.try_recv(packet) {
                    Ok(length) => {
                        if let Err(ignored) = receiver.on_packet(&packet[..length], now_ms) {
                            tracing::debug!(%ignored, "market data packet");
                        }
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                    Err(error) => {
                        // For example: no retransmission server at that address.
                        tracing::debug!(%error, "market data socket");
                        break;
                    }
                }
            }
        }
    }
}

/// Waits until a socket may have something; for ever when there is none.
async fn readable(socket: Option<&UdpSocket>) {
    match socket {
        // An error shows when the socket is read.
        Some(socket) => drop(socket.readable().await),
        None => std::future::pending().await,
    }
}

fn now_ms(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX)
}
