//! The lock of the data folder: one venue, one folder.
//!
//! Held by an open file, so that it ends with the process, however that ends.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use thiserror::Error;

const NAME: &str = "LOCK";

/// Why a data folder cannot be taken.
#[derive(Debug, Error)]
pub enum LockError {
    #[error("{}: in use by another venue, process {holder}", dir.display())]
    Held { dir: PathBuf, holder: Holder },
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
}

/// The process that holds a lock, as far as its file tells.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Holder(pub Option<u32>);

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(pid) => write!(f, "{pid}"),
            None => f.write_str("unknown"),
        }
    }
}

/// A data folder that no other venue can take until this is dropped.
#[derive(Debug)]
pub struct DataLock {
    _file: File,
}

impl DataLock {
    /// Takes the folder `data_dir`, which exists, and writes this process's number into its lock
    /// file.
    ///
    /// # Errors
    ///
    /// `Held` with the folder and the holder, at once; `Io`.
    pub fn acquire(data_dir: &Path) -> Result<Self, LockError> {
        let path = data_dir.join(NAME);
        let failed = |source: io::Error| LockError::Io { path: path.clone(), source };
        // Never truncated on opening: the number in it is the holder's until the lock is ours.
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => {
                return Err(LockError::Held {
                    dir: data_dir.to_path_buf(),
                    holder: read_holder(&mut file),
                });
            }
            Err(error) => return Err(failed(error.into())),
        }
        file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id())).map_err(failed)?;
        Ok(Self { _file: file })
    }
}

fn read_holder(file: &mut File) -> Holder {
    let mut text = String::new();
    Holder(file.read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_venue_is_refused_and_told_who_holds_the_folder() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let lock = DataLock::acquire(dir.path()).expect("the first venue");
        let error = DataLock::acquire(dir.path()).expect_err("the second venue");
        let pid = std::process::id();
        assert_eq!(
            error.to_string(),
            format!("{}: in use by another venue, process {pid}", dir.path().display())
        );
        assert!(
            matches!(error, LockError::Held { holder: Holder(Some(holder)), .. } if holder == pid)
        );
        drop(lock);
        DataLock::acquire(dir.path()).expect("free again");
    }

    #[test]
    fn what_a_dead_venue_left_in_the_lock_file_does_not_matter() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(dir.path().join(NAME), "4294967295 and more\n").expect("an old lock file");
        let _lock = DataLock::acquire(dir.path()).expect("nobody holds it");
        let text = std::fs::read_to_string(dir.path().join(NAME)).expect("the lock file");
        assert_eq!(text, format!("{}\n", std::process::id()));
    }

    #[test]
    fn a_missing_folder_is_named() {
        let error =
            DataLock::acquire(Path::new("/nonexistent/openbell")).expect_err("no such folder");
        assert!(error.to_string().starts_with("/nonexistent/openbell/LOCK: "), "{error}");
    }
}
