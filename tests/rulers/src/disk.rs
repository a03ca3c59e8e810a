//! A file that was written full before, so that a sync of its blocks changes no metadata.
//!
//! That is what recycled segments of a journal are, and the fastest a file can be synced. Blocks go on from the
//! beginning when the file is full.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;

/// What a block is padded to: the page of memory and the sector of a disk.
pub const PAGE: usize = 4_096;
/// Zeros written at once.
const ZEROS: usize = 1 << 20;

/// How a block is made to last.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Way {
    /// Through the page cache, then `fdatasync`.
    Synced,
    /// Past the page cache, and the write itself waits (`O_DIRECT | O_DSYNC`).
    Direct,
    /// Into the page cache: lasts as long as the kernel.
    Cached,
}

/// A file of blocks.
pub struct Prewritten {
    file: File,
    /// The same file past the page cache, where the file system has that.
    direct: Option<File>,
    length: usize,
    /// Where the next block goes.
    at: usize,
    block: Aligned,
}

impl Prewritten {
    /// Writes a file of `length` bytes, whole pages, full of zeros; no block is longer than `longest`.
    ///
    /// # Errors
    ///
    /// The disk is full or fails.
    pub fn make(path: &Path, length: usize, longest: usize) -> io::Result<Self> {
        assert!(longest.next_multiple_of(PAGE) <= length, "a block fits the file");
        let mut file = File::create(path)?;
        let zeros = vec![0; ZEROS];
        let mut left = length;
        while 0 < left {
            let count = left.min(ZEROS);
            file.write_all(&zeros[..count])?;
            left -= count;
        }
        file.sync_all()?;
        let flags = OFlags::DIRECT | OFlags::DSYNC;
        let flags = i32::try_from(flags.bits()).expect("flags are an int of C");
        let direct = OpenOptions::new().write(true).custom_flags(flags).open(path).ok();
        Ok(Self { file, direct, length, at: 0, block: Aligned::new(longest) })
    }

    /// Tells whether blocks can go past the page cache.
    pub fn has_direct(&self) -> bool {
        self.direct.is_some()
    }

    /// Writes `bytes`, padded with zeros to whole pages, and returns when they last.
    ///
    /// # Errors
    ///
    /// The disk fails.
    pub fn commit(&mut self, bytes: &[u8], way: Way) -> io::Result<()> {
        let block = self.block.fill(bytes);
        if self.length < self.at + block.len() {
            self.at = 0;
        }
        let offset = u64::try_from(self.at).expect("a file is smaller than that");
        self.at += block.len();
        match (way, &self.direct) {
            (Way::Direct, Some(direct)) => direct.write_all_at(block, offset),
            (Way::Cached, _) => self.file.write_all_at(block, offset),
            _ => {
                self.file.write_all_at(block, offset)?;
                self.file.sync_data()
            }
        }
    }
}

/// Memory that begins at a page, as `O_DIRECT` needs it.
struct Aligned {
    bytes: Vec<u8>,
    from: usize,
}

impl Aligned {
    fn new(longest: usize) -> Self {
        let bytes = vec![0; longest.next_multiple_of(PAGE) + PAGE];
        let from = bytes.as_ptr().align_offset(PAGE);
        Self { bytes, from }
    }

    /// Takes a copy of `bytes` and gives it as whole pages.
    fn fill(&mut self, bytes: &[u8]) -> &[u8] {
        let block = &mut self.bytes[self.from..][..bytes.len().next_multiple_of(PAGE)];
        block[..bytes.len()].copy_from_slice(bytes);
        block[bytes.len()..].fill(0);
        block
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_follow_each_other_by_any_way_and_begin_again_at_the_end() {
        let folder = tempfile::tempdir().expect("the temporary folder can be written");
        let path = folder.path().join("blocks");
        let mut file = Prewritten::make(&path, 3 * PAGE, PAGE).expect("the disk has room");
        for (text, way) in [
            ("one", Way::Synced),
            ("two", Way::Direct),
            ("three", Way::Cached),
            ("four", Way::Direct),
        ] {
            file.commit(text.as_bytes(), way).expect("the disk takes a page");
        }
        let written = std::fs::read(&path).expect("the file is there");
        assert_eq!(written.len(), 3 * PAGE);
        let texts: Vec<&[u8]> = written
            .chunks(PAGE)
            .map(|page| page.split(|&byte| byte == 0).next().expect("a text"))
            .collect();
        assert_eq!(texts, [&b"four"[..], b"two", b"three"]);
    }
}
