//! Where the past ends: telling what was replayed from what happens now.
//!
//! Nothing in SoupBinTCP marks the last message of a replay, and before it the highest number used
//! is not known: an order sent then might take an old number, which the venue ignores in silence.
//! So each login begins with five Account Queries. Their answers follow everything the venue did
//! before. Answers of the same kind may be part of the replay; ours are known by their channels,
//! four drawn by chance and then the port's own, in a row. (Two runs of a day draw the same four
//! once in four thousand million times.)

/// How many queries make a fence.
pub(super) const LENGTH: usize = 5;

/// One fence after the other, each with channels of its own.
#[derive(Clone, Debug)]
pub(super) struct Fence {
    /// State of the generator.
    seed: u64,
    expected: [u8; LENGTH],
    recent: [Option<u8>; LENGTH],
    passed: bool,
}

impl Fence {
    /// Draws channels from `seed`, which should differ from run to run.
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, expected: [0; LENGTH], recent: [None; LENGTH], passed: false }
    }

    /// Puts up a new fence and returns the channels to ask for, in order.
    pub(super) fn raise(&mut self) -> [u8; LENGTH] {
        // SplitMix64: one step of a Weyl sequence, then mixing.
        self.seed = self.seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.seed;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let [a, b, c, d, ..] = (mixed ^ (mixed >> 31)).to_be_bytes();
        self.expected = [a, b, c, d, 0];
        self.recent = [None; LENGTH];
        self.passed = false;
        self.expected
    }

    /// Tells whether the present has begun.
    pub(super) fn is_passed(&self) -> bool {
        self.passed
    }

    /// Takes the answer to a query for `channel`; tells whether it was the last of the fence.
    pub(super) fn answered(&mut self, channel: u8) -> bool {
        if self.passed {
            return false;
        }
        self.recent.rotate_left(1);
        self.recent[LENGTH - 1] = Some(channel);
        self.passed = self.recent == self.expected.map(Some);
        self.passed
    }

    /// Returns the channels of the fence.
    pub(super) fn channels(&self) -> [u8; LENGTH] {
        self.expected
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_earlier_runs_do_not_pass() {
        let mut earlier = Fence::new(1);
        let mut fence = Fence::new(2);
        let replayed = [earlier.raise(), earlier.raise()].concat();
        let ours = fence.raise();
        assert!(!replayed.iter().any(|&channel| fence.answered(channel)));
        assert!(!ours[..4].iter().any(|&channel| fence.answered(channel)));
        assert!(fence.answered(0));
        assert!(fence.is_passed());
    }

    #[test]
    fn each_login_has_its_own_channels() {
        let mut fence = Fence::new(7);
        assert_ne!(fence.raise(), fence.raise());
        assert!(!fence.is_passed());
    }
}
