//! Log time: UTC nanoseconds that never go back, read once a round.

use std::time::{SystemTime, UNIX_EPOCH};

use protocol::time::NANOS_PER_DAY;

/// The one clock of the log.
#[derive(Debug)]
pub struct Clock {
    now_ns: u64,
    /// Reads the machine's clock; without it log time stands still, for a log that is played again.
    runs: bool,
}

impl Clock {
    /// Starts at the time of the last record, 0 for a new log.
    pub fn after(last_ns: u64) -> Self {
        Self { now_ns: last_ns, runs: true }
    }

    /// Stands still at this time.
    pub fn still(now_ns: u64) -> Self {
        Self { now_ns, runs: false }
    }

    /// Reads the machine's clock; when it went back, log time stands still.
    pub fn read(&mut self) -> u64 {
        if self.runs {
            self.now_ns = self.now_ns.max(utc_ns());
        }
        self.now_ns
    }
}

/// The machine's clock, UTC nanoseconds since 1970.
pub fn utc_ns() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).expect("64 bits of nanoseconds last until the year 2554")
}

/// Midnight before `time_ns`, UTC nanoseconds.
pub fn midnight(time_ns: u64) -> u64 {
    time_ns - time_ns % NANOS_PER_DAY
}

/// The date of `time_ns` as eight digits, `YYYYMMDD`.
///
/// The civil calendar from days since 1970, counted in 400-year eras that begin in March.
pub fn date(time_ns: u64) -> String {
    let days = time_ns / NANOS_PER_DAY + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year:04}{month:02}{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_follow_the_calendar() {
        let date_of_day = |day: u64| date(day * NANOS_PER_DAY + 1);
        assert_eq!(date_of_day(0), "19700101");
        assert_eq!(date_of_day(59), "19700301");
        assert_eq!(date_of_day(11_016), "20000229");
        assert_eq!(date_of_day(11_017), "20000301");
        assert_eq!(date_of_day(20_454), "20260101");
        assert_eq!(date_of_day(20_779), "20261122");
        assert_eq!(date_of_day(47_540), "21000228");
        assert_eq!(date_of_day(47_541), "21000301");
    }

    #[test]
    fn log_time_never_goes_back() {
        let future = utc_ns() + NANOS_PER_DAY;
        let mut clock = Clock::after(future);
        assert_eq!(clock.read(), future);
        let mut clock = Clock::after(0);
        let first = clock.read();
        assert!(first <= clock.read());
    }
}
