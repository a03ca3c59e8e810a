//! An arena: things of one kind, found by a `u32` and reused when they are given back.
//!
//! It grows by whole chunks, so nothing in it ever moves and growing costs the same at any size. After
//! warm-up it allocates nothing.

/// Names no slot.
pub(crate) const NONE: u32 = u32::MAX;

/// Slots of `T` in chunks of `CHUNK`; the slot given back last is taken first, while it is still in the cache.
#[derive(Debug)]
pub(crate) struct Arena<T, const CHUNK: usize> {
    chunks: Vec<Box<[T; CHUNK]>>,
    free: Vec<u32>,
    /// Slots ever taken; those from here on have never been used.
    used: u32,
}

impl<T: Copy + Default, const CHUNK: usize> Arena<T, CHUNK> {
    /// Makes an arena without a chunk.
    pub(crate) const fn new() -> Self {
        assert!(CHUNK.is_power_of_two(), "a slot splits into chunk and place by shifting");
        Self { chunks: Vec::new(), free: Vec::new(), used: 0 }
    }

    /// Puts `value` into a free slot and names it.
    pub(crate) fn insert(&mut self, value: T) -> u32 {
        let slot = self.free.pop().unwrap_or_else(|| self.unused());
        self[slot] = value;
        slot
    }

    /// Gives a slot back; it holds the default until it is taken again.
    pub(crate) fn remove(&mut self, slot: u32) {
        self[slot] = T::default();
        self.free.push(slot);
    }

    /// Visits every slot with its name, those given back as defaults.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        (0..self.used).zip(self.chunks.iter().flat_map(|chunk| chunk.iter()))
    }

    /// Bytes of the slots that are in use, or were.
    pub(crate) fn bytes(&self) -> usize {
        self.used as usize * size_of::<T>()
    }

    #[cold]
    fn unused(&mut self) -> u32 {
        let slot = self.used;
        assert!(slot < NONE, "an arena holds fewer than 2^32 - 1 slots");
        if slot as usize == self.chunks.len() * CHUNK {
            let chunk = vec![T::default(); CHUNK].into_boxed_slice();
            self.chunks.push(chunk.try_into().ok().expect("the slice is as long as a chunk"));
        }
        self.used += 1;
        slot
    }
}

impl<T, const CHUNK: usize> std::ops::Index<u32> for Arena<T, CHUNK> {
    type Output = T;

    fn index(&self, slot: u32) -> &T {
        &self.chunks[slot as usize / CHUNK][slot as usize % CHUNK]
    }
}

impl<T, const CHUNK: usize> std::ops::IndexMut<u32> for Arena<T, CHUNK> {
    fn index_mut(&mut self, slot: u32) -> &mut T {
        &mut self.chunks[slot as usize / CHUNK][slot as usize % CHUNK]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_given_back_is_taken_again() {
        let mut arena = Arena::<u64, 4>::new();
        let slots: Vec<u32> = (0..10).map(|value| arena.insert(value)).collect();
        assert_eq!(slots, (0..10).collect::<Vec<u32>>());
        arena.remove(3);
        arena.remove(7);
        assert_eq!(
            arena.iter().map(|(_, &value)| value).collect::<Vec<u64>>(),
            [0, 1, 2, 0, 4, 5, 6, 0, 8, 9]
        );
        assert_eq!((arena.insert(70), arena.insert(30), arena.insert(10)), (7, 3, 10));
        assert_eq!((arena[3], arena[7], arena[10]), (30, 70, 10));
    }

    #[test]
    fn a_full_arena_grows_by_one_chunk_only() {
        let mut arena = Arena::<u64, 4>::new();
        for _ in 0..100 {
            for value in 0..8 {
                arena.insert(value);
            }
            for slot in 0..8 {
                arena.remove(slot);
            }
        }
        assert_eq!(arena.chunks.len(), 2);
    }
}
