//! Verification: reads a whole log and says what it found. Changes nothing.

use std::path::Path;

use super::LogId;
use super::block::Block;
use super::error::{Damage, JournalError, TornTail};
use super::reader::Reader;

/// What a log holds, up to its end or to the first damage.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Report {
    /// None when a segment's header is damaged.
    pub log_id: Option<LogId>,
    pub segments: u64,
    /// Blocks that are whole and in order. Their numbers start at 1.
    pub blocks: u64,
    pub records: u64,
    /// Zero without blocks.
    pub first_sequence: u64,
    /// Zero without blocks.
    pub last_sequence: u64,
    /// The log was closed in good order and not continued since.
    pub stopped_cleanly: bool,
    /// No damage: the next start cuts it.
    pub torn_tail: Option<TornTail>,
    pub damage: Option<Damage>,
}

/// Reads the log in `dir` through.
///
/// A log that is being written shows its newest block as a torn tail at worst.
///
/// # Errors
///
/// `NoLog`, `Io`. Damage is not an error here but part of the report.
pub fn verify(dir: &Path) -> Result<Report, JournalError> {
    let mut report = Report::default();
    match read_through(dir, &mut report) {
        Err(JournalError::Damaged { damage, .. }) => report.damage = Some(damage),
        other => other?,
    }
    Ok(report)
}

fn read_through(dir: &Path, report: &mut Report) -> Result<(), JournalError> {
    let mut reader = Reader::open(dir)?;
    report.log_id = Some(reader.log_id());
    report.segments = reader.segments();
    report.stopped_cleanly = reader.stopped_cleanly();
    let mut block = Block::new();
    while reader.next_block(&mut block)? {
        if report.blocks == 0 {
            report.first_sequence = block.first_sequence();
        }
        report.blocks += 1;
        report.records += u64::from(block.count());
        report.last_sequence = block.last_sequence();
    }
    report.torn_tail = reader.torn_tail().cloned();
    Ok(())
}
