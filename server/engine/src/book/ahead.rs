//! Looking ahead: loads what the next commands will need before the first of them is applied.
//!
//! A command finds its order by a chain of loads, each of which misses the cache when many orders rest, and its
//! own work hides none of them. The chains of different commands do not depend on each other: walked side by
//! side, one step of all of them at a time, they wait together. Nothing is kept and nothing is changed, so what
//! a command does cannot depend on it; a command that changes what a later one finds costs that one a miss.

use std::hint::black_box;

use super::arena::NONE;
use super::{Book, Resting};
use crate::command::{OrderKey, OrderPrice};
use protocol::enums::Side;

/// Where the walk of one command stands.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// Everything is loaded, or there is nothing to load.
    Done,
    /// An order that will leave or change.
    Order(u32),
    /// A level that an order will join.
    Level(u32),
    /// The neighbours of an order, and its level.
    Neighbours { level: u32, previous: u32, next: u32 },
}

impl Step {
    /// Begins with the open order that a command names.
    pub(crate) fn to_order(key: OrderKey, resting: &Resting) -> Self {
        resting.find(key).map_or(Self::Done, Self::Order)
    }

    /// Begins with the level at which an order may rest.
    pub(crate) fn to_level(side: Side, price: OrderPrice, book: &Book) -> Self {
        let own = if side.is_buy() { &book.bids } else { &book.asks };
        match price {
            OrderPrice::Limit(limit) => own.find(limit).map_or(Self::Done, Self::Level),
            OrderPrice::Market { .. } => Self::Done,
        }
    }

    /// Loads what the walk has come to.
    pub(crate) fn load(self, resting: &Resting) -> Self {
        match self {
            Self::Done => Self::Done,
            Self::Order(slot) => {
                let link = resting.links[slot as usize];
                let level = resting.orders[slot].level;
                Self::Neighbours { level, previous: link.previous, next: link.next }
            }
            Self::Level(level) => {
                let last = resting.levels[level].last;
                Self::Neighbours { level, previous: last, next: NONE }
            }
            Self::Neighbours { level, previous, next } => {
                let touch = |slot: u32| resting.links.get(slot as usize).map(|link| link.next);
                black_box((resting.levels[level].first, touch(previous), touch(next)));
                Self::Done
            }
        }
    }
}
