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
    row: Row,
}

/// Answers in a row to requests that were planned together.
#[derive(Clone, Copy, Debug, Default)]
struct Row {
    planned_ns: u64,
    answered_ns: u64,
    count: u64,
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
            row: Row::default(),
        }
    }

    /// Begins to measure: what was planned before does not count.
    pub(super) fn begin(&mut self, now_ns: u64) {
        self.end_row();
        // What went wrong before the measurement went wrong all the same.
        let wrong = self.wrong;
        *self = Self { from_ns: now_ns, wrong, ..Self::new() };
    }

    /// Counts an answer; it is seen in the figures after [`Self::end_row`].
    pub(super) fn answered(&mut self, planned_ns: u64, answered_ns: u64) {
        if (self.row.planned_ns, self.row.answered_ns) != (planned_ns, answered_ns) {
            self.end_row();
            self.row = Row { planned_ns, answered_ns, count: 0 };
        }
        self.row.count += 1;
    }

    /// Ends a row of answers: what is counted comes into the figures.
    pub(super) fn end_row(&mut self) {
        let Row { planned_ns, answered_ns, count } = std::mem::take(&mut self.row);
        if count == 0 {
            return;
        }
        if self.from_ns <= answered_ns {
            self.acknowledged += count;
        }
        if self.from_ns <= planned_ns {
            self.latency.saturating_record_n(answered_ns - planned_ns, count);
        }
    }

    /// Counts a request of an open loop, written at `now_ns`.
    pub(super) fn sent(&mut self, planned_ns: u64, now_ns: u64) {
        if self.from_ns <= planned_ns {
            self.lateness.saturating_record(now_ns - planned_ns);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_count_from_the_beginning_and_latencies_of_what_was_planned_since() {
        let mut tally = Tally::new();
        tally.answered(10, 20);
        tally.begin(100);
        for (planned_ns, answered_ns) in [(90, 150), (100, 150), (100, 150), (110, 150)] {
            tally.answered(planned_ns, answered_ns);
        }
        tally.end_row();
        assert_eq!((tally.acknowledged, tally.latency.len()), (4, 3));
        assert_eq!((tally.latency.min(), tally.latency.max()), (40, 50));
    }
}
