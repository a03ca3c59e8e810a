//! Order entry on TCP: OUCH over SoupBinTCP.
//!
//! One task for each connection, all on one thread. A session pushes what it hears into its port's inbox and
//! sends what its port's stream has; it never waits for another session. A client that does not read, or
//! sends faster than the venue takes, waits at its own socket.

mod directory;
mod waiting;
mod intake;
mod outflow;
mod connection;
mod login;
mod session;
#[cfg(test)]
mod tests;

use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use engine::command::PortId;
use protocol::SessionId;
use protocol::soupbintcp::Limits;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use crate::config::OrderEntryConfig;
use crate::inbox::Inbox;
use crate::metrics::Metrics;
use crate::passwords::Verifier;
use crate::store::{PortStream, Store};
use directory::Directory;
use waiting::WaitingRoom;

/// After a failed accept, for instance without free file descriptors, the next try waits.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// Connections the kernel keeps until they are accepted; beyond it a client tries again only after a second.
const LISTEN_BACKLOG: u32 = 4_096;

/// How far the venue is with its day, as the gateway has to know it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Phase {
    /// Logins and orders are taken.
    Open,
    /// Nothing new is taken, nothing more is read; what the streams get is still sent.
    Stopping,
    /// The streams get nothing more today: their rest is sent, then the sockets are closed. The session goes on
    /// after the next start.
    Stopped,
    /// The day is over: the rest of the streams is sent, then End of Session, then the sockets are closed. Who is
    /// late still logs in, for the same.
    DayEnded,
    /// As `DayEnded`, and nobody logs in any more.
    DayClosed,
}

impl Phase {
    fn takes_logins(self) -> bool {
        matches!(self, Self::Open | Self::DayEnded)
    }
}

/// A port as the gateway serves it.
#[derive(Clone, Debug)]
pub struct PortEntry {
    pub id: PortId,
    /// In upper case, padded on the right.
    pub username: [u8; 6],
    pub inbox: Arc<Inbox>,
    pub stream: Arc<PortStream>,
}

/// What the gateway works with.
#[derive(Debug)]
pub struct GatewayParts {
    pub config: OrderEntryConfig,
    /// The session of the day.
    pub session: SessionId,
    pub ports: Vec<PortEntry>,
    pub verifier: Arc<Verifier>,
    pub store: Store,
    /// Wakes the pipeline after something was pushed into an inbox.
    pub bell: Arc<Notify>,
    /// Runs what is slow: here, reading old messages from the store.
    pub service: Handle,
    pub metrics: Arc<Metrics>,
}

/// Order entry on TCP, bound to its address.
#[derive(Debug)]
pub struct Gateway {
    listener: TcpListener,
    local_addr: SocketAddr,
    venue: Rc<Venue>,
}

/// What all connections share.
#[derive(Debug)]
struct Venue {
    config: OrderEntryConfig,
    session: SessionId,
    directory: Arc<Directory>,
    verifier: Arc<Verifier>,
    waiting: Rc<WaitingRoom>,
    store: Store,
    bell: Arc<Notify>,
    service: Handle,
    metrics: Arc<Metrics>,
}

impl Venue {
    fn limits(&self) -> Limits {
        Limits {
            login_timeout_ms: self.config.login_timeout_ms,
            silence_ms: self.config.silence_ms,
            heartbeat_ms: self.config.heartbeat_ms,
            ..Limits::ORDER_ENTRY
        }
    }
}

/// The operator's hold on the sessions, for any thread.
#[derive(Clone, Debug)]
pub struct GatewayHandle {
    directory: Arc<Directory>,
}

impl GatewayHandle {
    /// Ends the session of a port with the cause `Operator`; false when the port has none.
    pub fn disconnect(&self, port: PortId) -> bool {
        self.directory.evict(port)
    }
}

impl Gateway {
    /// Opens the listening socket; nothing is accepted before [`Self::run`].
    ///
    /// # Errors
    ///
    /// When the address cannot be had.
    pub async fn bind(parts: GatewayParts) -> io::Result<Self> {
        let listener = listen(parts.config.listen)?;
        let venue = Venue {
            config: parts.config,
            session: parts.session,
            directory: Arc::new(Directory::new(parts.ports)),
            verifier: parts.verifier,
            waiting: Rc::default(),
            store: parts.store,
            bell: parts.bell,
            service: parts.service,
            metrics: parts.metrics,
        };
        Ok(Self { local_addr: listener.local_addr()?, listener, venue: Rc::new(venue) })
    }

    /// Returns the address clients connect to.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Returns the operator's hold on the sessions.
    pub fn handle(&self) -> GatewayHandle {
        GatewayHandle { directory: Arc::clone(&self.venue.directory) }
    }

    /// Serves until the phase has become `Stopped` or `DayClosed` and every socket is closed.
    ///
    /// Runs within a [`tokio::task::LocalSet`]. A session that sees that the phase has left `Open` pushes nothing
    /// more: how it ended is for the pipeline to say. A phase without a sender takes no more logins and, unless
    /// the day has ended, counts as `Stopped`.
    pub async fn run(self, mut phase: watch::Receiver<Phase>) {
        let mut connections = JoinSet::new();
        let sessions_phase = phase.clone();
        let mut arrival = None;
        loop {
            let place_at = self.admit(&mut arrival, &sessions_phase, &mut connections);
            tokio::select! {
                biased;
                _ = phase.wait_for(|phase| !phase.takes_logins()) => break,
                // Counted out before the next one is counted in.
                Some(ended) = connections.join_next() => ended.expect("a connection's task runs to its end"),
                () = self.venue.waiting.changed(), if arrival.is_some() => {}
                () = until(place_at), if arrival.is_some() => {}
                accepted = self.listener.accept(), if arrival.is_none() => match accepted {
                    Ok((socket, _)) => arrival = Some(socket),
                    Err(error) => {
                        tracing::warn!(%error, "a connection was not accepted");
                        sleep(ACCEPT_PAUSE).await;
                    }
                },
            }
        }
        drop(self.listener);
        while connections.join_next().await.is_some() {}
    }

    /// Starts the task of a new connection, or has another one make place for it.
    ///
    /// While the connection stays in `arrival`, it is tried again after a change, or at the time returned.
    fn admit(
        &self,
        arrival: &mut Option<TcpStream>,
        phase: &watch::Receiver<Phase>,
        connections: &mut JoinSet<()>,
    ) -> Option<Instant> {
        let socket = arrival.take()?;
        let OrderEntryConfig { max_connections, max_logins_under_way, .. } = self.venue.config;
        let (waiting, is_full) = (self.venue.waiting.len(), max_connections <= connections.len());
        if is_full && waiting == 0 {
            // Nobody is put out who has logged in.
            self.venue.metrics.connections_refused.add(1);
            return None;
        }
        if is_full || max_logins_under_way <= waiting {
            *arrival = Some(socket);
            return self.venue.waiting.make_place();
        }
        // It fails only on a connection that is already broken; reading will say so.
        let _ = socket.set_nodelay(true);
        let (venue, place) = (Rc::clone(&self.venue), self.venue.waiting.enter());
        connections.spawn_local(connection::serve(venue, socket, place, phase.clone()));
        None
    }
}

/// Waits until a time; without one, for ever.
async fn until(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A venue that starts again finds its address free, whatever old connections still linger.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(LISTEN_BACKLOG)
}
