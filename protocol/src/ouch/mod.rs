//! OUCH 5.0: orders in, answers out.
//!
//! A message is a fixed part and, for most types, an appendage: two bytes of length and a row of
//! optional attributes. Letters mean different messages in each direction, so each direction has its
//! own decoder. Decoding borrows and checks lengths only; what a field may hold is admission's rule.
//! Described in `docs/protocols/ouch.md`.

use thiserror::Error;
use zerocopy::byteorder::big_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

pub mod appendage;
pub mod inbound;
pub mod outbound;
pub mod reason;

#[cfg(test)]
mod golden;
#[cfg(test)]
mod totality;

pub use appendage::{Appendage, AppendageError, Attributes, Tag};
pub use inbound::Inbound;
pub use outbound::Outbound;
pub use reason::RejectReason;

/// Why some bytes are not a message.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum DecodeError {
    #[error("message is empty")]
    Empty,
    #[error("unknown message type {0:#04x}")]
    UnknownType(u8),
    /// `expected` counts the fixed part and, where one has to be there, the length of the appendage.
    #[error("message {:?} is {actual} bytes, expected {expected}", char::from(*.message_type))]
    Length { message_type: u8, expected: usize, actual: usize },
    /// What follows the length of the appendage, in bytes, is not what it says.
    #[error(
        "message {:?} has {actual} byte{} after its appendage length, which says {declared}",
        char::from(*.message_type),
        if *.actual == 1 { "" } else { "s" }
    )]
    AppendageLength { message_type: u8, declared: usize, actual: usize },
}

/// Whether a message may end after its fixed part.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Presence {
    /// The appendage is always there, empty when it has nothing to say.
    Always,
    /// The appendage may be left out when it has nothing to say.
    WhenFilled,
}

/// Splits a message into its fixed part and its appendage, and wraps the two.
///
/// # Errors
///
/// [`DecodeError::Length`] or [`DecodeError::AppendageLength`] unless the bytes are exactly both parts.
#[inline]
fn split<'a, M, T>(
    bytes: &'a [u8],
    presence: Presence,
    wrap: impl FnOnce(&'a M, Appendage<'a>) -> T,
) -> Result<T, DecodeError>
where
    M: FromBytes + Immutable + KnownLayout + Unaligned + 'a,
{
    let bare = size_of::<M>();
    let empty = bare + size_of::<U16>();
    let Ok((fixed, rest)) = M::ref_from_prefix(bytes) else {
        return Err(wrong_length(bytes, if presence == Presence::Always { empty } else { bare }));
    };
    if rest.is_empty() && presence == Presence::WhenFilled {
        return Ok(wrap(fixed, Appendage::EMPTY));
    }
    let Ok((length, appendage)) = U16::ref_from_prefix(rest) else {
        return Err(wrong_length(bytes, empty));
    };
    let declared = usize::from(length.get());
    if appendage.len() != declared {
        return Err(wrong_appendage(bytes, declared, appendage.len()));
    }
    Ok(wrap(fixed, Appendage::new(appendage)))
}

/// Takes a message that is a fixed part and nothing else.
///
/// # Errors
///
/// [`DecodeError::Length`] when the bytes are fewer or more.
#[inline]
fn whole<M>(bytes: &[u8]) -> Result<&M, DecodeError>
where
    M: FromBytes + Immutable + KnownLayout + Unaligned,
{
    M::ref_from_bytes(bytes).map_err(|_| wrong_length(bytes, size_of::<M>()))
}

#[cold]
fn wrong_length(bytes: &[u8], expected: usize) -> DecodeError {
    let message_type = bytes.first().copied().unwrap_or_default();
    DecodeError::Length { message_type, expected, actual: bytes.len() }
}

#[cold]
fn wrong_appendage(bytes: &[u8], declared: usize, actual: usize) -> DecodeError {
    let message_type = bytes.first().copied().unwrap_or_default();
    DecodeError::AppendageLength { message_type, declared, actual }
}

/// Appends a message to `out`: its fixed part, then the length of the appendage and the appendage.
///
/// With `None` the message ends after the fixed part; see [`Attributes::encode`] for the elements.
///
/// # Panics
///
/// When the appendage is longer than 65,535 bytes; all attributes together take 131.
pub fn encode<M: Immutable + IntoBytes>(fixed: &M, appendage: Option<&[u8]>, out: &mut Vec<u8>) {
    out.extend_from_slice(fixed.as_bytes());
    if let Some(appendage) = appendage {
        let length =
            u16::try_from(appendage.len()).expect("an appendage holds each tag at most once");
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(appendage);
    }
}
