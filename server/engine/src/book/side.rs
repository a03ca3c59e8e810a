//! One side of a book: its price levels, the best last.
//!
//! Levels stand in a vector sorted by rank, and orders come and go near its end: the best price costs one
//! load, an insertion moves few entries, and a book takes 8 bytes a level, never memory by the price's size.

use protocol::Price;

/// How many levels from the best are looked at one by one before the rest is halved.
const NEAR: usize = 8;

/// The levels of one side.
#[derive(Debug)]
pub(crate) struct BookSide {
    entries: Vec<Entry>,
    /// Turns a price into its rank: all ones where the lowest price is the best.
    flip: u32,
}

/// A level by its rank: the better the price, the higher, on both sides.
#[derive(Clone, Copy, Debug)]
struct Entry {
    rank: u32,
    level: u32,
}

impl BookSide {
    /// Makes the side on which the highest price is the best.
    pub(crate) const fn bids() -> Self {
        Self { entries: Vec::new(), flip: 0 }
    }

    /// Makes the side on which the lowest price is the best.
    pub(crate) const fn asks() -> Self {
        Self { entries: Vec::new(), flip: u32::MAX }
    }

    /// The best price and the slot of its level.
    pub(crate) fn best(&self) -> Option<(Price, u32)> {
        self.entries.last().map(|entry| (self.price(entry), entry.level))
    }

    /// Tells whether `price`, a price of this side, is at least as good as `limit` demands.
    pub(crate) fn reaches(&self, price: Price, limit: Price) -> bool {
        self.rank(limit) <= self.rank(price)
    }

    /// Every price with the slot of its level, the best first.
    #[cfg(test)]
    pub(crate) fn levels(&self) -> impl Iterator<Item = (Price, u32)> {
        self.entries.iter().rev().map(|entry| (self.price(entry), entry.level))
    }

    /// The slot of the level at `price`.
    pub(crate) fn find(&self, price: Price) -> Option<u32> {
        self.search(self.rank(price)).ok().map(|place| self.entries[place].level)
    }

    /// Finds the level at `price`, or puts there the one that `make` gives.
    pub(crate) fn find_or_insert(&mut self, price: Price, make: impl FnOnce() -> u32) -> u32 {
        let rank = self.rank(price);
        match self.search(rank) {
            Ok(place) => self.entries[place].level,
            Err(place) => {
                let level = make();
                self.entries.insert(place, Entry { rank, level });
                level
            }
        }
    }

    /// Takes the level at `price` out.
    pub(crate) fn remove(&mut self, price: Price) {
        let place = self.search(self.rank(price)).expect("an order's level stands in its side");
        self.entries.remove(place);
    }

    fn search(&self, rank: u32) -> Result<usize, usize> {
        let far = self.entries.len().saturating_sub(NEAR);
        let (rest, near) = self.entries.split_at(far);
        match near.iter().rposition(|entry| entry.rank <= rank) {
            Some(place) if near[place].rank == rank => Ok(far + place),
            Some(place) => Err(far + place + 1),
            None => rest.binary_search_by_key(&rank, |entry| entry.rank),
        }
    }

    fn rank(&self, price: Price) -> u32 {
        price.ten_thousandths() ^ self.flip
    }

    fn price(&self, entry: &Entry) -> Price {
        Price::new(entry.rank ^ self.flip)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(mut side: BookSide, prices: &[u32]) -> BookSide {
        for (level, &price) in (0..).zip(prices) {
            side.find_or_insert(Price::new(price), || level);
        }
        side
    }

    fn best(side: &BookSide) -> Option<u32> {
        side.best().map(|(price, _)| price.ten_thousandths())
    }

    #[test]
    fn the_best_bid_is_the_highest_and_the_best_ask_the_lowest() {
        let prices = [5, 3, 9, 4, 7];
        let (bids, asks) = (side(BookSide::bids(), &prices), side(BookSide::asks(), &prices));
        assert_eq!((best(&bids), best(&asks)), (Some(9), Some(3)));
        assert_eq!(
            bids.levels().map(|(price, _)| price.ten_thousandths()).collect::<Vec<_>>(),
            [9, 7, 5, 4, 3]
        );
        assert_eq!(
            asks.levels().map(|(price, _)| price.ten_thousandths()).collect::<Vec<_>>(),
            [3, 4, 5, 7, 9]
        );
    }

    #[test]
    fn a_level_is_found_near_the_best_and_far_from_it() {
        let prices: Vec<u32> = (1..=100).map(|price| price * 2).collect();
        for mut side in [side(BookSide::bids(), &prices), side(BookSide::asks(), &prices)] {
            for (level, &price) in (0..).zip(&prices) {
                assert_eq!(side.find_or_insert(Price::new(price), || u32::MAX), level);
            }
            for price in (1..=201).step_by(2) {
                assert_eq!(side.find_or_insert(Price::new(price), || price), price);
                side.remove(Price::new(price));
            }
            assert_eq!(side.levels().count(), 100);
        }
    }

    #[test]
    fn a_limit_is_reached_by_its_own_price_and_better_ones() {
        let (bids, asks) = (BookSide::bids(), BookSide::asks());
        let reached = |side: &BookSide| {
            [9, 10, 11].map(|price| side.reaches(Price::new(price), Price::new(10)))
        };
        assert_eq!(reached(&bids), [false, true, true]);
        assert_eq!(reached(&asks), [true, true, false]);
    }

    #[test]
    fn the_best_price_is_never_a_removed_one() {
        let mut asks = side(BookSide::asks(), &[10, 11, 12]);
        asks.remove(Price::new(10));
        assert_eq!(best(&asks), Some(11));
        asks.remove(Price::new(12));
        asks.remove(Price::new(11));
        assert_eq!(best(&asks), None);
    }
}
