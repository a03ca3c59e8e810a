//! Reserve orders: a displayed part in the book, and the rest behind it, hidden, at its own older time.
//!
//! The displayed part is the order: its key finds it, and it counts what the chain executes. It has no place while
//! nothing is displayed, which is only until the incoming order has finished.

use protocol::enums::{Display, Side};

use super::arena::{Arena, NONE};
use super::{Book, Order, Resting};
use crate::command::OrderKey;
use crate::digest::Digest;
use crate::instrument::References;

/// In place of a record: of an order that arrives, what is displayed is settled when it rests.
const ARRIVING: u32 = NONE - 1;

/// What the reserve orders of a shard have beside their two parts.
pub(crate) type Reserves = Arena<Reserve, 64>;

/// How much of an order is displayed at a time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Floor {
    /// Shares displayed; 0: all of them.
    pub(crate) shares: u32,
    /// By how many more or fewer a display may differ.
    pub(crate) random: u32,
}

impl Floor {
    /// All of the order is displayed, or none of it.
    pub(crate) const NONE: Self = Self { shares: 0, random: 0 };
}

/// What a reserve order has beside its two parts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reserve {
    /// The slot of the hidden part, `NONE` when all of the order is displayed.
    hidden: u32,
    floor: Floor,
    /// The reference with which the order entered: its time, however often its display was refreshed.
    entered: u64,
    refreshes: u32,
}

impl Default for Reserve {
    fn default() -> Self {
        Self { hidden: NONE, floor: Floor::NONE, entered: 0, refreshes: 0 }
    }
}

impl Reserve {
    /// The shares that the next display has, in round lots.
    ///
    /// The seed is the log's: nobody outside can tell the size of a random display beforehand.
    fn next_display(&self, round_lot: u32, seed: u64) -> u32 {
        let Floor { shares, random } = self.floor;
        let lots = random.min(shares - round_lot) / round_lot;
        let mixed = Digest::of(b'F').mix(seed).mix(self.entered).mix(self.refreshes).value();
        let above = mixed % u64::from(2 * lots + 1);
        shares - lots * round_lot + round_lot * u32::try_from(above).expect("fewer than a million")
    }
}

impl Resting {
    /// The shares of an order that are open, the hidden ones of a reserve included.
    #[inline]
    pub(crate) fn open_shares(&self, order: &Order) -> u32 {
        if order.has_reserve() { order.open + self.hidden_shares(order) } else { order.open }
    }

    /// The order in `slot` with all its shares.
    #[inline]
    pub(crate) fn whole(&self, slot: u32) -> Order {
        let order = self.orders[slot];
        Order { open: self.open_shares(&order), ..order }
    }

    /// The slot of the order of which the one in `slot` is a part.
    pub(crate) fn whole_slot(&self, slot: u32) -> u32 {
        let order = &self.orders[slot];
        if order.is_part { self.find(order.key).expect("a part's order is open") } else { slot }
    }

    /// How much of an order is displayed at a time.
    #[inline]
    pub(crate) fn floor(&self, order: &Order) -> Floor {
        if order.has_reserve() { self.reserves[order.reserve].floor } else { Floor::NONE }
    }

    /// The reference with which an order entered, the time by which a mass cancel goes.
    pub(crate) fn entered(&self, order: &Order) -> u64 {
        if order.has_reserve() { self.reserves[order.reserve].entered } else { order.reference }
    }

    /// Tells whether the display of an order may have to be refreshed.
    #[inline]
    pub(crate) fn is_refresh_noted(&self) -> bool {
        !self.to_refresh.is_empty()
    }

    /// The orders noted, in the order they were touched; one may be noted twice, and may be gone.
    ///
    /// The list goes back with [`Self::forget_noted`].
    pub(crate) fn take_noted(&mut self) -> Vec<OrderKey> {
        std::mem::take(&mut self.to_refresh)
    }

    /// Takes the list back, for its memory.
    pub(crate) fn forget_noted(&mut self, mut noted: Vec<OrderKey>) {
        assert!(self.to_refresh.is_empty(), "a refresh touches no other order");
        noted.clear();
        self.to_refresh = noted;
    }

    /// Mixes every open order with what it has in reserve.
    pub(crate) fn digests(&self) -> impl Iterator<Item = u64> {
        self.iter().map(|(_, order)| {
            if !order.has_reserve() {
                return order.digest();
            }
            let Reserve { floor, entered, refreshes, .. } = self.reserves[order.reserve];
            Digest::of(b'V')
                .mix(order.digest())
                .mix(self.hidden_shares(order))
                .mix(floor.shares)
                .mix(floor.random)
                .mix(entered)
                .mix(refreshes)
                .value()
        })
    }

    /// Notes how much is displayed of an order that arrives; gives the mark that it bears until it rests.
    #[cold]
    pub(crate) fn arrive_in_parts(&mut self, display: Display, floor: Floor) -> u32 {
        self.arriving = floor;
        if 0 < floor.shares && display != Display::Hidden { ARRIVING } else { Order::WHOLE }
    }

    /// Changes the side of an order among the sell sides; it keeps its place.
    pub(crate) fn set_side(&mut self, slot: u32, side: Side) {
        assert!(!self.orders[slot].side.is_buy(), "a buy order keeps its side");
        assert!(!side.is_buy(), "a sell order stays one");
        self.orders[slot].side = side;
        let hidden = self.hidden_slot(&self.orders[slot]);
        if hidden != NONE {
            self.orders[hidden].side = side;
        }
    }

    #[cold]
    fn hidden_shares(&self, order: &Order) -> u32 {
        match self.hidden_slot(order) {
            NONE => 0,
            hidden => self.orders[hidden].open,
        }
    }

    fn hidden_slot(&self, order: &Order) -> u32 {
        if !order.has_reserve() || order.is_part {
            return NONE;
        }
        self.reserves[order.reserve].hidden
    }
}

impl Book {
    /// Makes the record of an order that is about to rest, and rests what is hidden of it; gives what is displayed.
    pub(crate) fn rest_hidden(
        &mut self,
        order: Order,
        round_lot: u32,
        resting: &mut Resting,
    ) -> Order {
        assert!(order.reserve == ARRIVING, "only an order that arrives is divided");
        let floor = resting.arriving;
        let record = Reserve { floor, entered: order.reference, ..Reserve::default() };
        let shown = order.open.min(record.next_display(round_lot, resting.seed));
        let reserve = resting.reserves.insert(record);
        let display = Order { open: shown, reserve, ..order };
        if shown < order.open {
            let open = order.open - shown;
            let part = Order { open, display: Display::Hidden, is_part: true, ..display };
            let slot = resting.orders.insert(part);
            resting.reserves[reserve].hidden = slot;
            self.append(slot, resting);
        }
        display
    }

    /// Takes `shares` off a reserve order for its owner, the hidden ones first; gives how many were displayed.
    #[cold]
    pub(crate) fn reduce_reserve(&mut self, slot: u32, shares: u32, resting: &mut Resting) -> u32 {
        let order = resting.orders[slot];
        let from_hidden = shares.min(resting.hidden_shares(&order));
        if 0 < from_hidden {
            self.reduce_hidden(resting.hidden_slot(&order), from_hidden, resting);
        }
        let displayed = shares - from_hidden;
        if 0 < displayed {
            self.reduce_display(slot, displayed, resting);
        }
        displayed
    }

    /// Refreshes the display of an order when it fell below a round lot and there is something in reserve.
    ///
    /// Gives the order as it was displayed (with no open shares it was not any more), and as it is now.
    pub(crate) fn refresh(
        &mut self,
        slot: u32,
        round_lot: u32,
        references: &mut References,
        resting: &mut Resting,
    ) -> Option<(Order, Order)> {
        let before = resting.orders[slot];
        let hidden = resting.hidden_slot(&before);
        if hidden == NONE || round_lot <= before.open {
            return None;
        }
        let reserve = &mut resting.reserves[before.reserve];
        reserve.refreshes += 1;
        let wanted = reserve.next_display(round_lot, resting.seed).saturating_sub(before.open);
        let added = wanted.min(resting.orders[hidden].open);
        self.reduce_hidden(hidden, added, resting);
        if 0 < before.open {
            self.leave(slot, resting);
        }
        resting.orders[slot].open += added;
        resting.orders[slot].reference = references.next();
        self.append(slot, resting);
        Some((before, resting.orders[slot]))
    }

    /// Counts an execution of what a reserve order displays or has hidden, and notes it for a refresh.
    #[cold]
    pub(super) fn execute_part(&mut self, slot: u32, shares: u32, resting: &mut Resting) {
        let order = resting.whole_slot(slot);
        resting.to_refresh.push(resting.orders[order].key);
        resting.orders[order].executed += shares;
        if order == slot {
            self.reduce_display(slot, shares, resting);
        } else {
            self.reduce_hidden(slot, shares, resting);
            self.forget_if_done(order, resting);
        }
    }

    /// Takes a reserve order out with both its parts.
    #[cold]
    pub(super) fn take_out_parts(&mut self, slot: u32, resting: &mut Resting) {
        let order = resting.orders[slot];
        let hidden = resting.hidden_slot(&order);
        if hidden != NONE {
            self.reduce_hidden(hidden, resting.orders[hidden].open, resting);
        }
        if order.open == 0 {
            self.forget_if_done(slot, resting);
        } else {
            self.reduce_display(slot, order.open, resting);
        }
    }

    /// Takes shares off the display; with something left behind it the order stays, for the time without a place.
    fn reduce_display(&mut self, slot: u32, shares: u32, resting: &mut Resting) {
        let order = &mut resting.orders[slot];
        assert!(shares <= order.open, "an order loses no more than is open");
        order.open -= shares;
        if order.open == 0 {
            self.leave(slot, resting);
            self.forget_if_done(slot, resting);
        }
    }

    fn reduce_hidden(&mut self, slot: u32, shares: u32, resting: &mut Resting) {
        let part = &mut resting.orders[slot];
        assert!(shares <= part.open, "an order loses no more than is open");
        part.open -= shares;
        if part.open == 0 {
            let reserve = part.reserve;
            self.leave(slot, resting);
            resting.orders.remove(slot);
            resting.reserves[reserve].hidden = NONE;
        }
    }

    /// Forgets an order that has no shares and no place any more.
    fn forget_if_done(&mut self, slot: u32, resting: &mut Resting) {
        let order = resting.orders[slot];
        if resting.open_shares(&order) == 0 {
            resting.reserves.remove(order.reserve);
            resting.open.remove(order.key, order.page);
            resting.orders.remove(slot);
            self.open -= 1;
        }
    }

    /// Puts an order or a part behind all others at its price.
    fn append(&mut self, slot: u32, resting: &mut Resting) {
        let Resting { orders, levels, links, .. } = resting;
        let order = &mut orders[slot];
        order.level = self.own_mut(order).find_or_insert(order.price, levels);
        levels[order.level].append(slot, links);
    }

    /// Takes an order or a part out of its queue.
    fn leave(&mut self, slot: u32, resting: &mut Resting) {
        let Resting { orders, levels, links, .. } = resting;
        let order = &orders[slot];
        levels[order.level].unlink(slot, links);
        if levels[order.level].is_empty() {
            self.own_mut(order).remove(order.price, levels);
        }
    }
}
