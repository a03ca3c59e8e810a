//! What a run counted: answers, their latencies, how late the loader itself was, and how far the venue fell behind.

use hdrhistogram::Histogram;

/// Longest latency that is told apart, in nanoseconds.
const LONGEST_NS: u64 = 60_000_000_000;
/// What a venue that was not warm is late by is looked for in this much of the measurement.
const FIRST_NS: u64 = 1_000_000_000;

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
    pub(super) backlog: Backlog,
    row: Row,
}

/// Answers in a row to requests that were planned together.
#[derive(Clone, Copy, Debug, Default)]
struct Row {
    planned_ns: u64,
    answered_ns: u64,
    count: u64,
}

/// How many requests of an open loop waited for their answer.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Backlog {
    waiting: u64,
    /// When the measurement began, and with how many.
    from_ns: u64,
    began: u64,
    /// The most of the first second.
    most_at_first: u64,
    /// Requests of the measured time.
    pub(super) planned: u64,
}

impl Backlog {
    /// Begins to measure with as many waiting as there are.
    fn begin(&mut self, now_ns: u64) {
        let waiting = self.waiting;
        *self =
            Self { waiting, from_ns: now_ns, began: waiting, most_at_first: waiting, planned: 0 };
    }

    /// Counts a request.
    fn asked(&mut self, now_ns: u64) {
        self.planned += 1;
        self.waiting += 1;
        if now_ns < self.from_ns + FIRST_NS {
            self.most_at_first = self.most_at_first.max(self.waiting);
        }
    }

    /// Counts answers, also of an execution that overtook a cancel.
    fn answered(&mut self, count: u64) {
        self.waiting = self.waiting.saturating_sub(count);
    }

    /// How many more wait now than when the measurement began.
    pub(super) fn grown(&self) -> u64 {
        self.waiting.saturating_sub(self.began)
    }

    /// How many more waited at the worst of the first second than now.
    pub(super) fn caught_up(&self) -> u64 {
        self.most_at_first.saturating_sub(self.waiting)
    }
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
            backlog: Backlog::default(),
            row: Row::default(),
        }
    }

    /// Begins to measure: what was planned before does not count.
    pub(super) fn begin(&mut self, now_ns: u64) {
        self.end_row();
        // What went wrong before the measurement went wrong all the same.
        let (wrong, mut backlog) = (self.wrong, self.backlog);
        backlog.begin(now_ns);
        *self = Self { from_ns: now_ns, wrong, backlog, ..Self::new() };
    }

    /// Counts an answer; it is seen in the figures after [`Self::end_row`].
    pub(super) fn answered(&mut self, planned_ns: u64, answered_ns: u64) {
        if (self.row.planned_ns, self.row.answered_ns) != (planned_ns, answered_ns) {
            self.end_row();
            self.row = Row { planned_ns, answered_ns, count: 0 };
        }
        self.row.count += 1;
    }

    /// Counts an execution in whose stead a cancel gets no answer.
    pub(super) fn crossed(&mut self) {
        self.crossed += 1;
        self.backlog.answered(1);
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
        self.backlog.answered(count);
    }

    /// Counts a request of an open loop, written at `now_ns`.
    pub(super) fn sent(&mut self, planned_ns: u64, now_ns: u64) {
        self.backlog.asked(now_ns);
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

    #[test]
    fn a_backlog_is_what_the_first_second_left_to_catch_up_and_what_grew_until_the_end() {
        let mut backlog = Backlog::default();
        (0..10).for_each(|_| backlog.asked(5));
        backlog.begin(10);
        assert_eq!((backlog.grown(), backlog.caught_up(), backlog.planned), (0, 0, 0));
        (0..5).for_each(|_| backlog.asked(20));
        assert_eq!((backlog.grown(), backlog.caught_up(), backlog.planned), (5, 0, 5));
        backlog.answered(12);
        assert_eq!((backlog.grown(), backlog.caught_up()), (0, 12));
        (0..20).for_each(|_| backlog.asked(10 + FIRST_NS));
        assert_eq!((backlog.grown(), backlog.caught_up()), (13, 0));
    }
}
