//! Points in time as people read them; always UTC.

use protocol::time::NANOS_PER_DAY;
use server::clock;

const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// Writes nanoseconds since 1970 as `2026-11-22T14:02:03.000000017Z`.
pub(crate) fn utc(time_ns: u64) -> String {
    let date = clock::date(time_ns);
    let (year, month, day) = (&date[..4], &date[4..6], &date[6..]);
    format!("{year}-{month}-{day}T{}Z", of_day(time_ns % NANOS_PER_DAY))
}

/// Writes nanoseconds since midnight as `14:02:03.000000017`.
pub(crate) fn of_day(time_ns: u64) -> String {
    let (seconds, nanos) = (time_ns / NANOS_PER_SECOND, time_ns % NANOS_PER_SECOND);
    format!("{:02}:{:02}:{:02}.{nanos:09}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

/// Writes nanoseconds since midnight as `14:02:03.017`.
pub(crate) fn of_day_ms(time_ns: u64) -> String {
    let mut text = of_day(time_ns);
    text.truncate("hh:mm:ss.mmm".len());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_full() {
        assert_eq!(utc(0), "1970-01-01T00:00:00.000000000Z");
        assert_eq!(utc(1_795_356_123_000_000_017), "2026-11-22T14:02:03.000000017Z");
        assert_eq!(of_day(86_399_999_999_999), "23:59:59.999999999");
        assert_eq!(of_day_ms(50_523_017_999_999), "14:02:03.017");
    }
}
