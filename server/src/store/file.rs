//! The file of the outbound log: opened, read at, written at, cut.
//!
//! One chunk is one write. Errors name the file.

use std::fs::{File, OpenOptions};
use std::io::{self, IoSlice};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use zerocopy::{FromZeros, IntoBytes};

use super::error::{Flaw, StoreError};
use super::layout::{FILE_HEADER, FileHeader, widened};
use crate::journal::LogId;

const FILE_NAME: &str = "outbound.log";
/// Bytes read at a time to be compared.
const COMPARED: usize = 1 << 16;
/// Parts that one write may have (IOV_MAX).
const PARTS_PER_CALL: usize = 1024;

/// What there is to be compared when the log is opened.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    /// Bytes of the file, its header included.
    pub(super) length: u64,
    /// The header was not whole, and nothing behind it was kept.
    pub(super) emptied: bool,
}

/// An open outbound log.
#[derive(Debug)]
pub(super) struct LogFile {
    path: PathBuf,
    file: File,
    log_id: [u8; 16],
}

impl LogFile {
    /// Opens or creates the log of `log_id` for writing.
    ///
    /// A header that is not whole is written anew with nothing behind it.
    pub(super) fn open(dir: &Path, log_id: [u8; 16]) -> Result<(Self, Found), StoreError> {
        let path = dir.join(FILE_NAME);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(at(&path))?;
        File::open(dir).and_then(|dir| dir.sync_all()).map_err(at(dir))?;
        let log = Self { path, file, log_id };
        let length = log.length()?;
        match log.header()?.log_id() {
            Ok(found) if found == log_id => return Ok((log, Found { length, emptied: false })),
            Ok(found) => {
                let (expected, found) = (LogId(log_id), LogId(found));
                return Err(StoreError::ForeignLog { path: log.path, expected, found });
            }
            Err(flaw) if length != 0 => {
                let path = log.path.display();
                tracing::warn!(%path, %flaw, bytes = length, "outbound log is written anew");
            }
            Err(_) => {}
        }
        log.cut(0)?;
        log.write(&mut [IoSlice::new(FileHeader::new(log_id).as_bytes())], 0)?;
        Ok((log, Found { length: widened(FILE_HEADER), emptied: length != 0 }))
    }

    /// Opens the log in `dir` for reading, whatever day it is of.
    pub(super) fn open_read_only(dir: &Path) -> Result<Self, StoreError> {
        let path = dir.join(FILE_NAME);
        let file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(StoreError::NoLog { dir: dir.to_owned() });
            }
            result => result.map_err(at(&path))?,
        };
        let mut log = Self { path, file, log_id: [0; 16] };
        log.log_id = log.header()?.log_id().map_err(|flaw| log.damage(0, flaw))?;
        Ok(log)
    }

    pub(super) fn log_id(&self) -> [u8; 16] {
        self.log_id
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes of the file.
    pub(super) fn length(&self) -> io::Result<u64> {
        Ok(self.file.metadata().map_err(at(&self.path))?.len())
    }

    /// Fills `buffer` from `offset` on, as far as the file goes; returns how many bytes there were.
    pub(super) fn read(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.file.read_at(&mut buffer[filled..], offset + widened(filled)) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(at(&self.path)(error)),
            }
        }
        Ok(filled)
    }

    /// Tells whether exactly `parts` stand at `offset`, one behind the other.
    pub(super) fn holds(
        &self,
        parts: &[IoSlice<'_>],
        mut offset: u64,
        scratch: &mut Vec<u8>,
    ) -> io::Result<bool> {
        for expected in parts.iter().flat_map(|part| part.chunks(COMPARED)) {
            scratch.resize(expected.len(), 0);
            let count = self.read(scratch, offset)?;
            if scratch[..count] != *expected {
                return Ok(false);
            }
            offset += widened(count);
        }
        Ok(true)
    }

    /// Writes `parts` at `offset`, one behind the other, with as few system calls as the kernel allows.
    pub(super) fn write(&self, mut rest: &mut [IoSlice<'_>], mut offset: u64) -> io::Result<()> {
        // Takes empty parts off the front, so that nothing left means nothing to write.
        IoSlice::advance_slices(&mut rest, 0);
        while !rest.is_empty() {
            let parts = &rest[..rest.len().min(PARTS_PER_CALL)];
            let count =
                rustix::io::retry_on_intr(|| rustix::io::pwritev(&self.file, parts, offset))
                    .map_err(|error| at(&self.path)(error.into()))?;
            if count == 0 {
                return Err(at(&self.path)(io::ErrorKind::WriteZero.into()));
            }
            IoSlice::advance_slices(&mut rest, count);
            offset += widened(count);
        }
        Ok(())
    }

    /// Makes the file end at `offset`.
    pub(super) fn cut(&self, offset: u64) -> io::Result<()> {
        self.file.set_len(offset).map_err(at(&self.path))
    }

    /// Waits until everything written is on disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_data().map_err(at(&self.path))
    }

    pub(super) fn damage(&self, offset: u64, flaw: Flaw) -> StoreError {
        StoreError::Damaged { path: self.path.clone(), offset, flaw }
    }

    fn header(&self) -> io::Result<FileHeader> {
        // What is missing of it stays zero, which is no magic and no checksum.
        let mut header = FileHeader::new_zeroed();
        self.read(header.as_mut_bytes(), 0)?;
        Ok(header)
    }
}

/// Puts the path in front of an error's text.
fn at(path: &Path) -> impl Fn(io::Error) -> io::Error {
    move |error| io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
