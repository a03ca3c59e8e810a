//! Metrics: what the stages count, rendered for Prometheus when somebody asks.
//!
//! Hot threads add to plain atomics; names, help texts and units stand here once. Every name is
//! `openbell_<what>_<unit>`; counters end in `_total`.

mod cell;
mod readiness;
mod render;
mod tally;

use protocol::ouch::reason::RejectReason;

pub use cell::{Counter, Gauge, Histogram};
pub use readiness::{Obstacle, Readiness, grouped};
pub use tally::Tally;

/// Everything the venue counts, shared by all stages behind one `Arc`.
#[derive(Debug, Default)]
pub struct Metrics {
    /// OUCH messages taken from sockets.
    pub inbound_messages: Counter,
    /// OUCH messages given to ports.
    pub outbound_messages: Counter,
    /// Enter and Replace messages.
    pub orders: Counter,
    /// Accepted and Replaced messages.
    pub acknowledgements: Counter,
    pub rejects: Rejects,
    /// Matches; each has two executions.
    pub trades: Counter,
    /// Sessions logged in now.
    pub sessions: Gauge,
    /// Logins accepted.
    pub logins: Counter,
    /// Logins refused, for whatever reason.
    pub logins_refused: Counter,
    /// Connections closed at once because a limit was reached.
    pub connections_refused: Counter,
    /// The last sequence the journal committed.
    pub committed_sequence: Gauge,
    /// The last sequence every shard applied.
    pub applied_sequence: Gauge,
    /// Bytes written to the journal, padding included.
    pub journal_bytes: Counter,
    /// How long a sync of the journal took.
    pub journal_fsync: Histogram,
    /// The number of the last message on the feed.
    pub feed_sequence: Gauge,
    /// Feed packets the socket would not take at once (EAGAIN).
    pub feed_send_retries: Counter,
    /// Retransmission requests answered.
    pub retransmissions_served: Counter,
    /// Retransmission requests dropped: invalid, not allowed, or above the rate.
    pub retransmissions_dropped: Counter,
    /// Trades not yet in the database.
    pub drain_lag_rows: Gauge,
    /// Records replayed since the start.
    pub recovery_replayed_records: Gauge,
    /// Records there are to replay.
    pub recovery_found_records: Gauge,
    /// Free space of the data folder.
    pub disk_free_bytes: Gauge,
}

/// Rejected messages, counted by reason.
#[derive(Debug)]
pub struct Rejects([Counter; RejectReason::ALL.len()]);

impl Default for Rejects {
    fn default() -> Self {
        Self([const { Counter::new() }; RejectReason::ALL.len()])
    }
}

impl Rejects {
    /// Counts `amount` rejects for the reason.
    pub fn add(&self, reason: RejectReason, amount: u64) {
        let index = RejectReason::ALL.binary_search(&reason).expect("ALL rises and is complete");
        self.0[index].add(amount);
    }

    /// Lists every reason with its count.
    pub fn iter(&self) -> impl Iterator<Item = (RejectReason, u64)> {
        RejectReason::ALL.iter().copied().zip(self.0.iter().map(Counter::value))
    }

    /// Sums over all reasons.
    pub fn total(&self) -> u64 {
        self.0.iter().map(Counter::value).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reject_reason_has_its_own_cell() {
        let rejects = Rejects::default();
        for (amount, &reason) in (1..).zip(RejectReason::ALL) {
            rejects.add(reason, amount);
        }
        for (amount, (_, count)) in (1..).zip(rejects.iter()) {
            assert_eq!(count, amount);
        }
        assert_eq!(rejects.total(), 52 * 53 / 2);
    }
}
