//! Disk: whether the data folder has room for what may still come.
//!
//! The venue stops taking orders before the journal finds no room: a write that fails would end it.

use std::io;
use std::path::{Path, PathBuf};

/// Whether there is room.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Level {
    Ok,
    /// Less than the reserve is free.
    Low,
}

/// The free space below which the data folder counts as full.
#[derive(Debug)]
pub struct Watermark {
    folder: PathBuf,
    reserve_bytes: u64,
    level: Level,
}

impl Watermark {
    /// Watches the file system of `folder`; begins with [`Level::Ok`].
    pub fn new(folder: &Path, reserve_mib: u64) -> Self {
        Self {
            folder: folder.to_owned(),
            reserve_bytes: reserve_mib.saturating_mul(1 << 20),
            level: Level::Ok,
        }
    }

    /// Asks the file system, and gives the level with the free bytes.
    ///
    /// # Errors
    ///
    /// What `statvfs` says, with the level as it was.
    pub fn check(&mut self) -> io::Result<(Level, u64)> {
        let free = free_bytes(&self.folder)?;
        Ok((self.observe(free), free))
    }

    /// Moves the level: low below the reserve, and ok again only with a quarter more than it, so that a
    /// folder near the mark does not open and shut the venue.
    fn observe(&mut self, free_bytes: u64) -> Level {
        let enough = self.reserve_bytes.saturating_add(self.reserve_bytes / 4);
        if free_bytes < self.reserve_bytes {
            self.level = Level::Low;
        } else if enough <= free_bytes {
            self.level = Level::Ok;
        }
        self.level
    }
}

/// Counts the bytes an unprivileged process may still write to the file system of `folder`.
///
/// # Errors
///
/// What `statvfs` says.
pub fn free_bytes(folder: &Path) -> io::Result<u64> {
    let found = rustix::fs::statvfs(folder)?;
    Ok(found.f_bavail.saturating_mul(found.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_falls_at_the_reserve_and_rises_above_it() {
        let mut watermark = Watermark::new(Path::new("unused"), 4);
        let mib = |count: u64| count << 20;
        assert_eq!(watermark.observe(mib(4)), Level::Ok);
        assert_eq!(watermark.observe(mib(4) - 1), Level::Low);
        assert_eq!(watermark.observe(mib(5) - 1), Level::Low);
        assert_eq!(watermark.observe(mib(5)), Level::Ok);
        assert_eq!(watermark.observe(mib(4)), Level::Ok);
    }

    #[test]
    fn free_space_comes_from_the_file_system() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (level, free) = Watermark::new(folder.path(), 0).check().expect("the folder exists");
        assert_eq!(level, Level::Ok);
        assert!(0 < free);
        let (level, _) =
            Watermark::new(folder.path(), u64::MAX).check().expect("the folder exists");
        assert_eq!(level, Level::Low);
    }

    #[test]
    fn a_missing_folder_is_an_error() {
        let error = free_bytes(Path::new("/nowhere/at/all")).expect_err("no such folder");
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }
}
