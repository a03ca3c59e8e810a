//! UserRefNum: which numbers the port has used, channel by channel.
//!
//! A number must be above all earlier ones of its channel; the venue ignores any other in silence.
//! So no number is given out before the highest one used is known.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// Names an order or a request of the port for the whole day.
///
/// Each order flow channel (UserRefIdx) counts for itself; channel 0 is the port's own.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct UserRefNum {
    pub channel: u8,
    pub number: u32,
}

impl UserRefNum {
    /// Names number `number` of the port's own channel.
    pub const fn new(number: u32) -> Self {
        Self { channel: 0, number }
    }
}

/// Writes `7`, or `3/7` for number 7 of channel 3.
impl fmt::Display for UserRefNum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.channel {
            0 => f.pad(&self.number.to_string()),
            channel => f.pad(&format!("{channel}/{}", self.number)),
        }
    }
}

/// A text that names no order.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("expected a number, after its channel and a slash if it has one: 7 or 3/7")]
pub struct UserRefNumError;

/// Reads what [`fmt::Display`] writes.
impl FromStr for UserRefNum {
    type Err = UserRefNumError;

    fn from_str(text: &str) -> Result<Self, UserRefNumError> {
        let (channel, number) = text.split_once('/').unwrap_or(("0", text));
        match (channel.parse(), number.parse()) {
            (Ok(channel), Ok(number)) => Ok(Self { channel, number }),
            _ => Err(UserRefNumError),
        }
    }
}

/// What is known of one channel.
#[derive(Clone, Copy, Debug, Default)]
struct Channel {
    /// The highest number seen so far, used by us or shown by the stream.
    highest: u32,
    /// No higher one was used before.
    known: bool,
}

/// The highest number used in each channel.
#[derive(Clone, Debug)]
pub(super) struct Numbers {
    channels: Box<[Channel; 256]>,
}

impl Numbers {
    /// Starts with nothing known.
    pub(super) fn new() -> Self {
        Self { channels: Box::new([Channel::default(); 256]) }
    }

    /// Notes a number that was used.
    pub(super) fn used(&mut self, order: UserRefNum) {
        let channel = self.channel(order.channel);
        channel.highest = channel.highest.max(order.number);
    }

    /// Notes that all numbers used so far in the channel have been seen.
    pub(super) fn is_complete(&mut self, channel: u8) {
        self.channel(channel).known = true;
    }

    /// Notes the same of every channel.
    pub(super) fn all_are_complete(&mut self) {
        self.channels.iter_mut().for_each(|channel| channel.known = true);
    }

    /// Tells whether the next number is known.
    pub(super) fn is_known(&self, channel: u8) -> bool {
        self.channels[usize::from(channel)].known
    }

    /// Returns the next number to use; `None` when there is no higher one.
    pub(super) fn next(&self, channel: u8) -> Option<UserRefNum> {
        let number = self.channels[usize::from(channel)].highest.checked_add(1)?;
        Some(UserRefNum { channel, number })
    }

    fn channel(&mut self, channel: u8) -> &mut Channel {
        &mut self.channels[usize::from(channel)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_channel_counts_for_itself() {
        let mut numbers = Numbers::new();
        numbers.used(UserRefNum { channel: 3, number: 7 });
        numbers.used(UserRefNum { channel: 3, number: 5 });
        assert_eq!(numbers.next(3), Some(UserRefNum { channel: 3, number: 8 }));
        assert_eq!(numbers.next(0), Some(UserRefNum::new(1)));
        numbers.is_complete(3);
        assert!(numbers.is_known(3));
        assert!(!numbers.is_known(0));
    }

    #[test]
    fn after_the_last_number_there_is_none() {
        let mut numbers = Numbers::new();
        numbers.used(UserRefNum::new(u32::MAX));
        assert_eq!(numbers.next(0), None);
    }

    #[test]
    fn a_number_shows_its_channel_unless_it_is_the_ports_own() {
        assert_eq!(UserRefNum::new(7).to_string(), "7");
        assert_eq!(UserRefNum { channel: 3, number: 7 }.to_string(), "3/7");
    }

    #[test]
    fn what_is_written_is_read_again() {
        for number in [UserRefNum::new(7), UserRefNum { channel: 255, number: u32::MAX }] {
            assert_eq!(number.to_string().parse(), Ok(number));
        }
        for text in ["", "/7", "3/", "256/7", "-1", "3/7/1", "4294967296"] {
            assert_eq!(text.parse::<UserRefNum>(), Err(UserRefNumError), "{text:?}");
        }
    }
}
