//! Rates: how much a second of something that only grows.

use std::collections::VecDeque;
use std::time::Duration;

/// Seconds of history that are kept.
const HISTORY: usize = 240;

/// A count, looked at about once a second.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rate {
    total: u64,
    history: VecDeque<u64>,
}

impl Rate {
    /// Takes what the count has come to, `elapsed` after the look before.
    pub(crate) fn look(&mut self, total: u64, elapsed: Duration) {
        let grown = u128::from(total.saturating_sub(self.total));
        let per_second = grown * 1_000 / elapsed.as_millis().max(1);
        self.total = total;
        if self.history.len() == HISTORY {
            self.history.pop_front();
        }
        self.history.push_back(u64::try_from(per_second).unwrap_or(u64::MAX));
    }

    /// The newest rate.
    pub(crate) fn per_second(&self) -> u64 {
        self.history.back().copied().unwrap_or(0)
    }

    /// The newest `count` rates, the oldest first.
    pub(crate) fn newest(&self, count: usize) -> Vec<u64> {
        let skipped = self.history.len().saturating_sub(count);
        self.history.iter().skip(skipped).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_what_was_added_a_second() {
        let mut rate = Rate::default();
        assert_eq!(rate.per_second(), 0);
        rate.look(100, Duration::from_millis(500));
        rate.look(150, Duration::from_secs(2));
        assert_eq!((rate.per_second(), rate.newest(5)), (25, vec![200, 25]));
        assert_eq!(rate.newest(1), [25]);
    }
}
