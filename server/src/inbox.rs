//! Inbox: what the sessions of one port say to the venue, in one ordered queue.
//!
//! Session events and messages stand in the same queue, so a disconnect never overtakes the orders before
//! it. The queue is bounded in bytes, and a full one makes the session wait: nothing is dropped. Each side
//! locks it once a batch; an empty one is seen without a lock.

use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use engine::command::DisconnectCause;
use tokio::sync::Notify;

/// The first byte of an item; a message follows with its length (two bytes, little-endian) before it.
const MESSAGE: u8 = 0;
const CONNECTED: u8 = 1;
/// The cause follows in one byte.
const DISCONNECTED: u8 = 2;

/// Bytes before a message in the queue.
const MESSAGE_HEADER: usize = 3;

/// One thing a session says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Item<'a> {
    /// A client has logged in.
    Connected,
    /// One OUCH message whose type and lengths are right ([`protocol::ouch::Inbound::decode`]); at most 65,535 bytes.
    Message(&'a [u8]),
    /// The session is over; all it had to say stands before this.
    Disconnected(DisconnectCause),
}

impl Item<'_> {
    /// Returns the bytes the item takes in the queue.
    fn size(&self) -> usize {
        match self {
            Self::Connected => 1,
            Self::Message(message) => MESSAGE_HEADER + message.len(),
            Self::Disconnected(_) => 2,
        }
    }

    fn append(&self, bytes: &mut Vec<u8>) {
        match *self {
            Self::Connected => bytes.push(CONNECTED),
            Self::Message(message) => {
                let length = u16::try_from(message.len()).expect("a message fits a packet");
                let [low, high] = length.to_le_bytes();
                bytes.extend_from_slice(&[MESSAGE, low, high]);
                bytes.extend_from_slice(message);
            }
            Self::Disconnected(cause) => bytes.extend_from_slice(&[DISCONNECTED, cause as u8]),
        }
    }
}

/// The queue of one port between its session and the sequencer.
///
/// One session at a time is the producer, the sequencer is the consumer; they may be on different threads.
#[derive(Debug)]
pub struct Inbox {
    queue: Mutex<Queue>,
    /// Whether the queue holds something, readable without the lock.
    filled: AtomicBool,
    room: Notify,
    capacity_bytes: usize,
}

#[derive(Debug)]
struct Queue {
    bytes: Vec<u8>,
    /// The producer was turned away since the last take, and waits.
    turned_away: bool,
}

impl Inbox {
    /// Builds an empty inbox.
    ///
    /// What was taken no longer counts against `capacity_bytes`. The consumer takes again only when it has
    /// used up what it took, so at most twice the capacity waits in all.
    pub fn new(capacity_bytes: usize) -> Self {
        Self {
            queue: Mutex::new(Queue { bytes: Vec::new(), turned_away: false }),
            filled: AtomicBool::new(false),
            room: Notify::new(),
            capacity_bytes,
        }
    }

    /// Appends one item; false when there is no room, then nothing was appended.
    ///
    /// Turned away, the producer waits for [`Self::room`] and pushes the same item again. An empty inbox
    /// has room for any item.
    pub fn push(&self, item: Item<'_>) -> bool {
        self.lock().push(item)
    }

    /// Locks the inbox to push a batch; never held across an `.await`.
    pub fn lock(&self) -> Pushing<'_> {
        Pushing { inbox: self, queue: self.queue() }
    }

    /// Waits until the consumer has taken something since a push was turned away.
    ///
    /// May return early; then the push is turned away again. Dropping the future loses nothing.
    pub async fn room(&self) {
        self.room.notified().await;
    }

    /// Tells whether there is nothing to take; costs one atomic load.
    pub fn is_empty(&self) -> bool {
        !self.filled.load(Ordering::Acquire)
    }

    /// Moves everything queued into `taken`, in order; does nothing while `taken` still holds items.
    ///
    /// The two buffers change places, so neither side allocates once both have grown.
    pub fn take(&self, taken: &mut Taken) {
        if !taken.is_empty() || self.is_empty() {
            return;
        }
        taken.bytes.clear();
        taken.start = 0;
        let mut queue = self.queue();
        mem::swap(&mut queue.bytes, &mut taken.bytes);
        self.filled.store(false, Ordering::Release);
        if mem::take(&mut queue.turned_away) {
            self.room.notify_one();
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // Items are appended whole, so a panic elsewhere leaves nothing half done.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The lock of an inbox, held while a batch is pushed.
#[derive(Debug)]
pub struct Pushing<'a> {
    inbox: &'a Inbox,
    queue: MutexGuard<'a, Queue>,
}

impl Pushing<'_> {
    /// Appends one item; see [`Inbox::push`].
    pub fn push(&mut self, item: Item<'_>) -> bool {
        let bytes = &mut self.queue.bytes;
        if !bytes.is_empty() && self.inbox.capacity_bytes < bytes.len() + item.size() {
            self.queue.turned_away = true;
            return false;
        }
        if bytes.is_empty() {
            self.inbox.filled.store(true, Ordering::Release);
        }
        item.append(bytes);
        true
    }
}

/// What the consumer took out of an inbox and has not used up yet.
///
/// It may stop before any item and go on in a later round.
#[derive(Debug, Default)]
pub struct Taken {
    bytes: Vec<u8>,
    start: usize,
}

impl Taken {
    /// Returns the next item; [`Self::advance`] goes past it.
    pub fn peek(&self) -> Option<Item<'_>> {
        let (&kind, rest) = self.bytes.get(self.start..)?.split_first()?;
        Some(match kind {
            MESSAGE => {
                let (length, rest) = rest.split_first_chunk().expect("a message has its length");
                Item::Message(&rest[..usize::from(u16::from_le_bytes(*length))])
            }
            CONNECTED => Item::Connected,
            DISCONNECTED => {
                Item::Disconnected(DisconnectCause::try_from(rest[0]).expect("a cause was pushed"))
            }
            _ => unreachable!("every item begins with its kind"),
        })
    }

    /// Goes past the item that [`Self::peek`] returned.
    pub fn advance(&mut self) {
        let size = self.peek().expect("there is an item to go past").size();
        self.start += size;
    }

    /// Tells whether everything is used up.
    pub fn is_empty(&self) -> bool {
        self.start == self.bytes.len()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use tokio::runtime::{Builder, Runtime};

    use super::*;

    fn runtime() -> Runtime {
        Builder::new_current_thread().build().expect("a runtime without drivers")
    }

    fn drain(taken: &mut Taken, used: &mut Vec<String>) {
        while let Some(item) = taken.peek() {
            used.push(match item {
                Item::Message(message) => message.escape_ascii().to_string(),
                event => format!("{event:?}"),
            });
            taken.advance();
        }
    }

    #[test]
    fn items_come_out_in_the_order_they_went_in() {
        let inbox = Inbox::new(1_000);
        assert!(inbox.push(Item::Connected));
        {
            let mut pushing = inbox.lock();
            assert!(pushing.push(Item::Message(b"one")));
            assert!(pushing.push(Item::Message(b"")));
        }
        assert!(inbox.push(Item::Disconnected(DisconnectCause::Operator)));
        let (mut taken, mut used) = (Taken::default(), Vec::new());
        inbox.take(&mut taken);
        assert!(inbox.is_empty());
        drain(&mut taken, &mut used);
        assert_eq!(used, ["Connected", "one", "", "Disconnected(Operator)"]);
        assert!(taken.is_empty());
    }

    #[test]
    fn the_consumer_may_stop_in_the_middle() {
        let inbox = Inbox::new(1_000);
        let (mut taken, mut used) = (Taken::default(), Vec::new());
        assert!(inbox.push(Item::Message(b"one")));
        assert!(inbox.push(Item::Message(b"two")));
        inbox.take(&mut taken);
        taken.advance();
        assert!(inbox.push(Item::Message(b"three")));
        inbox.take(&mut taken);
        drain(&mut taken, &mut used);
        assert_eq!(used, ["two"]);
        assert!(!inbox.is_empty());
        inbox.take(&mut taken);
        drain(&mut taken, &mut used);
        assert_eq!(used, ["two", "three"]);
    }

    #[test]
    fn a_full_inbox_turns_away_until_the_consumer_took() {
        let inbox = Inbox::new(16);
        let mut taken = Taken::default();
        assert!(inbox.push(Item::Message(b"12345")));
        assert!(inbox.push(Item::Message(b"12345")));
        assert!(!inbox.push(Item::Connected));
        inbox.take(&mut taken);
        runtime().block_on(inbox.room());
        assert!(inbox.push(Item::Connected));
    }

    #[test]
    fn an_empty_inbox_has_room_for_any_item() {
        let inbox = Inbox::new(0);
        assert!(inbox.push(Item::Message(&[7; 1_024])));
        assert!(!inbox.push(Item::Connected));
    }

    #[test]
    fn nothing_is_lost_between_two_threads() {
        const MESSAGES: u32 = 100_000;
        let inbox = Arc::new(Inbox::new(64));
        let producer = Arc::clone(&inbox);
        let producer = thread::spawn(move || {
            let runtime = runtime();
            for number in 0..MESSAGES {
                while !producer.push(Item::Message(&number.to_be_bytes())) {
                    runtime.block_on(producer.room());
                }
            }
        });
        let (mut taken, mut expected) = (Taken::default(), 0);
        while expected < MESSAGES {
            inbox.take(&mut taken);
            while let Some(item) = taken.peek() {
                assert_eq!(item, Item::Message(&u32::to_be_bytes(expected)));
                expected += 1;
                taken.advance();
            }
            thread::yield_now();
        }
        producer.join().expect("the producer ends");
    }
}
