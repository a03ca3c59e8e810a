//! Latencies and how they are told.

use std::time::Duration;

use hdrhistogram::Histogram;
use openbell_tools::line::Line;

/// Longest latency that is told apart, in nanoseconds.
const LONGEST_NS: u64 = 60_000_000_000;

/// An empty histogram of nanoseconds, of three digits.
pub(crate) fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST_NS, 3).expect("the bounds are right")
}

/// Adds what every ruler of latency tells: median, 99th and 99.9th percentile, in microseconds.
pub(crate) fn percentiles(line: Line, latency: &Histogram<u64>) -> Line {
    let micros = |quantile| micros(latency.value_at_quantile(quantile));
    line.with("p50_us", micros(0.5)).with("p99_us", micros(0.99)).with("p99_9_us", micros(0.999))
}

/// Nanoseconds as microseconds, to a tenth.
fn micros(nanos: u64) -> f64 {
    tenths(Duration::from_nanos(nanos).as_secs_f64() * 1_000_000.0)
}

/// A number to a tenth.
pub(crate) fn tenths(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}
