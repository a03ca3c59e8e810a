//! Retransmission: messages of the feed again, for those who lost them.
//!
//! A request is answered with one packet to the address it came from; whoever wants more asks again. Recent
//! messages come from memory, older ones from the outbound log. What cannot or must not be answered is
//! dropped and counted. See `docs/protocols/moldudp64.md`, "Rules".

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Instant;

use engine::outbox::Target;
use protocol::SessionId;
use protocol::moldudp64::{HEADER_LENGTH, Packer, Request};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing::{debug, warn};

use super::rate::RateLimit;
use crate::config::{MarketDataConfig, Network};
use crate::metrics::Metrics;
use crate::store::{Messages, ReadLimits, Store, StoreError};

/// Reads of the outbound log under way at once; the socket waits while there are so many.
const MOST_READS: usize = 4;

/// Bytes taken of a datagram: one more than a request has, so that a longer one shows.
const MOST_BYTES: usize = HEADER_LENGTH + 1;

/// Answers requests on one UDP socket.
#[derive(Debug)]
pub struct Retransmit {
    socket: UdpSocket,
    session: [u8; 10],
    max_payload: usize,
    allowed: Vec<Network>,
    rate: RateLimit,
    store: Store,
    metrics: Arc<Metrics>,
}

/// What is to be sent: a request that passed every check.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Wanted {
    first: u64,
    /// At least one, and not more than there are.
    count: u16,
}

/// A packet from the outbound log, if the log is that far, and who wants it.
type Answer = (SocketAddr, Result<Option<Vec<u8>>, StoreError>);

impl Retransmit {
    /// Opens the socket.
    ///
    /// # Errors
    ///
    /// The address is taken, or not of this machine.
    pub fn bind(
        config: &MarketDataConfig,
        session: SessionId,
        store: Store,
        metrics: Arc<Metrics>,
    ) -> io::Result<Self> {
        let socket = UdpSocket::bind(config.retransmit)?;
        socket.set_nonblocking(true)?;
        Ok(Self {
            socket,
            session: session.left_justified(),
            max_payload: config.max_payload,
            allowed: config.retransmit_allow.clone(),
            rate: RateLimit::new(config.retransmit_per_second),
            store,
            metrics,
        })
    }

    /// The address requests go to.
    ///
    /// # Errors
    ///
    /// As the system call.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Answers requests until told to stop, also while the end of the session is being sent.
    ///
    /// # Errors
    ///
    /// The socket cannot be watched, or receives no more.
    pub async fn run(self, mut stop: watch::Receiver<bool>) -> io::Result<()> {
        let stopped = async move { drop(stop.wait_for(|stop| *stop).await) };
        tokio::select! {
            () = stopped => Ok(()),
            failed = self.serve() => failed,
        }
    }

    /// Answers requests until the socket fails.
    async fn serve(mut self) -> io::Result<()> {
        let started = Instant::now();
        let socket = tokio::net::UdpSocket::from_std(self.socket.try_clone()?)?;
        let mut reads: JoinSet<Answer> = JoinSet::new();
        let mut bytes = [0; MOST_BYTES];
        loop {
            tokio::select! {
                Some(read) = reads.join_next() => {
                    // Only the end of the runtime keeps a read from its end.
                    let Ok((to, packet)) = read else { continue };
                    self.send_read(&socket, to, packet).await;
                }
                received = socket.recv_from(&mut bytes), if reads.len() < MOST_READS => {
                    let (length, from) = received?;
                    let now_ms = u64::try_from(started.elapsed().as_millis()).expect("a short time");
                    let Some(wanted) = self.admit(&bytes[..length], from, now_ms) else {
                        self.metrics.retransmissions_dropped.add(1);
                        continue;
                    };
                    match self.recent(wanted) {
                        Some(packet) => self.send(&socket, from, &packet).await,
                        None => self.read(wanted, from, &mut reads),
                    }
                }
            }
        }
    }

    /// Decides whether a datagram is a request that is to be answered.
    fn admit(&mut self, bytes: &[u8], from: SocketAddr, now_ms: u64) -> Option<Wanted> {
        if !self.allowed.iter().any(|network| network.contains(from.ip())) {
            return None;
        }
        if !self.rate.take(from.ip(), now_ms) {
            return None;
        }
        let request =
            Request::decode(bytes).ok().filter(|request| request.session == self.session)?;
        let first = request.sequence_number.get();
        let before = first.checked_sub(1)?;
        let held = self.store.published(Target::Feed).checked_sub(before)?;
        let count = held.min(u64::from(request.requested_message_count.get()));
        let count = u16::try_from(count).expect("not more than 16 bits asked for");
        (0 < count).then_some(Wanted { first, count })
    }

    /// Builds the answer from the newest messages, if all of it is in memory.
    fn recent(&self, wanted: Wanted) -> Option<Vec<u8>> {
        let mut messages = Messages::new();
        let found = self.store.recent_feed(wanted.first, self.limits(wanted), &mut messages);
        found.then(|| packet(self.session, self.max_payload, wanted.first, &messages)).flatten()
    }

    /// Has the answer built from the outbound log, which blocks, on a thread of its own.
    fn read(&self, wanted: Wanted, from: SocketAddr, reads: &mut JoinSet<Answer>) {
        let (session, max_payload) = (self.session, self.max_payload);
        let (store, limits) = (self.store.clone(), self.limits(wanted));
        reads.spawn_blocking(move || {
            let mut messages = Messages::new();
            // What has left the window and is not in the file yet is asked for again.
            let read = store.read(Target::Feed, wanted.first, limits, &mut messages);
            (from, read.map(|_| packet(session, max_payload, wanted.first, &messages)))
        });
    }

    fn limits(&self, wanted: Wanted) -> ReadLimits {
        ReadLimits { messages: usize::from(wanted.count), bytes: self.max_payload - HEADER_LENGTH }
    }

    async fn send_read(
        &self,
        socket: &tokio::net::UdpSocket,
        to: SocketAddr,
        packet: Result<Option<Vec<u8>>, StoreError>,
    ) {
        match packet {
            Ok(Some(packet)) => self.send(socket, to, &packet).await,
            Ok(None) => self.metrics.retransmissions_dropped.add(1),
            Err(error) => {
                warn!(%error, "messages of the feed cannot be read for retransmission");
                self.metrics.retransmissions_dropped.add(1);
            }
        }
    }

    async fn send(&self, socket: &tokio::net::UdpSocket, to: SocketAddr, packet: &[u8]) {
        match socket.send_to(packet, to).await {
            Ok(_) => self.metrics.retransmissions_served.add(1),
            Err(error) => {
                debug!(%to, %error, "a retransmission was not sent");
                self.metrics.retransmissions_dropped.add(1);
            }
        }
    }
}

/// Packs messages as far as they fit one packet; `None`: there is none.
fn packet(
    session: [u8; 10],
    max_payload: usize,
    first: u64,
    messages: &Messages,
) -> Option<Vec<u8>> {
    let mut packer = Packer::new(session, max_payload);
    packer.start(first);
    for (_, message) in messages.iter() {
        if !packer.push(message) {
            break;
        }
    }
    (0 < packer.count()).then(|| packer.finish().to_vec())
}
