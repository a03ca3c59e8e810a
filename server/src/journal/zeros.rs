//! Zeros: how a segment is written full before it is needed, beside a journal that waits for each of its syncs.
//!
//! Past the page cache where the file system has that: the pieces cost little processor time, and their sync is not in
//! the way of the sync of a block. How fast it goes is up to what is due.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::thread;
use std::time::Duration;

use rustix::fs::{FallocateFlags, OFlags};
use rustix::io::Errno;

use super::layout::{PAGE, PAGE_BYTES};

/// The sync of a block never queues behind more than one piece. It is as small as that as long as there is time,
const PIECE_AT_LEAST: u64 = 32 << 10;
/// and as large as that where there is none to lose. So much is synced at once, too.
const PIECE_AT_MOST: u64 = 1 << 20;
/// How long the rest after a piece is when it is ahead of what is due.
const REST: Duration = Duration::from_millis(1);

/// Writes the file at `path` full of zeros, from the second page to `length`, which are whole pages.
///
/// `due` tells up to where it has to be by now; what is due takes no rests. Not all of it is synced at the end.
///
/// # Errors
///
/// When a system call fails.
pub(super) fn write(path: &Path, length: u64, due: impl Fn() -> u64) -> io::Result<()> {
    let mut target = Target::open(path, length)?;
    let (mut offset, mut synced) = (PAGE_BYTES, PAGE_BYTES);
    while offset < length {
        let behind = due().saturating_sub(offset);
        let piece = behind.clamp(PIECE_AT_LEAST, PIECE_AT_MOST).min(length - offset);
        target.write(piece, offset)?;
        offset += piece;
        if target.is_cached() || PIECE_AT_MOST <= offset - synced {
            target.file.sync_data()?;
            synced = offset;
        }
        if behind < piece {
            thread::sleep(REST);
        }
    }
    Ok(())
}

/// A file that is filled, and what with.
struct Target {
    file: File,
    /// The same file past the page cache.
    direct: Option<File>,
    /// Zeros; as memory that can be written past the page cache they begin at `from`.
    zeros: Vec<u8>,
    from: usize,
}

impl Target {
    fn open(path: &Path, length: u64) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).open(path)?;
        match rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, length) {
            // Then the file grows piece by piece.
            Ok(()) | Err(Errno::OPNOTSUPP | Errno::NOSYS) => {}
            Err(error) => return Err(error.into()),
        }
        let flags = i32::try_from(OFlags::DIRECT.bits()).expect("flags are an int of C");
        let direct = OpenOptions::new().write(true).custom_flags(flags).open(path).ok();
        let most = usize::try_from(PIECE_AT_MOST).expect("a piece fits in memory");
        let zeros = vec![0; most + PAGE];
        let from = zeros.as_ptr().align_offset(PAGE);
        Ok(Self { file, direct, zeros, from })
    }

    fn is_cached(&self) -> bool {
        self.direct.is_none()
    }

    fn write(&mut self, bytes: u64, offset: u64) -> io::Result<()> {
        let bytes = usize::try_from(bytes).expect("a piece fits in memory");
        let zeros = &self.zeros[self.from..][..bytes];
        if let Some(direct) = &self.direct {
            match direct.write_all_at(zeros, offset) {
                // A disk may want more than whole pages.
                Err(error) if error.kind() == io::ErrorKind::InvalidInput => self.direct = None,
                result => return result,
            }
        }
        self.file.write_all_at(zeros, offset)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::fs;

    use super::*;

    /// Fills a file of 2 MiB behind its header when this much of it is due; gives the number of pieces.
    fn pieces(due: u64) -> u32 {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("segment");
        let header = [7; PAGE];
        fs::write(&path, header).expect("the disk has room");
        let (length, pieces) = (PAGE + (2 << 20), Cell::new(0));
        let due = || {
            pieces.set(pieces.get() + 1);
            due
        };
        let length_on_disk = u64::try_from(length).expect("a few megabytes");
        write(&path, length_on_disk, due).expect("the disk has room");
        let bytes = fs::read(&path).expect("the file is there");
        assert_eq!((bytes.len(), &bytes[..PAGE]), (length, &header[..]));
        assert!(bytes[PAGE..].iter().all(|&byte| byte == 0));
        pieces.get()
    }

    #[test]
    fn zeros_go_in_small_pieces_as_long_as_there_is_time() {
        assert_eq!(pieces(0), 64);
        assert_eq!(pieces(u64::MAX), 2);
        // The first mebibyte in one piece, the second as there is time.
        assert_eq!(pieces(PAGE_BYTES + (1 << 20)), 33);
    }
}
