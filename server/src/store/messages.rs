//! What a reader reads into: messages of one stream with consecutive numbers.

use engine::outbox::{FRAME_PREFIX, Target, split_frame};

use super::layout::widened;
use super::window::whole_frames;

/// How much one read may give.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ReadLimits {
    pub messages: usize,
    /// Bytes of the messages, with two more for each; the first message is given whatever its length.
    pub bytes: usize,
}

/// Messages of one stream with consecutive numbers; used again for the next read, it keeps its memory.
///
/// It also remembers where its last read from the file ended, so that going on from there needs no search.
#[derive(Debug)]
pub struct Messages {
    first: u64,
    count: usize,
    /// Two bytes of big-endian length and the message, as in a MoldUDP64 packet.
    frames: Vec<u8>,
    limits: ReadLimits,
    ended: Option<Ended>,
}

/// Where a read ended.
#[derive(Clone, Copy, Debug)]
struct Ended {
    log_id: [u8; 16],
    target: Target,
    /// The number that would have come next, and the offset of the chunk to look for it from.
    number: u64,
    offset: u64,
}

impl Messages {
    /// Makes an empty one.
    pub fn new() -> Self {
        let limits = ReadLimits { messages: 0, bytes: 0 };
        Self { first: 1, count: 0, frames: Vec::new(), limits, ended: None }
    }

    pub fn len(&self) -> usize {
        self.count
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The number that follows the last message.
    pub fn next_number(&self) -> u64 {
        self.first + widened(self.count)
    }

    /// Walks over the messages with their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let mut rest = &self.frames[..];
        (self.first..self.next_number()).map(move |number| {
            let (message, after) = split_frame(rest).expect("only whole frames are kept");
            rest = after;
            (number, message)
        })
    }

    /// Forgets all messages; those of the next read begin with number `first`.
    pub(super) fn restart(&mut self, first: u64, limits: ReadLimits) {
        self.first = first;
        self.count = 0;
        self.frames.clear();
        self.limits = limits;
    }

    /// Tells whether the limits allow one more message of this length.
    pub(super) fn has_room(&self, length: usize) -> bool {
        let end = self.frames.len() + FRAME_PREFIX + length;
        self.count < self.limits.messages && (self.count == 0 || end <= self.limits.bytes)
    }

    /// Appends the next message if the limits allow it.
    pub(super) fn push(&mut self, message: &[u8]) -> bool {
        let length = u16::try_from(message.len()).expect("a message of the log is that short");
        if !self.has_room(message.len()) {
            return false;
        }
        self.frames.extend_from_slice(&length.to_be_bytes());
        self.frames.extend_from_slice(message);
        self.count += 1;
        true
    }

    /// Lets `fill` append frames, and keeps of them what is whole and within the limit of messages.
    pub(super) fn fill(&mut self, fill: impl FnOnce(&mut Vec<u8>)) {
        fill(&mut self.frames);
        let (count, length) = whole_frames(&self.frames, self.limits.messages);
        self.frames.truncate(length);
        self.count = count;
    }

    /// Remembers that the stream goes on with `number` in the chunk at `offset` or a later one.
    pub(super) fn end_at(&mut self, log_id: [u8; 16], target: Target, number: u64, offset: u64) {
        self.ended = Some(Ended { log_id, target, number, offset });
    }

    /// Returns where to look for `number`, if the last read ended before it.
    pub(super) fn ended_before(
        &self,
        log_id: [u8; 16],
        target: Target,
        number: u64,
    ) -> Option<u64> {
        let ended = self.ended.as_ref()?;
        let same = ended.log_id == log_id && ended.target == target && ended.number <= number;
        same.then_some(ended.offset)
    }
}

impl Default for Messages {
    fn default() -> Self {
        Self::new()
    }
}
