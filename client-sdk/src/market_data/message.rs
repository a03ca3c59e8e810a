//! A message of the feed that may be kept.

use bytes::Bytes;
use protocol::itch::{self, DecodeError};

/// One message and its number in the session.
///
/// A clone shares the bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Message {
    pub number: u64,
    pub bytes: Bytes,
}

impl Message {
    /// Reads the message.
    ///
    /// # Errors
    ///
    /// It is not ITCH 5.0; the feed goes on.
    pub fn itch(&self) -> Result<itch::Message<'_>, DecodeError> {
        itch::Message::decode(&self.bytes)
    }
}
