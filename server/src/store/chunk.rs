//! A chunk being filled: the messages of one journal block, or of a part of a long one.
//!
//! Where a chunk ends depends on nothing but its messages, so a replay cuts a block in the same places.

use engine::outbox::Target;
use zerocopy::IntoBytes;

use super::layout::{ChunkHeader, MAX_BODY, MAX_MESSAGE, MESSAGE_PREFIX, MessagePrefix, Run};

/// A message in the body, and which message of the same stream comes next.
#[derive(Clone, Copy, Debug)]
struct Link {
    /// Where its prefix stands.
    at: usize,
    next: Option<usize>,
}

/// The first and the last link of a run.
#[derive(Clone, Copy, Debug)]
struct Ends {
    first: usize,
    last: usize,
}

/// Messages in the order of egress, and for each stream among them which are its own.
#[derive(Debug)]
pub(super) struct Chunk {
    body: Vec<u8>,
    /// In the order in which the streams first spoke.
    runs: Vec<Run>,
    ends: Vec<Ends>,
    /// One for each message.
    links: Vec<Link>,
}

impl Chunk {
    pub(super) fn new() -> Self {
        Self {
            body: Vec::with_capacity(MAX_BODY),
            runs: Vec::new(),
            ends: Vec::new(),
            links: Vec::new(),
        }
    }

    /// Forgets all messages and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.body.clear();
        self.runs.clear();
        self.ends.clear();
        self.links.clear();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.links.is_empty()
    }

    /// Tells whether a message goes in; into an empty chunk every message does.
    pub(super) fn has_room(&self, message: &[u8]) -> bool {
        self.body.len() + MESSAGE_PREFIX + message.len() <= MAX_BODY
    }

    /// Appends message `number` of a stream, into the stream's run or, without one, into a new run; returns the run.
    pub(super) fn push(
        &mut self,
        run: Option<usize>,
        target: Target,
        number: u64,
        message: &[u8],
    ) -> usize {
        assert!(message.len() <= MAX_MESSAGE, "a message fits in a packet");
        assert!(self.has_room(message), "the caller has asked for room");
        let link = self.links.len();
        self.links.push(Link { at: self.body.len(), next: None });
        self.body.extend_from_slice(MessagePrefix::new(target, message).as_bytes());
        self.body.extend_from_slice(message);
        let run = run.unwrap_or_else(|| {
            self.runs.push(Run::new(target, number));
            self.ends.push(Ends { first: link, last: link });
            self.runs.len() - 1
        });
        self.runs[run].extend();
        let last = std::mem::replace(&mut self.ends[run].last, link);
        if last != link {
            self.links[last].next = Some(link);
        }
        run
    }

    /// Describes the messages as they stand.
    pub(super) fn header(&self, log_id: [u8; 16], last_sequence: u64) -> ChunkHeader {
        ChunkHeader::new(log_id, last_sequence, &self.runs, &self.body)
    }

    pub(super) fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// The bytes as they stand in the file under this header.
    pub(super) fn parts<'a>(&'a self, header: &'a ChunkHeader) -> [&'a [u8]; 3] {
        [header.as_bytes(), self.runs.as_bytes(), &self.body]
    }

    /// Walks over the messages of a run.
    pub(super) fn messages(&self, run: usize) -> impl Iterator<Item = &[u8]> {
        let first = self.links[self.ends[run].first];
        std::iter::successors(Some(first), |link| link.next.map(|next| self.links[next])).map(
            |link| {
                let (_, message, _) =
                    MessagePrefix::split(&self.body[link.at..]).expect("written by push");
                message
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use engine::command::PortId;

    use super::*;

    #[test]
    fn each_run_walks_over_its_own_messages() {
        let port = Target::Port(PortId(7));
        let mut chunk = Chunk::new();
        let a = chunk.push(None, port, 41, b"one");
        let b = chunk.push(None, Target::Feed, 1, b"two");
        assert_eq!(chunk.push(Some(a), port, 42, b""), a);
        assert_eq!(chunk.push(Some(a), port, 43, b"four"), a);
        assert_eq!(chunk.messages(a).collect::<Vec<_>>(), [&b"one"[..], b"", b"four"]);
        assert_eq!(chunk.messages(b).collect::<Vec<_>>(), [b"two"]);
        let runs: Vec<_> =
            chunk.runs().iter().map(|run| (run.target(), run.first(), run.count())).collect();
        assert_eq!(runs, [(Ok(port), 41, 3), (Ok(Target::Feed), 1, 1)]);
    }

    #[test]
    fn a_full_chunk_is_filled_again_without_allocating() {
        let mut chunk = Chunk::new();
        let message = [7; 1000];
        let mut capacity = None;
        for _ in 0..3 {
            let mut run = None;
            while chunk.has_room(&message) {
                run = Some(chunk.push(run, Target::Feed, 1, &message));
            }
            assert_eq!(chunk.body.capacity(), MAX_BODY);
            assert_eq!(*capacity.get_or_insert(chunk.links.capacity()), chunk.links.capacity());
            chunk.clear();
            assert!(chunk.is_empty());
            assert!(chunk.has_room(&[0; MAX_MESSAGE]));
        }
    }
}
