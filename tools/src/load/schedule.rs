//! The schedule of an open loop: when each request is planned, whatever the venue does.

use std::ops::Range;

/// Nanoseconds of a second.
const SECOND: u128 = 1_000_000_000;
const SHORT: &str = "a run is shorter than 500 years";

/// How requests are paced.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Loop {
    /// Each connection keeps this many outstanding.
    Closed(u32),
    /// So many requests a second, evenly, over all connections in turn.
    Open(u64),
}

/// Planned times, evenly spread.
#[derive(Clone, Debug)]
pub(super) struct Schedule {
    started_ns: u64,
    per_second: u64,
    /// How many were taken.
    taken: u64,
}

impl Schedule {
    pub(super) fn new(started_ns: u64, per_second: u64) -> Self {
        Self { started_ns, per_second, taken: 0 }
    }

    /// Takes the requests that are planned until `now_ns`, by their number in the schedule.
    pub(super) fn due(&mut self, now_ns: u64) -> Range<u64> {
        let first = self.taken;
        if let Some(passed_ns) = now_ns.checked_sub(self.started_ns) {
            // The last one whose time, rounded down, has come.
            let planned = ((u128::from(passed_ns) + 1) * u128::from(self.per_second) - 1) / SECOND;
            self.taken = first.max(u64::try_from(planned).expect(SHORT) + 1);
        }
        first..self.taken
    }

    /// When the next request is planned.
    pub(super) fn next_ns(&self) -> u64 {
        self.planned_ns(self.taken)
    }

    /// When the request with this number is planned.
    pub(super) fn planned_ns(&self, number: u64) -> u64 {
        let offset = u128::from(number) * SECOND / u128::from(self.per_second);
        self.started_ns + u64::try_from(offset).expect(SHORT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_planned_evenly_and_none_is_left_out() {
        let mut schedule = Schedule::new(1_000, 1_000_000);
        assert_eq!(schedule.due(999), 0..0);
        let times: Vec<_> = schedule.due(5_000).map(|n| schedule.planned_ns(n)).collect();
        assert_eq!(times, [1_000, 2_000, 3_000, 4_000, 5_000]);
        assert_eq!((schedule.next_ns(), schedule.due(5_999)), (6_000, 5..5));
    }

    #[test]
    fn a_request_is_due_from_its_planned_time_on() {
        for per_second in [1, 3, 7, 999_999, 3_000_001, 10_000_000] {
            let mut schedule = Schedule::new(17, per_second);
            for number in 0..50 {
                let next_ns = schedule.next_ns();
                assert_eq!(schedule.due(next_ns - 1), number..number, "{per_second}");
                assert_eq!(schedule.due(next_ns), number..number + 1, "{per_second}");
            }
        }
    }
}
