//! Where a recorded feed is read from, and what its first bytes say it is.

use std::fs::File;
use std::io::{self, BufReader, Cursor, IsTerminal, Read};
use std::path::Path;

use anyhow::{Context, Result};

use super::pcap;
use crate::exit::UsageError;

/// Bytes read in one go.
const BUFFER: usize = 1 << 16;

/// The bytes of a file or of standard input.
pub(super) type Source = BufReader<Box<dyn Read>>;

/// What a file is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    BinaryFile,
    Pcap,
}

/// Opens a file, or standard input for `-`.
///
/// # Errors
///
/// It cannot be opened or read, or it is of a kind that has to be converted first.
pub(super) fn open(path: &Path) -> Result<(Source, Kind)> {
    let mut bytes: Box<dyn Read> = if path == Path::new("-") {
        if io::stdin().is_terminal() {
            let text = "nothing to read: name a FILE, or pipe one in".to_owned();
            return Err(UsageError(text).into());
        }
        Box::new(io::stdin())
    } else {
        Box::new(File::open(path).with_context(|| format!("opening {}", path.display()))?)
    };
    let mut start = [0; 4];
    let length = fill(&mut bytes, &mut start);
    let length = length.with_context(|| format!("reading {}", path.display()))?;
    let kind = kind(&start[..length])?;
    let whole = Cursor::new(start).take(length as u64).chain(bytes);
    Ok((BufReader::with_capacity(BUFFER, Box::new(whole)), kind))
}

/// Tells what a file is that begins so: no ITCH message is as long as these numbers would say.
fn kind(start: &[u8]) -> Result<Kind, UsageError> {
    let refused = |text: &str| Err(UsageError(text.to_owned()));
    match start {
        [0x0A, 0x0D, 0x0D, 0x0A] => {
            refused("this is pcapng: convert it first, editcap -F nsecpcap IN OUT")
        }
        [0x1F, 0x8B, ..] => refused("this is compressed: gunzip -c FILE | openbell feed decode -"),
        start if start.try_into().is_ok_and(pcap::is_pcap) => Ok(Kind::Pcap),
        _ => Ok(Kind::BinaryFile),
    }
}

/// Reads until `bytes` are full or there are no more; tells how many were read.
pub(super) fn fill(input: &mut impl Read, bytes: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < bytes.len() {
        match input.read(&mut bytes[filled..]) {
            Ok(0) => break,
            Ok(length) => filled += length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_say_what_a_file_is() {
        for (start, expected) in [
            (b"".as_slice(), Kind::BinaryFile),
            (b"\0\0", Kind::BinaryFile),
            (b"\0\x0CS\0", Kind::BinaryFile),
            (b"\xA1\xB2\xC3", Kind::BinaryFile),
            (b"\x4D\x3C\xB2\xA1", Kind::Pcap),
        ] {
            assert_eq!(kind(start).expect("readable"), expected, "{start:x?}");
        }
        for (start, hint) in [(b"\x0A\x0D\x0D\x0A", "editcap"), (b"\x1F\x8B\x08\0", "gunzip")] {
            let error = kind(start).expect_err("to be converted first").to_string();
            assert!(error.contains(hint), "{error}");
        }
    }

    #[test]
    fn what_was_looked_at_is_read_again() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("day.itch");
        for content in [b"".as_slice(), b"\0", b"\0\x01A\0\x02BC"] {
            std::fs::write(&path, content).expect("the folder can be written");
            let (mut source, kind) = open(&path).expect("it is there");
            let mut read = Vec::new();
            source.read_to_end(&mut read).expect("a file");
            assert_eq!((read.as_slice(), kind), (content, Kind::BinaryFile));
        }
    }
}
