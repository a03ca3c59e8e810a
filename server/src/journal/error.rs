//! What can go wrong with a journal, named by file, block and offset.
//!
//! A torn tail is no error: it is what a crash leaves behind. Everything else that does not fit is
//! damage, and a damaged log is never written to.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::LogId;

/// Why a journal cannot be used.
#[derive(Debug, Error)]
pub enum JournalError {
    /// A system call failed; the text names the file.
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("{}: a new log needs an empty folder, but {entry} is there", dir.display())]
    NotEmpty { dir: PathBuf, entry: String },
    #[error("{}: no log here", dir.display())]
    NoLog { dir: PathBuf },
    #[error("{}: {damage}", dir.display())]
    Damaged { dir: PathBuf, damage: Damage },
    /// The log was written without syncing and the machine has been started anew since: its last
    /// part may be lost.
    #[error(
        "{}: this log was written with durability \"os\" and the machine was restarted without a \
         clean stop; what is left ends with block {block}, sequence {sequence}, and later commands \
         may be lost. Start with --accept-loss to put this log aside and open a new one with empty \
         books",
        dir.display()
    )]
    MachineRestarted { dir: PathBuf, block: u64, sequence: u64 },
}

/// A place in the log that is not as it was written.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub struct Damage {
    /// The file, by its name in the folder of the journal.
    pub file: String,
    /// The number of the block that should be there; none where the file as a whole is wrong.
    pub block: Option<u64>,
    /// Bytes from the start of the file.
    pub offset: u64,
    pub flaw: Flaw,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "damaged log: {}", self.file)?;
        if let Some(block) = self.block {
            write!(f, ", block {block}, offset {}", self.offset)?;
        }
        write!(f, ": {}", self.flaw)
    }
}

/// What is wrong with some bytes of the log.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum Flaw {
    #[error("the file is missing")]
    MissingFile,
    #[error("the name is not that of a segment")]
    Name,
    #[error("nothing is written here")]
    Blank,
    #[error("the file ends {missing} bytes too early")]
    CutShort { missing: u64 },
    #[error("the magic bytes are wrong")]
    Magic,
    #[error("format version {found}, expected {expected}")]
    Version { expected: u32, found: u32 },
    #[error("belongs to another log, {found}")]
    ForeignLog { found: LogId },
    #[error("belongs to segment {found}, expected {expected}")]
    Segment { expected: u64, found: u64 },
    #[error("unknown durability code {0:#04x}")]
    Durability(u8),
    #[error("payload length {0} is not possible")]
    Length(u32),
    #[error("checksum {actual:#010x}, expected {expected:#010x}")]
    Checksum { expected: u32, actual: u32 },
    #[error("the padding is not blank")]
    Padding,
    #[error("the payload is not the number of records it should be")]
    Records,
    #[error("block {found}, expected {expected}")]
    Block { expected: u64, found: u64 },
    #[error("sequence {found}, expected {expected}")]
    Sequence { expected: u64, found: u64 },
    #[error("not the same as the block it is a copy of")]
    Copy,
    #[error("the log was stopped at block {stopped}, but ends with block {last}")]
    StopMark { stopped: u64, last: u64 },
}

/// What a crash left behind the last whole block. It was never committed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TornTail {
    /// The segment file, by its name in the folder of the journal.
    pub file: String,
    /// The number the block would have had.
    pub block: u64,
    /// Where the tail starts, in bytes from the start of the file.
    pub offset: u64,
    /// Bytes from there to the last one that is not zero.
    pub bytes: u64,
    pub flaw: Flaw,
}

/// Puts the path in front of the text of an I/O error.
pub(super) fn at(path: &Path) -> impl Fn(io::Error) -> io::Error {
    move |error| io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
