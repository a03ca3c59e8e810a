//! Names on the wire: symbols, firms and client order identifiers.
//!
//! Each is ASCII, left-justified and padded with spaces to a fixed width. Building one from a text
//! checks its characters; one taken from the wire may hold any bytes and is only looked up or echoed.

use std::fmt;

use thiserror::Error;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// Why a text is not a name.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum AlphaError {
    #[error("name is empty")]
    Empty,
    #[error("name is {actual} bytes, at most {limit} fit")]
    TooLong { limit: usize, actual: usize },
    #[error("name has {byte:#04x} at {index}, which is not allowed")]
    Character { index: usize, byte: u8 },
}

/// Defines a fixed-width name with what all of them share.
macro_rules! alpha {
    ($(#[$doc:meta])* $name:ident, $width:literal) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Eq, FromBytes, Hash, Immutable, IntoBytes, KnownLayout, Ord, PartialEq, PartialOrd, Unaligned,
        )]
        #[repr(transparent)]
        pub struct $name(pub [u8; $width]);

        const _: () = assert!(size_of::<$name>() == $width);

        impl $name {
            /// Nothing but spaces.
            pub const BLANK: Self = Self([b' '; $width]);

            /// Gives the text without its padding, and nothing when the bytes are not ASCII.
            pub fn as_str(&self) -> &str {
                str::from_utf8(&self.0).ok().filter(|text| text.is_ascii()).unwrap_or("").trim_end_matches(' ')
            }

            /// Tells whether there is nothing but spaces.
            pub fn is_blank(&self) -> bool {
                *self == Self::BLANK
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::BLANK
            }
        }

        /// Writes the text without its padding; `?` stands for a byte that cannot be printed.
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&printable(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:?})", stringify!($name), printable(&self.0))
            }
        }
    };
}

alpha!(
    /// The name of an instrument, 8 bytes.
    Symbol,
    8
);

alpha!(
    /// The name of a firm (market participant identifier), 4 bytes.
    Mpid,
    4
);

alpha!(
    /// The client's own name of an order, 14 bytes; echoed, never checked for uniqueness.
    ClOrdId,
    14
);

impl Symbol {
    /// Takes 1 to 8 upper case letters, digits and `. - + = # $ ^`.
    ///
    /// # Errors
    ///
    /// When the text is empty, too long, or has another character.
    pub fn new(text: &str) -> Result<Self, AlphaError> {
        listed(text).map(Self)
    }

    /// Gives the name as a number, for tables: its 8 bytes, the first one the highest.
    pub const fn key(&self) -> u64 {
        u64::from_be_bytes(self.0)
    }
}

impl Mpid {
    /// Takes 1 to 4 upper case letters, digits and `. - + = # $ ^`.
    ///
    /// # Errors
    ///
    /// When the text is empty, too long, or has another character.
    pub fn new(text: &str) -> Result<Self, AlphaError> {
        listed(text).map(Self)
    }
}

impl ClOrdId {
    /// Takes up to 14 letters, digits and spaces.
    ///
    /// # Errors
    ///
    /// When the text is too long or has another character.
    pub fn new(text: &str) -> Result<Self, AlphaError> {
        padded(text, |byte| byte.is_ascii_alphanumeric() || byte == b' ').map(Self)
    }
}

/// Pads the name of something that is listed: not empty, upper case.
fn listed<const WIDTH: usize>(text: &str) -> Result<[u8; WIDTH], AlphaError> {
    if text.is_empty() {
        return Err(AlphaError::Empty);
    }
    padded(text, |byte| {
        byte.is_ascii_uppercase() || byte.is_ascii_digit() || b".-+=#$^".contains(&byte)
    })
}

fn padded<const WIDTH: usize>(
    text: &str,
    allowed: impl Fn(u8) -> bool,
) -> Result<[u8; WIDTH], AlphaError> {
    let mut padded = [b' '; WIDTH];
    let Some(start) = padded.get_mut(..text.len()) else {
        return Err(AlphaError::TooLong { limit: WIDTH, actual: text.len() });
    };
    if let Some((index, byte)) = text.bytes().enumerate().find(|&(_, byte)| !allowed(byte)) {
        return Err(AlphaError::Character { index, byte });
    }
    start.copy_from_slice(text.as_bytes());
    Ok(padded)
}

fn printable(bytes: &[u8]) -> String {
    let text: String = bytes
        .iter()
        .map(|&byte| if byte == b' ' || byte.is_ascii_graphic() { char::from(byte) } else { '?' })
        .collect();
    text.trim_end_matches(' ').to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    use super::*;

    #[test]
    fn a_name_is_padded_with_spaces_on_the_right() {
        assert_eq!(Symbol::new("AAPL").expect("four letters").as_bytes(), b"AAPL    ");
        assert_eq!(Mpid::new("OB").expect("two letters").as_bytes(), b"OB  ");
        assert_eq!(
            ClOrdId::new("abc 12").expect("letters, digits, a space").as_bytes(),
            b"abc 12        "
        );
        assert_eq!(ClOrdId::new(""), Ok(ClOrdId::BLANK));
    }

    #[test]
    fn every_listed_character_is_allowed() {
        for text in ["BRK.A", "A-B", "A+", "A=", "A#", "A$", "A^", "0", "ABCDEFGH"] {
            assert_eq!(Symbol::new(text).expect("allowed characters").as_str(), text);
        }
    }

    #[test]
    fn other_names_are_refused() {
        assert_eq!(Symbol::new(""), Err(AlphaError::Empty));
        assert_eq!(Mpid::new(""), Err(AlphaError::Empty));
        assert_eq!(Symbol::new("ABCDEFGHI"), Err(AlphaError::TooLong { limit: 8, actual: 9 }));
        assert_eq!(Mpid::new("ABCDE"), Err(AlphaError::TooLong { limit: 4, actual: 5 }));
        assert_eq!(
            ClOrdId::new("123456789012345"),
            Err(AlphaError::TooLong { limit: 14, actual: 15 })
        );
        assert_eq!(Symbol::new("AAPl"), Err(AlphaError::Character { index: 3, byte: b'l' }));
        assert_eq!(Symbol::new("A B"), Err(AlphaError::Character { index: 1, byte: b' ' }));
        assert_eq!(ClOrdId::new("a-1"), Err(AlphaError::Character { index: 1, byte: b'-' }));
        assert_eq!(ClOrdId::new("\u{e9}"), Err(AlphaError::Character { index: 0, byte: 0xC3 }));
    }

    #[test]
    fn bytes_that_are_not_ascii_have_no_text() {
        let symbol = Symbol(*b"A\xFFB\x00    ");
        assert_eq!(symbol.as_str(), "");
        assert_eq!(symbol.to_string(), "A?B?");
        assert_eq!(format!("{symbol:?}"), r#"Symbol("A?B?")"#);
        assert_eq!(Mpid(*b"\xC3\xA9  ").as_str(), "");
    }

    #[test]
    fn only_spaces_are_blank() {
        assert!(Mpid::BLANK.is_blank());
        assert!(Mpid::default().is_blank());
        assert!(!Mpid([0; 4]).is_blank());
        assert_eq!(Mpid::BLANK.to_string(), "");
    }

    #[test]
    fn the_key_has_the_first_byte_highest() {
        assert_eq!(Symbol(*b"AAPL    ").key(), 0x4141_504C_2020_2020);
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            rng_seed: RngSeed::Fixed(202),
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn names_read_back(symbol in "[A-Z0-9.+=#$^-]{1,8}", firm in "[A-Z0-9]{1,4}", order in "([a-zA-Z0-9 ]{0,13}[a-z])?") {
            prop_assert_eq!(Symbol::new(&symbol).map(|name| name.to_string()), Ok(symbol));
            prop_assert_eq!(Mpid::new(&firm).map(|name| name.to_string()), Ok(firm));
            prop_assert_eq!(ClOrdId::new(&order).map(|name| name.to_string()), Ok(order));
        }

        #[test]
        fn keys_order_as_symbols_do(a: [u8; 8], b: [u8; 8]) {
            prop_assert_eq!(Symbol(a).cmp(&Symbol(b)), Symbol(a).key().cmp(&Symbol(b).key()));
        }

        #[test]
        fn any_bytes_can_be_shown(bytes: [u8; 14]) {
            let name = ClOrdId(bytes);
            prop_assert!(name.to_string().is_ascii());
            prop_assert!(name.as_str().len() <= 14);
        }
    }
}
