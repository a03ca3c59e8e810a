//! What the venue tells about itself to whoever asks.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use protocol::SessionId;
use serde::Serialize;

use crate::crosses::{Crosses, ShownCross};
use crate::metrics::{Metrics, Obstacle, Readiness};

/// Everything the venue publishes about itself, shared by the stages that write it and those who look.
#[derive(Debug)]
pub struct Published {
    pub metrics: Arc<Metrics>,
    pub readiness: Arc<Readiness>,
    pub crosses: Arc<Crosses>,
    session: Mutex<Option<SessionId>>,
    killed: Mutex<Vec<String>>,
    limits: Mutex<BTreeMap<String, String>>,
    started: Instant,
}

impl Default for Published {
    fn default() -> Self {
        Self {
            metrics: Arc::default(),
            readiness: Arc::default(),
            crosses: Arc::default(),
            session: Mutex::new(None),
            killed: Mutex::default(),
            limits: Mutex::default(),
            started: Instant::now(),
        }
    }
}

impl Published {
    /// Names the session of the open day.
    pub fn open_session(&self, session: SessionId) {
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) = Some(session);
    }

    /// Names whose kill switches are engaged; while the venue's own is, no order is taken.
    pub fn set_killed(&self, killed: Vec<String>, is_venue_killed: bool) {
        if is_venue_killed {
            let why = "the venue is killed: orders are refused until the operator releases it";
            self.readiness.block(Obstacle::Killed, why);
        } else {
            self.readiness.clear(Obstacle::Killed);
        }
        *self.killed.lock().unwrap_or_else(PoisonError::into_inner) = killed;
    }

    /// The limits that hold, in words, of each firm and port that has any.
    pub fn set_limits(&self, limits: Vec<(String, String)>) {
        *self.limits.lock().unwrap_or_else(PoisonError::into_inner) = limits.into_iter().collect();
    }

    /// Takes the venue's state as it is now.
    pub fn status(&self) -> Status {
        let session = *self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let metrics = &self.metrics;
        Status {
            version: env!("CARGO_PKG_VERSION"),
            ready: self.readiness.is_ready(),
            reasons: self.readiness.reasons(),
            limits: self.limits.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            session: session.map(|session| session.to_string()),
            killed: self.killed.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            uptime_s: self.started.elapsed().as_secs(),
            committed_sequence: metrics.committed_sequence.value(),
            applied_sequence: metrics.applied_sequence.value(),
            feed_sequence: metrics.feed_sequence.value(),
            sessions: metrics.sessions.value(),
            orders: metrics.orders.value(),
            rejects: metrics.rejects.total(),
            trades: metrics.trades.value(),
            drain_lag_rows: metrics.drain_lag_rows.value(),
            journal_bytes: metrics.journal_bytes.value(),
            disk_free_bytes: metrics.disk_free_bytes.value(),
            crosses: self.crosses.last(),
        }
    }
}

/// The state of the venue at one moment, as `/status` shows it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Status {
    pub version: &'static str,
    pub ready: bool,
    pub reasons: Vec<String>,
    /// Of each firm and port that has any, as they are written.
    pub limits: BTreeMap<String, String>,
    /// `None` before a day is open.
    pub session: Option<String>,
    /// Whose kill switches are engaged: `venue`, `firm ALFA`, `port ALICE`.
    pub killed: Vec<String>,
    pub uptime_s: u64,
    pub committed_sequence: u64,
    pub applied_sequence: u64,
    pub feed_sequence: u64,
    /// Ports logged in now.
    pub sessions: u64,
    /// Counts since the start of the process.
    pub orders: u64,
    pub rejects: u64,
    pub trades: u64,
    pub drain_lag_rows: u64,
    pub journal_bytes: u64,
    pub disk_free_bytes: u64,
    /// The last crosses, the latest last.
    pub crosses: Vec<ShownCross>,
}
