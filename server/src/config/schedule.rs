//! `[schedule]`: when the phases of the day begin.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::check::Fault;
use super::written;

const NANOS_PER_SECOND: u64 = 1_000_000_000;
const SECONDS_PER_MINUTE: u32 = 60;

/// A time of day in seconds after midnight UTC, written `09:30:00`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct TimeOfDay(
    #[serde(deserialize_with = "written::time_of_day", serialize_with = "written::write_time")] u32,
);

impl TimeOfDay {
    /// Nanoseconds after midnight.
    pub fn nanos(self) -> u64 {
        u64::from(self.0) * NANOS_PER_SECOND
    }

    fn minutes_before(self, minutes: u32) -> Self {
        Self(self.0.saturating_sub(minutes * SECONDS_PER_MINUTE))
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", written::Time(self.0))
    }
}

/// `[schedule]`: without it trading is continuous from the opening of the day.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleConfig {
    /// Until then orders rest and nothing trades.
    pub opening_cross: TimeOfDay,
    /// From then on the imbalance is told every 10 seconds; 5 minutes before the cross.
    opening_imbalance: Option<TimeOfDay>,
    /// From then on every second; 2 minutes before the cross.
    opening_imbalance_each_second: Option<TimeOfDay>,
}

impl ScheduleConfig {
    /// When the imbalance before the opening cross is first told.
    pub fn opening_imbalance(&self) -> TimeOfDay {
        self.opening_imbalance.unwrap_or(self.opening_cross.minutes_before(5))
    }

    /// From when on it is told every second.
    pub fn opening_imbalance_each_second(&self) -> TimeOfDay {
        let usual = self.opening_cross.minutes_before(2).max(self.opening_imbalance());
        self.opening_imbalance_each_second.unwrap_or(usual)
    }

    pub(super) fn check(&self) -> Result<(), Fault> {
        let (first, each_second) = (self.opening_imbalance(), self.opening_imbalance_each_second());
        if self.opening_cross < first {
            let expected = format!("no later than opening_cross ({})", self.opening_cross);
            return Err(Fault::new("schedule.opening_imbalance", expected, first));
        }
        if each_second < first || self.opening_cross < each_second {
            let expected = format!("{first} to {}", self.opening_cross);
            return Err(Fault::new(
                "schedule.opening_imbalance_each_second",
                expected,
                each_second,
            ));
        }
        Ok(())
    }
}
