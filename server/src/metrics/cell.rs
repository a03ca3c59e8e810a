//! The cells that hot threads write and a scrape reads: single atomics, never a lock.
//!
//! All operations are relaxed: a cell says how much, not what happened before what. A hot thread adds
//! once a batch, not once a message.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    pub const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Adds what the batch brought.
    pub fn add(&self, amount: u64) {
        self.0.fetch_add(amount, Ordering::Relaxed);
    }

    /// Reads the number.
    pub fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A number that is what it is now: a position, a level, a count of what is open.
#[derive(Debug, Default)]
pub struct Gauge(AtomicU64);

impl Gauge {
    pub const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Publishes the number as it stands.
    pub fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }

    /// Counts one more.
    pub fn rise(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts one less; every fall has its rise before it.
    pub fn fall(&self) {
        let before = self.0.fetch_sub(1, Ordering::Relaxed);
        assert!(0 < before, "a gauge falls only after it rose");
    }

    /// Reads the number.
    pub fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The upper ends of the buckets of a [`Histogram`], each in its bucket, in nanoseconds.
const BOUNDS_NS: [u64; 16] = [
    10_000,
    25_000,
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    25_000_000,
    50_000_000,
    100_000_000,
    250_000_000,
    1_000_000_000,
    10_000_000_000,
];

/// How long something took, in fixed buckets.
#[derive(Debug, Default)]
pub struct Histogram {
    /// One for each bound, and the last for what took longer.
    buckets: [Counter; BOUNDS_NS.len() + 1],
    sum_ns: Counter,
}

impl Histogram {
    /// Counts one that took this long.
    pub fn observe(&self, took: Duration) {
        let took_ns = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let bucket = BOUNDS_NS.partition_point(|&bound| bound < took_ns);
        self.buckets[bucket].add(1);
        self.sum_ns.add(took_ns);
    }

    /// Counts all that were observed.
    pub fn count(&self) -> u64 {
        self.buckets.iter().map(Counter::value).sum()
    }

    /// Sums up what all of them took.
    pub fn sum(&self) -> Duration {
        Duration::from_nanos(self.sum_ns.value())
    }

    /// Lists each bucket's upper end in seconds (the last one infinite) with its own count.
    pub fn buckets(&self) -> Vec<(f64, u64)> {
        let bounds = BOUNDS_NS.iter().map(|&bound| Duration::from_nanos(bound).as_secs_f64());
        bounds.chain([f64::INFINITY]).zip(self.buckets.iter().map(Counter::value)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_at_a_bound_belongs_below_it() {
        let histogram = Histogram::default();
        for took_ns in [0, 10_000, 10_001, 5_000_000, 10_000_000_001] {
            histogram.observe(Duration::from_nanos(took_ns));
        }
        let counts: Vec<u64> = histogram.buckets().into_iter().map(|(_, count)| count).collect();
        assert_eq!(counts, [2, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]);
        assert_eq!(histogram.count(), 5);
        assert_eq!(histogram.sum(), Duration::from_nanos(10_005_020_002));
    }

    #[test]
    fn bounds_rise_and_end_in_infinity() {
        let buckets = Histogram::default().buckets();
        assert!(buckets.is_sorted_by(|a, b| a.0 < b.0));
        assert_eq!(buckets.last().map(|bucket| bucket.0), Some(f64::INFINITY));
    }

    #[test]
    fn a_gauge_follows_what_is_open() {
        let sessions = Gauge::new();
        sessions.rise();
        sessions.rise();
        sessions.fall();
        assert_eq!(sessions.value(), 1);
        sessions.set(40);
        assert_eq!(sessions.value(), 40);
    }

    #[test]
    #[should_panic(expected = "only after it rose")]
    fn a_gauge_never_falls_below_zero() {
        Gauge::new().fall();
    }
}
