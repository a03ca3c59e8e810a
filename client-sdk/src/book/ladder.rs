//! One side of a book: levels by price, at each the orders by time.

use std::collections::BTreeMap;

use protocol::enums::Side;
use protocol::{Mpid, Price};

/// A displayed order as it stands now.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Order {
    pub reference: u64,
    /// Buy or sell; the feed knows no others.
    pub side: Side,
    pub price: Price,
    /// Displayed shares that are left.
    pub shares: u32,
    /// The firm, when it shows its name.
    pub attribution: Option<Mpid>,
}

/// What a level adds up to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Quote {
    pub price: Price,
    pub shares: u64,
    pub orders: usize,
}

/// Where an order stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Place {
    pub(super) side: Side,
    price: Price,
    /// Rises with every order that joins the book.
    arrival: u64,
}

impl Place {
    pub(super) fn new(order: &Order, arrival: u64) -> Self {
        Self { side: order.side, price: order.price, arrival }
    }
}

/// The orders of one price.
#[derive(Clone, Debug, Default)]
struct Level {
    shares: u64,
    /// By arrival.
    queue: BTreeMap<u64, Order>,
}

/// The levels of one side.
#[derive(Clone, Debug, Default)]
pub(super) struct Ladder {
    /// By rank, the best first.
    levels: BTreeMap<u32, Level>,
}

impl Ladder {
    /// Puts an order at the end of the queue of its price.
    pub(super) fn join(&mut self, place: Place, order: Order) {
        let level = self.levels.entry(rank(place.side, place.price)).or_default();
        level.shares += u64::from(order.shares);
        level.queue.insert(place.arrival, order);
    }

    /// Takes an order out.
    pub(super) fn leave(&mut self, place: Place) -> Option<Order> {
        let rank = rank(place.side, place.price);
        let level = self.levels.get_mut(&rank)?;
        let order = level.queue.remove(&place.arrival)?;
        level.shares -= u64::from(order.shares);
        if level.queue.is_empty() {
            self.levels.remove(&rank);
        }
        Some(order)
    }

    /// Takes shares off an order that has more; it keeps its place.
    pub(super) fn reduce(&mut self, place: Place, shares: u32) {
        let Some(level) = self.levels.get_mut(&rank(place.side, place.price)) else { return };
        let Some(order) = level.queue.get_mut(&place.arrival) else { return };
        assert!(shares < order.shares, "an order without shares leaves");
        order.shares -= shares;
        level.shares -= u64::from(shares);
    }

    pub(super) fn order(&self, place: Place) -> Option<&Order> {
        self.levels.get(&rank(place.side, place.price))?.queue.get(&place.arrival)
    }

    /// Returns the levels, the best first.
    pub(super) fn quotes(&self, side: Side) -> impl Iterator<Item = Quote> {
        self.levels.iter().map(move |(&rank, level)| Quote {
            price: priced(side, rank),
            shares: level.shares,
            orders: level.queue.len(),
        })
    }

    /// Returns the orders of a price, the earliest first.
    pub(super) fn queue(&self, side: Side, price: Price) -> impl Iterator<Item = &Order> {
        let level = self.levels.get(&rank(side, price));
        level.into_iter().flat_map(|level| level.queue.values())
    }
}

/// Counts prices from the best one on: the highest bid, the lowest offer.
fn rank(side: Side, price: Price) -> u32 {
    let steps = price.ten_thousandths();
    if side.is_buy() { u32::MAX - steps } else { steps }
}

/// The inverse of [`rank`].
fn priced(side: Side, rank: u32) -> Price {
    Price::new(if side.is_buy() { u32::MAX - rank } else { rank })
}
