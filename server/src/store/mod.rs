//! The outbound log: every numbered message of the day once, in one file, and the newest ones in memory.
//!
//! It is never trusted unread: it holds nothing that the journal would not give again, so each start compares it with the
//! replay and writes anew what differs. Readers have cursors of their own and never hold the writer up. The bytes are in
//! `docs/outbound-log.md`.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

use engine::command::PortId;
use engine::outbox::Target;

mod error;
mod layout;
mod file;
mod window;
mod index;
mod stream;
mod messages;
mod writer;
mod reader;
#[cfg(test)]
mod tests;

pub use error::{Flaw, StoreError};
pub use messages::{Messages, ReadLimits};
pub use stream::{CopyResult, Cursor, PortStream};
pub use writer::{LogWriter, StoreWriter, StreamWriter};

use file::LogFile;
use layout::{FILE_HEADER, Run, widened};
use reader::ChunkReader;
use stream::Stream;
use window::Copied;

/// Places in the index of a port: 4 KiB.
const PORT_PLACES: usize = 256;
/// Places in the index of the feed and of the trades, which are read at random all day: 1 MiB.
const SHARED_PLACES: usize = 1 << 16;

/// How much of the day stays in memory; all of it is allocated only when it is needed.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// Bytes of the newest messages of each port, with three more for each message.
    pub window_bytes: usize,
    /// Bytes of the newest messages of the feed, with two more for each message.
    pub feed_window_bytes: usize,
}

/// Opens or creates `outbound.log` in `dir` and stands at its beginning: what is there will be compared.
///
/// # Errors
///
/// `ForeignLog` when the file is another day's, `Io`.
pub fn open(
    dir: &Path,
    log_id: [u8; 16],
    options: &StoreOptions,
) -> Result<(StoreWriter, Store), StoreError> {
    let (file, found) = LogFile::open(dir, log_id)?;
    let store = Store::new(file, options);
    Ok((StoreWriter::new(store.clone(), found), store))
}

/// Opens the log in `dir` as it stands, without writing to it; a chunk that is not yet whole at the end is left out.
///
/// Takes time with the number of chunks: each header is read and checked. Windows are empty.
///
/// # Errors
///
/// `NoLog`, `Damaged`, `Io`.
pub fn open_read_only(dir: &Path) -> Result<Store, StoreError> {
    let file = LogFile::open_read_only(dir)?;
    let length = file.length()?;
    let store = Store::new(file, &StoreOptions { window_bytes: 0, feed_window_bytes: 0 });
    store.publish_file(length)?;
    Ok(store)
}

/// The readers' side of the outbound log, for any thread.
#[derive(Clone, Debug)]
pub struct Store {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    file: LogFile,
    /// Where the published part of the file ends.
    end: AtomicU64,
    window_bytes: usize,
    /// By port id.
    ports: RwLock<Vec<Option<Arc<PortStream>>>>,
    feed: Stream,
    trades: Stream,
}

impl Store {
    fn new(file: LogFile, options: &StoreOptions) -> Self {
        let shared = Shared {
            file,
            end: AtomicU64::new(widened(FILE_HEADER)),
            window_bytes: options.window_bytes,
            ports: RwLock::new(Vec::new()),
            feed: Stream::new(options.feed_window_bytes, SHARED_PLACES),
            trades: Stream::new(0, SHARED_PLACES),
        };
        Self { shared: Arc::new(shared) }
    }

    /// The identity of the day's log.
    pub fn log_id(&self) -> [u8; 16] {
        self.shared.file.log_id()
    }

    /// The last number of a stream that is in the file; 0: none.
    pub fn count(&self, target: Target) -> u64 {
        self.with_stream(target, Stream::filed).unwrap_or(0)
    }

    /// The last number of a stream that was published, which the file may not hold yet; 0: none.
    pub fn published(&self, target: Target) -> u64 {
        self.with_stream(target, Stream::published).unwrap_or(0)
    }

    /// The stream of a port, which is created on its first use.
    pub fn port(&self, port: PortId) -> Arc<PortStream> {
        if let Some(known) = self.known_port(port) {
            return known;
        }
        let place = usize::from(port.0);
        let mut ports = self.shared.ports.write().expect("nobody panics while holding this lock");
        if ports.len() <= place {
            ports.resize(place + 1, None);
        }
        let create = || Arc::new(PortStream::new(self.shared.window_bytes, PORT_PLACES));
        Arc::clone(ports[place].get_or_insert_with(create))
    }

    /// Reads messages of a stream from the file, `first` and what follows, in place of what `out` held.
    ///
    /// Returns how many there are: as many as the limits allow, and none if number `first` does not exist. Blocks on the
    /// disk: for service threads and tools only.
    ///
    /// # Errors
    ///
    /// `Damaged` when the file is not as it was written, `Io`. `out` holds the messages before that place.
    pub fn read(
        &self,
        target: Target,
        first: u64,
        limits: ReadLimits,
        out: &mut Messages,
    ) -> Result<usize, StoreError> {
        out.restart(first, limits);
        let last = self.count(target);
        let log_id = self.log_id();
        let from = out.ended_before(log_id, target, first).unwrap_or(0);
        let end = self.shared.end.load(Ordering::Acquire);
        let mut chunks = ChunkReader::new(&self.shared.file, from, end);
        while first != 0 && out.next_number() <= last && out.has_room(0) {
            let number = out.next_number();
            let indexed = self.with_stream(target, |stream| stream.find_filed(number));
            chunks.go_to(chunks.offset().max(indexed.flatten().expect("filed with its place")));
            let header = chunks.header()?.ok_or_else(|| chunks.damage(Flaw::CutShort))?;
            let runs = chunks.runs(&header);
            let index = runs.iter().position(|run| run.is_of(target) && number < run.end());
            let Some(index) = index else {
                chunks.go_to(chunks.offset() + header.chunk_length());
                continue;
            };
            let found = runs[index].first();
            if number < found {
                return Err(chunks.damage(Flaw::Numbers { expected: number, found }));
            }
            if !chunks.messages(&header, (target, index), number, out)? {
                break;
            }
        }
        out.end_at(log_id, target, out.next_number(), chunks.offset());
        Ok(out.len())
    }

    /// Takes messages of the feed from the memory window, `first` and what follows, in place of what `out` held.
    ///
    /// Returns false if message `first` is not there: older (read it from the file), or further than the next one.
    pub fn recent_feed(&self, first: u64, limits: ReadLimits, out: &mut Messages) -> bool {
        out.restart(first, limits);
        let window = self.shared.feed.window();
        let Some(position) = window.find(first) else { return false };
        out.fill(|frames| {
            let copied = window.copy(position, limits.bytes, frames);
            assert!(copied != Copied::Forgotten, "it was found under the same lock");
            drop(window);
        });
        true
    }

    /// Bytes of memory that a stream takes, window and index.
    pub fn memory_bytes(&self, target: Target) -> usize {
        self.with_stream(target, Stream::memory_bytes).unwrap_or(0)
    }

    fn known_port(&self, port: PortId) -> Option<Arc<PortStream>> {
        let ports = self.shared.ports.read().expect("nobody panics while holding this lock");
        ports.get(usize::from(port.0))?.clone()
    }

    /// Looks at a stream, unless it is of a port that nobody has used.
    fn with_stream<T>(&self, target: Target, look: impl FnOnce(&Stream) -> T) -> Option<T> {
        match target {
            Target::Port(port) => self.known_port(port).map(|port| look(port.stream())),
            Target::Feed => Some(look(&self.shared.feed)),
            Target::Trade => Some(look(&self.shared.trades)),
        }
    }

    /// Publishes all chunks of the file, which has `length` bytes.
    fn publish_file(&self, length: u64) -> Result<(), StoreError> {
        let mut chunks = ChunkReader::new(&self.shared.file, widened(FILE_HEADER), length);
        while let Some(header) = chunks.header()? {
            let end = chunks.offset() + header.chunk_length();
            self.shared.set_end(end);
            let mut runs = chunks.runs(&header).iter();
            runs.try_for_each(|run| self.publish_run(*run, chunks.offset()))
                .map_err(|flaw| chunks.damage(flaw))?;
            chunks.go_to(end);
        }
        Ok(())
    }

    fn publish_run(&self, run: Run, offset: u64) -> Result<(), Flaw> {
        let target = run.target()?;
        let expected = self.count(target) + 1;
        let count = run.end() - run.first();
        if run.first() != expected || count == 0 {
            return Err(Flaw::Numbers { expected, found: run.first() });
        }
        if let Target::Port(port) = target {
            self.port(port);
        }
        self.with_stream(target, |stream| {
            stream.publish(&[], count);
            stream.note_filed(expected, count, offset);
        });
        Ok(())
    }
}

impl Shared {
    fn set_end(&self, end: u64) {
        self.end.store(end, Ordering::Release);
    }
}
