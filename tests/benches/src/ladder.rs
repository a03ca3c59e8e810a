//! The yardstick: a bounded price-time book, as fast as a plain one gets.
//!
//! An array of levels for the 1,024 ticks that exist, a bitmap over it to find the best, orders linked by
//! `u32`, and a dense array from order number to slot. It keeps no owner and no second attribute, says nothing
//! to anybody, and takes no price outside its window: what a real book needs beyond it is what the benches show.

/// Names no slot.
const NONE: u32 = u32::MAX;

/// Ticks of the window.
const TICKS: usize = 1024;

/// The lowest tick of the window.
const LOWEST: u32 = 9_500;

#[derive(Clone, Copy)]
struct Order {
    number: u64,
    shares: u32,
    symbol: u32,
    previous: u32,
    next: u32,
    place: u16,
    is_buy: bool,
}

#[derive(Clone, Copy)]
struct Level {
    first: u32,
    last: u32,
    shares: u64,
}

struct Side {
    levels: Box<[Level; TICKS]>,
    used: [u64; TICKS / 64],
    /// Which words of `used` are not zero.
    words: u16,
}

impl Side {
    fn new() -> Self {
        let levels = vec![Level { first: NONE, last: NONE, shares: 0 }; TICKS].into_boxed_slice();
        Self {
            levels: levels.try_into().ok().expect("as many levels as ticks"),
            used: [0; TICKS / 64],
            words: 0,
        }
    }

    fn mark(&mut self, place: usize) {
        self.used[place >> 6] |= 1 << (place & 63);
        self.words |= 1 << (place >> 6);
    }

    fn unmark(&mut self, place: usize) {
        self.used[place >> 6] &= !(1 << (place & 63));
        if self.used[place >> 6] == 0 {
            self.words &= !(1 << (place >> 6));
        }
    }

    fn lowest(&self) -> Option<usize> {
        if self.words == 0 {
            return None;
        }
        let word = self.words.trailing_zeros() as usize;
        Some((word << 6) | self.used[word].trailing_zeros() as usize)
    }

    fn highest(&self) -> Option<usize> {
        if self.words == 0 {
            return None;
        }
        let word = 15 - self.words.leading_zeros() as usize;
        Some((word << 6) | (63 - self.used[word].leading_zeros() as usize))
    }
}

/// An execution: the resting order's number, the tick, the shares, and what stays of the resting order.
pub struct Execution {
    pub resting: u64,
    pub tick: u32,
    pub shares: u32,
    pub left: u32,
}

/// The ladders of all symbols.
pub struct Ladder {
    /// By symbol: bids, asks.
    sides: Vec<[Side; 2]>,
    orders: Vec<Order>,
    free: u32,
    by_number: Vec<u32>,
}

impl Ladder {
    /// Builds empty ladders for orders numbered up to `last_number`.
    pub fn new(symbols: u32, last_number: u32) -> Self {
        Self {
            sides: (0..symbols).map(|_| [Side::new(), Side::new()]).collect(),
            orders: Vec::new(),
            free: NONE,
            by_number: vec![NONE; last_number as usize + 1],
        }
    }

    /// Trades what crosses and rests what is left; `tick` lies in the window.
    #[inline]
    pub fn enter(
        &mut self,
        symbol: u32,
        number: u64,
        is_buy: bool,
        tick: u32,
        mut shares: u32,
        mut executed: impl FnMut(Execution),
    ) {
        let place = (tick - LOWEST) as usize;
        while 0 < shares {
            let Some(best) = self.best(symbol, !is_buy) else { break };
            if if is_buy { place < best } else { best < place } {
                break;
            }
            let level = &mut self.sides[symbol as usize][usize::from(is_buy)].levels[best];
            let slot = level.first;
            let order = &mut self.orders[slot as usize];
            let traded = order.shares.min(shares);
            let (resting, left) = (order.number, order.shares - traded);
            shares -= traded;
            if left == 0 {
                self.unlink(slot);
            } else {
                order.shares = left;
                level.shares -= u64::from(traded);
            }
            let best = u32::try_from(best).expect("a place of the window");
            executed(Execution { resting, tick: LOWEST + best, shares: traded, left });
        }
        if 0 < shares {
            self.rest(symbol, number, is_buy, place, shares);
        }
    }

    /// Takes an order out; tells whether it was there.
    #[inline]
    pub fn cancel(&mut self, number: u64) -> bool {
        match self.by_number[index(number)] {
            NONE => false,
            slot => {
                self.unlink(slot);
                true
            }
        }
    }

    /// Shares of the first orders of a side, in the order in which they would trade.
    pub fn first_shares(&self, symbol: u32, is_buy: bool, count: usize) -> Vec<u32> {
        let mut shares = Vec::with_capacity(count);
        let side = &self.sides[symbol as usize][usize::from(!is_buy)];
        let mut place = self.best(symbol, is_buy);
        while let Some(level) = place.and_then(|place| side.levels.get(place)) {
            let mut slot = level.first;
            while slot != NONE && shares.len() < count {
                shares.push(self.orders[slot as usize].shares);
                slot = self.orders[slot as usize].next;
            }
            if shares.len() == count {
                break;
            }
            place = place
                .and_then(|place| if is_buy { place.checked_sub(1) } else { place.checked_add(1) });
        }
        shares
    }

    fn best(&self, symbol: u32, is_buy: bool) -> Option<usize> {
        let [bids, asks] = &self.sides[symbol as usize];
        if is_buy { bids.highest() } else { asks.lowest() }
    }

    #[inline]
    fn rest(&mut self, symbol: u32, number: u64, is_buy: bool, place: usize, shares: u32) {
        let side = &mut self.sides[symbol as usize][usize::from(!is_buy)];
        let level = &mut side.levels[place];
        let order = Order {
            number,
            shares,
            symbol,
            previous: level.last,
            next: NONE,
            place: u16::try_from(place).expect("a place of the window"),
            is_buy,
        };
        let slot = if self.free == NONE {
            self.orders.push(order);
            u32::try_from(self.orders.len() - 1).expect("fewer than 2^32 orders")
        } else {
            let slot = self.free;
            self.free = self.orders[slot as usize].next;
            self.orders[slot as usize] = order;
            slot
        };
        match level.last {
            NONE => level.first = slot,
            last => self.orders[last as usize].next = slot,
        }
        level.last = slot;
        level.shares += u64::from(shares);
        side.mark(place);
        self.by_number[index(number)] = slot;
    }

    #[inline]
    fn unlink(&mut self, slot: u32) {
        let order = self.orders[slot as usize];
        let place = usize::from(order.place);
        let side = &mut self.sides[order.symbol as usize][usize::from(!order.is_buy)];
        let level = &mut side.levels[place];
        level.shares -= u64::from(order.shares);
        match order.previous {
            NONE => level.first = order.next,
            previous => self.orders[previous as usize].next = order.next,
        }
        match order.next {
            NONE => level.last = order.previous,
            next => self.orders[next as usize].previous = order.previous,
        }
        if level.first == NONE {
            side.unmark(place);
        }
        self.by_number[index(order.number)] = NONE;
        self.orders[slot as usize].next = self.free;
        self.free = slot;
    }
}

fn index(number: u64) -> usize {
    usize::try_from(number).expect("64 bits")
}
