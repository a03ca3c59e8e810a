//! What a run leaves: its result on standard output, and the script of a finding.

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use anyhow::Context;

use super::finding::Finding;
use super::hunt::{Plan, Report};
use crate::line::{Line, Printer};

/// Writes the script of a finding and gives its path.
///
/// # Errors
///
/// The file cannot be written.
pub(super) fn save(
    folder: &Path,
    plan: &Plan,
    finding: &Finding,
    report: &Report,
) -> anyhow::Result<PathBuf> {
    let (seed, episode) = (plan.seed, report.episodes);
    let path = folder.join(format!("finding-{seed}-{episode}.fuzz"));
    let accounts: Vec<&str> =
        plan.accounts.iter().map(|account| account.username.as_str()).collect();
    let text = format!(
        "# {finding}\n# expected: {} ({})\n# seed {seed}, episode {episode}, accounts {}\n{}",
        finding.rule.expected(),
        finding.rule.source(),
        accounts.join(" "),
        report.script
    );
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(&path, text))
        .with_context(|| format!("writing {}", path.display()))?;
    Ok(path)
}

/// Prints the result: one JSON object, or text with the counts in the last line.
pub(super) fn print(report: &Report, script: Option<&Path>, json: bool) -> io::Result<()> {
    let mut printer = Printer::new(json);
    let mut line = match &report.finding {
        _ if json => Line::new("found", u64::from(report.finding.is_some())),
        Some(_) => Line::new("result", "1 finding"),
        None => Line::new("result", "nothing found"),
    };
    if let Some(finding) = &report.finding {
        let script = script.map(|path| path.display().to_string()).unwrap_or_default();
        let (rule, what) = (finding.rule, &finding.what);
        if json {
            line = line
                .with("rule", rule.name())
                .with("expected", rule.expected())
                .with("source", rule.source())
                .with("what", what.as_str())
                .with("script", script);
        } else {
            printer.text(format_args!("finding   {}", rule.name()))?;
            printer.text(format_args!("expected  {} ({})", rule.expected(), rule.source()))?;
            printer.text(format_args!("came      {what}"))?;
            printer.text(format_args!("script    {script}\n"))?;
        }
    }
    printer.line(&line.and(counts(report)))?;
    printer.flush()
}

fn counts(report: &Report) -> Line {
    let milliseconds = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    Line::new("episodes", report.episodes)
        .with("steps", report.steps)
        .with("logins", report.logins)
        .with("asked", report.counts.asked)
        .with("heard", report.counts.heard)
        .with("accepted", report.counts.accepted)
        .with("rejected", report.counts.rejected)
        .with("executed", report.counts.executed)
        .with("trades", report.trades)
        .maybe("feed_messages", report.feed_messages)
        .with("slowest_ms", milliseconds(report.slowest))
        .with("elapsed_ms", milliseconds(report.elapsed))
}
