//! Streams as their readers see them: published numbers, the window, the cursor of a session.
//!
//! A writer takes a stream's lock once a block, a reader once for each bounded copy, so neither waits long for the other.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};

use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use super::index::SparseIndex;
use super::layout::widened;
use super::window::{Copied, Window, whole_frames};

/// What is known of a stream without reading the file.
///
/// Its newest messages are in the window first and in the file a little later; each has a count of its own.
#[derive(Debug)]
pub(super) struct Stream {
    /// The last number that was put in the window.
    published: AtomicU64,
    window: Mutex<Window>,
    /// The last number that is in the file.
    filed: AtomicU64,
    index: Mutex<SparseIndex>,
}

impl Stream {
    pub(super) fn new(window_bytes: usize, index_places: usize) -> Self {
        Self {
            published: AtomicU64::new(0),
            window: Mutex::new(Window::new(window_bytes)),
            filed: AtomicU64::new(0),
            index: Mutex::new(SparseIndex::new(index_places)),
        }
    }

    /// The last number that readers of the window may see; 0: none.
    pub(super) fn published(&self) -> u64 {
        self.published.load(Ordering::Acquire)
    }

    /// The last number that is in the file; 0: none.
    pub(super) fn filed(&self) -> u64 {
        self.filed.load(Ordering::Acquire)
    }

    pub(super) fn window(&self) -> MutexGuard<'_, Window> {
        self.window.lock().expect("nobody panics while holding this lock")
    }

    /// Puts the next `count` messages in the window and shows them.
    pub(super) fn publish(&self, frames: &[u8], count: u64) {
        let mut window = self.window();
        window.extend(frames, count);
        // Still under the lock, so that nobody copies what does not count yet.
        self.published.fetch_add(count, Ordering::Release);
    }

    /// Notes that `count` messages from `first` on stand in the chunk at `offset`.
    pub(super) fn note_filed(&self, first: u64, count: u64, offset: u64) {
        self.index().add(first, offset);
        self.filed.store(first + count - 1, Ordering::Release);
    }

    /// Returns the offset of the chunk of message `number`, or of one before it.
    pub(super) fn find_filed(&self, number: u64) -> Option<u64> {
        self.index().find(number)
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.window().memory_bytes() + self.index().memory_bytes()
    }

    fn index(&self) -> MutexGuard<'_, SparseIndex> {
        self.index.lock().expect("nobody panics while holding this lock")
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
        self.stream.published() + 1
    }

    /// Returns a cursor before message `number`, which may be the next one to come.
    ///
    /// `None`: the message is not in the window any more (read it from the store), or it is further than the next.
    pub fn cursor_at(&self, number: u64) -> Option<Cursor> {
        let position = self.stream.window().find(number)?;
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
        let copied = self.stream.window().copy(cursor.position, max_bytes, out);
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
    pub(super) fn publish(&self, frames: &[u8], count: u64) {
        self.stream.publish(frames, count);
        self.bell.notify_one();
    }
}
