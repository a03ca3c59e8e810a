//! The window of a stream: its newest messages in memory, framed as they go out.
//!
//! A ring that grows on demand up to its capacity and forgets the oldest frames first. A frame is two bytes of big-endian
//! length and as many bytes more: a SoupBinTCP packet, or a message block of MoldUDP64.

use std::collections::VecDeque;

use engine::outbox::{FRAME_PREFIX, split_frame};

use super::layout::widened;

/// Into so many parts a window is divided by marks.
const MARKS: usize = 256;
/// The first ring of a stream.
const FIRST_RING: usize = 1024;

/// Where a frame begins.
#[derive(Clone, Copy, Debug)]
struct Mark {
    number: u64,
    position: u64,
}

/// What a copy found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Copied {
    /// The frame at this position is not here any more.
    Forgotten,
    /// Some frames; there are more.
    Some,
    /// All there are; `next` will be the number of the next one.
    All { next: u64 },
}

/// The newest frames of a stream.
///
/// Positions only rise over the day and are places in the ring modulo its length; they mean nothing outside.
#[derive(Debug)]
pub(super) struct Window {
    ring: Vec<u8>,
    capacity: usize,
    /// The oldest frame begins here; so does the first mark.
    start: u64,
    end: u64,
    /// The number of the frame that will begin at `end`.
    next: u64,
    /// Some of the frames, in order, to find the others from.
    marks: VecDeque<Mark>,
}

impl Window {
    /// Makes an empty window that will hold up to `capacity` bytes of frames.
    pub(super) fn new(capacity: usize) -> Self {
        Self { ring: Vec::new(), capacity, start: 0, end: 0, next: 1, marks: VecDeque::new() }
    }

    /// Appends the stream's next `count` frames, and forgets old ones that have no room beside them.
    pub(super) fn extend(&mut self, frames: &[u8], count: u64) {
        if self.capacity == 0 {
            return self.skip(count);
        }
        let spacing = self.capacity / MARKS;
        if frames.len() <= spacing {
            return self.append(frames, count);
        }
        let mut rest = frames;
        while !rest.is_empty() {
            let (count, length) = leading_frames(rest, spacing);
            self.append(&rest[..length], count);
            rest = &rest[length..];
        }
    }

    /// Appends frames that may have a mark at their beginning and none inside.
    fn append(&mut self, frames: &[u8], count: u64) {
        if self.capacity < frames.len() {
            return self.skip(count);
        }
        self.make_room(frames.len());
        self.mark();
        self.write(frames);
        self.next += count;
    }

    /// Counts `count` frames without keeping them, so that everything before them is forgotten too.
    pub(super) fn skip(&mut self, count: u64) {
        self.next += count;
        // A position that no cursor can have yet.
        self.end += count;
        self.start = self.end;
        self.marks.clear();
    }

    /// Returns the position of frame `number`, or of the next one to come; `None`: it is not here.
    pub(super) fn find(&self, number: u64) -> Option<u64> {
        if number == self.next {
            return Some(self.end);
        }
        if self.next < number {
            return None;
        }
        let after = self.marks.partition_point(|mark| mark.number <= number);
        let mark = self.marks.get(after.checked_sub(1)?)?;
        Some((mark.number..number).fold(mark.position, |at, _| at + widened(self.frame_length(at))))
    }

    /// Appends frames from `position` on: at most `max_bytes`, but at least one whole frame if there is one.
    ///
    /// The last one may be cut short.
    pub(super) fn copy(&self, position: u64, max_bytes: usize, out: &mut Vec<u8>) -> Copied {
        assert!(position <= self.end, "a position comes from this window");
        if position < self.start {
            return Copied::Forgotten;
        }
        let there = narrowed(self.end - position);
        if there <= max_bytes {
            self.copy_bytes(position, there, out);
            return Copied::All { next: self.next };
        }
        let length = max_bytes.max(self.frame_length(position)).min(there);
        self.copy_bytes(position, length, out);
        Copied::Some
    }

    fn copy_bytes(&self, position: u64, length: usize, out: &mut Vec<u8>) {
        let (front, back) = self.slices(position, length);
        out.reserve(length);
        out.extend_from_slice(front);
        out.extend_from_slice(back);
    }

    /// Bytes of memory held.
    pub(super) fn memory_bytes(&self) -> usize {
        self.ring.capacity() + self.marks.capacity() * size_of::<Mark>()
    }

    fn make_room(&mut self, length: usize) {
        let needed = narrowed(self.end - self.start) + length;
        if self.ring.len() < needed && self.ring.len() < self.capacity {
            self.grow(needed);
        }
        while self.ring.len() < narrowed(self.end - self.start) + length {
            self.marks.pop_front();
            self.start = self.marks.front().map_or(self.end, |mark| mark.position);
        }
    }

    fn grow(&mut self, needed: usize) {
        let length = needed.next_power_of_two().max(FIRST_RING).min(self.capacity);
        let mut larger =
            Self { ring: vec![0; length], end: self.start, marks: VecDeque::new(), ..*self };
        let (front, back) = self.slices(self.start, narrowed(self.end - self.start));
        larger.write(front);
        larger.write(back);
        self.ring = larger.ring;
    }

    /// Marks the frame that is about to begin, if it is far enough from the last marked one.
    fn mark(&mut self) {
        let spacing = widened(self.capacity / MARKS);
        if self.marks.back().is_none_or(|last| last.position + spacing <= self.end) {
            self.marks.push_back(Mark { number: self.next, position: self.end });
        }
    }

    fn write(&mut self, part: &[u8]) {
        let at = self.place(self.end);
        let (front, back) = part.split_at(part.len().min(self.ring.len() - at));
        self.ring[at..at + front.len()].copy_from_slice(front);
        self.ring[..back.len()].copy_from_slice(back);
        self.end += widened(part.len());
    }

    /// The bytes at a position, in two parts if they go around the end of the ring.
    fn slices(&self, position: u64, length: usize) -> (&[u8], &[u8]) {
        if length == 0 {
            return (&[], &[]);
        }
        let at = self.place(position);
        let front = length.min(self.ring.len() - at);
        (&self.ring[at..at + front], &self.ring[..length - front])
    }

    fn frame_length(&self, position: u64) -> usize {
        let at = self.place(position);
        let second = if at + 1 == self.ring.len() { 0 } else { at + 1 };
        FRAME_PREFIX + usize::from(u16::from_be_bytes([self.ring[at], self.ring[second]]))
    }

    fn place(&self, position: u64) -> usize {
        narrowed(position % widened(self.ring.len()))
    }
}

/// Counts the whole frames at the start of `frames`, at most `limit`; returns how many and their bytes.
pub(super) fn whole_frames(frames: &[u8], limit: usize) -> (usize, usize) {
    let mut rest = frames;
    let mut count = 0;
    while count < limit
        && let Some((_, after)) = split_frame(rest)
    {
        rest = after;
        count += 1;
    }
    (count, frames.len() - rest.len())
}

/// Counts the whole frames at the start of `frames` that fit into `limit` bytes, at least one; returns how many and their
/// bytes.
pub(super) fn leading_frames(frames: &[u8], limit: usize) -> (u64, usize) {
    let (mut count, mut length) = (0, 0);
    while let Some((_, after)) = split_frame(&frames[length..]) {
        let end = frames.len() - after.len();
        if 0 < count && limit < end {
            break;
        }
        (count, length) = (count + 1, end);
    }
    (count, length)
}

fn narrowed(distance: u64) -> usize {
    usize::try_from(distance).expect("a window fits in memory")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pushes frame `number` with so many bytes behind its length; their values depend on both.
    fn push(window: &mut Window, number: u64, length: u16) {
        window.extend(&frame(number, length), 1);
    }

    fn frame(number: u64, length: u16) -> Vec<u8> {
        [&length.to_be_bytes()[..], &payload(number, length)].concat()
    }

    fn payload(number: u64, length: u16) -> Vec<u8> {
        number.to_le_bytes().into_iter().cycle().take(usize::from(length)).collect()
    }

    /// Checks that the window holds the end of `lengths`, frame by frame, and returns how many bytes of frames.
    fn check(window: &Window, lengths: &[u16]) -> usize {
        let mut frames = Vec::new();
        let mut oldest = None;
        for (number, &length) in (1..).zip(lengths) {
            let Some(position) = window.find(number) else {
                assert_eq!(oldest, None, "what is behind the oldest frame is there too");
                continue;
            };
            oldest = oldest.or(Some(position));
            frames.clear();
            assert_ne!(window.copy(position, 1, &mut frames), Copied::Forgotten);
            assert_eq!(split_frame(&frames), Some((&payload(number, length)[..], &[][..])));
        }
        let next = u64::try_from(lengths.len()).expect("a short list") + 1;
        let end = window.find(next).expect("the next frame to come");
        assert_eq!(window.find(next + 1), None);
        assert_eq!(window.find(0), None);
        frames.clear();
        let copied = window.copy(oldest.unwrap_or(end), usize::MAX, &mut frames);
        assert_eq!(copied, Copied::All { next });
        assert_eq!(whole_frames(&frames, usize::MAX).1, frames.len());
        frames.len()
    }

    #[test]
    fn a_window_holds_the_newest_frames_around_the_end_of_its_ring() {
        for capacity in [0, 1, 2, 7, 64, 255, 256, 257, 1000, 1500, 5000] {
            let mut window = Window::new(capacity);
            let mut lengths = Vec::new();
            for number in 1..400 {
                let length = u16::try_from(number * number * 31 % 97).expect("below 97");
                push(&mut window, number, length);
                lengths.push(length);
                let held = check(&window, &lengths);
                assert!(held <= capacity);
                assert!(window.ring.capacity() <= capacity);
            }
        }
    }

    #[test]
    fn frames_may_come_in_batches_of_any_size() {
        for capacity in [0, 100, 1000, 5000] {
            let (mut window, mut lengths, mut batch) =
                (Window::new(capacity), Vec::new(), Vec::new());
            for number in 1..400_u64 {
                let length = u16::try_from(number * number * 31 % 97).expect("below 97");
                lengths.push(length);
                batch.push(frame(number, length));
                if number * 7 % 11 < 2 {
                    let count = u64::try_from(batch.len()).expect("a short list");
                    window.extend(&batch.concat(), count);
                    batch.clear();
                    assert!(check(&window, &lengths) <= capacity);
                    assert!(window.marks.len() <= MARKS + 1);
                }
            }
        }
    }

    #[test]
    fn a_full_window_is_nearly_full() {
        let capacity = 100_000;
        let mut window = Window::new(capacity);
        let lengths = [66; 3000];
        for number in 1..=3000 {
            push(&mut window, number, 66);
        }
        assert!(capacity - capacity / MARKS - 2 * 68 <= check(&window, &lengths));
        assert!(window.marks.len() <= MARKS + 1);
    }

    #[test]
    fn a_frame_longer_than_the_window_empties_it() {
        let mut window = Window::new(100);
        push(&mut window, 1, 10);
        let before = window.find(2).expect("the next frame");
        push(&mut window, 2, 99);
        assert_eq!(window.find(1), None);
        assert_eq!(window.find(2), None);
        assert_eq!(window.copy(before, 1, &mut Vec::new()), Copied::Forgotten);
        push(&mut window, 3, 98);
        assert_eq!(check(&window, &[10, 99, 98]), 100);
    }

    #[test]
    fn an_unused_window_takes_no_memory() {
        assert_eq!(Window::new(1 << 30).memory_bytes(), 0);
    }

    #[test]
    fn a_copy_is_bounded_but_has_one_whole_frame() {
        let mut window = Window::new(1000);
        (1..=3).for_each(|number| push(&mut window, number, 98));
        let mut out = Vec::new();
        for (max_bytes, copied_bytes) in [(0, 100), (100, 100), (101, 101), (250, 250), (999, 300)]
        {
            out.clear();
            let copied = window.copy(0, max_bytes, &mut out);
            assert_eq!(copied == Copied::All { next: 4 }, copied_bytes == 300);
            assert_eq!(out.len(), copied_bytes);
        }
        out.clear();
        assert_eq!(window.copy(300, 1000, &mut out), Copied::All { next: 4 });
        assert!(out.is_empty());
    }
}
