//! Messages on their way out: encoded and framed as they go out, stream by stream, not yet numbered.
//!
//! Each shard fills one outbox a block. Merged by (sequence, stock locate, index) within each stream, the outboxes give
//! the same streams for any number of shards.

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

impl Target {
    /// Bytes between a frame's length and its message: a port's frames are Sequenced Data packets of SoupBinTCP.
    pub const fn packet_type(self) -> &'static [u8] {
        match self {
            Self::Port(_) => b"S",
            Self::Feed | Self::Trade => b"",
        }
    }

    /// Numbers the streams without a gap: feed, trades, ports.
    pub fn index(self) -> usize {
        match self {
            Self::Feed => 0,
            Self::Trade => 1,
            Self::Port(port) => 2 + usize::from(port.0),
        }
    }
}

/// Bytes of a frame's length.
pub const FRAME_PREFIX: usize = 2;

/// Takes the first of some frames: what stands behind its length, and what follows it.
pub fn split_frame(frames: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = frames.split_first_chunk::<FRAME_PREFIX>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}

/// What one block says to one stream.
///
/// A frame is two bytes of big-endian length and as many bytes more: of a port a Sequenced Data packet of SoupBinTCP, of
/// the feed a message block of MoldUDP64, of the trades a record.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    pub target: Target,
    /// At least one.
    pub count: u32,
    pub frames: &'a [u8],
}

impl<'a> Run<'a> {
    /// Walks over the messages.
    pub fn messages(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let skipped = self.target.packet_type().len();
        let mut rest = self.frames;
        std::iter::from_fn(move || {
            let (frame, after) = split_frame(rest)?;
            rest = after;
            Some(&frame[skipped..])
        })
    }
}

/// The end of what one command says to a stream about one instrument.
#[derive(Clone, Copy, Debug)]
struct Mark {
    sequence: u64,
    locate: Locate,
    end: usize,
}

impl Mark {
    /// A place that no message has.
    const BEHIND_ALL: (u64, Locate) = (u64::MAX, Locate(u16::MAX));

    fn place(&self) -> (u64, Locate) {
        (self.sequence, self.locate)
    }
}

/// What one shard says to one stream.
#[derive(Debug, Default)]
struct Lane {
    frames: Vec<u8>,
    count: u32,
    marks: Vec<Mark>,
}

/// The messages of one block from one shard; cleared and filled again, never shrunk.
#[derive(Debug, Default)]
pub struct Outbox {
    /// By [`Target::index`].
    lanes: Vec<Lane>,
    /// Who has something in its lane.
    spoken: Vec<Target>,
}

impl Outbox {
    /// Forgets all messages and keeps the memory.
    pub fn clear(&mut self) {
        for target in self.spoken.drain(..) {
            let lane = &mut self.lanes[target.index()];
            lane.frames.clear();
            lane.count = 0;
            lane.marks.clear();
        }
    }

    /// Tells whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.spoken.is_empty()
    }

    /// Appends a message that `write` encodes at the end of the bytes.
    ///
    /// # Panics
    ///
    /// The message is longer than a frame holds.
    pub fn put(
        &mut self,
        sequence: u64,
        locate: Locate,
        target: Target,
        write: impl FnOnce(&mut Vec<u8>),
    ) {
        let lane = self.lane(target);
        let start = lane.frames.len();
        lane.frames.extend_from_slice(&[0; FRAME_PREFIX]);
        lane.frames.extend_from_slice(target.packet_type());
        write(&mut lane.frames);
        let length = u16::try_from(lane.frames.len() - start - FRAME_PREFIX);
        let length = length.expect("a message fits a packet");
        lane.frames[start..start + FRAME_PREFIX].copy_from_slice(&length.to_be_bytes());
        lane.count += 1;
        let mark = Mark { sequence, locate, end: lane.frames.len() };
        match lane.marks.last_mut() {
            Some(last) if last.place() == mark.place() => last.end = mark.end,
            last => {
                debug_assert!(
                    last.is_none_or(|last| last.place() < mark.place()),
                    "a shard speaks in the order of the log, then of locates"
                );
                lane.marks.push(mark);
            }
        }
    }

    fn lane(&mut self, target: Target) -> &mut Lane {
        let index = target.index();
        if self.lanes.len() <= index {
            self.lanes.resize_with(index + 1, Lane::default);
        }
        let lane = &mut self.lanes[index];
        if lane.count == 0 {
            self.spoken.push(target);
        }
        lane
    }

    /// What is said to a stream; nothing is a run of zero messages.
    fn run(&self, target: Target) -> (Run<'_>, &[Mark]) {
        const SILENT: &Lane = &Lane { frames: Vec::new(), count: 0, marks: Vec::new() };
        let lane = self.lanes.get(target.index()).unwrap_or(SILENT);
        (Run { target, count: lane.count, frames: &lane.frames }, &lane.marks)
    }
}

/// Gives what all outboxes say as one run a stream, in the order of the targets.
///
/// `scratch` holds what had to be put together from several.
pub fn merge<'a>(outboxes: &[&'a Outbox], scratch: &'a mut Vec<u8>) -> Vec<Run<'a>> {
    let mut targets: Vec<Target> =
        outboxes.iter().flat_map(|outbox| outbox.spoken.iter().copied()).collect();
    targets.sort_unstable();
    targets.dedup();
    if let [only] = outboxes {
        return targets.into_iter().map(|target| only.run(target).0).collect();
    }
    scratch.clear();
    let ends: Vec<usize> = targets
        .iter()
        .map(|target| {
            interleave(outboxes, *target, scratch);
            scratch.len()
        })
        .collect();
    let mut start = 0;
    let run = |(target, end): (Target, usize)| {
        let count = outboxes.iter().map(|outbox| outbox.run(target).0.count).sum();
        let frames = &scratch[start..end];
        start = end;
        Run { target, count, frames }
    };
    targets.into_iter().zip(ends).map(run).collect()
}

/// Appends what the outboxes say to one stream, by (sequence, stock locate).
fn interleave(outboxes: &[&Outbox], target: Target, out: &mut Vec<u8>) {
    let runs = outboxes.iter().map(|outbox| outbox.run(target));
    let mut lanes: Vec<Unmerged<'_>> =
        runs.map(|(Run { frames, .. }, marks)| Unmerged { frames, start: 0, marks }).collect();
    lanes.retain(|lane| !lane.marks.is_empty());
    while !lanes.is_empty() {
        let (mut first, mut lowest, mut second) = (0, Mark::BEHIND_ALL, Mark::BEHIND_ALL);
        for (index, lane) in lanes.iter().enumerate() {
            let place = lane.marks[0].place();
            if place < lowest {
                (first, lowest, second) = (index, place, lowest);
            } else {
                second = second.min(place);
            }
        }
        // Locates belong to one shard each, so no two shards offer the same place.
        if !lanes[first].take_before(second, out) {
            lanes.swap_remove(first);
        }
    }
}

/// What one shard says to a stream and is not merged yet; there is something.
struct Unmerged<'a> {
    frames: &'a [u8],
    /// Where in the frames the first mark begins.
    start: usize,
    marks: &'a [Mark],
}

impl Unmerged<'_> {
    /// Appends all that stands before a place; tells whether there is more behind it.
    fn take_before(&mut self, place: (u64, Locate), out: &mut Vec<u8>) -> bool {
        let count = self.marks.iter().take_while(|mark| mark.place() < place).count();
        let (taken, rest) = self.marks.split_at(count);
        let end = taken.last().expect("the first mark is before every other lane's").end;
        out.extend_from_slice(&self.frames[self.start..end]);
        (self.start, self.marks) = (end, rest);
        !rest.is_empty()
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
    fn the_messages_of_a_stream_merge_by_sequence_then_locate_then_index() {
        let odd = outbox(&[(1, 0, b'a'), (1, 1, b'b'), (1, 1, b'c'), (1, 3, b'e'), (4, 1, b'g')]);
        let even = outbox(&[(1, 2, b'd'), (2, 2, b'f')]);
        let (silent, mut scratch) = (Outbox::default(), Vec::new());
        let runs = merge(&[&even, &odd, &silent], &mut scratch);
        let [feed] = runs[..] else { panic!("one stream was spoken to: {runs:?}") };
        assert_eq!((feed.target, feed.count), (Target::Feed, 7));
        assert_eq!(feed.messages().collect::<Vec<_>>().concat(), b"abcdefg");
    }

    #[test]
    fn frames_are_as_they_go_out() {
        let mut outbox = Outbox::default();
        for target in [Target::Trade, Target::Feed, Target::Port(PortId(3))] {
            outbox.put(1, Locate(1), target, |out| out.extend_from_slice(b"ABC"));
        }
        let mut scratch = Vec::new();
        let runs = merge(&[&outbox], &mut scratch);
        let frames: Vec<_> = runs.iter().map(|run| (run.target, run.frames)).collect();
        assert_eq!(
            frames,
            [
                (Target::Port(PortId(3)), &b"\0\x04SABC"[..]),
                (Target::Feed, b"\0\x03ABC"),
                (Target::Trade, b"\0\x03ABC"),
            ]
        );
        outbox.clear();
        assert!(outbox.is_empty());
        assert!(merge(&[&outbox], &mut scratch).is_empty());
    }
}
