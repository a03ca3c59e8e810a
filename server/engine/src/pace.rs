//! Rates: token buckets on the time of the log.
//!
//! A bucket holds as many tokens as its rate gives in a second and begins full. Everything is integers, so replay
//! finds the same levels.

/// Nanoseconds in a second: a token is counted in so many parts.
const TOKEN: u64 = 1_000_000_000;

/// A token bucket; its rate is given with each use, since limits may change.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Bucket {
    /// Billionths of a token.
    level: u64,
    /// The time of the level.
    time_ns: u64,
}

/// Full whatever the rate.
impl Default for Bucket {
    fn default() -> Self {
        Self { level: u64::MAX, time_ns: 0 }
    }
}

impl Bucket {
    /// Tells whether a token is there at this time, no earlier than the last one.
    pub fn has_token(&self, per_second: u32, time_ns: u64) -> bool {
        TOKEN <= self.level_at(per_second, time_ns)
    }

    /// Takes a token; false when there is none, then nothing changes.
    ///
    /// Not even the time: a try that nobody logs must leave the same bucket, also when the rate changes later.
    pub fn take(&mut self, per_second: u32, time_ns: u64) -> bool {
        let Some(left) = self.level_at(per_second, time_ns).checked_sub(TOKEN) else {
            return false;
        };
        *self = Self { level: left, time_ns };
        true
    }

    /// Level and its time, for digests.
    pub(crate) fn parts(&self) -> (u64, u64) {
        (self.level, self.time_ns)
    }

    fn level_at(&self, per_second: u32, time_ns: u64) -> u64 {
        let elapsed_ns = time_ns.saturating_sub(self.time_ns);
        let filled = self.level.saturating_add(elapsed_ns.saturating_mul(u64::from(per_second)));
        filled.min(u64::from(per_second) * TOKEN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_begins_full_and_fills_at_its_rate() {
        let mut bucket = Bucket::default();
        assert!((0..3).all(|_| bucket.take(3, 5)));
        assert!(!bucket.take(3, 5));
        // A third of a second is a token, and a nanosecond less is none.
        assert!(!bucket.has_token(3, 5 + 333_333_333));
        assert!(bucket.take(3, 5 + 333_333_334));
        assert!(!bucket.take(3, 5 + 333_333_335));
    }

    #[test]
    fn refused_tries_do_not_keep_a_bucket_empty() {
        let mut bucket = Bucket::default();
        assert!(bucket.take(1, 0));
        let tries = (1..1_000).filter(|step| bucket.take(1, step * 10_000_000));
        assert_eq!(tries.count(), 9);
    }

    #[test]
    fn a_refused_try_changes_nothing_for_any_later_rate() {
        let mut tried = Bucket::default();
        assert!(tried.take(1, 0));
        let untried = tried;
        assert!(!tried.take(1, 500_000_000));
        assert_eq!(tried, untried);
        assert!(tried.has_token(2, 500_000_000));
    }

    #[test]
    fn a_lower_rate_holds_from_its_first_use() {
        let mut bucket = Bucket::default();
        assert!(bucket.take(1_000, 0));
        assert!(bucket.take(2, 0));
        assert!(bucket.take(2, 0));
        assert!(!bucket.take(2, 0));
    }
}
