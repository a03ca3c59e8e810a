//! Reading chunks: from header to header, and of the frames only the run that is wanted.
//!
//! Nothing is believed before its checksum, and nothing behind the published end is looked at: it may still be cut.

use std::io;

use engine::outbox::{Target, split_frame};
use zerocopy::FromBytes;

use super::error::{Flaw, StoreError};
use super::file::LogFile;
use super::layout::{CHUNK_HEADER, ChunkHeader, Run, widened};
use super::messages::Messages;

/// Bytes read at least, so that one read brings the headers of many small chunks.
const READ_AHEAD: usize = 1 << 16;

/// Steps over the chunks of a file; holds the head of one at most, or some small ones, and the frames of one run.
#[derive(Debug)]
pub(super) struct ChunkReader<'a> {
    file: &'a LogFile,
    /// Where the file ends for this reader.
    end: u64,
    /// Where the chunk begins that is looked at.
    offset: u64,
    /// The bytes of the file from `buffer_offset` on.
    buffer: Vec<u8>,
    buffer_offset: u64,
    /// The frames of one run.
    frames: Vec<u8>,
}

impl<'a> ChunkReader<'a> {
    /// Stands before the chunk at `offset`; the chunks of the file end at `end`.
    pub(super) fn new(file: &'a LogFile, offset: u64, end: u64) -> Self {
        Self { file, end, offset, buffer: Vec::new(), buffer_offset: 0, frames: Vec::new() }
    }

    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Goes on to the chunk at `offset`.
    pub(super) fn go_to(&mut self, offset: u64) {
        self.offset = offset;
    }

    /// Reads the header of the chunk; `None`: the file ends before the chunk does.
    ///
    /// # Errors
    ///
    /// `Damaged` when it is no header or its checksum does not fit; `Io`.
    pub(super) fn header(&mut self) -> Result<Option<ChunkHeader>, StoreError> {
        if !self.load(CHUNK_HEADER)? {
            return Ok(None);
        }
        let start = self.loaded(CHUNK_HEADER);
        let header = ChunkHeader::read_from_bytes(start).expect("as long as a header");
        header.check_lengths().map_err(|flaw| self.damage(flaw))?;
        if !self.load(header.head_length())? {
            return Ok(None);
        }
        let runs = &self.loaded(header.head_length())[CHUNK_HEADER..];
        header.check_head(self.file.log_id(), runs).map_err(|flaw| self.damage(flaw))?;
        Ok(Some(header).filter(|header| header.chunk_length() <= self.end - self.offset))
    }

    /// Gives the runs of the chunk whose header was read last.
    pub(super) fn runs(&self, header: &ChunkHeader) -> &[Run] {
        let runs = &self.loaded(header.head_length())[CHUNK_HEADER..];
        <[Run]>::ref_from_bytes(runs).expect("a whole number of runs")
    }

    /// Appends the messages of run `index` from `number` on to `out`; returns false if it is full before all are in.
    ///
    /// # Errors
    ///
    /// `Damaged` when the frames are not as they were written; `Io`.
    pub(super) fn messages(
        &mut self,
        header: &ChunkHeader,
        (target, index): (Target, usize),
        number: u64,
        out: &mut Messages,
    ) -> Result<bool, StoreError> {
        let runs = self.runs(header);
        let run = runs[index];
        let before: usize = runs[..index].iter().map(Run::length).sum();
        let offset = self.offset + widened(header.head_length()) + widened(before);
        self.frames.resize(run.length(), 0);
        if self.file.read(&mut self.frames, offset)? < run.length() {
            return Err(self.damage(Flaw::CutShort));
        }
        run.check(&self.frames)
            .and_then(|()| copy(&self.frames, (target, run), number, out))
            .map_err(|flaw| self.damage(flaw))
    }

    /// Says what is wrong with the chunk.
    pub(super) fn damage(&self, flaw: Flaw) -> StoreError {
        self.file.damage(self.offset, flaw)
    }

    /// Brings the first `length` bytes of the chunk into the buffer; returns false if the file ends before.
    fn load(&mut self, length: usize) -> io::Result<bool> {
        let to = self.offset + widened(length);
        let held = self.buffer_offset..=self.buffer_offset + widened(self.buffer.len());
        if held.contains(&self.offset) && held.contains(&to) {
            return Ok(true);
        }
        let there = usize::try_from(self.end.saturating_sub(self.offset)).unwrap_or(usize::MAX);
        self.buffer.resize(length.max(READ_AHEAD).min(there), 0);
        let count = self.file.read(&mut self.buffer, self.offset)?;
        self.buffer.truncate(count);
        self.buffer_offset = self.offset;
        Ok(length <= count)
    }

    /// Gives the first `length` bytes of the chunk, which have been loaded.
    fn loaded(&self, length: usize) -> &[u8] {
        let start = usize::try_from(self.offset - self.buffer_offset).expect("inside the buffer");
        &self.buffer[start..start + length]
    }
}

/// Appends the messages of `run` from `number` on to `out`; returns false if it is full before all are in.
fn copy(
    mut frames: &[u8],
    (target, run): (Target, Run),
    number: u64,
    out: &mut Messages,
) -> Result<bool, Flaw> {
    for at in run.first()..run.end() {
        let (frame, after) = split_frame(frames).ok_or(Flaw::Messages)?;
        frames = after;
        let message = frame.strip_prefix(target.packet_type()).ok_or(Flaw::Messages)?;
        if number <= at && !out.push(message) {
            return Ok(false);
        }
    }
    Ok(true)
}
