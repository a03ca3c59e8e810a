//! One side of a book: its price levels, found by price.
//!
//! Prices that stand side by side share a page of [`PAGE`] levels. The pages of a side stand in a vector by
//! price, the best last, each with a bit for every level that has an order: the best price is found by one, any
//! other by a short search, and nothing moves when a level comes or goes. Memory follows the pages in use, never
//! a price's size.
//!
//! Whole cents have their pages, 64 cents each; for prices between cents there are pages of 64 ten-thousandths.

use protocol::Price;

use super::level::{Levels, PAGE};

/// A cent, in ten-thousandths of a dollar.
const CENT: u32 = 100;

/// The levels of one side.
#[derive(Debug)]
pub(crate) struct BookSide {
    cents: Ladder<CENT>,
    between: Ladder<1>,
    /// Turns a price into its rank: all ones where the lowest price is the best.
    flip: u32,
    /// The best price and the slot of its level, looked at by every order.
    best: Option<(Price, u32)>,
}

impl BookSide {
    /// Makes the side on which the highest price is the best.
    pub(crate) const fn bids() -> Self {
        Self::with_flip(0)
    }

    /// Makes the side on which the lowest price is the best.
    pub(crate) const fn asks() -> Self {
        Self::with_flip(u32::MAX)
    }

    const fn with_flip(flip: u32) -> Self {
        Self { cents: Ladder::new(flip), between: Ladder::new(flip), flip, best: None }
    }

    /// The best price and the slot of its level.
    pub(crate) fn best(&self) -> Option<(Price, u32)> {
        self.best
    }

    /// Tells whether `price`, a price of this side, is at least as good as `limit` demands.
    pub(crate) fn reaches(&self, price: Price, limit: Price) -> bool {
        self.rank(limit) <= self.rank(price)
    }

    /// Visits every price with the slot of its level, the best first.
    pub(crate) fn best_first(&self) -> impl Iterator<Item = (Price, u32)> {
        let mut cents = self.cents.best_first().peekable();
        let mut between = self.between.best_first().peekable();
        std::iter::from_fn(move || match (cents.peek(), between.peek()) {
            (Some((one, _)), Some((other, _))) if self.reaches(*other, *one) => between.next(),
            (None, _) => between.next(),
            _ => cents.next(),
        })
    }

    /// The slot of the level at `price`, if its page is there.
    pub(crate) fn find(&self, price: Price) -> Option<u32> {
        if is_whole_cents(price) { self.cents.find(price) } else { self.between.find(price) }
    }

    /// Finds the level at `price`, which is about to get an order.
    // Reserve orders have a call of their own; that of the others stays inlined.
    #[inline(always)]
    pub(crate) fn find_or_insert(&mut self, price: Price, levels: &mut Levels) -> u32 {
        let level = if is_whole_cents(price) {
            self.cents.find_or_insert(price, levels)
        } else {
            self.between.find_or_insert(price, levels)
        };
        if self.best.is_none_or(|(best, _)| self.reaches(price, best)) {
            self.best = Some((price, level));
        }
        level
    }

    /// Takes the level at `price` out, which has lost its last order.
    // As above.
    #[inline(always)]
    pub(crate) fn remove(&mut self, price: Price, levels: &mut Levels) {
        if is_whole_cents(price) {
            self.cents.remove(price, levels);
        } else {
            self.between.remove(price, levels);
        }
        if self.best.is_some_and(|(best, _)| best == price) {
            self.best = self.find_best();
        }
    }

    fn find_best(&self) -> Option<(Price, u32)> {
        let (cents, between) = (self.cents.best(), self.between.best());
        match (cents, between) {
            (Some((one, _)), Some((other, _))) if self.reaches(other, one) => between,
            (None, _) => between,
            _ => cents,
        }
    }

    fn rank(&self, price: Price) -> u32 {
        price.ten_thousandths() ^ self.flip
    }
}

fn is_whole_cents(price: Price) -> bool {
    price.ten_thousandths().is_multiple_of(CENT)
}

/// The pages of the prices that are multiples of `STEP`, in ten-thousandths of a dollar.
#[derive(Debug)]
struct Ladder<const STEP: u32> {
    entries: Vec<Entry>,
    flip: u32,
}

/// A page of levels. The better its prices the higher its key, on both sides.
#[derive(Clone, Copy, Debug)]
struct Entry {
    /// The rank of its levels, without the bits that number them in the page.
    key: u32,
    page: u32,
    /// A bit for each level with an order; the highest is the best.
    used: u64,
}

impl<const STEP: u32> Ladder<STEP> {
    const fn new(flip: u32) -> Self {
        Self { entries: Vec::new(), flip }
    }

    fn best(&self) -> Option<(Price, u32)> {
        let entry = self.entries.last()?;
        Some(self.level(entry, u64::BITS - 1 - entry.used.leading_zeros()))
    }

    fn find(&self, price: Price) -> Option<u32> {
        let (key, number) = self.place(price);
        self.search(key).ok().map(|place| slot(&self.entries[place], number))
    }

    // As above.
    #[inline(always)]
    fn find_or_insert(&mut self, price: Price, levels: &mut Levels) -> u32 {
        let (key, number) = self.place(price);
        let place = self.search(key).unwrap_or_else(|place| {
            self.entries.insert(place, Entry { key, page: levels.take_page(), used: 0 });
            place
        });
        let entry = &mut self.entries[place];
        entry.used |= 1 << number;
        slot(entry, number)
    }

    fn remove(&mut self, price: Price, levels: &mut Levels) {
        let (key, number) = self.place(price);
        let place = self.search(key).expect("an order's level stands in its side");
        let entry = &mut self.entries[place];
        entry.used &= !(1 << number);
        if entry.used == 0 {
            levels.give_page_back(entry.page);
            self.entries.remove(place);
        }
    }

    fn search(&self, key: u32) -> Result<usize, usize> {
        self.entries.binary_search_by_key(&key, |entry| entry.key)
    }

    /// The key of a price's page, and the number of its level there.
    fn place(&self, price: Price) -> (u32, u32) {
        let rank = (price.ten_thousandths() / STEP) ^ self.flip;
        (rank / PAGE, rank % PAGE)
    }

    /// The price and the slot of a level.
    fn level(&self, entry: &Entry, number: u32) -> (Price, u32) {
        let rank = entry.key * PAGE + number;
        (Price::new((rank ^ self.flip) * STEP), slot(entry, number))
    }

    /// Visits the levels with an order, the best first.
    fn best_first(&self) -> impl Iterator<Item = (Price, u32)> {
        self.entries.iter().rev().flat_map(move |entry| {
            let used = (0..PAGE).rev().filter(|number| entry.used & (1 << number) != 0);
            used.map(move |number| self.level(entry, number))
        })
    }
}

fn slot(entry: &Entry, number: u32) -> u32 {
    entry.page * PAGE + number
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both sides with a level at each price.
    fn sides(prices: &[u32]) -> ([BookSide; 2], Levels) {
        let (mut sides, mut levels) = ([BookSide::bids(), BookSide::asks()], Levels::new());
        for side in &mut sides {
            for &price in prices {
                side.find_or_insert(Price::new(price), &mut levels);
            }
        }
        (sides, levels)
    }

    fn best(side: &BookSide) -> Option<u32> {
        side.best().map(|(price, _)| price.ten_thousandths())
    }

    fn prices(side: &BookSide) -> Vec<u32> {
        side.best_first().map(|(price, _)| price.ten_thousandths()).collect()
    }

    #[test]
    fn the_best_bid_is_the_highest_and_the_best_ask_the_lowest() {
        let ([bids, asks], _) = sides(&[500, 301, 900, 302, 1_999_999_900, 100, 1]);
        assert_eq!((best(&bids), best(&asks)), (Some(1_999_999_900), Some(1)));
        let rising = [1, 100, 301, 302, 500, 900, 1_999_999_900];
        assert_eq!(prices(&asks), rising);
        assert_eq!(prices(&bids), rising.into_iter().rev().collect::<Vec<u32>>());
    }

    #[test]
    fn whole_cents_and_what_lies_between_them_are_found() {
        let wanted: Vec<u32> =
            (1..=400).map(|price| price * 2).chain((1..400).map(|cent| cent * 10_000)).collect();
        let (mut sides, mut levels) = sides(&wanted);
        for side in &mut sides {
            for price in wanted.iter().map(|&price| Price::new(price)) {
                let slot = side.find(price).expect("the level is there");
                assert_eq!(side.find_or_insert(price, &mut levels), slot);
                assert!(side.best_first().any(|level| level == (price, slot)));
            }
            for price in (1..=799).step_by(2).map(Price::new) {
                side.find_or_insert(price, &mut levels);
                side.remove(price, &mut levels);
            }
            let mut found = prices(side);
            found.sort_unstable();
            let mut wanted = wanted.clone();
            wanted.sort_unstable();
            wanted.dedup();
            assert_eq!(found, wanted);
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
        for (gone, left) in [([1_000, 1_050], 1_100), ([1_100, 1_000], 1_050)] {
            let ([_, mut asks], mut levels) = sides(&[1_000, 1_050, 1_100]);
            for price in gone {
                asks.remove(Price::new(price), &mut levels);
            }
            assert_eq!(best(&asks), Some(left));
            asks.remove(Price::new(left), &mut levels);
            assert_eq!(best(&asks), None);
        }
    }

    #[test]
    fn pages_without_an_order_are_used_again() {
        let ([mut bids, _], mut levels) = sides(&[100]);
        for dollar in 1..1_000 {
            let price = Price::new(dollar * 10_000);
            bids.find_or_insert(price, &mut levels);
            bids.remove(price, &mut levels);
        }
        assert_eq!(levels.pages(), 3, "one a side, and one that comes and goes");
        assert_eq!(prices(&bids), [100]);
    }
}
