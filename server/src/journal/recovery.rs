//! Recovery: reads a log through, then goes on with it.
//!
//! What is handed out to be replayed must be on disk before the venue opens its doors; what was
//! torn must be gone.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
use std::sync::Arc;

use rustix::fs::Advice;

use super::block::Block;
use super::boot::BootId;
use super::error::{JournalError, TornTail, at};
use super::layout::PAGE_BYTES;
use super::reader::Reader;
use super::segment::{ALL, Plan, Successor, file_name};
use super::writer::{Position, Writer};
use super::{Durability, JournalOptions, LogId, stop, verify};

/// Blocks from which on a log takes so long to read that its next segment is made meanwhile.
const LONG: u64 = 64;

/// A log that is being read to be continued.
#[derive(Debug)]
pub struct Recovery {
    reader: Reader,
    plan: Arc<Plan>,
    /// What a long log goes on in.
    successor: Option<Successor>,
    /// The first of the segments at the end of the log that were written without syncing.
    unsynced_from: u64,
}

impl Recovery {
    pub(super) fn open(options: &JournalOptions, boot: BootId) -> Result<Self, JournalError> {
        let dir = &options.dir;
        let reader = Reader::open(dir)?;
        let headers = reader.headers();
        let newest = headers.last().expect("a log has a segment");
        // Every run leaves a segment with its boot id, and begins only with everything before it in
        // place.
        if newest.durability() == Durability::Os
            && !boot.is(newest.boot_id)
            && !reader.stopped_cleanly()
        {
            let left = verify(dir)?;
            let (block, sequence) = (left.blocks, left.last_sequence);
            return Err(JournalError::MachineRestarted { dir: dir.clone(), block, sequence });
        }
        let synced = headers.iter().rev().find(|header| header.durability() == Durability::Fsync);
        let unsynced_from = synced.map_or(0, |header| header.segment.get()) + 1;
        if options.durability == Durability::Fsync {
            for number in unsynced_from..=newest.segment.get() {
                settle(&dir.join(file_name(number)))?;
            }
        }
        let plan = Arc::new(Plan::new(options, reader.log_id(), boot));
        Ok(Self { reader, plan, successor: None, unsynced_from })
    }

    /// The identity of the log.
    pub fn log_id(&self) -> LogId {
        self.reader.log_id()
    }

    /// Reads the next block, in order; `false` and an empty block behind the last one.
    ///
    /// # Errors
    ///
    /// `Damaged`, `Io`.
    pub fn next_block(&mut self, into: &mut Block) -> Result<bool, JournalError> {
        let last = self.reader.last().map_or(0, |last| last.block);
        if self.successor.is_none() && LONG <= last {
            self.successor = Some(Successor::begin(&self.plan, self.reader.segments() + 1));
        }
        self.reader.next_block(into)
    }

    /// What a crash left behind the last block, which `into_writer` cuts. Known once `next_block`
    /// has returned `false`.
    pub fn torn_tail(&self) -> Option<&TornTail> {
        self.reader.torn_tail()
    }

    /// Cuts the torn tail, copies the last block to a new segment and goes on there; all of it is
    /// on disk on return.
    ///
    /// # Errors
    ///
    /// `Io`; the log can be opened again.
    ///
    /// # Panics
    ///
    /// When `next_block` has not returned `false` yet.
    pub fn into_writer(self) -> Result<Writer, JournalError> {
        assert!(self.reader.is_finished(), "a log is continued behind its last block");
        let dir = &self.plan.dir;
        let last = self.reader.last();
        let segments = self.reader.segments();
        for number in last.map_or(1, |last| last.segment)..=segments {
            let end =
                last.filter(|last| last.segment == number).map_or(PAGE_BYTES, |last| last.end);
            cut(&dir.join(file_name(number)), end)?;
        }
        let position = Position {
            segment: segments + 1,
            last_block: last.map_or(0, |last| last.block),
            last_sequence: last.map_or(0, |last| last.sequence),
            unsynced_from: self.unsynced_from,
        };
        let file = match self.successor {
            Some(successor) => successor.finish()?,
            None => self.plan.make(position.segment, || ALL)?,
        };
        let mut writer = Writer::start(Arc::clone(&self.plan), file, position);
        if let Some(last) = last {
            let mut block = Block::new();
            self.reader.read_again(last, &mut block)?;
            writer.copy_last(&block)?;
        }
        // Not earlier: until now the mark still told the truth.
        stop::remove(dir)?;
        Ok(writer)
    }
}

/// Puts a segment that was written without syncing on disk.
///
/// Then forgets what is cached, so that what is read next is what the disk holds: an error of an
/// earlier attempt to write it back may have been reported to somebody else.
fn settle(path: &Path) -> io::Result<()> {
    let file = File::open(path).map_err(at(path))?;
    file.sync_all().map_err(at(path))?;
    rustix::fs::fadvise(&file, 0, None, Advice::DontNeed).map_err(|error| at(path)(error.into()))
}

/// Ends a segment behind its last block. Only pages that were never committed go.
fn cut(path: &Path, end: u64) -> io::Result<()> {
    let cut = || {
        let file = OpenOptions::new().write(true).open(path)?;
        if end < file.metadata()?.len() {
            file.set_len(end)?;
        }
        file.sync_all()
    };
    cut().map_err(at(path))
}
