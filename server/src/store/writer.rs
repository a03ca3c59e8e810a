//! The writers: what a block says is put before the readers, and into the file.
//!
//! Two halves, which number the messages alike: one fills the windows that sessions read, the other the file, and may be a
//! little behind. The file's half begins each start of the venue at the beginning of the file: while the replay gives what is
//! there, it only compares; from the first difference or the end of the file on, it writes.

use std::io::{self, IoSlice};
use std::sync::Arc;

use engine::outbox::{self, Target};
use zerocopy::IntoBytes;

use super::Store;
use super::file::{Found, LogFile};
use super::layout::{ChunkHeader, FILE_HEADER, MAX_RUN, Run, widened};
use super::stream::PortStream;
use super::window::leading_frames;

/// Both halves, for a replay: a block is in the file before it is published.
#[derive(Debug)]
pub struct StoreWriter {
    pub log: LogWriter,
    pub streams: StreamWriter,
}

impl StoreWriter {
    pub(super) fn new(store: Store, found: Found) -> Self {
        Self { log: LogWriter::new(store.clone(), found), streams: StreamWriter::new(store) }
    }

    /// Takes what the journal block that ends with `last_sequence` says to each stream.
    ///
    /// # Errors
    ///
    /// As for [`LogWriter::commit`].
    pub fn commit(&mut self, last_sequence: u64, runs: &[outbox::Run<'_>]) -> io::Result<()> {
        self.log.commit(last_sequence, runs)?;
        self.streams.publish(runs);
        Ok(())
    }

    /// Commits messages given one by one.
    #[cfg(test)]
    pub fn commit_messages<'m>(
        &mut self,
        last_sequence: u64,
        messages: impl IntoIterator<Item = (Target, &'m [u8])>,
    ) {
        let mut outbox = outbox::Outbox::default();
        for (target, message) in messages {
            let locate = engine::command::Locate::NONE;
            outbox.put(last_sequence, locate, target, |out| out.extend_from_slice(message));
        }
        let mut scratch = Vec::new();
        let runs = outbox::merge(&[&outbox], &mut scratch);
        self.commit(last_sequence, &runs).expect("the disk has room");
    }
}

/// Fills the windows and wakes their readers.
#[derive(Debug)]
pub struct StreamWriter {
    store: Store,
    /// The streams of ports that have had a message, by port.
    ports: Vec<Option<Arc<PortStream>>>,
}

impl StreamWriter {
    fn new(store: Store) -> Self {
        Self { store, ports: Vec::new() }
    }

    /// Shows what a block says to the readers of the windows, and wakes the sessions concerned.
    pub fn publish(&mut self, runs: &[outbox::Run<'_>]) {
        for run in runs {
            let count = u64::from(run.count);
            match run.target {
                Target::Port(id) => {
                    let place = usize::from(id.0);
                    if self.ports.len() <= place {
                        self.ports.resize(place + 1, None);
                    }
                    let port = self.ports[place].get_or_insert_with(|| self.store.port(id));
                    port.publish(run.frames, count);
                }
                Target::Feed => self.store.shared.feed.publish(run.frames, count),
                Target::Trade => self.store.shared.trades.publish(run.frames, count),
            }
        }
    }

    /// The last number published in a stream.
    pub fn count(&self, target: Target) -> u64 {
        self.store.published(target)
    }
}

/// What the file holds from the writer's place on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Mode {
    /// What earlier runs of the venue wrote, up to byte `end`.
    Comparing { end: u64 },
    /// Nothing.
    Appending,
}

/// The writing end of the file.
#[derive(Debug)]
pub struct LogWriter {
    store: Store,
    mode: Mode,
    /// Where the next chunk goes.
    offset: u64,
    last_sequence: u64,
    /// The runs of the chunk at hand, as they stand in the file.
    runs: Vec<Run>,
    /// By [`Target::index`].
    streams: Vec<Numbered>,
    /// Where the file was cut.
    rewritten_from: Option<u64>,
    failed: bool,
    scratch: Vec<u8>,
}

/// A stream as the file's writer counts it.
#[derive(Debug, Default)]
struct Numbered {
    /// The last number given.
    count: u64,
    /// Of a port that has had a message.
    port: Option<Arc<PortStream>>,
}

impl LogWriter {
    /// Begins at the beginning of the file.
    fn new(store: Store, found: Found) -> Self {
        Self {
            store,
            mode: Mode::Comparing { end: found.length },
            offset: widened(FILE_HEADER),
            last_sequence: 0,
            runs: Vec::new(),
            streams: Vec::new(),
            rewritten_from: found.emptied.then_some(0),
            failed: false,
            scratch: Vec::new(),
        }
    }

    /// Puts what the journal block that ends with `last_sequence` says to each stream into the file.
    ///
    /// Nothing waits for the disk. A block without messages leaves no trace.
    ///
    /// # Errors
    ///
    /// When a system call fails; every later commit fails too.
    ///
    /// # Panics
    ///
    /// When the blocks are out of order.
    pub fn commit(&mut self, last_sequence: u64, runs: &[outbox::Run<'_>]) -> io::Result<()> {
        assert!(self.last_sequence < last_sequence, "blocks come in the order of the journal");
        self.last_sequence = last_sequence;
        if self.failed {
            return Err(io::Error::other("the outbound log has failed and takes nothing more"));
        }
        if runs.is_empty() {
            return Ok(());
        }
        let pieces: Vec<_> = runs.iter().flat_map(pieces).collect();
        self.number(&pieces);
        let put = self.put_chunk(&pieces);
        self.failed = put.is_err();
        self.show(put?, &pieces);
        Ok(())
    }

    /// The number that the next message of a stream will have.
    pub fn next_number(&self, target: Target) -> u64 {
        self.streams.get(target.index()).map_or(0, |stream| stream.count) + 1
    }

    /// Ends the replay: what the file holds beyond it is cut off, and from now on the writer appends.
    ///
    /// # Errors
    ///
    /// When the file cannot be cut.
    pub fn replayed(&mut self) -> io::Result<()> {
        if let Mode::Comparing { end } = self.mode {
            cut(&self.store.shared.file, self.offset, end, &mut self.rewritten_from)?;
            self.mode = Mode::Appending;
        }
        Ok(())
    }

    /// Waits until everything committed is on disk.
    ///
    /// # Errors
    ///
    /// When the disk fails.
    pub fn sync(&self) -> io::Result<()> {
        self.store.shared.file.sync()
    }

    /// Where the file was cut because it differed from the replay or went on behind it; bytes from its beginning.
    pub fn rewritten_from(&self) -> Option<u64> {
        self.rewritten_from
    }

    /// Gives the pieces their numbers, and describes them as the file does.
    fn number(&mut self, pieces: &[outbox::Run<'_>]) {
        self.runs.clear();
        for piece in pieces {
            let index = piece.target.index();
            if self.streams.len() <= index {
                self.streams.resize_with(index + 1, Numbered::default);
            }
            let count = &mut self.streams[index].count;
            self.runs.push(Run::new(piece.target, *count + 1, piece.count, piece.frames));
            *count += u64::from(piece.count);
        }
    }

    /// Sees to it that the chunk stands in the file; returns where it ends.
    fn put_chunk(&mut self, pieces: &[outbox::Run<'_>]) -> io::Result<u64> {
        let file = &self.store.shared.file;
        let header = ChunkHeader::new(file.log_id(), self.last_sequence, &self.runs);
        let end = self.offset + header.chunk_length();
        let head = [header.as_bytes(), self.runs.as_bytes()];
        let frames = pieces.iter().map(|piece| piece.frames);
        let mut parts: Vec<_> = head.into_iter().chain(frames).map(IoSlice::new).collect();
        if let Mode::Comparing { end: held } = self.mode {
            if file.holds(&parts, self.offset, &mut self.scratch)? {
                return Ok(end);
            }
            cut(file, self.offset, held, &mut self.rewritten_from)?;
            self.mode = Mode::Appending;
        }
        file.write(&mut parts, self.offset)?;
        Ok(end)
    }

    /// Shows the chunk, which ends at `end`, to the readers of the file.
    fn show(&mut self, end: u64, pieces: &[outbox::Run<'_>]) {
        let offset = std::mem::replace(&mut self.offset, end);
        let shared = &self.store.shared;
        shared.set_end(end);
        for (piece, run) in pieces.iter().zip(&self.runs) {
            let stream = match piece.target {
                Target::Port(id) => {
                    let numbered = &mut self.streams[piece.target.index()];
                    numbered.port.get_or_insert_with(|| self.store.port(id)).stream()
                }
                Target::Feed => &shared.feed,
                Target::Trade => &shared.trades,
            };
            stream.note_filed(run.first(), run.count(), offset);
        }
    }
}

/// Cuts off what the file holds between `offset` and `end`, and notes that it did.
fn cut(file: &LogFile, offset: u64, end: u64, rewritten_from: &mut Option<u64>) -> io::Result<()> {
    if offset < end {
        let (path, bytes) = (file.path().display(), end - offset);
        tracing::warn!(%path, offset, bytes, "outbound log differs from the journal and is written anew");
        file.cut(offset)?;
        rewritten_from.get_or_insert(offset);
    }
    Ok(())
}

/// Cuts a run into pieces of at most [`MAX_RUN`] bytes; most are one.
fn pieces<'a>(run: &outbox::Run<'a>) -> impl Iterator<Item = outbox::Run<'a>> + use<'a> {
    let outbox::Run { target, count, frames } = *run;
    let mut rest = Some((count, frames)).filter(|_| 0 < count);
    std::iter::from_fn(move || {
        let (count, frames) = rest.take()?;
        if frames.len() <= MAX_RUN {
            return Some(outbox::Run { target, count, frames });
        }
        let (whole, length) = leading_frames(frames, MAX_RUN);
        let whole = u32::try_from(whole).expect("a piece has fewer messages than bytes");
        rest = Some((count - whole, &frames[length..]));
        Some(outbox::Run { target, count: whole, frames: &frames[..length] })
    })
}
