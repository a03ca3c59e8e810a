//! The journal: the one ordered log of commands, on local disk.
//!
//! The one place where nothing may be lost. Records are committed in blocks, valid whole or not at
//! all; no committed page is ever written again; what a crash left half written is cut and
//! reported, anything else that does not fit is damage and stops the start. The bytes and the rules
//! are in `docs/journal-format.md`.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub mod block;
mod error;
mod layout;
mod boot;
mod segment;
mod stop;
mod writer;
mod reader;
mod recovery;
mod verify;
#[cfg(test)]
mod tests;

pub use block::{Block, MAX_BLOCK, MAX_PAYLOAD, RECORD_PREFIX, Records};
pub use error::{Damage, Flaw, JournalError, TornTail};
pub use reader::Reader;
pub use recovery::Recovery;
pub use verify::{Report, verify};
pub use writer::Writer;

use boot::BootId;
use error::at;

/// The default of `JournalOptions::segment_bytes`: 64 MiB.
pub const SEGMENT_BYTES: u64 = 64 << 20;

/// What a block must have reached to count as committed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Durability {
    /// The disk: survives power failure.
    Fsync,
    /// The kernel: survives the death of the process, nothing else.
    Os,
}

impl Durability {
    const fn code(self) -> u8 {
        match self {
            Self::Fsync => b'F',
            Self::Os => b'O',
        }
    }

    const fn from_code(code: u8) -> Option<Self> {
        match code {
            b'F' => Some(Self::Fsync),
            b'O' => Some(Self::Os),
            _ => None,
        }
    }
}

/// Where the journal lives and how it commits.
#[derive(Clone, Debug)]
pub struct JournalOptions {
    /// A folder of its own.
    pub dir: PathBuf,
    /// May differ from one run to the next of the same log.
    pub durability: Durability,
    /// Length of a segment file in bytes, rounded up to pages; may differ from run to run. A block
    /// that is longer than a whole segment still gets one.
    pub segment_bytes: u64,
}

impl JournalOptions {
    /// The default: on disk, 64 MiB a segment.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into(), durability: Durability::Fsync, segment_bytes: SEGMENT_BYTES }
    }
}

/// The identity of a log: 128 random bits, drawn when it is created.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct LogId(pub [u8; 16]);

impl fmt::Display for LogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for LogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogId({self})")
    }
}

/// Creates a log without blocks; the folder may be missing.
///
/// # Errors
///
/// `NotEmpty` when the folder holds anything but the rest of a creation that a crash cut short;
/// `Io`.
pub fn create(options: &JournalOptions, log_id: LogId) -> Result<Writer, JournalError> {
    create_under(options, log_id, BootId::of_this_boot())
}

fn create_under(
    options: &JournalOptions,
    log_id: LogId,
    boot: BootId,
) -> Result<Writer, JournalError> {
    let dir = &options.dir;
    fs::create_dir_all(dir).map_err(at(dir))?;
    if let Some(entry) =
        segment::names(dir)?.into_iter().find(|name| *name != segment::unfinished_name(1))
    {
        return Err(JournalError::NotEmpty { dir: dir.clone(), entry });
    }
    segment::sync_parent(dir)?;
    let plan = segment::Plan::new(options, log_id, boot);
    let file = plan.make(1, || segment::ALL)?;
    Ok(Writer::start(Arc::new(plan), file, writer::Position::START))
}

/// Tells whether `dir` holds a log: a segment file, whole or not.
///
/// A folder that cannot be read counts as one that holds a log, so that `open` says why.
pub fn exists(dir: &Path) -> bool {
    segment::names(dir).map_or(true, |names| names.iter().any(|name| name.ends_with(".seg")))
}

/// Opens a log to be read through and then continued.
///
/// # Errors
///
/// `NoLog`, `Damaged` (a segment is missing, foreign or has a bad header), `MachineRestarted`,
/// `Io`.
pub fn open(options: &JournalOptions) -> Result<Recovery, JournalError> {
    Recovery::open(options, BootId::of_this_boot())
}

/// Moves the log in `dir` aside, as `<dir>.archived-<n>` with the first free n, and returns where
/// it is now.
///
/// Nothing is deleted. The caller holds the lock of the data folder.
///
/// # Errors
///
/// `NoLog`, `Io`.
pub fn archive(dir: &Path) -> Result<PathBuf, JournalError> {
    if !exists(dir) {
        return Err(JournalError::NoLog { dir: dir.to_path_buf() });
    }
    let numbered = |n: u32| {
        let mut name = dir.as_os_str().to_owned();
        name.push(format!(".archived-{n}"));
        PathBuf::from(name)
    };
    let target = (1..)
        .map(numbered)
        .find(|path| fs::symlink_metadata(path).is_err())
        .expect("numbers do not run out");
    fs::rename(dir, &target).map_err(at(dir))?;
    segment::sync_parent(dir)?;
    Ok(target)
}
