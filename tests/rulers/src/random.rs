//! Chance that can be repeated: xorshift64*, seeded through splitmix64.

/// A stream of numbers that depends on its seed alone, on every machine.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Starts the stream of a seed.
    pub fn new(seed: u64) -> Self {
        let mut mixed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        // Zero would stay zero.
        Self((mixed ^ (mixed >> 31)) | 1)
    }

    /// Draws a number from 0 to `limit - 1`.
    #[inline]
    pub fn below(&mut self, limit: u32) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32;
        u32::try_from((high * u64::from(limit)) >> 32).expect("below a number of 32 bits")
    }

    /// Draws heads or tails.
    #[inline]
    pub fn coin(&mut self) -> bool {
        self.below(2) == 0
    }
}
