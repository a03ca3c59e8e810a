//! A time without Postgres: how long to wait before the next attempt, and two lines in the log.
//!
//! The first failed attempt writes one line and the first success after it another, however many
//! hours and attempts lie between.

use std::error::Error;
use std::fmt::Write;
use std::time::Duration;

use tokio::time::Instant;

const FIRST_DELAY: Duration = Duration::from_millis(50);
const LONGEST_DELAY: Duration = Duration::from_secs(5);

/// What failed since the last success.
#[derive(Debug, Default)]
pub(super) struct Outage {
    since: Option<Instant>,
    attempts: u64,
}

impl Outage {
    /// Counts a failed attempt and tells how long to wait: 50 ms, then twice as long, 5 s at most.
    pub(super) fn failed(&mut self, error: &dyn Error, next: Option<u64>, last: u64) -> Duration {
        if self.since.is_none() {
            self.since = Some(Instant::now());
            let error = with_causes(error);
            tracing::warn!(error, next, last, "trades do not reach Postgres, trading goes on");
        }
        let doublings = u32::try_from(self.attempts).unwrap_or(u32::MAX);
        self.attempts += 1;
        let delay = 2_u32.checked_pow(doublings).and_then(|factor| FIRST_DELAY.checked_mul(factor));
        delay.unwrap_or(LONGEST_DELAY).min(LONGEST_DELAY)
    }

    /// Notes that Postgres works, and tells whether it did not before.
    pub(super) fn over(&mut self) -> bool {
        let Some(since) = self.since.take() else { return false };
        let seconds = since.elapsed().as_secs();
        tracing::info!(seconds, attempts = self.attempts, "trades reach Postgres again");
        self.attempts = 0;
        true
    }
}

/// Writes an error with all that caused it: Postgres' own words stand in the last one.
fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.ends_with(&said) {
            write!(text, ": {said}").expect("a String takes everything");
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::io;

    use thiserror::Error;

    use super::*;

    #[derive(Debug, Error)]
    #[error("cannot connect")]
    struct Connecting(#[source] io::Error);

    #[test]
    fn the_wait_doubles_up_to_five_seconds_for_ever() {
        let mut outage = Outage::default();
        let error = io::Error::other("refused");
        let delays = [(); 100].map(|()| outage.failed(&error, None, 0).as_millis());
        assert_eq!(delays[..9], [50, 100, 200, 400, 800, 1600, 3200, 5000, 5000]);
        assert_eq!(delays[99], 5000);
    }

    #[test]
    fn an_outage_ends_once() {
        let mut outage = Outage::default();
        assert!(!outage.over());
        outage.failed(&io::Error::other("refused"), Some(7), 9);
        outage.failed(&io::Error::other("refused"), Some(7), 9);
        assert!(outage.over());
        assert!(!outage.over());
        let delay = outage.failed(&io::Error::other("refused"), Some(7), 9);
        assert_eq!(delay, FIRST_DELAY);
    }

    #[test]
    fn the_line_names_the_first_cause() {
        let error = Connecting(io::Error::other("no such host"));
        assert_eq!(with_causes(&error), "cannot connect: no such host");
    }
}
