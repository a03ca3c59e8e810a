//! BinaryFILE: a day of messages one after another, each behind its length in two bytes.
//!
//! Recorded feeds are kept in this form. A length of zero ends the session; a file may also just
//! end. Nothing is dropped in silence: a message cut short and bytes after the end are errors
//! that name where they stand.

use thiserror::Error;

/// The length of zero that ends a session; a file that has it is known to be whole.
pub const END_OF_SESSION: [u8; 2] = [0, 0];

/// The messages of a file in memory, in order, as raw bytes.
///
/// After an error there are no more messages.
#[derive(Clone, Debug)]
pub struct BinaryFile<'a> {
    bytes: &'a [u8],
    /// Where the next length begins.
    offset: usize,
}

impl<'a> BinaryFile<'a> {
    /// Starts at the first message of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, offset: 0 }
    }

    /// Tells how many bytes have been read: where the next message begins.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Takes the next message without its length; `None` at the end of the session.
    fn read(&self) -> Result<Option<&'a [u8]>, FileError> {
        let rest = &self.bytes[self.offset..];
        let cut = |expected| FileError::Cut { offset: self.offset, expected, actual: rest.len() };
        if rest.is_empty() {
            return Ok(None);
        }
        let (length, rest) = rest.split_first_chunk().ok_or(cut(2))?;
        if *length == END_OF_SESSION {
            return match rest.len() {
                0 => Ok(None),
                _ => Err(FileError::AfterEnd { offset: self.offset + 2 }),
            };
        }
        let length = usize::from(u16::from_be_bytes(*length));
        rest.get(..length).ok_or(cut(2 + length)).map(Some)
    }
}

impl<'a> Iterator for BinaryFile<'a> {
    type Item = Result<&'a [u8], FileError>;

    fn next(&mut self) -> Option<Self::Item> {
        let item = self.read().transpose();
        match item {
            Some(Ok(message)) => self.offset += 2 + message.len(),
            Some(Err(_)) | None => self.offset = self.bytes.len(),
        }
        item
    }
}

/// Why a file cannot be read on.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum FileError {
    /// The lengths include the two bytes of the length itself.
    #[error("message at offset {offset} is cut: {actual} bytes of {expected}")]
    Cut { offset: usize, expected: usize, actual: usize },
    #[error("bytes at offset {offset}, after the end of the session")]
    AfterEnd { offset: usize },
}

/// Appends one message behind its length.
///
/// # Errors
///
/// A message that is empty, which would end the session, or longer than 65,535 bytes; then
/// nothing is written.
pub fn write_framed(message: &[u8], out: &mut Vec<u8>) -> Result<(), MessageLength> {
    let length = u16::try_from(message.len()).map_err(|_| MessageLength(message.len()))?;
    if length == 0 {
        return Err(MessageLength(0));
    }
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(message);
    Ok(())
}

/// A message of this many bytes has no place in a file.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("message is {0} bytes, expected 1 to 65535")]
pub struct MessageLength(pub usize);

#[cfg(test)]
mod tests {
    use super::*;

    const A: Result<&[u8], FileError> = Ok(b"A");
    const BC: Result<&[u8], FileError> = Ok(b"BC");

    fn read(bytes: &[u8]) -> Vec<Result<&[u8], FileError>> {
        BinaryFile::new(bytes).collect()
    }

    #[test]
    fn messages_come_in_the_order_of_the_file() {
        assert_eq!(read(b""), []);
        assert_eq!(read(b"\x00\x01A\x00\x02BC"), [A, BC]);
    }

    #[test]
    fn a_length_of_zero_ends_the_session() {
        assert_eq!(read(b"\x00\x00"), []);
        assert_eq!(read(b"\x00\x01A\x00\x00"), [A]);
    }

    #[test]
    fn bytes_after_the_end_are_an_error() {
        let after = Err(FileError::AfterEnd { offset: 5 });
        assert_eq!(read(b"\x00\x01A\x00\x00\x00\x02BC"), [A, after]);
    }

    #[test]
    fn a_cut_message_is_named_by_its_offset() {
        let cut = |expected, actual| Err(FileError::Cut { offset: 3, expected, actual });
        assert_eq!(read(b"\x00\x01A\x00"), [A, cut(2, 1)]);
        assert_eq!(read(b"\x00\x01A\x00\x02"), [A, cut(4, 2)]);
        assert_eq!(read(b"\x00\x01A\x00\x02B"), [A, cut(4, 3)]);
    }

    #[test]
    fn the_offset_is_where_the_next_message_begins() {
        let mut file = BinaryFile::new(b"\x00\x01A\x00\x02BC");
        assert_eq!(file.offset(), 0);
        assert_eq!(file.next(), Some(A));
        assert_eq!(file.offset(), 3);
        assert_eq!(file.next(), Some(BC));
        assert_eq!(file.offset(), 7);
        assert_eq!(file.next(), None);
    }

    #[test]
    fn what_is_written_is_read_again() {
        let longest = [b'L'; 65_535];
        let mut out = Vec::new();
        for message in [b"A".as_slice(), b"BC", &longest] {
            write_framed(message, &mut out).expect("1 to 65535 bytes");
        }
        out.extend_from_slice(&END_OF_SESSION);
        assert_eq!(read(&out), [A, BC, Ok(&longest)]);
    }

    #[test]
    fn a_length_that_does_not_fit_is_not_written() {
        let mut out = Vec::new();
        assert_eq!(write_framed(b"", &mut out), Err(MessageLength(0)));
        assert_eq!(write_framed(&[0; 65_536], &mut out), Err(MessageLength(65_536)));
        assert_eq!(out, []);
    }
}
