//! Seeded randomness: the same seed gives the same day, on every machine.

/// SplitMix64: every state is visited once before any comes again.
#[derive(Clone, Debug)]
pub(super) struct Random {
    state: u64,
}

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// A number below `limit`, which is not 0. The bias of the remainder does not matter here.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// A 32-bit number below `limit`, which is not 0.
    pub(super) fn below_u32(&mut self, limit: u32) -> u32 {
        u32::try_from(self.below(u64::from(limit))).expect("it is below a 32-bit number")
    }

    /// An index below `length`, which is not 0.
    pub(super) fn index(&mut self, length: usize) -> usize {
        let length = u64::try_from(length).expect("a length fits 64 bits");
        usize::try_from(self.below(length)).expect("it is below a length")
    }

    /// True in so many of 1,000 cases.
    pub(super) fn per_mille(&mut self, cases: u64) -> bool {
        self.below(1_000) < cases
    }

    /// One of several, each as likely as any other.
    pub(super) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.index(choices.len())]
    }

    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.index(last + 1));
        }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}
