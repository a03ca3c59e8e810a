//! Streams as their readers see them: published numbers, the window, the cursor of a session.
//!
//! The writer takes a stream's lock once a chunk, a reader once for each bounded copy, so neither waits long for the other.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};

use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use super::index::SparseIndex;
use super::layout::widened;
use super::window::{Copied, Window, whole_frames};

/// What is known of a stream without reading the file.
#[derive(Debug)]
pub(super) struct Stream {
    /// The last number that readers may see; in the file, the window and the index before it stands here.
    published: AtomicU64,
    recent: Mutex<Recent>,
}

/// The newest messages, and where the older ones are.
#[derive(Debug)]
pub(super) struct Recent {
    pub(super) window: Window,
    pub(super) index: SparseIndex,
}

impl Stream {
    pub(super) fn new(window_bytes: usize, index_places: usize) -> Self {
        let window = Window::new(window_bytes);
        let index = SparseIndex::new(index_places);
        Self { published: AtomicU64::new(0), recent: Mutex::new(Recent { window, index }) }
    }

    /// The last published number; 0: none.
    pub(super) fn count(&self) -> u64 {
        self.published.load(Ordering::Acquire)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Recent> {
        self.recent.lock().expect("nobody panics while holding this lock")
    }

    /// Publishes `count` messages from `first` on, which stand in the chunk at `offset`; `fill` puts them in the window.
    pub(super) fn publish(
        &self,
        first: u64,
        count: u64,
        offset: u64,
        fill: impl FnOnce(&mut Window),
    ) {
        let mut recent = self.lock();
        recent.index.add(first, offset);
        fill(&mut recent.window);
        // Still under the lock, so that nobody copies what does not count yet.
        self.published.store(first + count - 1, Ordering::Release);
    }

    pub(super) fn memory_bytes(&self) -> usize {
        let recent = self.lock();
        recent.window.memory_bytes() + recent.index.memory_bytes()
    }
}

/// One port's sequenced stream as its session sees it.
#[derive(Debug)]
pub struct PortStream {
    stream: Stream,
    bell: Notify,
}

/// A place in a port's stream: between two messages.
#[derive(Clone, Copy, Debug)]
pub struct Cursor {
    number: u64,
    position: u64,
}

impl Cursor {
    /// The number of the next message to be copied.
    pub fn number(&self) -> u64 {
        self.number
    }
}

/// What [`PortStream::copy`] did.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CopyResult {
    /// So many messages were appended, at least one.
    Copied(u64),
    /// The cursor is at the end of what is published.
    Nothing,
    /// The window has moved on: read from [`Cursor::number`] in the store, then ask for a new cursor.
    FellBehind,
}

impl PortStream {
    pub(super) fn new(window_bytes: usize, index_places: usize) -> Self {
        Self { stream: Stream::new(window_bytes, index_places), bell: Notify::new() }
    }

    /// The number that the next message will have, from 1.
    pub fn next_number(&self) -> u64 {
        self.stream.count() + 1
    }

    /// Returns a cursor before message `number`, which may be the next one to come.
    ///
    /// `None`: the message is not in the window any more (read it from the store), or it is further than the next.
    pub fn cursor_at(&self, number: u64) -> Option<Cursor> {
        let position = self.stream.lock().window.find(number)?;
        Some(Cursor { number, position })
    }

    /// Appends Sequenced Data packets from the cursor on to `out`, and moves the cursor behind them.
    ///
    /// At most `max_bytes`, but always one packet if there is one. See `docs/protocols/soupbintcp.md`, "Packets".
    ///
    /// # Panics
    ///
    /// When the cursor is of another port and further than this one.
    pub fn copy(&self, cursor: &mut Cursor, max_bytes: usize, out: &mut Vec<u8>) -> CopyResult {
        if self.next_number() <= cursor.number {
            return CopyResult::Nothing;
        }
        let start = out.len();
        let copied = self.stream.lock().window.copy(cursor.position, max_bytes, out);
        let next = match copied {
            Copied::Forgotten => return CopyResult::FellBehind,
            Copied::All { next } => next,
            Copied::Some => {
                // The packets are counted here and not under the lock.
                let (count, length) = whole_frames(&out[start..], usize::MAX);
                out.truncate(start + length);
                cursor.number + widened(count)
            }
        };
        let count = next - cursor.number;
        cursor.number = next;
        cursor.position += widened(out.len() - start);
        CopyResult::Copied(count)
    }

    /// Waits until messages are published; one waiting reader at a time.
    ///
    /// Returns at once when some were published since the last wait, so a reader that copies until there is nothing and
    /// then waits misses none.
    pub fn notified(&self) -> Notified<'_> {
        self.bell.notified()
    }

    pub(super) fn stream(&self) -> &Stream {
        &self.stream
    }

    /// Publishes messages as [`Stream::publish`] does, and wakes the reader.
    pub(super) fn publish(&self, first: u64, count: u64, offset: u64, frames: &[u8]) {
        self.stream.publish(first, count, offset, |window| window.extend(frames, count));
        self.bell.notify_one();
    }
}
