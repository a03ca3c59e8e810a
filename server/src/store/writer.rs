//! The writer: numbers the messages of egress and puts them in the file, in the windows and before their readers.
//!
//! It begins each start of the venue at the beginning of the file: while the replay gives what is there, it only compares;
//! from the first difference or the end of the file on, it writes.

use std::io;
use std::sync::Arc;

use engine::outbox::Target;

use super::Store;
use super::chunk::Chunk;
use super::file::Found;
use super::layout::{FILE_HEADER, Run, widened};
use super::stream::PortStream;

/// What the file holds from the writer's place on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Mode {
    /// What earlier runs of the venue wrote, up to byte `end`.
    Comparing { end: u64 },
    /// Nothing.
    Appending,
}

/// The writing end of the outbound log.
#[derive(Debug)]
pub struct StoreWriter {
    store: Store,
    mode: Mode,
    /// Where the next chunk goes.
    offset: u64,
    last_sequence: u64,
    chunk: Chunk,
    /// By [`place`].
    streams: Vec<Numbered>,
    /// Where the file was cut.
    rewritten_from: Option<u64>,
    failure: Option<io::Error>,
    scratch: Vec<u8>,
}

/// A stream as the writer counts it.
#[derive(Debug, Default)]
struct Numbered {
    /// The last number given.
    count: u64,
    /// Its run in the chunk that is being filled.
    run: Option<usize>,
    /// Of a port that has had a message.
    port: Option<Arc<PortStream>>,
}

impl StoreWriter {
    /// Begins at the beginning of the file.
    pub(super) fn new(store: Store, found: Found) -> Self {
        Self {
            store,
            mode: Mode::Comparing { end: found.length },
            offset: widened(FILE_HEADER),
            last_sequence: 0,
            chunk: Chunk::new(),
            streams: Vec::new(),
            rewritten_from: found.emptied.then_some(0),
            failure: None,
            scratch: Vec::new(),
        }
    }

    /// Begins the messages of the journal block that ends with `last_sequence`.
    ///
    /// # Panics
    ///
    /// When the messages of the block before have not been committed, or the blocks are out of order.
    pub fn begin(&mut self, last_sequence: u64) {
        assert!(self.chunk.is_empty(), "a block is committed before the next one begins");
        assert!(self.last_sequence < last_sequence, "blocks come in the order of the journal");
        self.last_sequence = last_sequence;
    }

    /// Takes the next message of a stream and returns its number.
    ///
    /// The messages of a long block are written and published before its commit, 1 MiB at a time.
    ///
    /// # Panics
    ///
    /// When the message is longer than a SoupBinTCP payload.
    pub fn push(&mut self, target: Target, message: &[u8]) -> u64 {
        if !self.chunk.has_room(message) {
            self.flush();
        }
        let place = place(target);
        if self.streams.len() <= place {
            self.streams.resize_with(place + 1, Numbered::default);
        }
        let stream = &mut self.streams[place];
        stream.count += 1;
        stream.run = Some(self.chunk.push(stream.run, target, stream.count, message));
        stream.count
    }

    /// Ends the block: its messages are in the file, in the windows and published, and waiting readers are woken.
    ///
    /// Nothing waits for the disk. A block without messages leaves no trace.
    ///
    /// # Errors
    ///
    /// When a system call failed, now or since the last commit; every later commit fails too.
    pub fn commit(&mut self) -> io::Result<()> {
        self.flush();
        match self.failure.take() {
            None => Ok(()),
            Some(failure) => {
                let again = "the outbound log has failed before and takes nothing more";
                self.failure = Some(io::Error::other(again));
                Err(failure)
            }
        }
    }

    /// Ends the replay: what the file holds beyond it is cut off, and from now on the writer appends.
    ///
    /// # Errors
    ///
    /// When the file cannot be cut.
    pub fn replayed(&mut self) -> io::Result<()> {
        assert!(self.chunk.is_empty(), "the last block of the replay is committed");
        self.end_comparing()
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

    /// Writes and publishes the chunk, unless it is empty or an earlier one failed.
    fn flush(&mut self) {
        if !self.chunk.is_empty() && self.failure.is_none() {
            match self.put_chunk() {
                Ok(end) => self.publish(end),
                Err(error) => self.failure = Some(error),
            }
        }
        for run in self.chunk.runs() {
            self.streams[place(target_of(run))].run = None;
        }
        self.chunk.clear();
    }

    /// Sees to it that the chunk stands in the file; returns where it ends.
    fn put_chunk(&mut self) -> io::Result<u64> {
        let file = &self.store.shared.file;
        let header = self.chunk.header(file.log_id(), self.last_sequence);
        let end = self.offset + widened(header.chunk_length());
        let comparing = self.mode != Mode::Appending;
        if comparing && file.holds(self.chunk.parts(&header), self.offset, &mut self.scratch)? {
            return Ok(end);
        }
        self.end_comparing()?;
        self.store.shared.file.write(self.chunk.parts(&header), self.offset)?;
        Ok(end)
    }

    /// Cuts off what the file holds from here on.
    fn end_comparing(&mut self) -> io::Result<()> {
        let Mode::Comparing { end } = self.mode else { return Ok(()) };
        if self.offset < end {
            let path = self.store.shared.file.path().display();
            let (offset, cut) = (self.offset, end - self.offset);
            tracing::warn!(%path, offset, bytes = cut, "outbound log differs from the journal and is written anew");
            self.store.shared.file.cut(offset)?;
            self.rewritten_from.get_or_insert(offset);
        }
        self.mode = Mode::Appending;
        Ok(())
    }

    /// Shows the chunk, which ends at `end`, to the readers: each stream once.
    fn publish(&mut self, end: u64) {
        let offset = std::mem::replace(&mut self.offset, end);
        let shared = &self.store.shared;
        shared.set_end(end);
        for (index, run) in self.chunk.runs().iter().enumerate() {
            let (first, count) = (run.first(), run.count());
            let messages = self.chunk.messages(index);
            match target_of(run) {
                Target::Port(id) => {
                    let numbered = &mut self.streams[place(Target::Port(id))];
                    let port = numbered.port.get_or_insert_with(|| self.store.port(id));
                    port.publish(first, count, offset, messages);
                }
                Target::Feed => shared.feed.publish(first, count, offset, |window| {
                    for message in messages {
                        let length = u16::try_from(message.len()).expect("checked by push");
                        window.push(&length.to_be_bytes(), message);
                    }
                }),
                Target::Trade => {
                    shared.trades.publish(first, count, offset, |window| window.skip(count));
                }
            }
        }
    }
}

fn target_of(run: &Run) -> Target {
    run.target().expect("the chunk was filled from targets")
}

/// Numbers the streams: feed, trades, ports.
fn place(target: Target) -> usize {
    match target {
        Target::Feed => 0,
        Target::Trade => 1,
        Target::Port(port) => 2 + usize::from(port.0),
    }
}
