//! The book: resting orders by price and time, and the ways to find them.
//!
//! Each instrument has its two sides; orders, levels and the index of open orders belong to the shard, so
//! that memory follows what rests, not the number of instruments.

mod arena;
mod order;
mod level;
mod side;
mod index;
mod ahead;
mod reserve;
#[cfg(test)]
mod invariants;

pub use ahead::AHEAD;
pub(crate) use ahead::Ahead;
pub(crate) use order::{Order, notional};
pub(crate) use reserve::Floor;

use protocol::Price;
use protocol::enums::Side;

use crate::command::{OrderKey, PortId};
use arena::Arena;
use index::OpenOrders;
use level::{Level, Levels, Links};
use order::Orders;
use reserve::Reserves;
use side::BookSide;

/// What the books of one shard share: their orders and levels, and the index of open orders.
#[derive(Debug)]
pub(crate) struct Resting {
    orders: Orders,
    levels: Levels,
    links: Links,
    open: OpenOrders,
    reserves: Reserves,
    /// Of the order that arrives, where it is marked as one with a reserve.
    arriving: Floor,
    /// Orders whose display may have to be refreshed.
    to_refresh: Vec<OrderKey>,
    /// Of the log: random displays follow from it.
    pub(crate) seed: u64,
}

/// Bytes that the books of a shard take.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// The orders and their neighbours.
    pub orders: usize,
    /// The index that finds an order by its number.
    pub index: usize,
    pub levels: usize,
}

impl Resting {
    /// Makes a shard's storage; it takes memory as orders come.
    pub(crate) const fn new() -> Self {
        Self {
            orders: Arena::new(),
            levels: Levels::new(),
            links: Links::new(),
            open: OpenOrders::new(),
            reserves: Arena::new(),
            arriving: Floor::NONE,
            to_refresh: Vec::new(),
            seed: 0,
        }
    }

    /// Bytes in use, or once used and kept.
    pub(crate) fn memory(&self) -> Memory {
        Memory {
            orders: self.orders.bytes() + size_of_val(&self.links[..]) + self.reserves.bytes(),
            index: self.open.bytes(),
            levels: self.levels.bytes(),
        }
    }

    /// The order in `slot`.
    pub(crate) fn order(&self, slot: u32) -> &Order {
        &self.orders[slot]
    }

    /// Finds the slot of an open order.
    pub(crate) fn find(&self, key: OrderKey) -> Option<u32> {
        self.open.find(key)
    }

    /// Tells whether an order is open.
    pub(crate) fn is_open(&self, key: OrderKey) -> bool {
        self.find(key).is_some()
    }

    /// Visits the slots of a port's open orders, of one channel or (0) of all; by channel, then by number.
    pub(crate) fn of_port(&self, port: PortId, user_ref_idx: u8) -> impl Iterator<Item = u32> {
        self.open.of_port(port, user_ref_idx)
    }

    /// Visits all open orders with their slots, in no order that means anything.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &Order)> {
        self.orders.iter().filter(|(_, order)| 0 < order.open && !order.is_part)
    }
}

/// The book of one instrument.
#[derive(Debug)]
pub(crate) struct Book {
    displayed: Sides,
    /// Orders that the feed does not show: at one price they stand behind those that it does. `None` until there was one.
    hidden: Option<Box<Sides>>,
    /// Orders that wait for a cross, the earliest first.
    waiting: Level,
    open: usize,
}

/// Both sides of a book, or of a part of it.
#[derive(Debug)]
struct Sides {
    bids: BookSide,
    asks: BookSide,
}

impl Sides {
    const fn new() -> Self {
        Self { bids: BookSide::bids(), asks: BookSide::asks() }
    }

    /// The side on which orders of `side` rest.
    fn own(&self, side: Side) -> &BookSide {
        if side.is_buy() { &self.bids } else { &self.asks }
    }

    fn own_mut(&mut self, side: Side) -> &mut BookSide {
        if side.is_buy() { &mut self.bids } else { &mut self.asks }
    }

    /// The side against which orders of `side` trade.
    fn against(&self, side: Side) -> &BookSide {
        if side.is_buy() { &self.asks } else { &self.bids }
    }
}

impl Book {
    /// Makes an empty book.
    pub(crate) const fn new() -> Self {
        Self { displayed: Sides::new(), hidden: None, waiting: Level::EMPTY, open: 0 }
    }

    /// How many orders rest or wait for a cross.
    pub(crate) fn open(&self) -> usize {
        self.open
    }

    /// The best price an order of `side` could trade at, with an order that is displayed or not.
    pub(crate) fn best_against(&self, side: Side) -> Option<Price> {
        self.best_level_against(side).map(|(price, _)| price)
    }

    /// The shares that displayed orders of `side` have open at one price; each order there is looked at.
    pub(crate) fn shares_at(&self, side: Side, price: Price, resting: &Resting) -> u64 {
        let Some(level) = self.displayed.own(side).find(price) else { return 0 };
        queue(level, resting).map(|slot| u64::from(resting.orders[slot].open)).sum()
    }

    /// The slot of the order that an order of `side` trades with first, if its price is within `bound`.
    pub(crate) fn first_against(&self, side: Side, bound: Price, resting: &Resting) -> Option<u32> {
        let (price, level) = self.best_level_against(side)?;
        self.displayed.against(side).reaches(price, bound).then(|| resting.levels[level].first)
    }

    /// Visits the slots of all orders that an order of `side` could trade with within `bound`, in their order.
    pub(crate) fn all_against(
        &self,
        side: Side,
        bound: Price,
        resting: &Resting,
    ) -> impl Iterator<Item = u32> {
        let own = self.displayed.against(side);
        let mut displayed = own.best_first().peekable();
        let hidden = self.hidden.iter().flat_map(move |hidden| hidden.against(side).best_first());
        let mut hidden = hidden.peekable();
        let levels = std::iter::from_fn(move || match (displayed.peek(), hidden.peek()) {
            (Some((shown, _)), Some((price, _))) if !own.reaches(*shown, *price) => hidden.next(),
            (None, _) => hidden.next(),
            _ => displayed.next(),
        });
        let within = levels.take_while(move |(price, _)| own.reaches(*price, bound));
        within.flat_map(|(_, level)| queue(level, resting))
    }

    fn best_level_against(&self, side: Side) -> Option<(Price, u32)> {
        let displayed = self.displayed.against(side);
        match &self.hidden {
            None => displayed.best(),
            Some(hidden) => better(displayed, hidden.against(side)),
        }
    }

    /// Tells whether the best prices of both sides meet.
    pub(crate) fn is_crossed(&self) -> bool {
        match (self.best_against(Side::Sell), self.best_against(Side::Buy)) {
            (Some(bid), Some(ask)) => ask <= bid,
            _ => false,
        }
    }

    /// Visits the slots of the resting orders of one side, the first to trade first.
    pub(crate) fn resting_orders(&self, side: Side, resting: &Resting) -> Vec<u32> {
        let (other, worst) =
            if side.is_buy() { (Side::Sell, Price::ZERO) } else { (Side::Buy, Price::MAX) };
        self.all_against(other, worst, resting).collect()
    }

    /// The slots of the orders that wait for a cross, the earliest first.
    pub(crate) fn waiting_orders(&self, resting: &Resting) -> Vec<u32> {
        queued(self.waiting, resting).collect()
    }

    /// Lets an order wait for its cross, out of sight.
    #[cold]
    pub(crate) fn wait(&mut self, mut order: Order, resting: &mut Resting) {
        assert!(0 < order.open, "what waits has open shares");
        assert!(order.auction.waits(), "an order of the continuous market rests");
        let Resting { orders, links, open, .. } = resting;
        order.level = arena::NONE;
        let slot = orders.insert(order);
        orders[slot].page = open.insert(order.key, slot);
        self.waiting.append(slot, links);
        self.open += 1;
    }

    /// Rests an order behind all others at its price.
    pub(crate) fn rest(&mut self, mut order: Order, resting: &mut Resting) {
        assert!(0 < order.open, "what rests has open shares");
        let Resting { orders, levels, links, open, .. } = resting;
        order.level = self.own_mut(&order).find_or_insert(order.price, levels);
        let slot = orders.insert(order);
        orders[slot].page = open.insert(order.key, slot);
        levels[order.level].append(slot, links);
        self.open += 1;
    }

    /// Takes `shares` off an order without a reserve, which keeps its place, or leaves when none stay open.
    pub(crate) fn reduce(&mut self, slot: u32, shares: u32, resting: &mut Resting) {
        let order = &mut resting.orders[slot];
        debug_assert!(!order.has_reserve(), "a reserve has parts");
        assert!(shares <= order.open, "an order loses no more than is open");
        if shares == order.open {
            self.take_out(slot, resting);
        } else {
            order.open -= shares;
        }
    }

    /// Counts `shares` of an order as executed and takes them off it, or off its part in `slot`.
    pub(crate) fn execute(&mut self, slot: u32, shares: u32, resting: &mut Resting) {
        assert!(0 < shares, "an execution has shares");
        let order = &mut resting.orders[slot];
        if order.has_reserve() {
            return self.execute_part(slot, shares, resting);
        }
        order.executed += shares;
        self.reduce(slot, shares, resting);
    }

    /// Takes an order out, with what it has in reserve.
    pub(crate) fn remove(&mut self, slot: u32, resting: &mut Resting) {
        if resting.orders[slot].has_reserve() {
            self.take_out_parts(slot, resting);
        } else {
            self.take_out(slot, resting);
        }
    }

    fn take_out(&mut self, slot: u32, resting: &mut Resting) {
        let Resting { orders, levels, links, open, .. } = resting;
        let order = orders[slot];
        let Order { key, price, level, page, .. } = order;
        if level == arena::NONE {
            self.waiting.unlink(slot, links);
        } else {
            levels[level].unlink(slot, links);
            if levels[level].is_empty() {
                self.own_mut(&order).remove(price, levels);
            }
        }
        open.remove(key, page);
        orders.remove(slot);
        self.open -= 1;
    }

    fn own_mut(&mut self, order: &Order) -> &mut BookSide {
        let part = if order.is_displayed() {
            &mut self.displayed
        } else {
            hidden_or_new(&mut self.hidden)
        };
        part.own_mut(order.side)
    }
}

/// The best level of two parts of one side, of the first at one price.
#[cold]
fn better(displayed: &BookSide, hidden: &BookSide) -> Option<(Price, u32)> {
    match (displayed.best(), hidden.best()) {
        (shown, None) => shown,
        (Some(shown), Some(hidden)) if displayed.reaches(shown.0, hidden.0) => Some(shown),
        (_, hidden) => hidden,
    }
}

#[cold]
fn hidden_or_new(hidden: &mut Option<Box<Sides>>) -> &mut Sides {
    hidden.get_or_insert_with(|| Box::new(Sides::new()))
}

/// Visits the slots of a level in the order of time.
fn queue(level: u32, resting: &Resting) -> impl Iterator<Item = u32> {
    queued(resting.levels[level], resting)
}

/// Visits the slots of a queue in the order of time.
fn queued(level: Level, resting: &Resting) -> impl Iterator<Item = u32> {
    let there = |slot: u32| (slot != arena::NONE).then_some(slot);
    std::iter::successors(there(level.first), move |slot| there(resting.links[*slot as usize].next))
}
