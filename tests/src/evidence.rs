//! Evidence: one line for each promise that a long test has kept, for `./test.sh` to print.

use std::fs;
use std::path::PathBuf;

/// Writes the line of a promise, replacing an earlier one.
pub fn write(promise: &str, line: &str) {
    let folder = folder();
    fs::create_dir_all(&folder).expect("the target folder can be written");
    let line = format!("{promise}: {line}\n");
    fs::write(folder.join(format!("{promise}.txt")), &line)
        .expect("the target folder can be written");
    print!("{line}");
}

/// `target/evidence` of this checkout, or below `CARGO_TARGET_DIR`.
fn folder() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target")),
        PathBuf::from,
    );
    target.join("evidence")
}
