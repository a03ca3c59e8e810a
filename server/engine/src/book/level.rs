//! One price level: the orders at one price, the earliest first.

use super::arena::NONE;

/// A queue of slots, with the sum of its open shares.
///
/// The links stand apart from the orders, eight to a cache line: an order leaves its queue without its
/// neighbours being loaded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Level {
    pub(crate) shares: u64,
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
        Self { shares: 0, first: NONE, last: NONE }
    }
}

impl Level {
    /// Tells whether no order is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.first == NONE
    }

    /// Joins the order in `slot`, with its open `shares`, behind all others.
    pub(crate) fn append(&mut self, slot: u32, shares: u32, links: &mut Links) {
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
        self.shares += u64::from(shares);
    }

    /// Takes the order in `slot`, with its open `shares`, out of any place; the others keep theirs.
    pub(crate) fn unlink(&mut self, slot: u32, shares: u32, links: &mut Links) {
        let Link { previous, next } = links[slot as usize];
        match previous {
            NONE => self.first = next,
            previous => links[previous as usize].next = next,
        }
        match next {
            NONE => self.last = previous,
            next => links[next as usize].previous = previous,
        }
        self.shares -= u64::from(shares);
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
                level.append(slot, 10 + slot, &mut links);
            }
            level.unlink(gone, 10 + gone, &mut links);
            assert_eq!(queue(&level, &links), left);
            assert_eq!(level.shares, u64::from(33 - 10 - gone));
            level.append(gone, 5, &mut links);
            assert_eq!(queue(&level, &links), [left[0], left[1], gone]);
        }
    }

    #[test]
    fn a_level_without_orders_is_empty() {
        let (mut level, mut links) = (Level::default(), Links::new());
        assert!(level.is_empty());
        level.append(0, 10, &mut links);
        assert!(!level.is_empty());
        level.unlink(0, 10, &mut links);
        assert!(level.is_empty());
        assert_eq!(level.shares, 0);
    }
}
