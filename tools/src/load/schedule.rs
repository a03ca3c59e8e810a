//! The schedule of an open loop: when each request is planned, whatever the venue does.

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
    planned: u64,
}

impl Schedule {
    pub(super) fn new(started_ns: u64, per_second: u64) -> Self {
        Self { started_ns, per_second, planned: 0 }
    }

    /// Gives the next planned time if it is not later than `now_ns`.
    pub(super) fn due(&mut self, now_ns: u64) -> Option<u64> {
        let planned_ns = self.next_ns();
        (planned_ns <= now_ns).then(|| {
            self.planned += 1;
            planned_ns
        })
    }

    /// When the next request is planned.
    pub(super) fn next_ns(&self) -> u64 {
        let offset = u128::from(self.planned) * 1_000_000_000 / u128::from(self.per_second);
        self.started_ns + u64::try_from(offset).expect("a run is shorter than 500 years")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_planned_evenly_and_none_is_left_out() {
        let mut schedule = Schedule::new(1_000, 1_000_000);
        let times: Vec<_> = std::iter::from_fn(|| schedule.due(5_000)).collect();
        assert_eq!(times, [1_000, 2_000, 3_000, 4_000, 5_000]);
        assert_eq!(schedule.next_ns(), 6_000);
    }
}
