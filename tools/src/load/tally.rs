//! What a run counted: answers, their latencies, and how late the loader itself was.

use hdrhistogram::Histogram;

/// Longest latency that is told apart, in nanoseconds.
const LONGEST_NS: u64 = 60_000_000_000;

/// Counts of the measured part of a run.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    /// Nothing counts before this time.
    from_ns: u64,
    /// Requests that were answered.
    pub(super) acknowledged: u64,
    pub(super) rejected: u64,
    pub(super) executions: u64,
    /// Cancels that an execution made superfluous.
    pub(super) crossed: u64,
    /// Messages that no venue should send.
    pub(super) wrong: u64,
    /// From the planned time of a request to its answer, in nanoseconds.
    pub(super) latency: Histogram<u64>,
    /// From the planned time of a request to its writing, in nanoseconds.
    pub(super) lateness: Histogram<u64>,
}

impl Tally {
    pub(super) fn new() -> Self {
        let histogram = || {
            Histogram::new_with_bounds(1, LONGEST_NS, 3)
                .expect("the bounds of a histogram are right")
        };
        Self {
            from_ns: u64::MAX,
            acknowledged: 0,
            rejected: 0,
            executions: 0,
            crossed: 0,
            wrong: 0,
            latency: histogram(),
            lateness: histogram(),
        }
    }

    /// Begins to measure: what was planned before does not count.
    pub(super) fn begin(&mut self, now_ns: u64) {
        // What went wrong before the measurement went wrong all the same.
        let wrong = self.wrong;
        *self = Self { from_ns: now_ns, wrong, ..Self::new() };
    }

    pub(super) fn answered(&mut self, planned_ns: u64, now_ns: u64) {
        self.acknowledged += u64::from(self.from_ns <= now_ns);
        if self.from_ns <= planned_ns {
            self.latency.saturating_record(now_ns - planned_ns);
        }
    }

    pub(super) fn sent(&mut self, planned_ns: u64, now_ns: u64) {
        if self.from_ns <= planned_ns {
            self.lateness.saturating_record(now_ns - planned_ns);
        }
    }
}
