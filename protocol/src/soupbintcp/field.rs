//! The text fields of a login: session ids and decimal numbers, padded with spaces.
//!
//! Fields are printable ASCII. What comes in may be padded on either side.
//! See `docs/protocols/soupbintcp.md`, "Login fields".

use std::fmt;

use super::login::LoginError;

/// The name of a session: up to 10 printable ASCII characters, blank for "the current one".
///
/// Kept without its padding: two names are equal when their trimmed texts are.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct SessionId([u8; 10]);

impl SessionId {
    /// No name: in a Login Request, the session that is active now.
    pub const BLANK: Self = Self([b' '; 10]);

    /// Names a session.
    ///
    /// # Errors
    ///
    /// The text, trimmed, is over 10 characters or not printable ASCII.
    pub fn new(text: &str) -> Result<Self, LoginError> {
        Ok(Self(left_justified(text).ok_or(LoginError::Session)?))
    }

    /// Takes the ten bytes of a wire field, padded on either side; `None` when not printable ASCII.
    pub(crate) fn from_wire(bytes: &[u8; 10]) -> Option<Self> {
        left_justified(text(bytes)?).map(Self)
    }

    /// Returns the name without padding.
    pub fn as_str(&self) -> &str {
        text(&self.0).expect("only printable ASCII gets in")
    }

    /// Tells whether this is [`SessionId::BLANK`].
    pub fn is_blank(&self) -> bool {
        *self == Self::BLANK
    }

    /// Returns the field as SoupBinTCP writes it: padding on the left.
    pub fn right_justified(&self) -> [u8; 10] {
        let mut field = [b' '; 10];
        let name = self.as_str().as_bytes();
        field[10 - name.len()..].copy_from_slice(name);
        field
    }

    /// Returns the field as MoldUDP64 writes it: padding on the right.
    pub fn left_justified(&self) -> [u8; 10] {
        self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// Reads a field of printable ASCII, trimmed of spaces on both sides.
pub(crate) fn text(field: &[u8]) -> Option<&str> {
    let printable = field.iter().all(|byte| matches!(byte, b' '..=b'~'));
    let text = std::str::from_utf8(field).ok().filter(|_| printable)?;
    Some(text.trim_matches(' '))
}

/// Pads the trimmed text on the right; `None` when it is too long or not printable ASCII.
pub(crate) fn left_justified<const N: usize>(untrimmed: &str) -> Option<[u8; N]> {
    let trimmed = text(untrimmed.as_bytes())?.as_bytes();
    let mut field = [b' '; N];
    field.get_mut(..trimmed.len())?.copy_from_slice(trimmed);
    Some(field)
}

/// Reads a decimal number padded with spaces on either side.
///
/// `None` when it is blank, has anything but digits, or is over 64 bits.
pub(crate) fn number(field: &[u8]) -> Option<u64> {
    let digits = text(field)?;
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

/// Writes a decimal number padded with spaces on the left.
pub(crate) fn digits<const N: usize>(value: u64) -> [u8; N] {
    let mut field = [b' '; N];
    let mut rest = value;
    for place in field.iter_mut().rev() {
        *place = b"0123456789"[usize::try_from(rest % 10).expect("a digit is below ten")];
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    assert!(rest == 0, "the number fits its field");
    field
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_equal_whatever_its_padding() {
        let session = SessionId::new("  A1 ").expect("a session");
        assert_eq!(Some(session), SessionId::from_wire(b"        A1"));
        assert_eq!(session.as_str(), "A1");
        assert_eq!(&session.right_justified(), b"        A1");
        assert_eq!(&session.left_justified(), b"A1        ");
        assert_eq!(SessionId::new(""), Ok(SessionId::BLANK));
    }
}
