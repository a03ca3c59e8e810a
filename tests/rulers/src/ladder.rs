//! The reference ladder: the plainest book that is fast, as the yardstick for matching.
//!
//! Price and time priority, and nothing else. For each symbol and side an array of price levels and a bitmap of
//! those in use; orders lie in one slab, linked by 32-bit places; an order is found through an array by its id.
//! It knows 1,000 prices and trusts its caller with them: a ruler, not a venue.

/// The lowest price, in steps.
pub const LOWEST_PRICE: u32 = 9_500;
/// The highest price, in steps.
pub const HIGHEST_PRICE: u32 = 10_499;

/// Prices of one side; a few more than are used, so that the bitmap is whole words.
const LEVELS: usize = 1_024;
const WORDS: usize = LEVELS / 64;

/// No place in the slab.
const NOWHERE: u32 = u32::MAX;

const _: () = assert!(((HIGHEST_PRICE - LOWEST_PRICE) as usize) < LEVELS);

/// Which way an order trades.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum Side {
    Buy = 0,
    Sell = 1,
}

impl Side {
    /// Gives the other side.
    #[inline]
    pub fn opposite(self) -> Self {
        match self {
            Self::Buy => Self::Sell,
            Self::Sell => Self::Buy,
        }
    }
}

/// An order that comes in.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    /// Not that of a resting order.
    pub id: u32,
    pub symbol: u32,
    pub side: Side,
    /// [`LOWEST_PRICE`] to [`HIGHEST_PRICE`].
    pub price: u32,
    /// At least 1.
    pub quantity: u32,
}

/// A trade with a resting order.
#[derive(Clone, Copy, Debug)]
pub struct Fill {
    /// The resting order.
    pub maker: u32,
    pub price: u32,
    pub quantity: u32,
    /// What is left of the resting order; at 0 its id is free again.
    pub left: u32,
}

#[derive(Clone, Copy)]
struct Resting {
    id: u32,
    quantity: u32,
    symbol: u32,
    previous: u32,
    /// In a free place: the next free one.
    next: u32,
    level: u16,
    side: Side,
}

#[derive(Clone, Copy)]
struct Level {
    first: u32,
    last: u32,
    quantity: u64,
}

struct Levels {
    levels: Box<[Level; LEVELS]>,
    used: [u64; WORDS],
    used_words: u16,
}

/// The books of all symbols.
pub struct Ladder {
    books: Vec<[Levels; 2]>,
    slab: Vec<Resting>,
    /// The first free place of the slab.
    free: u32,
    /// Where the order with an id lies.
    places: Vec<u32>,
}

impl Ladder {
    /// Makes empty books for `symbols` symbols and order ids below `ids`.
    pub fn new(symbols: usize, ids: usize) -> Self {
        Self {
            books: (0..symbols).map(|_| [Levels::new(), Levels::new()]).collect(),
            slab: Vec::new(),
            free: NOWHERE,
            places: vec![NOWHERE; ids],
        }
    }

    /// Matches what crosses and rests what is left; tells how much rests.
    #[inline]
    pub fn enter(&mut self, order: Order, on_fill: impl FnMut(Fill)) -> u32 {
        let left = self.take(order, on_fill);
        if 0 < left {
            self.rest(Order { quantity: left, ..order });
        }
        left
    }

    /// Matches what crosses; tells how much is left.
    #[inline]
    pub fn take(&mut self, order: Order, mut on_fill: impl FnMut(Fill)) -> u32 {
        let level = level_of(order.price);
        let opposite = order.side.opposite();
        let mut left = order.quantity;
        while 0 < left {
            let book = &mut self.books[order.symbol as usize][opposite as usize];
            let Some(best) = book.best(opposite) else { break };
            let crosses = if order.side == Side::Buy { best <= level } else { level <= best };
            if !crosses {
                break;
            }
            let place = book.levels[best].first;
            let maker = &mut self.slab[place as usize];
            let quantity = maker.quantity.min(left);
            left -= quantity;
            let fill = Fill {
                maker: maker.id,
                price: price_of(best),
                quantity,
                left: maker.quantity - quantity,
            };
            if fill.left == 0 {
                self.remove(place);
            } else {
                maker.quantity = fill.left;
                book.levels[best].quantity -= u64::from(quantity);
            }
            on_fill(fill);
        }
        left
    }

    /// Puts an order behind the others of its price, without looking at the other side.
    #[inline]
    pub fn rest(&mut self, order: Order) {
        let Order { id, symbol, side, price, quantity } = order;
        let at = level_of(price);
        let book = &mut self.books[symbol as usize][side as usize];
        let level = &mut book.levels[at];
        let previous = level.last;
        let place = if self.free == NOWHERE {
            u32::try_from(self.slab.len()).expect("orders are counted in 32 bits")
        } else {
            self.free
        };
        if previous == NOWHERE {
            level.first = place;
        } else {
            self.slab[previous as usize].next = place;
        }
        level.last = place;
        level.quantity += u64::from(quantity);
        book.mark(at);
        let level = u16::try_from(at).expect("levels are few");
        let resting = Resting { id, quantity, symbol, previous, next: NOWHERE, level, side };
        match self.slab.get_mut(place as usize) {
            Some(free) => {
                self.free = free.next;
                *free = resting;
            }
            None => self.slab.push(resting),
        }
        self.places[id as usize] = place;
    }

    /// Takes an order off its book; gives what was left of it, or nothing when it does not rest.
    #[inline]
    pub fn cancel(&mut self, id: u32) -> Option<u32> {
        let place = *self.places.get(id as usize)?;
        let quantity = self.slab.get(place as usize)?.quantity;
        self.remove(place);
        Some(quantity)
    }

    /// Gives price and quantity of a resting order.
    pub fn order(&self, id: u32) -> Option<(u32, u32)> {
        let resting = self.slab.get(*self.places.get(id as usize)? as usize)?;
        Some((price_of(usize::from(resting.level)), resting.quantity))
    }

    /// Gives the quantities of a side's orders, the first to trade first.
    pub fn quantities(&self, symbol: u32, side: Side) -> impl Iterator<Item = u32> {
        let book = &self.books[symbol as usize][side as usize];
        let mut level = book.best(side);
        let mut place = level.map_or(NOWHERE, |level| book.levels[level].first);
        std::iter::from_fn(move || {
            while place == NOWHERE {
                level = match (side, level?) {
                    (Side::Buy, level) => level.checked_sub(1),
                    (Side::Sell, level) => (level + 1 < LEVELS).then_some(level + 1),
                };
                place = book.levels[level?].first;
            }
            let resting = &self.slab[place as usize];
            place = resting.next;
            Some(resting.quantity)
        })
    }

    #[inline]
    fn remove(&mut self, place: u32) {
        let resting = self.slab[place as usize];
        let at = usize::from(resting.level);
        let book = &mut self.books[resting.symbol as usize][resting.side as usize];
        let level = &mut book.levels[at];
        level.quantity -= u64::from(resting.quantity);
        match resting.previous {
            NOWHERE => level.first = resting.next,
            previous => self.slab[previous as usize].next = resting.next,
        }
        match resting.next {
            NOWHERE => level.last = resting.previous,
            next => self.slab[next as usize].previous = resting.previous,
        }
        if level.first == NOWHERE {
            book.unmark(at);
        }
        self.places[resting.id as usize] = NOWHERE;
        self.slab[place as usize].next = self.free;
        self.free = place;
    }
}

impl Levels {
    fn new() -> Self {
        let empty = Level { first: NOWHERE, last: NOWHERE, quantity: 0 };
        Self { levels: Box::new([empty; LEVELS]), used: [0; WORDS], used_words: 0 }
    }

    #[inline]
    fn mark(&mut self, level: usize) {
        self.used[level / 64] |= 1 << (level % 64);
        self.used_words |= 1 << (level / 64);
    }

    #[inline]
    fn unmark(&mut self, level: usize) {
        self.used[level / 64] &= !(1 << (level % 64));
        if self.used[level / 64] == 0 {
            self.used_words &= !(1 << (level / 64));
        }
    }

    /// Finds the best level in use, for orders of `side`.
    #[inline]
    fn best(&self, side: Side) -> Option<usize> {
        if self.used_words == 0 {
            return None;
        }
        Some(match side {
            Side::Buy => {
                let word = self.used_words.ilog2() as usize;
                word * 64 + self.used[word].ilog2() as usize
            }
            Side::Sell => {
                let word = self.used_words.trailing_zeros() as usize;
                word * 64 + self.used[word].trailing_zeros() as usize
            }
        })
    }
}

#[inline]
fn level_of(price: u32) -> usize {
    (price - LOWEST_PRICE) as usize
}

#[inline]
fn price_of(level: usize) -> u32 {
    LOWEST_PRICE + u32::try_from(level).expect("levels are few")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(id: u32, side: Side, price: u32, quantity: u32) -> Order {
        Order { id, symbol: 0, side, price, quantity }
    }

    #[test]
    fn better_price_trades_first_and_then_the_earlier_order() {
        let mut ladder = Ladder::new(1, 10);
        for (id, price) in [(1, 10_001), (2, 10_000), (3, 10_000)] {
            assert_eq!(ladder.enter(order(id, Side::Sell, price, 100), |_| unreachable!()), 100);
        }
        let mut fills = Vec::new();
        let mut note = |fill: Fill| fills.push((fill.maker, fill.price, fill.quantity, fill.left));
        assert_eq!(ladder.enter(order(4, Side::Buy, 10_000, 150), &mut note), 0);
        assert_eq!(ladder.enter(order(5, Side::Buy, 10_001, 200), &mut note), 50);
        let expected =
            [(2, 10_000, 100, 0), (3, 10_000, 50, 50), (3, 10_000, 50, 0), (1, 10_001, 100, 0)];
        assert_eq!(fills, expected);
        assert_eq!(ladder.order(5), Some((10_001, 50)));
    }

    #[test]
    fn a_canceled_order_is_gone_and_the_queue_closes() {
        let mut ladder = Ladder::new(1, 10);
        for id in 1..=3 {
            ladder.enter(order(id, Side::Buy, 9_999, id * 100), |_| unreachable!());
        }
        assert_eq!(ladder.cancel(2), Some(200));
        assert_eq!(ladder.cancel(2), None);
        assert!(ladder.quantities(0, Side::Buy).eq([100, 300]));
        ladder.enter(order(2, Side::Buy, 9_998, 50), |_| unreachable!());
        assert!(ladder.quantities(0, Side::Buy).eq([100, 300, 50]));
        let mut makers = Vec::new();
        ladder.enter(order(4, Side::Sell, LOWEST_PRICE, 1_000), |fill| makers.push(fill.maker));
        assert_eq!(makers, [1, 3, 2]);
        assert_eq!(ladder.quantities(0, Side::Buy).count(), 0);
    }
}
