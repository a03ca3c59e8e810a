//! Fields as the samples show them: numbers as numbers, characters and names as text.

use openbell_protocol::symbol::{ClOrdId, Mpid, Symbol};
use openbell_protocol::time::U48;
use serde_json::Value;
use zerocopy::big_endian::{U16, U32, U64};

/// The fields of a message under their names.
pub(crate) type Fields = serde_json::Map<String, Value>;

/// A field that can be shown.
pub(crate) trait Field {
    fn shown(&self) -> Value;
}

impl Field for u8 {
    fn shown(&self) -> Value {
        char::from(*self).to_string().into()
    }
}

impl Field for U16 {
    fn shown(&self) -> Value {
        self.get().into()
    }
}

impl Field for U32 {
    fn shown(&self) -> Value {
        self.get().into()
    }
}

impl Field for U48 {
    fn shown(&self) -> Value {
        self.get().into()
    }
}

impl Field for U64 {
    fn shown(&self) -> Value {
        self.get().into()
    }
}

impl Field for Symbol {
    fn shown(&self) -> Value {
        self.as_str().into()
    }
}

impl Field for Mpid {
    fn shown(&self) -> Value {
        self.as_str().into()
    }
}

impl Field for ClOrdId {
    fn shown(&self) -> Value {
        self.as_str().into()
    }
}

impl<const N: usize> Field for [u8; N] {
    fn shown(&self) -> Value {
        String::from_utf8_lossy(self).trim_end().into()
    }
}

/// Gives the named fields of a message, each under its name.
macro_rules! fields {
    ($message:ident, $($field:ident),*) => {
        serde_json::Map::from_iter([$((
            String::from(stringify!($field)),
            $crate::field::Field::shown(&$message.$field),
        )),*])
    };
}
pub(crate) use fields;

/// Writes bytes as hex digits, in lower case.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads the bytes that hex digits stand for.
pub(crate) fn unhex(digits: &str) -> Vec<u8> {
    let pairs = (0..digits.len()).step_by(2).map(|at| &digits[at..at + 2]);
    pairs.map(|pair| u8::from_str_radix(pair, 16).expect("two hex digits")).collect()
}
