//! `openbell journal verify`: is the log as it was written?
//!
//! First the blocks (checksums, numbers, order), then every record in them.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use engine::record;
use indicatif::{ProgressBar, ProgressStyle};
use server::journal::{self, Block, Reader, Report};

use super::Place;
use crate::days;
use crate::exit::DAMAGED;
use crate::line::{Line, Printer};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    place: Place,
}

pub(super) fn run(args: &Args) -> Result<ExitCode> {
    let dir = days::journal_of(&args.place.dir)?;
    let progress = spinner();
    progress.set_message("checking blocks");
    let report = journal::verify(&dir)?;
    let flaw = match &report.damage {
        Some(damage) => Some(damage.to_string()),
        None => first_unreadable(&dir, report.records, &progress)?,
    };
    progress.finish_and_clear();
    let mut printer = Printer::new(args.place.json);
    if args.place.json {
        printer.line(&line(&report, flaw.as_deref()))?;
    } else {
        print(&dir, &report, flaw.as_deref(), &mut printer)?;
    }
    printer.flush()?;
    Ok(ExitCode::from(if flaw.is_some() { DAMAGED } else { 0 }))
}

/// A sign of life on standard error, if that is a terminal.
fn spinner() -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {msg} {human_pos} ({elapsed})");
    let progress = ProgressBar::new_spinner();
    progress.set_style(style.expect("the template above is valid"));
    progress.enable_steady_tick(Duration::from_millis(100));
    progress
}

/// Reads every record that was verified and describes the first one that says nothing.
fn first_unreadable(dir: &Path, records: u64, progress: &ProgressBar) -> Result<Option<String>> {
    progress.set_message("reading records");
    let (mut reader, mut block) = (Reader::open(dir)?, Block::new());
    let mut read = 0;
    // A venue that runs writes on; what it added since is not part of this check.
    while read < records && reader.next_block(&mut block)? {
        for (sequence, bytes) in (block.first_sequence()..).zip(block.records()) {
            if let Err(error) = record::decode(bytes) {
                return Ok(Some(format!("record {sequence}: {error}")));
            }
        }
        read += u64::from(block.count());
        progress.set_position(read);
    }
    Ok(None)
}

fn line(report: &Report, flaw: Option<&str>) -> Line {
    Line::new("whole", flaw.is_none())
        .maybe("log_id", report.log_id.map(|log_id| log_id.to_string()))
        .with("segments", report.segments)
        .with("blocks", report.blocks)
        .with("records", report.records)
        .with("first_sequence", report.first_sequence)
        .with("last_sequence", report.last_sequence)
        .with("stopped_cleanly", report.stopped_cleanly)
        .maybe("torn_tail_bytes", report.torn_tail.as_ref().map(|torn| torn.bytes))
        .maybe("damage", flaw)
}

fn print(dir: &Path, report: &Report, flaw: Option<&str>, printer: &mut Printer) -> Result<()> {
    let Report { segments, blocks, records, first_sequence, last_sequence, .. } = report;
    printer.text(format_args!("journal    {}", dir.display()))?;
    if let Some(log_id) = report.log_id {
        printer.text(format_args!("log        {log_id}"))?;
    }
    printer.text(format_args!("segments   {segments}"))?;
    printer.text(format_args!("blocks     {blocks}"))?;
    printer
        .text(format_args!("records    {records}, sequence {first_sequence} to {last_sequence}"))?;
    let stopped = if report.stopped_cleanly { "cleanly" } else { "not cleanly, or still running" };
    printer.text(format_args!("stopped    {stopped}"))?;
    if let Some(torn) = &report.torn_tail {
        let (bytes, file, offset) = (torn.bytes, &torn.file, torn.offset);
        printer.text(format_args!(
            "torn tail  {bytes} bytes in {file} at offset {offset}: never committed, cut by the next start"
        ))?;
    }
    printer.text(match flaw {
        None => "result     whole".to_owned(),
        Some(flaw) => format!("result     DAMAGED: {flaw}"),
    })?;
    Ok(())
}
