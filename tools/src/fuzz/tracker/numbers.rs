//! Which UserRefNums an account has used up, in each of its channels.

use std::collections::BTreeMap;

use crate::fuzz::finding::{Checked, Finding, demand};
use crate::fuzz::rules::Rule;

/// The last number used up in a channel, as far as it is known.
#[derive(Clone, Copy, Debug)]
struct Last {
    /// At least this one.
    certain: u32,
    /// At most this one.
    possible: u32,
}

impl Last {
    /// As high as is known to be possible.
    fn highest(&self) -> u32 {
        if self.possible == u32::MAX { self.certain } else { self.possible }
    }
}

/// Before the first answer nothing is known of a channel.
const UNKNOWN: Last = Last { certain: 0, possible: u32::MAX };

#[derive(Debug, Default)]
pub(super) struct Numbers {
    channels: BTreeMap<u8, Last>,
}

impl Numbers {
    fn last(&self, channel: u8) -> Last {
        self.channels.get(&channel).copied().unwrap_or(UNKNOWN)
    }

    /// Takes the first thing that is known of a channel: its next number.
    pub(super) fn start(&mut self, channel: u8, next: u32) -> Checked {
        self.channels.remove(&channel);
        self.learn(channel, next)
    }

    /// A number that is new in every channel that was asked about.
    pub(super) fn free(&self) -> u32 {
        let highest = self.channels.values().map(Last::highest).max();
        highest.unwrap_or(0).saturating_add(1)
    }

    /// Tells whether a number is new whatever happened before.
    pub(super) fn is_new(&self, channel: u8, number: u32) -> bool {
        self.last(channel).possible < number
    }

    /// Takes a number that an answer has used up.
    pub(super) fn consume(&mut self, channel: u8, number: u32) -> Checked {
        demand(self.last(channel).certain < number, Rule::AnsweredTwice, || {
            format!("UserRefNum {number} of channel {channel} is not new, it may get no answer")
        })?;
        self.channels.insert(channel, Last { certain: number, possible: number });
        Ok(())
    }

    /// Takes a number that the venue may have used up in silence.
    pub(super) fn doubt(&mut self, channel: u8, number: u32) {
        let last = self.last(channel);
        self.channels.insert(channel, Last { possible: last.possible.max(number), ..last });
    }

    /// Takes what an Account Query Response says.
    pub(super) fn learn(&mut self, channel: u8, next: u32) -> Checked {
        let Last { certain, possible } = self.last(channel);
        // When the last number there is was used up, no next one can be told.
        let fits = |last: &u32| certain == u32::MAX || (certain <= *last && *last <= possible);
        let last = next.checked_sub(1).filter(fits).ok_or_else(|| {
            let text = format!(
                "the next UserRefNum of channel {channel} is said to be {next}, {certain} is used up \
                 and nothing above {possible} was sent"
            );
            Finding::new(Rule::NextNumber, text)
        })?;
        let last = last.max(certain);
        self.channels.insert(channel, Last { certain: last, possible: last });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_consumed_once() {
        let mut numbers = Numbers::default();
        assert!(!numbers.is_new(0, 5));
        assert_eq!(numbers.learn(0, 5), Ok(()));
        assert!(numbers.is_new(0, 5));
        assert_eq!(numbers.consume(0, 5), Ok(()));
        assert_eq!(numbers.consume(0, 5).expect_err("not new").rule, Rule::AnsweredTwice);
        assert_eq!(numbers.consume(1, 5), Ok(()));
    }

    #[test]
    fn a_doubtful_number_may_be_either() {
        let mut numbers = Numbers::default();
        numbers.learn(0, 5).expect("nothing was known");
        numbers.doubt(0, 9);
        assert!(!numbers.is_new(0, 7));
        assert_eq!(numbers.consume(0, 7), Ok(()));
        assert_eq!(numbers.learn(0, 7).expect_err("7 is used up").rule, Rule::NextNumber);
        assert_eq!(numbers.learn(0, 8), Ok(()));
        assert_eq!(numbers.learn(0, 0).expect_err("numbers start at 1").rule, Rule::NextNumber);
    }

    #[test]
    fn after_the_last_number_there_is_none() {
        let mut numbers = Numbers::default();
        assert_eq!(numbers.consume(0, u32::MAX), Ok(()));
        assert_eq!(numbers.learn(0, u32::MAX), Ok(()));
        assert!(!numbers.is_new(0, u32::MAX));
        assert_eq!(numbers.free(), u32::MAX);
    }
}
