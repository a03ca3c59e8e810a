//! Messages on their way out: encoded, in order, not yet numbered.
//!
//! Each shard fills one outbox a block; merging them by (sequence, stock locate, index) gives the same order
//! for any number of shards.

use crate::command::{Locate, PortId};

/// Where a message goes. The number it gets there is given when the outboxes are merged.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Target {
    /// The OUCH stream of a port.
    Port(PortId),
    /// The ITCH feed.
    Feed,
    /// The trades of the day, see [`crate::trade::TradeRecord`].
    Trade,
}

/// A message in an outbox.
#[derive(Clone, Copy, Debug)]
struct Entry {
    sequence: u64,
    locate: Locate,
    target: Target,
    /// Where the message ends in the bytes; it begins where the one before it ends.
    end: usize,
}

/// The messages of one block from one shard; cleared and filled again, never shrunk.
#[derive(Debug, Default)]
pub struct Outbox {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
}

impl Outbox {
    /// Forgets all messages and keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.entries.clear();
    }

    /// Tells whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Appends a message that `write` encodes at the end of the bytes.
    pub fn put(
        &mut self,
        sequence: u64,
        locate: Locate,
        target: Target,
        write: impl FnOnce(&mut Vec<u8>),
    ) {
        debug_assert!(
            self.entries
                .last()
                .is_none_or(|last| (last.sequence, last.locate) <= (sequence, locate)),
            "a shard speaks in the order of the log, then of locates"
        );
        write(&mut self.bytes);
        self.entries.push(Entry { sequence, locate, target, end: self.bytes.len() });
    }

    /// Walks over the messages as they were put.
    pub fn messages(&self) -> impl Iterator<Item = (Target, &[u8])> {
        Reader::new(self).map(|(entry, message)| (entry.target, message))
    }
}

/// Gives the messages of all outboxes in the one order of the venue.
pub fn merge(outboxes: &[&Outbox], mut take: impl FnMut(Target, &[u8])) {
    if let [only] = outboxes {
        only.messages().for_each(|(target, message)| take(target, message));
        return;
    }
    let mut readers: Vec<_> =
        outboxes.iter().map(|outbox| Reader::new(outbox).peekable()).collect();
    loop {
        // Locates belong to one shard each, so no two shards offer the same place.
        let first = readers
            .iter_mut()
            .filter_map(|reader| {
                let place = reader.peek().map(|(entry, _)| (entry.sequence, entry.locate))?;
                Some((place, reader))
            })
            .min_by_key(|(place, _)| *place);
        let Some((place, reader)) = first else {
            return;
        };
        while let Some((entry, message)) =
            reader.next_if(|(entry, _)| (entry.sequence, entry.locate) == place)
        {
            take(entry.target, message);
        }
    }
}

/// A walk over an outbox.
struct Reader<'a> {
    bytes: &'a [u8],
    entries: std::slice::Iter<'a, Entry>,
    start: usize,
}

impl<'a> Reader<'a> {
    fn new(outbox: &'a Outbox) -> Self {
        Self { bytes: &outbox.bytes, entries: outbox.entries.iter(), start: 0 }
    }
}

impl<'a> Iterator for Reader<'a> {
    type Item = (Entry, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let entry = *self.entries.next()?;
        let message = &self.bytes[self.start..entry.end];
        self.start = entry.end;
        Some((entry, message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outbox(messages: &[(u64, u16, u8)]) -> Outbox {
        let mut outbox = Outbox::default();
        for (sequence, locate, byte) in messages {
            outbox.put(*sequence, Locate(*locate), Target::Feed, |out| out.push(*byte));
        }
        outbox
    }

    #[test]
    fn messages_merge_by_sequence_then_locate_then_index() {
        let odd = outbox(&[(1, 0, b'a'), (1, 1, b'b'), (1, 1, b'c'), (1, 3, b'e'), (4, 1, b'g')]);
        let even = outbox(&[(1, 2, b'd'), (2, 2, b'f')]);
        let mut seen = Vec::new();
        merge(&[&even, &odd, &Outbox::default()], |_, message| seen.extend_from_slice(message));
        assert_eq!(seen, b"abcdefg");
    }
}
