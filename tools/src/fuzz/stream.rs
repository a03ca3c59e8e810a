//! The sequenced messages of an account: what came under which number.

use std::collections::VecDeque;

use super::finding::{Checked, demand};
use super::rules::Rule;

/// Messages kept for comparison; older ones are forgotten.
const KEPT: usize = 20_000;

#[derive(Debug, Default)]
pub(super) struct Stream {
    kept: VecDeque<Box<[u8]>>,
    /// The number after the last message heard; 0 before the first login.
    next: u64,
    /// The number that the connection brings next.
    coming: u64,
}

impl Stream {
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// How many messages back a login can go and still be compared.
    pub(super) fn depth(&self) -> u64 {
        u64::try_from(self.kept.len()).expect("a length has 64 bits")
    }

    /// Starts where the venue says that it starts.
    pub(super) fn start(&mut self, number: u64) {
        if self.next == 0 {
            self.next = number;
        }
        self.coming = number;
    }

    /// Takes the next message; true when it is new, and otherwise it must be as it was the first time.
    pub(super) fn take(&mut self, message: &[u8]) -> Checked<bool> {
        let number = self.coming;
        self.coming += 1;
        if number == self.next {
            self.next += 1;
            if self.kept.len() == KEPT {
                self.kept.pop_front();
            }
            self.kept.push_back(message.into());
            return Ok(true);
        }
        let back = usize::try_from(self.next - number).expect("below the number of messages kept");
        let before = self.kept.len().checked_sub(back).map(|place| &self.kept[place]);
        demand(before.is_none_or(|before| **before == *message), Rule::ResumeDiffers, || {
            format!(
                "message {number} was {:02x?} and is now {message:02x?}",
                before.expect("it was compared")
            )
        })?;
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_again_must_be_the_same() {
        let mut stream = Stream::default();
        stream.start(5);
        assert_eq!(stream.take(b"A"), Ok(true));
        assert_eq!(stream.take(b"B"), Ok(true));
        assert_eq!((stream.next(), stream.depth()), (7, 2));
        stream.start(6);
        assert_eq!(stream.take(b"B"), Ok(false));
        assert_eq!(stream.take(b"C"), Ok(true));
        stream.start(6);
        assert_eq!(stream.take(b"C").expect_err("6 was B").rule, Rule::ResumeDiffers);
    }
}
