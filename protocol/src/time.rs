//! Time of day on the wire: nanoseconds since midnight, in 48 bits on ITCH.

use std::fmt;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// Nanoseconds in one day; every time of day is below it.
pub const NANOS_PER_DAY: u64 = 24 * 60 * 60 * 1_000_000_000;

const _: () = assert!(NANOS_PER_DAY <= U48::MAX);

/// A number of 48 bits, big-endian, 6 bytes without alignment.
#[derive(
    Clone,
    Copy,
    Default,
    Eq,
    FromBytes,
    Hash,
    Immutable,
    IntoBytes,
    KnownLayout,
    Ord,
    PartialEq,
    PartialOrd,
    Unaligned,
)]
#[repr(transparent)]
pub struct U48([u8; 6]);

const _: () = assert!(size_of::<U48>() == 6);

impl U48 {
    /// The largest number of 48 bits.
    pub const MAX: u64 = (1 << 48) - 1;

    /// Takes the low 48 bits of `value`, which has no others.
    pub const fn new(value: u64) -> Self {
        debug_assert!(value <= Self::MAX);
        let [_, _, a, b, c, d, e, f] = value.to_be_bytes();
        Self([a, b, c, d, e, f])
    }

    /// Gives the number.
    pub const fn get(self) -> u64 {
        let [a, b, c, d, e, f] = self.0;
        u64::from_be_bytes([0, 0, a, b, c, d, e, f])
    }
}

impl From<U48> for u64 {
    fn from(number: U48) -> Self {
        number.get()
    }
}

impl fmt::Debug for U48 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.get(), f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    use super::*;

    #[test]
    fn the_first_byte_is_the_highest() {
        // 09:30:00 is 34,200,000,000,000 ns.
        let open = U48::new(34_200_000_000_000);
        assert_eq!(open.as_bytes(), [0x1F, 0x1A, 0xCE, 0xD9, 0xF0, 0x00]);
        assert_eq!(open.get(), 34_200_000_000_000);
        assert_eq!(format!("{open:?}"), "34200000000000");
    }

    #[test]
    fn the_largest_number_fills_six_bytes() {
        assert_eq!(U48::new(U48::MAX).as_bytes(), [0xFF; 6]);
        assert_eq!(u64::from(U48::new(U48::MAX)), 0xFFFF_FFFF_FFFF);
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            rng_seed: RngSeed::Fixed(203),
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn numbers_read_back_and_keep_their_order(a in 0..=U48::MAX, b in 0..=U48::MAX) {
            prop_assert_eq!(U48::new(a).get(), a);
            prop_assert_eq!(U48::new(a).cmp(&U48::new(b)), a.cmp(&b));
        }
    }
}
