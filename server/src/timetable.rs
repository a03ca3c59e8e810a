//! The timetable of a day: what the schedule makes the venue log, and when.
//!
//! A command is logged in the first round after its time, at the time of that round; replay reads it from the log. What
//! was due while the venue was down is made up for at the start: the opening cross, but not what was only of interest
//! before it.

use std::collections::VecDeque;

use engine::command::{Command, Locate, Phase};
use protocol::enums::{CrossType, EventCode};

use crate::config::{ScheduleConfig, TimeOfDay};
use crate::day::Definitions;

const NANOS_PER_SECOND: u64 = 1_000_000_000;
/// Between two messages on the imbalance, at first.
const SLOW_NS: u64 = 10 * NANOS_PER_SECOND;
/// The same at the end.
const FAST_NS: u64 = NANOS_PER_SECOND;

/// Market hours begin.
const MARKET_HOURS: Command<'static> = Command::SystemEvent { code: EventCode::StartOfMarketHours };
/// What waits meets in the opening cross.
const OPENING: Command<'static> =
    Command::PhaseChanged { locate: Locate::NONE, phase: Phase::Continuous };

/// Commands that are due at a time, the earliest first.
#[derive(Debug, Default)]
pub struct Timetable {
    /// UTC nanoseconds.
    due: VecDeque<(u64, Command<'static>)>,
}

impl Timetable {
    /// Lays out what is left of a day from `now_ns` on, after what its log says already.
    pub fn new(
        schedule: &ScheduleConfig,
        midnight_ns: u64,
        now_ns: u64,
        logged: &Definitions,
    ) -> Self {
        let at = |time: TimeOfDay| midnight_ns + time.nanos();
        let cross_ns = at(schedule.opening_cross);
        let locate = Locate::NONE;
        let mut due = VecDeque::new();
        if logged.is_before_cross() {
            let told = ImbalanceTimes {
                next_ns: at(schedule.opening_imbalance()),
                fast_ns: at(schedule.opening_imbalance_each_second()),
                cross_ns,
            };
            let command = Command::ImbalanceDue { locate, cross_type: CrossType::Opening };
            due.extend(told.filter(|time_ns| now_ns <= *time_ns).map(|time_ns| (time_ns, command)));
        }
        if !logged.open {
            due.push_back((cross_ns, MARKET_HOURS));
        }
        if logged.is_before_cross() {
            due.push_back((cross_ns, OPENING));
        }
        Self { due }
    }

    /// Takes the next command that is due.
    pub fn take(&mut self, now_ns: u64) -> Option<Command<'static>> {
        let due = self.due.pop_front_if(|(time_ns, _)| *time_ns <= now_ns)?;
        Some(due.1)
    }
}

/// When the imbalance is told before a cross.
struct ImbalanceTimes {
    next_ns: u64,
    /// From then on every second.
    fast_ns: u64,
    cross_ns: u64,
}

impl Iterator for ImbalanceTimes {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        let time_ns = self.next_ns;
        self.next_ns += if self.fast_ns <= time_ns { FAST_NS } else { SLOW_NS };
        (time_ns < self.cross_ns).then_some(time_ns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIDNIGHT_NS: u64 = 86_400 * NANOS_PER_SECOND;

    fn schedule(lines: &str) -> ScheduleConfig {
        toml::from_str(lines).expect("a schedule")
    }

    /// The seconds after midnight at which something is logged, with how many commands.
    fn times(timetable: &Timetable) -> Vec<u64> {
        timetable
            .due
            .iter()
            .map(|(time_ns, _)| (time_ns - MIDNIGHT_NS) / NANOS_PER_SECOND)
            .collect()
    }

    #[test]
    fn the_imbalance_is_told_every_ten_seconds_and_then_every_second_up_to_the_cross() {
        let schedule = schedule("opening_cross = \"09:30:00\"");
        let timetable = Timetable::new(&schedule, MIDNIGHT_NS, 0, &Definitions::default());
        let cross = 34_200;
        let slow = (cross - 300..cross - 120).step_by(10);
        let expected: Vec<u64> = slow.chain(cross - 120..cross).chain([cross, cross]).collect();
        assert_eq!(times(&timetable), expected);
    }

    #[test]
    fn an_opening_that_was_missed_is_made_up_for_and_an_imbalance_is_not() {
        let schedule = schedule("opening_cross = \"00:01:00\"");
        let late = MIDNIGHT_NS + 3_600 * NANOS_PER_SECOND;
        let mut timetable = Timetable::new(&schedule, MIDNIGHT_NS, late, &Definitions::default());
        assert_eq!(timetable.take(late), Some(MARKET_HOURS));
        assert_eq!(timetable.take(late), Some(OPENING));
        assert_eq!(timetable.take(u64::MAX), None);
    }

    /// What is left of the opening after some of its commands were logged.
    fn left_after(logged: &[Command<'_>]) -> Vec<Command<'static>> {
        let schedule = schedule("opening_cross = \"00:00:00\"");
        let locate = Locate::NONE;
        let mut definitions = Definitions::default();
        definitions.learn(&Command::PhaseChanged { locate, phase: Phase::PreOpen });
        definitions.learn(&Command::SystemEvent { code: EventCode::StartOfSystemHours });
        logged.iter().for_each(|command| definitions.learn(command));
        let mut timetable = Timetable::new(&schedule, MIDNIGHT_NS, MIDNIGHT_NS, &definitions);
        std::iter::from_fn(|| timetable.take(u64::MAX)).collect()
    }

    #[test]
    fn a_day_that_has_opened_does_not_open_again() {
        assert_eq!(left_after(&[]), [MARKET_HOURS, OPENING]);
        assert_eq!(left_after(&[MARKET_HOURS, OPENING]), []);
    }

    #[test]
    fn an_opening_that_a_crash_cut_in_two_is_completed() {
        assert_eq!(left_after(&[MARKET_HOURS]), [OPENING]);
    }

    #[test]
    fn a_day_that_the_operator_opened_early_has_no_second_cross() {
        assert_eq!(left_after(&[OPENING]), [MARKET_HOURS]);
    }

    #[test]
    fn nothing_is_taken_before_its_time() {
        let schedule = schedule("opening_cross = \"00:01:00\"\nopening_imbalance = \"00:01:00\"");
        let mut timetable = Timetable::new(&schedule, MIDNIGHT_NS, 0, &Definitions::default());
        assert_eq!(timetable.take(MIDNIGHT_NS + 59 * NANOS_PER_SECOND), None);
        assert_eq!(timetable.take(MIDNIGHT_NS + 60 * NANOS_PER_SECOND), Some(MARKET_HOURS));
    }
}
