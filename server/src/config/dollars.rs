//! Amounts of money as they are written in the configuration: decimal dollars, never a float.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer, Unexpected, Visitor};
use serde::{Serialize, Serializer};

const STEPS_PER_DOLLAR: u64 = 10_000;
const DECIMALS: usize = 4;

/// What a limit looks like, for error texts.
const EXPECTED: &str =
    "dollars, as an integer or a string with up to 4 decimals such as \"1000000.00\"";

/// An amount of money, kept in ten-thousandths of a dollar; below `u64::MAX`, which stands for "no limit".
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Dollars(u64);

impl Dollars {
    /// Gives the number of ten-thousandths of a dollar.
    pub const fn ten_thousandths(self) -> u64 {
        self.0
    }

    fn whole(dollars: u64) -> Option<Self> {
        dollars.checked_mul(STEPS_PER_DOLLAR).filter(|&steps| steps < u64::MAX).map(Self)
    }
}

/// Writes dollars with all four decimals.
impl fmt::Display for Dollars {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{:04}", self.0 / STEPS_PER_DOLLAR, self.0 % STEPS_PER_DOLLAR)
    }
}

/// Reads dollars with no, or one to four, decimals.
impl FromStr for Dollars {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (dollars, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let digits =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(dollars) || !digits(decimals) || DECIMALS < decimals.len() {
            return Err(());
        }
        let steps: u64 = format!("{decimals:0<DECIMALS$}").parse().map_err(drop)?;
        let whole = dollars.parse().ok().and_then(Self::whole).ok_or(())?;
        whole.0.checked_add(steps).filter(|&steps| steps < u64::MAX).map(Self).ok_or(())
    }
}

impl Serialize for Dollars {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Dollars {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Amount)
    }
}

struct Amount;

impl Visitor<'_> for Amount {
    type Value = Dollars;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(EXPECTED)
    }

    fn visit_i64<E: de::Error>(self, dollars: i64) -> Result<Dollars, E> {
        let whole = u64::try_from(dollars).ok().and_then(Dollars::whole);
        whole.ok_or_else(|| E::invalid_value(Unexpected::Signed(dollars), &self))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Dollars, E> {
        text.parse().map_err(|()| E::invalid_value(Unexpected::Str(text), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Line {
        limit: Dollars,
    }

    fn read(value: &str) -> Option<u64> {
        let line: Result<Line, _> = toml::from_str(&format!("limit = {value}"));
        line.ok().map(|line| line.limit.ten_thousandths())
    }

    #[test]
    fn dollars_are_integers_or_decimal_strings() {
        for (value, steps) in [
            ("0", 0),
            ("1000000", 10_000_000_000),
            ("\"1000000.00\"", 10_000_000_000),
            ("\"0.0001\"", 1),
            ("\"12.5\"", 125_000),
            ("\"1844674407370955.1614\"", u64::MAX - 1),
        ] {
            assert_eq!(read(value), Some(steps), "{value}");
        }
    }

    #[test]
    fn other_values_are_refused() {
        for value in [
            "-1",
            "1.5",
            "\"\"",
            "\"1.\"",
            "\".5\"",
            "\"1.00001\"",
            "\"1,000\"",
            "\"1e3\"",
            "\"-1\"",
            "true",
            "\"1844674407370955.1615\"",
            "9223372036854775807",
        ] {
            assert_eq!(read(value), None, "{value}");
        }
    }

    #[test]
    fn an_amount_reads_back_as_written() {
        for steps in [0, 1, 9_999, 10_000, 125_000, u64::MAX - 1] {
            assert_eq!(Dollars(steps).to_string().parse(), Ok(Dollars(steps)));
        }
    }
}
