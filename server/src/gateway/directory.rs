//! Directory: which ports there are, and which of them have a session.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use engine::command::PortId;
use tokio::sync::watch;

use super::PortEntry;

/// The ports of the venue by user name.
#[derive(Debug)]
pub(super) struct Directory {
    /// By user name, rising.
    seats: Vec<Seat>,
}

#[derive(Debug)]
struct Seat {
    port: PortEntry,
    taken: AtomicBool,
    /// Tells whoever sits here to leave.
    eviction: watch::Sender<()>,
}

impl Directory {
    pub(super) fn new(mut ports: Vec<PortEntry>) -> Self {
        ports.sort_by_key(|port| port.username);
        assert!(
            ports.windows(2).all(|pair| pair[0].username < pair[1].username),
            "a user name names one port"
        );
        let seat =
            |port| Seat { port, taken: AtomicBool::new(false), eviction: watch::Sender::new(()) };
        Self { seats: ports.into_iter().map(seat).collect() }
    }

    /// Finds the port of a user name in upper case, without its padding.
    pub(super) fn find(&self, username: &str) -> Option<usize> {
        let mut padded = [b' '; 6];
        padded.get_mut(..username.len())?.copy_from_slice(username.as_bytes());
        self.seats.binary_search_by_key(&padded, |seat| seat.port.username).ok()
    }

    /// Takes the port for one session; `None` when it has one.
    pub(super) fn claim(self: &Arc<Self>, seat: usize) -> Option<Claim> {
        // Subscribed first: an eviction that finds the port taken is heard.
        let evicted = self.seats[seat].eviction.subscribe();
        if self.seats[seat].taken.swap(true, Ordering::AcqRel) {
            return None;
        }
        Some(Claim { directory: Arc::clone(self), seat, evicted })
    }

    /// Tells the session of a port to leave; false when there is none.
    pub(super) fn evict(&self, port: PortId) -> bool {
        let live = |seat: &&Seat| seat.port.id == port && seat.taken.load(Ordering::Acquire);
        let Some(seat) = self.seats.iter().find(live) else { return false };
        seat.eviction.send_replace(());
        true
    }
}

/// One session's hold on its port; dropped, the port can log in again.
#[derive(Debug)]
pub(super) struct Claim {
    directory: Arc<Directory>,
    seat: usize,
    evicted: watch::Receiver<()>,
}

impl Claim {
    pub(super) fn port(&self) -> &PortEntry {
        &self.directory.seats[self.seat].port
    }

    /// Hears when the operator ends the session.
    pub(super) fn evicted(&self) -> watch::Receiver<()> {
        self.evicted.clone()
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.directory.seats[self.seat].taken.store(false, Ordering::Release);
    }
}
