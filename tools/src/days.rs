//! The days of a data folder: `days/<session>/` with the journal and the outbound log of each.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use server::recovery;

/// A day of a data folder.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Day {
    pub(crate) folder: PathBuf,
    /// Ten digits: date and run.
    pub(crate) session: [u8; 10],
}

impl Day {
    /// Finds the day with this session id, or the latest one.
    pub(crate) fn find(data_dir: &Path, session: Option<&str>) -> Result<Self> {
        let days = data_dir.join("days");
        if !days.is_dir() {
            bail!("{}: not a data folder, it has no days/", data_dir.display());
        }
        let folder = match session {
            Some(session) => days.join(session),
            None => recovery::latest_day(&days)?
                .with_context(|| format!("{}: no day was opened yet", days.display()))?,
        };
        if !folder.is_dir() {
            bail!("{}: no such day", folder.display());
        }
        let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let session = name.as_bytes().try_into();
        let session = session.with_context(|| format!("{name:?} is no session id"))?;
        Ok(Self { folder, session })
    }
}

/// Finds the journal that a path means: that of a data folder's latest day, of a day, or the path itself.
pub(crate) fn journal_of(path: &Path) -> Result<PathBuf> {
    if path.join("days").is_dir() {
        return Ok(Day::find(path, None)?.folder.join("journal"));
    }
    let of_a_day = path.join("journal");
    Ok(if of_a_day.is_dir() { of_a_day } else { path.to_path_buf() })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_latest_day_is_meant_unless_one_is_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let data_dir = folder.path();
        assert!(Day::find(data_dir, None).is_err());
        for day in ["2026112201", "2026112302", "2026112301"] {
            fs::create_dir_all(data_dir.join("days").join(day).join("journal")).expect("a folder");
        }
        let latest = Day::find(data_dir, None).expect("there are three");
        assert_eq!(&latest.session, b"2026112302");
        let named = Day::find(data_dir, Some("2026112201")).expect("it is there");
        assert_eq!(&named.session, b"2026112201");
        assert!(Day::find(data_dir, Some("2026112401")).is_err());

        let journal = latest.folder.join("journal");
        for path in [data_dir, &latest.folder, &journal] {
            assert_eq!(journal_of(path).expect("found"), journal);
        }
    }
}
