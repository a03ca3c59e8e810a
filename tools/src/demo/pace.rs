//! Pace: so many requests a second, evenly.

use std::time::Duration;

/// How much of a delay is made up for.
const CATCH_UP: Duration = Duration::from_millis(100);

/// Says how many requests are due.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    per_second: u32,
    /// Requests that were due until the last look.
    counted: u128,
}

impl Pace {
    pub(super) fn new(per_second: u32) -> Self {
        Self { per_second, counted: 0 }
    }

    /// Returns how many became due since the last look; those of a long delay are dropped.
    pub(super) fn due(&mut self, elapsed: Duration) -> u128 {
        let until = |time: Duration| time.as_millis() * u128::from(self.per_second) / 1_000;
        let counted = until(elapsed).max(self.counted);
        let due = counted - self.counted;
        self.counted = counted;
        due.min(until(CATCH_UP).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_kept_without_bursts() {
        let mut pace = Pace::new(500);
        let at = Duration::from_millis;
        assert_eq!(pace.due(at(1)), 0);
        assert_eq!(pace.due(at(10)), 5);
        assert_eq!(pace.due(at(13)), 1);
        assert_eq!(pace.due(at(1_013)), 50);
        assert_eq!(pace.due(at(1_015)), 1);
    }
}
