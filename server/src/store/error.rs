//! What can go wrong with the outbound log, named by file and offset.
//!
//! The log can be computed again from the journal: the writer heals what differs, and only readers that have no replay
//! behind them see damage.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::journal::LogId;

/// Why an outbound log cannot be used.
#[derive(Debug, Error)]
pub enum StoreError {
    /// A system call failed; the text names the file.
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("{}: no outbound log here", dir.display())]
    NoLog { dir: PathBuf },
    /// The file is whole and belongs to another day; it is left as it is.
    #[error("{}: belongs to log {found}, not to log {expected}", path.display())]
    ForeignLog { path: PathBuf, expected: LogId, found: LogId },
    #[error("{}: damaged at byte {offset}: {flaw}", path.display())]
    Damaged { path: PathBuf, offset: u64, flaw: Flaw },
}

/// What is wrong with some bytes of the file.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum Flaw {
    #[error("it does not begin with the mark of an outbound log or of a chunk")]
    Magic,
    #[error("format version {found}, expected {expected}")]
    Version { expected: u32, found: u32 },
    #[error("the checksum of the header does not fit")]
    HeadChecksum,
    #[error("the checksum of the messages does not fit")]
    BodyChecksum,
    #[error("a length is out of its range")]
    Length,
    #[error("no stream has the code {0:#x}")]
    UnknownTarget(u32),
    #[error("a stream goes on with number {found}, expected {expected}")]
    Numbers { expected: u64, found: u64 },
    #[error("the messages are not those that the header lists")]
    Messages,
    #[error("the file ends inside")]
    CutShort,
}
