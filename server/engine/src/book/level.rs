//! One price level: the orders at one price, the earliest first.

use std::ops::{Index, IndexMut};

use super::arena::{Arena, NONE};

/// Levels of a page: those of neighbouring prices.
pub(crate) const PAGE: u32 = 64;

/// A queue of slots.
///
/// The links stand apart from the orders, eight to a cache line: an order leaves its queue without its
/// neighbours being loaded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Level {
    /// The order that trades first.
    pub(crate) first: u32,
    pub(super) last: u32,
}

/// The neighbours of an order in its queue, `NONE` at the ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    pub(crate) previous: u32,
    pub(crate) next: u32,
}

/// By the slot of the order; those of free slots mean nothing.
pub(crate) type Links = Vec<Link>;

impl Default for Level {
    fn default() -> Self {
        Self::EMPTY
    }
}

/// The levels of a shard, by slot: page times [`PAGE`], and the number within it.
#[derive(Debug)]
pub(crate) struct Levels {
    pages: Arena<Page, 16>,
}

/// As many cache lines as levels to a line.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Page([Level; PAGE as usize]);

const _: () = assert!(size_of::<Page>() == 512);

impl Default for Page {
    fn default() -> Self {
        Self([Level::default(); PAGE as usize])
    }
}

impl Levels {
    /// Makes no levels; they take memory as pages are taken.
    pub(crate) const fn new() -> Self {
        Self { pages: Arena::new() }
    }

    /// Takes a page of levels without an order.
    pub(crate) fn take_page(&mut self) -> u32 {
        self.pages.insert(Page::default())
    }

    /// Gives a page back whose levels have no order any more.
    pub(crate) fn give_page_back(&mut self, page: u32) {
        self.pages.remove(page);
    }

    /// Bytes of the pages.
    pub(crate) fn bytes(&self) -> usize {
        self.pages.bytes()
    }

    /// Pages that are in use, or were.
    #[cfg(test)]
    pub(crate) fn pages(&self) -> usize {
        self.pages.iter().count()
    }
}

impl Index<u32> for Levels {
    type Output = Level;

    fn index(&self, slot: u32) -> &Level {
        &self.pages[slot / PAGE].0[(slot % PAGE) as usize]
    }
}

impl IndexMut<u32> for Levels {
    fn index_mut(&mut self, slot: u32) -> &mut Level {
        &mut self.pages[slot / PAGE].0[(slot % PAGE) as usize]
    }
}

impl Level {
    /// A queue without an order.
    pub(crate) const EMPTY: Self = Self { first: NONE, last: NONE };

    /// Tells whether no order is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.first == NONE
    }

    /// Joins the order in `slot` behind all others.
    pub(crate) fn append(&mut self, slot: u32, links: &mut Links) {
        let link = Link { previous: self.last, next: NONE };
        match links.get_mut(slot as usize) {
            Some(place) => *place = link,
            None => {
                assert!(links.len() == slot as usize, "slots are first used in their order");
                links.push(link);
            }
        }
        match self.last {
            NONE => self.first = slot,
            last => links[last as usize].next = slot,
        }
        self.last = slot;
    }

    /// Takes the order in `slot` out of any place; the others keep theirs.
    pub(crate) fn unlink(&mut self, slot: u32, links: &mut Links) {
        let Link { previous, next } = links[slot as usize];
        match previous {
            NONE => self.first = next,
            previous => links[previous as usize].next = next,
        }
        match next {
            NONE => self.last = previous,
            next => links[next as usize].previous = previous,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(level: &Level, links: &Links) -> Vec<u32> {
        let open = |slot: u32| (slot != NONE).then_some(slot);
        std::iter::successors(open(level.first), |slot| open(links[*slot as usize].next)).collect()
    }

    #[test]
    fn orders_leave_from_any_place_and_the_others_keep_theirs() {
        for (gone, left) in [(0, [1, 2]), (1, [0, 2]), (2, [0, 1])] {
            let (mut level, mut links) = (Level::default(), Links::new());
            for slot in 0..3 {
                level.append(slot, &mut links);
            }
            level.unlink(gone, &mut links);
            assert_eq!(queue(&level, &links), left);
            level.append(gone, &mut links);
            assert_eq!(queue(&level, &links), [left[0], left[1], gone]);
        }
    }

    #[test]
    fn a_level_without_orders_is_empty() {
        let (mut level, mut links) = (Level::default(), Links::new());
        assert!(level.is_empty());
        level.append(0, &mut links);
        assert!(!level.is_empty());
        level.unlink(0, &mut links);
        assert!(level.is_empty());
    }
}
