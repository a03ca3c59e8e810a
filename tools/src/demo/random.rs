//! Chance that can be repeated: SplitMix64 from a seed.

/// A stream of numbers that depends on its seed alone.
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Draws a number from 0 to `limit - 1`.
    pub(super) fn below(&mut self, limit: u32) -> u32 {
        assert!(0 < limit, "there is no number below zero");
        let drawn = self.next() % u64::from(limit);
        u32::try_from(drawn).expect("it is below a number of 32 bits")
    }

    /// Draws a place in a list that is not empty.
    pub(super) fn place(&mut self, length: usize) -> usize {
        let length = u32::try_from(length).expect("lists of the demo are short");
        usize::try_from(self.below(length)).expect("places of short lists fit")
    }

    /// Is true this often in a hundred times.
    pub(super) fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_numbers_in_range() {
        let draw = |seed| {
            let mut random = Random::new(seed);
            (0..1_000).map(|_| random.below(6)).collect::<Vec<_>>()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        assert!((0..6).all(|number| draw(7).contains(&number)));
        assert!(draw(7).iter().all(|&number| number < 6));
    }
}
