//! Looking ahead: loads what the next commands will need before the first of them is applied.
//!
//! A command finds its order by a chain of loads, each of which misses the cache when many orders rest, and its
//! own work hides none of them. The chains of different commands do not depend on each other: walked side by
//! side, one step of all of them at a time, they wait together. Nothing of the book is kept and nothing is
//! changed, so what a command does cannot depend on it; a command that changes what a later one finds costs
//! that one a miss.

use std::hint::black_box;

use protocol::enums::Side;

use super::arena::NONE;
use super::{Book, Resting};
use crate::command::{OrderKey, OrderPrice};

/// How many commands are looked at together.
pub const AHEAD: usize = 16;

/// What the next commands name: the orders that may change or leave, the levels that orders may join.
#[derive(Debug)]
pub(crate) struct Ahead {
    orders: List,
    levels: List,
}

/// Slots, at most one for each command.
#[derive(Debug)]
struct List {
    slots: [u32; AHEAD],
    length: usize,
}

impl Ahead {
    pub(crate) const fn new() -> Self {
        Self { orders: List::new(), levels: List::new() }
    }

    /// Notes the open order that a command names.
    pub(crate) fn order(&mut self, key: OrderKey, resting: &Resting) {
        if let Some(slot) = resting.find(key) {
            self.orders.push(slot);
        }
    }

    /// Notes the level at which an order may rest.
    pub(crate) fn level(&mut self, side: Side, price: OrderPrice, book: &Book) {
        if let OrderPrice::Limit(limit) = price
            && let Some(level) = book.displayed.own(side).find(limit)
        {
            self.levels.push(level);
        }
    }

    /// Loads what was noted, and what that leads to.
    pub(crate) fn load(&self, resting: &Resting) {
        let Resting { orders, levels, links, .. } = resting;
        let mut neighbours = [(NONE, NONE); AHEAD];
        for (&slot, found) in self.orders.iter().zip(&mut neighbours) {
            let link = links[slot as usize];
            *found = (link.previous, link.next);
            black_box(orders[slot].level);
        }
        let mut last = [NONE; AHEAD];
        for (&slot, found) in self.levels.iter().zip(&mut last) {
            *found = levels[slot].last;
        }
        let touch = |slot: u32| links.get(slot as usize).map_or(NONE, |link| link.next);
        for (&slot, (previous, next)) in self.orders.iter().zip(neighbours) {
            // An order that waits for a cross has no level.
            let level = orders[slot].level;
            let first = if level == NONE { NONE } else { levels[level].first };
            black_box((touch(previous), touch(next), first));
        }
        for last in &last[..self.levels.length] {
            black_box(touch(*last));
        }
    }
}

impl List {
    const fn new() -> Self {
        Self { slots: [NONE; AHEAD], length: 0 }
    }

    fn push(&mut self, slot: u32) {
        self.slots[self.length] = slot;
        self.length += 1;
    }

    fn iter(&self) -> std::slice::Iter<'_, u32> {
        self.slots[..self.length].iter()
    }
}
