//! Parts of something as they are written in the configuration: decimal percent, never a float.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer, Unexpected, Visitor};
use serde::{Serialize, Serializer};

const BASIS_POINTS: u32 = 100;
const DECIMALS: usize = 2;

/// What a part looks like, for error texts.
const EXPECTED: &str =
    "0 to 10000 percent, as an integer or a string with up to 2 decimals such as \"2.5\"";

/// The largest part: a hundred times the whole.
const MOST: u32 = 10_000 * BASIS_POINTS;

/// A part, kept in basis points (hundredths of a percent).
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Percent(u32);

impl Percent {
    /// Gives the number of basis points.
    pub const fn basis_points(self) -> u32 {
        self.0
    }

    fn whole(percent: u32) -> Option<Self> {
        percent.checked_mul(BASIS_POINTS).filter(|&points| points <= MOST).map(Self)
    }
}

/// Writes percent with both decimals.
impl fmt::Display for Percent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{:02}", self.0 / BASIS_POINTS, self.0 % BASIS_POINTS)
    }
}

/// Reads percent with no, one or two decimals.
impl FromStr for Percent {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (percent, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let digits =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(percent) || !digits(decimals) || DECIMALS < decimals.len() {
            return Err(());
        }
        let points: u32 = format!("{decimals:0<DECIMALS$}").parse().map_err(drop)?;
        let whole = percent.parse().ok().and_then(Self::whole).ok_or(())?;
        Some(whole.0 + points).filter(|&points| points <= MOST).map(Self).ok_or(())
    }
}

impl Serialize for Percent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Part)
    }
}

struct Part;

impl Visitor<'_> for Part {
    type Value = Percent;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(EXPECTED)
    }

    fn visit_i64<E: de::Error>(self, percent: i64) -> Result<Percent, E> {
        let whole = u32::try_from(percent).ok().and_then(Percent::whole);
        whole.ok_or_else(|| E::invalid_value(Unexpected::Signed(percent), &self))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Percent, E> {
        text.parse().map_err(|()| E::invalid_value(Unexpected::Str(text), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_are_decimal_and_bounded() {
        for (text, points) in [("0", 0), ("5", 500), ("2.5", 250), ("0.01", 1), ("10000", MOST)] {
            assert_eq!(text.parse(), Ok(Percent(points)), "{text}");
            assert_eq!(Percent(points).to_string().parse(), Ok(Percent(points)));
        }
        for text in ["", ".5", "1.", "1.234", "-1", "10000.01", "99999999999", "1e2"] {
            assert_eq!(text.parse::<Percent>(), Err(()), "{text}");
        }
    }
}
