//! The sparse index of a stream: in which chunk a number is, or near which.
//!
//! Its memory is bounded: when it is full, every other place goes and the places left are further apart in the file. A
//! reader goes from the place it is given over the chunk headers to the one it wants.

/// A chunk that holds messages of the stream.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// The first number of the stream in the chunk.
    first: u64,
    offset: u64,
}

/// Places closer than this to the last one are not kept: one read brings the headers of all chunks between.
const FIRST_SPACING: u64 = 1 << 16;

/// Some of the chunks that hold messages of a stream, the first one always.
#[derive(Debug)]
pub(super) struct SparseIndex {
    places: Vec<Place>,
    limit: usize,
    /// Bytes of the file between two places, at least.
    spacing: u64,
}

impl SparseIndex {
    /// Makes an index of at most `limit` places.
    pub(super) fn new(limit: usize) -> Self {
        assert!(4 <= limit, "a full index is thinned out by half");
        Self { places: Vec::new(), limit, spacing: FIRST_SPACING }
    }

    /// Takes in the stream's next chunk.
    pub(super) fn add(&mut self, first: u64, offset: u64) {
        if self.places.last().is_some_and(|last| offset < last.offset + self.spacing) {
            return;
        }
        if self.places.len() == self.limit {
            self.thin_out();
        }
        self.places.push(Place { first, offset });
    }

    /// Returns the offset of the last known chunk whose first number of the stream is `number` or lower.
    pub(super) fn find(&self, number: u64) -> Option<u64> {
        let after = self.places.partition_point(|place| place.first <= number);
        Some(self.places[after.checked_sub(1)?].offset)
    }

    /// Bytes of memory held.
    pub(super) fn memory_bytes(&self) -> usize {
        self.places.capacity() * size_of::<Place>()
    }

    /// Spreads half of the places evenly over the file, so that no part of the day is harder to find than another.
    fn thin_out(&mut self) {
        let [first, .., last] = self.places[..] else {
            unreachable!("a full index has more than two places");
        };
        let half = u64::try_from(self.limit / 2).expect("a small number");
        self.spacing = (last.offset - first.offset).div_ceil(half);
        let mut from = first.offset;
        self.places.retain(|place| {
            let kept = from <= place.offset;
            if kept {
                from = place.offset + self.spacing;
            }
            kept
        });
        assert!(self.places.len() < self.limit, "there is room again");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_found_is_the_chunk_or_a_little_before_it() {
        for step in [100, FIRST_SPACING, 3 * FIRST_SPACING + 1] {
            let mut index = SparseIndex::new(64);
            let offset_of = |number: u64| 32 + number * step;
            // Every chunk holds three messages.
            for first in (1..30_000).step_by(3) {
                index.add(first, offset_of(first));
            }
            assert!(index.places.len() <= 64);
            assert!(index.memory_bytes() <= 64 * size_of::<Place>());
            let furthest = FIRST_SPACING.max(offset_of(30_000) / 16);
            for number in 1..30_000 {
                let chunk = offset_of((number - 1) / 3 * 3 + 1);
                let found = index.find(number).expect("the first chunk is always known");
                assert!(found <= chunk);
                assert!(chunk - found < furthest);
            }
        }
    }

    #[test]
    fn a_quiet_stream_is_known_chunk_by_chunk() {
        let mut index = SparseIndex::new(64);
        assert_eq!(index.find(1), None);
        for first in 1..=64 {
            index.add(first, first * FIRST_SPACING);
        }
        assert_eq!(index.find(0), None);
        for number in 1..=64 {
            assert_eq!(index.find(number), Some(number * FIRST_SPACING));
        }
        assert_eq!(index.find(1000), Some(64 * FIRST_SPACING));
    }
}
