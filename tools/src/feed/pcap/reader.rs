//! Reads a pcap file record by record, in memory that does not grow with the file.

use std::io::Read;

use anyhow::{Context, Result};

use super::{LONGEST_FRAME, MICROSECONDS, NANOSECONDS};
use crate::exit::Damaged;
use crate::feed::source::fill;

const FILE_HEADER: usize = 24;
const RECORD_HEADER: usize = 16;

/// Tells whether a file that begins so is a classic pcap file of either byte order.
pub(in crate::feed) fn is_pcap(magic: [u8; 4]) -> bool {
    number_of(magic).is_some()
}

/// Tells how the numbers of a file with this beginning are written.
fn number_of(magic: [u8; 4]) -> Option<fn([u8; 4]) -> u32> {
    let readings = [u32::from_be_bytes, u32::from_le_bytes];
    readings.into_iter().find(|read| matches!(read(magic), MICROSECONDS | NANOSECONDS))
}

/// The records of a file, in order.
#[derive(Debug)]
pub(in crate::feed) struct Reader<R> {
    input: R,
    number: fn([u8; 4]) -> u32,
    link_type: u32,
    /// Where the next record begins.
    offset: u64,
    frame: Vec<u8>,
}

/// A record and its frame.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::feed) struct Record<'a> {
    /// Where the frame begins in the file.
    pub(in crate::feed) offset: u64,
    /// As much of it as was captured.
    pub(in crate::feed) frame: &'a [u8],
}

impl<R: Read> Reader<R> {
    /// Reads the header of the file.
    ///
    /// # Errors
    ///
    /// It is cut, or no pcap header.
    pub(in crate::feed) fn open(mut input: R) -> Result<Self> {
        let mut header = [0; FILE_HEADER];
        let actual = fill(&mut input, &mut header)?;
        if actual < FILE_HEADER {
            let text = format!("the pcap header is cut: {actual} bytes of {FILE_HEADER}");
            return Err(Damaged(text).into());
        }
        let number = number_of(word(&header, 0)).context("no pcap file")?;
        // The upper bits tell of check sequences behind the frames.
        let link_type = number(word(&header, 20)) & 0xFFFF;
        Ok(Self { input, number, link_type, offset: 24, frame: Vec::new() })
    }

    /// Returns what kind of frames the file holds.
    pub(in crate::feed) fn link_type(&self) -> u32 {
        self.link_type
    }

    /// Returns what the records are read from.
    pub(in crate::feed) fn input(&self) -> &R {
        &self.input
    }

    /// Reads the next record; `None` at the end of the file.
    ///
    /// # Errors
    ///
    /// It is cut, or longer than any frame.
    pub(in crate::feed) fn next(&mut self) -> Result<Option<Record<'_>>> {
        let mut header = [0; RECORD_HEADER];
        let actual = fill(&mut self.input, &mut header)?;
        if actual == 0 {
            return Ok(None);
        }
        if actual < RECORD_HEADER {
            return Err(self.cut(RECORD_HEADER, actual));
        }
        let length = (self.number)(word(&header, 8));
        if LONGEST_FRAME < length {
            let offset = self.offset;
            let text = format!("packet at offset {offset} has {length} bytes, more than any frame");
            return Err(Damaged(text).into());
        }
        let wanted = usize::try_from(length).expect("a frame fits the memory");
        self.frame.resize(wanted, 0);
        let actual = fill(&mut self.input, &mut self.frame)?;
        if actual < wanted {
            return Err(self.cut(RECORD_HEADER + wanted, RECORD_HEADER + actual));
        }
        let offset = self.offset + 16;
        self.offset = offset + u64::from(length);
        Ok(Some(Record { offset, frame: &self.frame }))
    }

    fn cut(&self, expected: usize, actual: usize) -> anyhow::Error {
        let offset = self.offset;
        let text = format!("packet at offset {offset} is cut: {actual} bytes of {expected}");
        Damaged(text).into()
    }
}

fn word(bytes: &[u8], at: usize) -> [u8; 4] {
    bytes[at..at + 4].try_into().expect("four bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The header of a file of Ethernet frames, version 2.4, then a record of 3 bytes out of 60.
    const BIG: &[u8] = b"\xA1\xB2\xC3\xD4\0\x02\0\x04\0\0\0\0\0\0\0\0\0\x04\0\0\0\0\0\x01\
        \0\0\0\x07\0\0\0\x08\0\0\0\x03\0\0\0\x3Cabc";
    const LITTLE: &[u8] = b"\x4D\x3C\xB2\xA1\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\x04\0\x01\0\0\0\
        \x07\0\0\0\x08\0\0\0\x03\0\0\0\x3C\0\0\0abc";

    fn read(bytes: &[u8]) -> Result<Vec<(u64, Vec<u8>)>, String> {
        let mut reader = Reader::open(bytes).map_err(|error| error.to_string())?;
        assert_eq!(reader.link_type(), 1);
        let mut records = Vec::new();
        while let Some(record) = reader.next().map_err(|error| error.to_string())? {
            records.push((record.offset, record.frame.to_vec()));
        }
        Ok(records)
    }

    #[test]
    fn both_byte_orders_are_read() {
        for file in [BIG, LITTLE] {
            assert_eq!(read(file), Ok(vec![(40, b"abc".to_vec())]));
            let twice = [file, &file[24..]].concat();
            assert_eq!(read(&twice), Ok(vec![(40, b"abc".to_vec()), (59, b"abc".to_vec())]));
            assert_eq!(read(&file[..24]), Ok(vec![]));
        }
    }

    #[test]
    fn only_the_four_beginnings_are_pcap() {
        for (magic, is) in [
            (*b"\xA1\xB2\xC3\xD4", true),
            (*b"\xD4\xC3\xB2\xA1", true),
            (*b"\xA1\xB2\x3C\x4D", true),
            (*b"\x4D\x3C\xB2\xA1", true),
            (*b"\x0A\x0D\x0D\x0A", false),
            (*b"\0\x0CS\0", false),
        ] {
            assert_eq!(is_pcap(magic), is, "{magic:x?}");
        }
    }

    #[test]
    fn what_is_cut_is_told_with_its_offset() {
        for file in [BIG, LITTLE] {
            let header = "the pcap header is cut: 23 bytes of 24";
            assert_eq!(read(&file[..23]), Err(header.to_owned()));
            for length in 25..file.len() {
                let expected = if length < 40 { 16 } else { 19 };
                let actual = length - 24;
                let text = format!("packet at offset 24 is cut: {actual} bytes of {expected}");
                assert_eq!(read(&file[..length]), Err(text));
            }
        }
    }

    #[test]
    fn a_length_that_no_frame_has_is_damage() {
        let mut file = BIG.to_vec();
        file[32..36].copy_from_slice(b"\0\x04\0\x01");
        let text = "packet at offset 24 has 262145 bytes, more than any frame";
        assert_eq!(read(&file), Err(text.to_owned()));
    }
}
