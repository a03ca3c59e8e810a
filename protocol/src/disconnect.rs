//! What becomes of an open order when the session that entered it is lost, and how its ClOrdID says so.
//!
//! A convention of this venue inside OUCH 5.0, where a ClOrdID is the participant's own text: on a port that allows it, the
//! first three characters decide for the order. See `docs/rulebook.md`, "When a session is lost".

use crate::ClOrdId;

/// Bytes that the prefix takes of a ClOrdID.
const PREFIX: usize = 3;

/// What happens to open orders when the session of their port is lost.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum DisconnectPolicy {
    /// They stay.
    Keep = 0,
    /// They are canceled at once.
    Cancel = 1,
    /// They are canceled unless the port is back within its grace.
    CancelAfter = 2,
}

impl DisconnectPolicy {
    pub const ALL: &'static [Self] = &[Self::Keep, Self::Cancel, Self::CancelAfter];

    /// The first characters of a ClOrdID that ask for this policy.
    pub const fn prefix(self) -> [u8; PREFIX] {
        match self {
            Self::Keep => *b"ODK",
            Self::Cancel => *b"ODC",
            Self::CancelAfter => *b"ODA",
        }
    }

    /// What an order with this ClOrdID asks for; `None`: what its port has.
    pub const fn asked_by(cl_ord_id: ClOrdId) -> Option<Self> {
        match cl_ord_id.0 {
            [b'O', b'D', b'K', ..] => Some(Self::Keep),
            [b'O', b'D', b'C', ..] => Some(Self::Cancel),
            [b'O', b'D', b'A', ..] => Some(Self::CancelAfter),
            _ => None,
        }
    }

    /// Puts the prefix before a ClOrdID; `None` when it has more than 11 characters.
    pub fn ask_in(self, cl_ord_id: ClOrdId) -> Option<ClOrdId> {
        let kept = cl_ord_id.0.len() - PREFIX;
        let (text, rest) = cl_ord_id.0.split_at(kept);
        if rest.iter().any(|byte| *byte != b' ') {
            return None;
        }
        let mut asked = cl_ord_id;
        asked.0[..PREFIX].copy_from_slice(&self.prefix());
        asked.0[PREFIX..].copy_from_slice(text);
        Some(asked)
    }
}

impl TryFrom<u8> for DisconnectPolicy {
    type Error = u8;

    fn try_from(code: u8) -> Result<Self, u8> {
        Self::ALL.iter().copied().find(|policy| *policy as u8 == code).ok_or(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> ClOrdId {
        ClOrdId::new(text).expect("a ClOrdID of the test")
    }

    #[test]
    fn what_is_asked_for_is_read_and_nothing_else_is() {
        for policy in DisconnectPolicy::ALL {
            let asked = policy.ask_in(id("monday 17")).expect("nine characters");
            assert_eq!(DisconnectPolicy::asked_by(asked), Some(*policy));
            assert!(asked.as_str().ends_with("monday 17"), "{asked}");
            assert_eq!(DisconnectPolicy::try_from(*policy as u8), Ok(*policy));
        }
        for other in ["", "OD", "ODX 1", "odk 1", " ODK", "monday 17"] {
            assert_eq!(DisconnectPolicy::asked_by(id(other)), None, "{other:?}");
        }
        assert_eq!(DisconnectPolicy::try_from(3), Err(3));
    }

    #[test]
    fn a_cl_ord_id_has_eleven_characters_left() {
        let policy = DisconnectPolicy::Cancel;
        assert_eq!(policy.ask_in(id("12345678901")), Some(id("ODC12345678901")));
        assert_eq!(policy.ask_in(id("123456789012")), None);
        assert_eq!(policy.ask_in(ClOrdId::BLANK), Some(id("ODC")));
    }
}
