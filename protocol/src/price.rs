//! Prices: whole ten-thousandths of a dollar, never a float.
//!
//! OUCH carries a price in 8 bytes and ITCH in 4; both count ten-thousandths. A limit price goes up
//! to [`Price::MAX`]; above it OUCH has two values that mean "at any price".

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The OUCH price of a market order, as it is written (`docs/protocols/ouch.md`, "Prices").
pub const MARKET_PRICE: u64 = 0x7FFF_FFFF;

/// The other OUCH price of a market order: 200,000.0000, used for crosses.
pub const MARKET_PRICE_CROSS: u64 = 2_000_000_000;

const STEPS_PER_DOLLAR: u32 = 10_000;
const DECIMALS: usize = 4;

/// A price in ten-thousandths of a dollar.
///
/// Any `u32` is representable, zero included: ITCH shows zero where there is no price.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Price(u32);

impl Price {
    /// The largest limit price: 199,999.9900.
    pub const MAX: Self = Self(1_999_999_900);

    /// No price.
    pub const ZERO: Self = Self(0);

    /// Takes a number of ten-thousandths of a dollar.
    pub const fn new(ten_thousandths: u32) -> Self {
        Self(ten_thousandths)
    }

    /// Gives the number of ten-thousandths of a dollar.
    pub const fn ten_thousandths(self) -> u32 {
        self.0
    }
}

/// Writes dollars with all four decimals: `10.2500`.
impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}.{:04}", self.0 / STEPS_PER_DOLLAR, self.0 % STEPS_PER_DOLLAR))
    }
}

/// Why a text is not a price.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum PriceError {
    #[error("a price is digits, with up to four more after a point")]
    Malformed,
    #[error("a price has at most 4 decimals, this one has {0}")]
    TooPrecise(usize),
    #[error("a price is at most 429496.7295")]
    TooLarge,
}

/// Reads dollars with no, or one to four, decimals: `10`, `10.25`.
///
/// # Errors
///
/// Signs, spaces, separators and an empty side of the point are [`PriceError::Malformed`].
impl FromStr for Price {
    type Err = PriceError;

    fn from_str(text: &str) -> Result<Self, PriceError> {
        let (dollars, decimals) = text.split_once('.').unwrap_or((text, "0"));
        if !is_digits(dollars) || !is_digits(decimals) {
            return Err(PriceError::Malformed);
        }
        if DECIMALS < decimals.len() {
            return Err(PriceError::TooPrecise(decimals.len()));
        }
        // Filled up to four decimals, "25" is 2,500 ten-thousandths.
        let steps =
            format!("{decimals:0<DECIMALS$}").parse::<u32>().map_err(|_| PriceError::TooLarge)?;
        dollars
            .parse::<u32>()
            .ok()
            .and_then(|dollars| dollars.checked_mul(STEPS_PER_DOLLAR)?.checked_add(steps))
            .map(Self)
            .ok_or(PriceError::TooLarge)
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    use super::*;

    #[test]
    fn a_price_is_written_with_four_decimals() {
        for (steps, text) in [
            (0, "0.0000"),
            (1, "0.0001"),
            (102_500, "10.2500"),
            (1_999_999_900, "199999.9900"),
            (u32::MAX, "429496.7295"),
        ] {
            assert_eq!(Price::new(steps).to_string(), text);
        }
        assert_eq!(format!("{:>9}", Price::new(102_500)), "  10.2500");
    }

    #[test]
    fn missing_decimals_are_zeros() {
        for text in ["10.5", "10.50", "10.500", "10.5000", "0010.5"] {
            assert_eq!(text.parse(), Ok(Price::new(105_000)), "{text}");
        }
        assert_eq!("10".parse(), Ok(Price::new(100_000)));
        assert_eq!("199999.99".parse(), Ok(Price::MAX));
    }

    #[test]
    fn other_text_is_refused() {
        for text in ["", ".", "1.", ".5", "-1", "+1", " 1", "1,000", "1.2.3", "1e3", "١"] {
            assert_eq!(text.parse::<Price>(), Err(PriceError::Malformed), "{text}");
        }
        assert_eq!("1.00001".parse::<Price>(), Err(PriceError::TooPrecise(5)));
        for text in ["429496.7296", "429497", "99999999999999999999"] {
            assert_eq!(text.parse::<Price>(), Err(PriceError::TooLarge), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            rng_seed: RngSeed::Fixed(201),
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn every_price_reads_back_as_written(steps: u32) {
            prop_assert_eq!(Price::new(steps).to_string().parse(), Ok(Price::new(steps)));
        }

        #[test]
        fn reading_any_text_ends_without_panic(text: String) {
            let _ = text.parse::<Price>();
        }
    }
}
