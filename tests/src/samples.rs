//! Recorded days of real markets.
//!
//! They are not part of the project: they lie in a folder `shared/samples` beside the checkout, or in the
//! one `OPENBELL_SAMPLES` names.

use std::env;
use std::path::{Path, PathBuf};

/// 10,000 messages of one stock, recorded on 2020-01-30.
const REAL_DAY: &str = "aapl-20200130-10k.itch";

/// Finds the real day; a folder that is named has to have it.
///
/// # Errors
///
/// It is not there; the text says that the test was skipped, and belongs on standard error.
pub fn real_day() -> Result<PathBuf, String> {
    if let Some(folder) = env::var_os("OPENBELL_SAMPLES") {
        return Ok(PathBuf::from(folder).join(REAL_DAY));
    }
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = package.ancestors().map(|folder| folder.join("shared/samples").join(REAL_DAY));
    folders.into_iter().find(|path| path.exists()).ok_or_else(|| {
        format!(
            "SKIPPED: no sample file at shared/samples/{REAL_DAY} beside the checkout; \
             OPENBELL_SAMPLES may name the folder that holds it"
        )
    })
}
