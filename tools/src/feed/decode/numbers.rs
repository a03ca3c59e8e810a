//! Which messages of a session have come: lines double them, and retransmissions bring them late.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

/// The numbers that have come; takes memory with the number of gaps, not of messages.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Numbers {
    /// One past the highest number that is known to exist.
    end: u64,
    /// Runs of numbers below `end` that have not come, first number to one past the last.
    missing: BTreeMap<u64, u64>,
}

impl Numbers {
    /// Begins with number 1.
    pub(super) fn new() -> Self {
        Self { end: 1, missing: BTreeMap::new() }
    }

    /// Notes that all numbers below `end` exist.
    pub(super) fn exist_below(&mut self, end: u64) {
        if end <= self.end {
            return;
        }
        match self.missing.last_entry() {
            Some(mut last) if *last.get() == self.end => *last.get_mut() = end,
            _ => drop(self.missing.insert(self.end, end)),
        }
        self.end = end;
    }

    /// Notes that a number came; tells whether it is for the first time.
    pub(super) fn came(&mut self, number: u64) -> bool {
        if number == self.end {
            self.end = number.saturating_add(1);
            return true;
        }
        self.exist_below(number.saturating_add(1));
        let Some((&first, &end)) = self.missing.range(..=number).next_back() else { return false };
        if end <= number {
            return false;
        }
        self.missing.remove(&first);
        if first < number {
            self.missing.insert(first, number);
        }
        if number + 1 < end {
            self.missing.insert(number + 1, end);
        }
        true
    }

    /// Describes what has not come; `None` if all has.
    pub(super) fn missing(&self) -> Option<Missing> {
        let (&first, &end) = self.missing.first_key_value()?;
        let messages = self.missing.iter().map(|(first, end)| end - first).sum();
        Some(Missing { first: first..end, runs: self.missing.len(), messages })
    }
}

/// Messages that have not come.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Missing {
    first: Range<u64>,
    runs: usize,
    messages: u64,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { first, runs, messages } = self;
        write!(
            f,
            "{messages} messages in {runs} gaps, the first from {} to {}",
            first.start,
            first.end - 1
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds numbers in and returns those that came for the first time.
    fn first_times(numbers: &mut Numbers, came: &[u64]) -> Vec<u64> {
        came.iter().copied().filter(|&number| numbers.came(number)).collect()
    }

    #[test]
    fn a_number_comes_for_the_first_time_once() {
        let mut numbers = Numbers::new();
        assert_eq!(first_times(&mut numbers, &[1, 2, 2, 1, 3, 3]), [1, 2, 3]);
        assert_eq!(numbers.missing(), None);
    }

    #[test]
    fn late_numbers_fill_their_gap_in_any_order() {
        let mut numbers = Numbers::new();
        assert_eq!(first_times(&mut numbers, &[5, 5, 9, 3, 3, 1]), [5, 9, 3, 1]);
        let text = "5 messages in 3 gaps, the first from 2 to 2";
        assert_eq!(numbers.missing().map(|missing| missing.to_string()).as_deref(), Some(text));
        assert_eq!(first_times(&mut numbers, &[4, 2, 8, 6, 7, 6, 2, 10]), [4, 2, 8, 6, 7, 10]);
        assert_eq!(numbers.missing(), None);
    }

    #[test]
    fn a_heartbeat_tells_of_numbers_that_did_not_come() {
        let mut numbers = Numbers::new();
        numbers.came(1);
        numbers.exist_below(2);
        assert_eq!(numbers.missing(), None);
        numbers.exist_below(5);
        assert_eq!(numbers.missing(), Some(Missing { first: 2..5, runs: 1, messages: 3 }));
        assert_eq!(first_times(&mut numbers, &[6, 3]), [6, 3]);
        assert_eq!(numbers.missing(), Some(Missing { first: 2..3, runs: 2, messages: 3 }));
    }

    #[test]
    fn the_highest_numbers_do_no_harm() {
        let mut numbers = Numbers::new();
        assert_eq!(first_times(&mut numbers, &[u64::MAX - 1, u64::MAX - 1, 7]), [u64::MAX - 1, 7]);
    }
}
