//! The reader: walks the blocks of a log in order and tells a torn tail from damage.
//!
//! Reads only. An invalid block is a torn tail when no valid one stands behind it, in its segment
//! or a later one; every other irregularity is damage and named.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use zerocopy::{FromZeros, IntoBytes};

use super::block::Block;
use super::error::{Damage, Flaw, JournalError, TornTail, at};
use super::layout::{
    BLANK, BLOCK_HEADER, BlockHeader, PAGE, PAGE_BYTES, SegmentHeader, StopMark, padded,
};
use super::segment::{file_name, last_number, read_at_most, read_header};
use super::{LogId, stop};

/// Reads a log from its first block to its last.
#[derive(Debug)]
pub struct Reader {
    dir: PathBuf,
    log_id: LogId,
    /// Of all segments; the first is number 1.
    headers: Vec<SegmentHeader>,
    stop_mark: Option<StopMark>,
    segment: SegmentFile,
    /// Where the next block of `segment` starts.
    offset: u64,
    last: Option<Last>,
    /// The first place since the last block where none was found.
    gap: Option<Gap>,
    torn: Option<TornTail>,
    finished: bool,
}

/// A segment open for reading.
#[derive(Debug)]
struct SegmentFile {
    number: u64,
    path: PathBuf,
    file: File,
    length: u64,
}

/// The last block read, at its newest copy.
#[derive(Clone, Copy, Debug)]
pub(super) struct Last {
    pub(super) segment: u64,
    pub(super) offset: u64,
    /// Where the block ends in its segment.
    pub(super) end: u64,
    pub(super) block: u64,
    pub(super) sequence: u64,
    /// What a copy has in common with the block: first sequence, time, count, CRC-32C of the
    /// payload.
    content: (u64, u64, u32, u32),
}

#[derive(Debug)]
struct Gap {
    segment: u64,
    offset: u64,
    flaw: Flaw,
}

impl Reader {
    /// Opens the log in `dir`.
    ///
    /// # Errors
    ///
    /// `NoLog`, `Damaged` when a segment is missing, foreign or has a bad header, `Io`.
    pub fn open(dir: &Path) -> Result<Self, JournalError> {
        let headers = read_headers(dir)?;
        let log_id = LogId(headers.first().expect("a log has a segment").log_id);
        Ok(Self {
            dir: dir.to_path_buf(),
            log_id,
            headers,
            stop_mark: stop::read(dir, log_id)?,
            segment: SegmentFile::open(dir, 1)?,
            offset: PAGE_BYTES,
            last: None,
            gap: None,
            torn: None,
            finished: false,
        })
    }

    /// The identity of the log.
    pub fn log_id(&self) -> LogId {
        self.log_id
    }

    /// Tells whether the log was closed in good order and not continued since.
    pub fn stopped_cleanly(&self) -> bool {
        self.stop_mark.is_some()
    }

    /// Reads the next block; `false` and an empty block behind the last one.
    ///
    /// # Errors
    ///
    /// `Damaged`, `Io`.
    pub fn next_block(&mut self, into: &mut Block) -> Result<bool, JournalError> {
        while !self.finished {
            match self.segment.read(self.log_id, self.offset, into)? {
                Ok((header, payload_checksum)) => {
                    if self.accept(&header, payload_checksum, into)? {
                        return Ok(true);
                    }
                }
                Err(flaw) => self.leave_segment(flaw, into)?,
            }
        }
        into.open(self.last_sequence() + 1, 0);
        Ok(false)
    }

    /// What a crash left behind the last block. Known once `next_block` has returned `false`.
    pub fn torn_tail(&self) -> Option<&TornTail> {
        self.torn.as_ref().filter(|_| self.finished)
    }

    pub(super) fn headers(&self) -> &[SegmentHeader] {
        &self.headers
    }

    /// How many segments there are; also the number of the last one.
    pub(super) fn segments(&self) -> u64 {
        self.headers.last().map_or(0, |header| header.segment.get())
    }

    pub(super) fn is_finished(&self) -> bool {
        self.finished
    }

    pub(super) fn last(&self) -> Option<Last> {
        self.last
    }

    /// Reads the last block once more.
    pub(super) fn read_again(&self, last: Last, into: &mut Block) -> Result<(), JournalError> {
        match SegmentFile::open(&self.dir, last.segment)?.read(self.log_id, last.offset, into)? {
            Ok(_) => Ok(()),
            Err(flaw) => Err(damaged(&self.dir, last.segment, Some(last.block), last.offset, flaw)),
        }
    }

    /// Decides about a valid block: the next one (`true`), a copy of the last one to be skipped
    /// (`false`), or damage.
    fn accept(
        &mut self,
        header: &BlockHeader,
        payload_checksum: u32,
        block: &Block,
    ) -> Result<bool, JournalError> {
        let expected = self.last_block() + 1;
        let number = header.block.get();
        let content = (block.first_sequence(), block.time_ns(), block.count(), payload_checksum);
        let is_copy = number == expected - 1 && self.offset == PAGE_BYTES;
        if is_copy {
            if self.last.is_none_or(|last| last.content != content) {
                return Err(self.damage(number, Flaw::Copy));
            }
        } else if number != expected {
            return Err(self.out_of_order(number));
        } else if block.first_sequence() != self.last_sequence() + 1 {
            let (expected, found) = (self.last_sequence() + 1, block.first_sequence());
            return Err(self.damage(number, Flaw::Sequence { expected, found }));
        }
        let (segment, offset) = (self.segment.number, self.offset);
        let end = offset + bytes(block.disk_len());
        let sequence = block.last_sequence();
        self.last = Some(Last { segment, offset, end, block: number, sequence, content });
        self.offset = end;
        self.gap = None;
        self.torn = None;
        Ok(!is_copy)
    }

    /// The damage that a valid block with an unexpected number shows.
    ///
    /// With blocks missing, the place to name is where the first of them should have been.
    fn out_of_order(&self, found: u64) -> JournalError {
        let expected = self.last_block() + 1;
        match &self.gap {
            Some(gap) if expected < found => {
                damaged(&self.dir, gap.segment, Some(expected), gap.offset, gap.flaw)
            }
            _ => self.damage(expected, Flaw::Block { expected, found }),
        }
    }

    /// Goes on to the next segment, since no block of this one is valid any more.
    fn leave_segment(&mut self, flaw: Flaw, scratch: &mut Block) -> Result<(), JournalError> {
        let (segment, offset) = (self.segment.number, self.offset);
        let expected = self.last_block() + 1;
        let rest = self.segment.survey(self.log_id, offset, scratch)?;
        if let Some(found) = rest.valid_block {
            // The first block of a segment may be a copy: then the one behind it has the expected
            // number itself.
            return Err(self.damage(expected.min(found.saturating_sub(1)), flaw));
        }
        if self.torn.is_none() && 0 < rest.bytes {
            let file = file_name(segment);
            self.torn = Some(TornTail { file, block: expected, offset, bytes: rest.bytes, flaw });
        }
        self.gap.get_or_insert(Gap { segment, offset, flaw });
        self.offset = PAGE_BYTES;
        if segment == self.segments() {
            return self.finish();
        }
        self.segment = SegmentFile::open(&self.dir, segment + 1)?;
        Ok(())
    }

    fn finish(&mut self) -> Result<(), JournalError> {
        let last = self.last_block();
        match self.stop_mark.map(|mark| mark.block.get()) {
            Some(stopped) if stopped != last => {
                Err(stop::damaged(&self.dir, Flaw::StopMark { stopped, last }))
            }
            _ => {
                self.finished = true;
                Ok(())
            }
        }
    }

    fn last_block(&self) -> u64 {
        self.last.map_or(0, |last| last.block)
    }

    fn last_sequence(&self) -> u64 {
        self.last.map_or(0, |last| last.sequence)
    }

    /// Damage at the place that is being read, where block number `block` should be.
    fn damage(&self, block: u64, flaw: Flaw) -> JournalError {
        damaged(&self.dir, self.segment.number, Some(block), self.offset, flaw)
    }
}

/// Reads the headers of all segments; all are of the same log.
fn read_headers(dir: &Path) -> Result<Vec<SegmentHeader>, JournalError> {
    let mut headers: Vec<SegmentHeader> = Vec::new();
    for number in 1..=last_number(dir)? {
        let header =
            read_header(dir, number)?.map_err(|flaw| damaged(dir, number, None, 0, flaw))?;
        if headers.first().is_some_and(|first| first.log_id != header.log_id) {
            let flaw = Flaw::ForeignLog { found: LogId(header.log_id) };
            return Err(damaged(dir, number, None, 0, flaw));
        }
        headers.push(header);
    }
    Ok(headers)
}

fn damaged(dir: &Path, segment: u64, block: Option<u64>, offset: u64, flaw: Flaw) -> JournalError {
    let damage = Damage { file: file_name(segment), block, offset, flaw };
    JournalError::Damaged { dir: dir.to_path_buf(), damage }
}

/// What stands behind the last valid block of a segment.
struct Rest {
    /// The number of a valid block.
    valid_block: Option<u64>,
    /// Bytes up to the last one that is not zero.
    bytes: u64,
}

impl SegmentFile {
    fn open(dir: &Path, number: u64) -> io::Result<Self> {
        let path = dir.join(file_name(number));
        let file = File::open(&path).map_err(at(&path))?;
        let length = file.metadata().map_err(at(&path))?.len();
        Ok(Self { number, path, file, length })
    }

    /// Reads the block at `offset` into `into`; returns its header and the CRC-32C of its payload,
    /// or what is wrong.
    fn read(
        &self,
        log_id: LogId,
        offset: u64,
        into: &mut Block,
    ) -> io::Result<Result<(BlockHeader, u32), Flaw>> {
        let mut header = BlockHeader::new_zeroed();
        if self.fetch(header.as_mut_bytes(), offset)? == 0 {
            return Ok(Err(Flaw::Blank));
        }
        if let Err(flaw) = header.check(log_id, self.number) {
            return Ok(Err(flaw));
        }
        let length = header.payload_length();
        let end = offset + bytes(padded(length));
        if self.length < end {
            return Ok(Err(Flaw::CutShort { missing: end - self.length }));
        }
        let payload = into.restore(
            header.first_sequence.get(),
            header.time_ns.get(),
            header.count.get(),
            length,
        );
        let mut padding = [0; PAGE];
        let padding = &mut padding[..padded(length) - BLOCK_HEADER - length];
        // What the file lost since its length was asked for stays zero here, and the checksum
        // tells.
        self.fetch(payload, offset + bytes(BLOCK_HEADER))?;
        self.fetch(padding, end - bytes(padding.len()))?;
        let payload_checksum = crc32c::crc32c(payload);
        if let Err(flaw) = header.check_sum(payload_checksum) {
            return Ok(Err(flaw));
        }
        if padding != &BLANK[..padding.len()] {
            return Ok(Err(Flaw::Padding));
        }
        Ok(if into.adds_up() { Ok((header, payload_checksum)) } else { Err(Flaw::Records) })
    }

    /// Looks at what follows the flaw at `offset`: valid blocks at later pages, and bytes that are
    /// not zero.
    fn survey(&self, log_id: LogId, offset: u64, scratch: &mut Block) -> io::Result<Rest> {
        let mut rest = Rest { valid_block: None, bytes: 0 };
        let mut page = [0; PAGE];
        for start in (offset..self.length).step_by(PAGE) {
            let count = self.fetch(&mut page, start)?;
            if page[..count] == BLANK[..count] {
                continue;
            }
            let dirty = page[..count].iter().rposition(|&byte| byte != 0).expect("not blank");
            rest.bytes = start - offset + bytes(dirty) + 1;
            if start == offset {
                continue;
            }
            if let Ok((header, _)) = self.read(log_id, start, scratch)? {
                rest.valid_block = Some(header.block.get());
                break;
            }
        }
        Ok(rest)
    }

    fn fetch(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        read_at_most(&self.file, buffer, offset).map_err(at(&self.path))
    }
}

/// A length in memory as a file offset.
fn bytes(length: usize) -> u64 {
    u64::try_from(length).expect("a length in memory fits in 64 bits")
}
