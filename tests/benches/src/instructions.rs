//! Instructions a step, counted by valgrind: the same on a busy machine as on a quiet one.
//!
//! The bench runs itself again under callgrind, which counts only while the step that is measured runs.

use std::fs;
use std::process::Command;

use anyhow::{Context, bail};

/// Counts the instructions that this program, with `arguments`, spends in the functions whose name fits `within`.
///
/// # Errors
///
/// When valgrind is not installed, the program fails, or nothing was counted.
pub fn count(arguments: &[&str], within: &str) -> anyhow::Result<u64> {
    let program = std::env::current_exe().context("finding this program")?;
    let out = std::env::temp_dir().join(format!("openbell-callgrind-{}", std::process::id()));
    let run = Command::new("valgrind")
        .args(["--tool=callgrind", "--collect-atstart=no"])
        .arg(format!("--toggle-collect={within}"))
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(program)
        .args(arguments)
        .output()
        .context("running valgrind, which has to be installed")?;
    let _ = fs::remove_file(&out);
    let said = String::from_utf8_lossy(&run.stderr);
    if !run.status.success() {
        bail!("valgrind ended with {}: {said}", run.status);
    }
    let collected = said.lines().find_map(|line| line.split_once("Collected : "));
    let (_, count) = collected.with_context(|| format!("valgrind counted nothing: {said}"))?;
    match count.trim().parse()? {
        0 => bail!("no function of this program fits {within}"),
        count => Ok(count),
    }
}
