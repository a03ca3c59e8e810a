//! The writer: appends blocks, one write and one sync each.
//!
//! No page that may be committed is written again. A writer that failed once takes nothing more:
//! what of its last block reached the disk is for recovery to find out.

use std::fs::File;
use std::io::{self, IoSlice};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use zerocopy::IntoBytes;

use super::block::Block;
use super::error::at;
use super::layout::{BLANK, BLOCK_HEADER, BlockHeader, PAGE_BYTES, StopMark};
use super::segment::{Ahead, Plan, file_name};
use super::{Durability, LogId, stop};

/// Where a log is continued.
#[derive(Clone, Copy, Debug)]
pub(super) struct Position {
    /// The segment that blocks go to.
    pub(super) segment: u64,
    pub(super) last_block: u64,
    pub(super) last_sequence: u64,
    /// The first segment that nobody has synced yet.
    pub(super) unsynced_from: u64,
}

impl Position {
    /// Before the first block of a new log.
    pub(super) const START: Self =
        Self { segment: 1, last_block: 0, last_sequence: 0, unsynced_from: 1 };
}

/// The writing end of a log.
#[derive(Debug)]
pub struct Writer {
    plan: Arc<Plan>,
    position: Position,
    file: File,
    /// Where the next block goes.
    offset: u64,
    ahead: Ahead,
    failed: bool,
}

impl Writer {
    /// Stands at the beginning of `file`, the new segment that `position` names.
    pub(super) fn start(plan: Arc<Plan>, file: File, position: Position) -> Self {
        let (offset, ahead) = (PAGE_BYTES, Ahead::default());
        Self { plan, position, file, offset, ahead, failed: false }
    }

    /// The identity of the log.
    pub fn log_id(&self) -> LogId {
        self.plan.log_id
    }

    /// Commits `block` as the log's next and returns how long the sync took (zero without one).
    ///
    /// # Errors
    ///
    /// When a system call fails. Nobody knows then whether the block is on disk: the caller ends
    /// the process.
    ///
    /// # Panics
    ///
    /// When the block is empty or does not follow the last one: the sequencer made a mistake.
    pub fn append(&mut self, block: &Block) -> io::Result<Duration> {
        assert!(!block.is_empty(), "an empty block is not committed");
        assert_eq!(
            block.first_sequence(),
            self.position.last_sequence + 1,
            "sequence numbers have no gaps"
        );
        self.unless_failed(|writer| writer.commit(block))
    }

    /// Ends the log in good order: everything on disk, and a mark that says so.
    ///
    /// # Errors
    ///
    /// When a system call fails or an earlier append has; there is no mark then.
    pub fn close(mut self) -> io::Result<()> {
        self.unless_failed(|writer| {
            writer.sync_all()?;
            let Position { last_block, last_sequence, .. } = writer.position;
            stop::write(
                &writer.plan.dir,
                &StopMark::new(writer.plan.log_id, last_block, last_sequence),
            )
        })
    }

    /// Writes `block` a second time, as the first of this segment, and syncs it under either
    /// durability.
    pub(super) fn copy_last(&mut self, block: &Block) -> io::Result<()> {
        assert_eq!(self.offset, PAGE_BYTES, "the copy comes first");
        assert_eq!(
            block.last_sequence(),
            self.position.last_sequence,
            "the copy is of the last block"
        );
        self.unless_failed(|writer| {
            writer.write(block, writer.position.last_block)?;
            writer.file.sync_data().map_err(at(&writer.path()))
        })
    }

    fn unless_failed<T>(&mut self, act: impl FnOnce(&mut Self) -> io::Result<T>) -> io::Result<T> {
        if self.failed {
            return Err(io::Error::other("the journal has failed before and takes nothing more"));
        }
        let result = act(self);
        self.failed = result.is_err();
        result
    }

    fn commit(&mut self, block: &Block) -> io::Result<Duration> {
        self.make_room(on_disk(block))?;
        self.write(block, self.position.last_block + 1)?;
        let took = self.sync()?;
        self.position.last_block += 1;
        self.position.last_sequence = block.last_sequence();
        self.ahead.keep_up(&self.plan, self.position.segment + 1, self.offset);
        Ok(took)
    }

    /// Goes on to the next segment when this one is too full for `bytes` more; an empty one takes
    /// any block.
    fn make_room(&mut self, bytes: u64) -> io::Result<()> {
        if self.offset == PAGE_BYTES || self.offset + bytes <= self.plan.length {
            return Ok(());
        }
        self.file = self.ahead.take(&self.plan, self.position.segment + 1)?;
        self.position.segment += 1;
        self.offset = PAGE_BYTES;
        Ok(())
    }

    fn write(&mut self, block: &Block, number: u64) -> io::Result<()> {
        let header = BlockHeader::new(self.plan.log_id, self.position.segment, number, block);
        let padding = block.disk_len() - BLOCK_HEADER - block.payload_len();
        let mut parts = [
            IoSlice::new(header.as_bytes()),
            IoSlice::new(block.payload()),
            IoSlice::new(&BLANK[..padding]),
        ];
        write_all_at(&self.file, &mut parts, self.offset).map_err(at(&self.path()))?;
        self.offset += on_disk(block);
        Ok(())
    }

    fn sync(&self) -> io::Result<Duration> {
        match self.plan.durability {
            Durability::Os => Ok(Duration::ZERO),
            Durability::Fsync => {
                let started = Instant::now();
                self.file.sync_data().map_err(at(&self.path()))?;
                Ok(started.elapsed())
            }
        }
    }

    /// Syncs what earlier appends and earlier runs left to the kernel.
    fn sync_all(&self) -> io::Result<()> {
        if self.plan.durability == Durability::Fsync {
            return Ok(());
        }
        for number in self.position.unsynced_from..=self.position.segment {
            let path = self.plan.dir.join(file_name(number));
            File::open(&path).and_then(|file| file.sync_all()).map_err(at(&path))?;
        }
        Ok(())
    }

    fn path(&self) -> PathBuf {
        self.plan.dir.join(file_name(self.position.segment))
    }
}

/// Bytes of a block on disk.
fn on_disk(block: &Block) -> u64 {
    u64::try_from(block.disk_len()).expect("a block is at most 1 MiB")
}

/// Writes all parts, in one system call unless the kernel takes less.
fn write_all_at(file: &File, mut parts: &mut [IoSlice<'_>], mut offset: u64) -> io::Result<()> {
    // Takes empty parts off the front, so that nothing left means nothing to write.
    IoSlice::advance_slices(&mut parts, 0);
    while !parts.is_empty() {
        let count = rustix::io::retry_on_intr(|| rustix::io::pwritev(file, parts, offset))?;
        if count == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        IoSlice::advance_slices(&mut parts, count);
        offset += u64::try_from(count).expect("at most one block");
    }
    Ok(())
}
