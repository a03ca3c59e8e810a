//! The clean-stop mark: a file that says the log was closed and is on disk up to its last block.
//!
//! It appears whole or not at all, and it is gone from disk before the log is continued.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use zerocopy::IntoBytes;

use super::LogId;
use super::error::{Damage, Flaw, JournalError, at};
use super::layout::StopMark;
use super::segment::sync_dir;

pub(super) const NAME: &str = "clean-stop";
const UNFINISHED_NAME: &str = "clean-stop.new";

/// Writes the mark and syncs it.
pub(super) fn write(dir: &Path, mark: &StopMark) -> io::Result<()> {
    let unfinished = dir.join(UNFINISHED_NAME);
    let mut file = File::create(&unfinished).map_err(at(&unfinished))?;
    file.write_all(mark.as_bytes()).and_then(|()| file.sync_all()).map_err(at(&unfinished))?;
    fs::rename(&unfinished, dir.join(NAME)).map_err(at(&unfinished))?;
    sync_dir(dir)
}

/// Reads the mark, if there is one.
pub(super) fn read(dir: &Path, log_id: LogId) -> Result<Option<StopMark>, JournalError> {
    let path = dir.join(NAME);
    let bytes = match fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other.map_err(at(&path))?,
    };
    StopMark::decode(&bytes, log_id).map(Some).map_err(|flaw| damaged(dir, flaw))
}

/// Takes the mark away, on disk too.
pub(super) fn remove(dir: &Path) -> io::Result<()> {
    let path = dir.join(NAME);
    match fs::remove_file(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other.map_err(at(&path)).and_then(|()| sync_dir(dir)),
    }
}

/// The error for a mark that is wrong.
pub(super) fn damaged(dir: &Path, flaw: Flaw) -> JournalError {
    let damage = Damage { file: NAME.into(), block: None, offset: 0, flaw };
    JournalError::Damaged { dir: dir.to_path_buf(), damage }
}
