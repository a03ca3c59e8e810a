//! Where a recording goes: a new file, or standard output.
//!
//! A file that exists is kept as it is until there is something to put in its place, and only then
//! with `--force`.

use std::fs::{self, File, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::exit::UsageError;

/// An open file.
#[derive(Debug)]
pub(super) struct Destination {
    file: File,
    /// `None`: standard output.
    path: Option<PathBuf>,
    /// It did not exist before.
    is_new: bool,
    /// What was in it before is still there.
    is_kept: bool,
}

impl Destination {
    /// Opens a file that does not exist yet, or any with `force`; `-` is standard output.
    ///
    /// # Errors
    ///
    /// It exists, or cannot be opened, or standard output is a terminal.
    pub(super) fn open(path: &Path, force: bool) -> Result<Self> {
        if path == Path::new("-") {
            let stdout = io::stdout();
            if stdout.is_terminal() {
                let text = "a recording is no text: name a FILE, or pipe it on".to_owned();
                return Err(UsageError(text).into());
            }
            // Without a buffer that looks for ends of lines.
            let file = File::from(stdout.as_fd().try_clone_to_owned()?);
            return Ok(Self { file, path: None, is_new: false, is_kept: false });
        }
        let path = path.to_path_buf();
        let opening = || format!("opening {}", path.display());
        let (file, is_new) = match File::create_new(&path) {
            Ok(file) => (file, true),
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(error).with_context(opening);
            }
            Err(_) if force => {
                (OpenOptions::new().write(true).open(&path).with_context(opening)?, false)
            }
            Err(_) => {
                let text = format!("{} exists; --force overwrites it", path.display());
                return Err(UsageError(text).into());
            }
        };
        Ok(Self { file, path: Some(path), is_new, is_kept: !is_new })
    }

    /// Leaves things as they were before [`Self::open`]: nothing was written.
    pub(super) fn abandon(self) {
        if let Some(path) = self.path.filter(|_| self.is_new) {
            // An empty file that stays does no harm.
            let _ = fs::remove_file(path);
        }
    }

    /// Has the file, and its name, on the disk.
    pub(super) fn sync(mut self) -> io::Result<()> {
        self.begin()?;
        if !self.is_regular()? {
            return Ok(());
        }
        self.file.sync_all()?;
        let Some(path) = &self.path else { return Ok(()) };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }

    /// Takes away what was in the file before.
    fn begin(&mut self) -> io::Result<()> {
        if self.is_kept && self.is_regular()? {
            self.file.set_len(0)?;
        }
        self.is_kept = false;
        Ok(())
    }

    /// Tells that this is no pipe or device.
    fn is_regular(&self) -> io::Result<bool> {
        Ok(self.file.metadata()?.is_file())
    }
}

impl Write for Destination {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.begin()?;
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_exists_is_overwritten_only_by_force_and_only_by_something() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("day.itch");
        let content = || fs::read(&path).expect("the file is there");
        fs::write(&path, b"yesterday").expect("the folder can be written");

        let refused = Destination::open(&path, false).expect_err("it exists");
        assert!(refused.is::<UsageError>(), "{refused}");
        Destination::open(&path, true).expect("forced").abandon();
        assert_eq!(content(), b"yesterday");

        let mut forced = Destination::open(&path, true).expect("forced");
        forced.write_all(b"today").expect("there is room");
        forced.sync().expect("a file can be synced");
        assert_eq!(content(), b"today");

        Destination::open(&path, true).expect("forced").sync().expect("a file can be synced");
        assert_eq!(content(), b"", "a recording of no messages is one");
    }

    #[test]
    fn nothing_stays_where_nothing_was_recorded() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("day.itch");
        Destination::open(&path, false).expect("it is new").abandon();
        assert!(!path.exists());
        let missing = folder.path().join("no folder").join("day.itch");
        assert!(Destination::open(&missing, true).is_err());
    }
}
