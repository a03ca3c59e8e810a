//! GLIMPSE 5.0: the displayed books of a moment, and where in ITCH to go on from there.
//!
//! A snapshot is ITCH messages over SoupBinTCP, ended by [`EndOfSnapshot`]. It holds what stands,
//! never what happened: an execution or a cancel has no place in it.
//!
//! Byte table and procedure: `docs/protocols/glimpse.md`.

use thiserror::Error;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::itch::{self, DecodeError};

/// One message of a snapshot, borrowed from the bytes it came in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Message<'a> {
    /// An instrument, a state of it, or an order that rests.
    Itch(itch::Message<'a>),
    EndOfSnapshot(&'a EndOfSnapshot),
}

impl<'a> Message<'a> {
    /// Lays the struct of the message type over `bytes`, which hold exactly one message.
    ///
    /// # Errors
    ///
    /// As [`itch::Message::decode`]; an ITCH message that has no place in a snapshot is of unknown
    /// type here.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        match bytes.first() {
            Some(&EndOfSnapshot::TYPE) => match EndOfSnapshot::ref_from_bytes(bytes) {
                Ok(end) => Ok(Self::EndOfSnapshot(end)),
                Err(_) => Err(DecodeError::Length {
                    message_type: EndOfSnapshot::TYPE,
                    expected: size_of::<EndOfSnapshot>(),
                    actual: bytes.len(),
                }),
            },
            Some(b'S' | b'R' | b'H' | b'Y' | b'h' | b'N' | b'A' | b'F') | None => {
                itch::Message::decode(bytes).map(Self::Itch)
            }
            Some(&unknown) => Err(DecodeError::UnknownType(unknown)),
        }
    }

    /// Gives the message as it stands on the wire, without framing.
    pub fn bytes(&self) -> &'a [u8] {
        match *self {
            Self::Itch(message) => message.bytes(),
            Self::EndOfSnapshot(end) => end.as_bytes(),
        }
    }
}

/// End of Snapshot (`G`): the last message, with the ITCH number to go on from.
///
/// 21 bytes. See `docs/protocols/glimpse.md`, "End of Snapshot".
#[derive(
    Clone, Copy, Debug, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct EndOfSnapshot {
    pub message_type: u8,
    /// Decimal digits; we write them with spaces on the left.
    pub sequence_number: [u8; 20],
}

const _: () = assert!(size_of::<EndOfSnapshot>() == 21);

impl EndOfSnapshot {
    pub const TYPE: u8 = b'G';

    /// Ends a snapshot to which ITCH message `next` and all later ones are to be applied.
    pub fn new(next: u64) -> Self {
        let mut sequence_number = [b' '; 20];
        let digits = next.to_string();
        sequence_number[20 - digits.len()..].copy_from_slice(digits.as_bytes());
        Self { message_type: Self::TYPE, sequence_number }
    }

    /// Reads the number of the first ITCH message that is not in the snapshot.
    ///
    /// The padding is not specified: spaces on either side and leading zeros are taken.
    ///
    /// # Errors
    ///
    /// Anything but one decimal number below 2^64.
    pub fn next_sequence_number(&self) -> Result<u64, SequenceNumberError> {
        let error = SequenceNumberError(self.sequence_number);
        let text = str::from_utf8(&self.sequence_number).map_err(|_| error)?;
        let digits = text.trim_matches(' ');
        // `u64::from_str` alone would take a plus sign.
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(error);
        }
        digits.parse().map_err(|_| error)
    }
}

/// The 20 characters are no sequence number.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("sequence number {:?} is not a decimal number below 2^64", String::from_utf8_lossy(.0))]
pub struct SequenceNumberError(pub [u8; 20]);
