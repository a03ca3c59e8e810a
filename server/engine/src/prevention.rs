//! Self-match prevention at work: what an incoming order does to a resting one of its owner instead of trading.
//!
//! No trade is reported anywhere; the feed shows that shares leave the book. What an order is decremented by counts
//! for its chain like what it executed.

use protocol::Price;
use protocol::enums::{CancelReason, LiquidityFlag};

use crate::book::{Order, notional};
use crate::continuous::{Continuous, added};
use crate::event::{Event, Prevented};
use crate::self_match::{Act, decide};

/// An order that takes part in a cross.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entrant {
    pub(crate) slot: u32,
    /// Shares that have met nobody yet.
    pub(crate) left: u32,
    /// What its execution would carry.
    pub(crate) flag: LiquidityFlag,
}

impl Continuous<'_> {
    /// Tells whether two orders that could trade are kept from it.
    pub(crate) fn is_prevented(&self, incoming: &Order, resting: &Order) -> bool {
        incoming.self_match.is_on() && resting.self_match.is_on() && self.is_same(incoming, resting)
    }

    #[cold]
    fn is_same(&self, incoming: &Order, resting: &Order) -> bool {
        let level = crate::self_match::level(incoming.self_match.strategy);
        incoming.self_match.group == resting.self_match.group
            && self.members.are_one(level, incoming.key.port, resting.key.port)
    }

    /// What would happen between two orders that are kept from each other.
    pub(crate) fn act(incoming: &Order, resting: &Order) -> Act {
        decide(incoming.self_match.strategy, resting.self_match.strategy).0
    }

    /// Does to both orders what is done instead of a trade; the incoming one may have nothing left then.
    #[cold]
    pub(crate) fn prevent(&mut self, incoming: &mut Order, slot: u32) {
        let resting = *self.resting.order(slot);
        let (act, strategy) = decide(incoming.self_match.strategy, resting.self_match.strategy);
        let shares = incoming.open.min(resting.open);
        let (price, added) = (resting.price, added(&resting));
        let told = |order: &Order, lost, liquidity_flag| {
            let key = order.key;
            Prevented { key, lost, prevented: shares, price, liquidity_flag, strategy }
        };
        match act {
            Act::Decrement { details } => {
                self.tell_prevented(told(&resting, shares, added), details);
                self.take_from_resting(slot, shares);
                self.tell_prevented(told(incoming, shares, LiquidityFlag::Removed), details);
                incoming.open -= shares;
                incoming.executed += shares;
            }
            Act::CancelOldest => {
                let slot = self.resting.whole_slot(slot);
                let whole = self.resting.whole(slot);
                let shares = incoming.open.min(whole.open);
                let told = Prevented { prevented: shares, ..told(&whole, whole.open, added) };
                self.tell_prevented(told, true);
                self.take_whole(slot);
            }
            Act::CancelNewest => {
                let lost = incoming.open;
                self.tell_prevented(told(incoming, lost, LiquidityFlag::Removed), true);
                incoming.open = 0;
            }
        }
    }

    /// Does to two orders that meet in a cross what is done instead of a trade; gives what each loses.
    ///
    /// An order that goes keeps the shares that have met others before: only what it has left goes.
    #[cold]
    pub(crate) fn prevent_in_cross(
        &mut self,
        earlier: Entrant,
        later: Entrant,
        price: Price,
    ) -> (u32, u32) {
        let strategies = [earlier, later].map(|one| self.resting.order(one.slot).self_match);
        let (act, strategy) = decide(strategies[1].strategy, strategies[0].strategy);
        let shares = earlier.left.min(later.left);
        let (lost_by_earlier, lost_by_later) = match act {
            Act::Decrement { .. } => (shares, shares),
            Act::CancelOldest => (earlier.left, 0),
            Act::CancelNewest => (0, later.left),
        };
        let details = act != Act::Decrement { details: false };
        for (one, lost) in [(earlier, lost_by_earlier), (later, lost_by_later)] {
            if 0 < lost {
                let (key, liquidity_flag) = (self.resting.order(one.slot).key, one.flag);
                let told =
                    Prevented { key, lost, prevented: shares, price, liquidity_flag, strategy };
                self.tell_prevented(told, details);
                self.take_from_resting(one.slot, lost);
            }
        }
        (lost_by_earlier, lost_by_later)
    }

    /// Takes shares off a resting order as if they had traded; its port gets back what they held.
    fn take_from_resting(&mut self, slot: u32, shares: u32) {
        let resting = *self.resting.order(slot);
        self.instrument.book.execute(slot, shares, self.resting);
        self.show_less(&resting, shares);
        self.applied.release(resting.key.port, u128::from(notional(shares, resting.price)));
    }

    /// Takes a resting order out with what it has in reserve.
    fn take_whole(&mut self, slot: u32) {
        let (shown, whole) = (*self.resting.order(slot), self.resting.whole(slot));
        self.instrument.book.remove(slot, self.resting);
        if 0 < shown.open {
            self.show_less(&shown, shown.open);
        }
        self.applied.release(whole.key.port, u128::from(whole.notional()));
    }

    fn tell_prevented(&mut self, prevented: Prevented, details: bool) {
        let Prevented { key, lost: quantity, .. } = prevented;
        let reason = CancelReason::SelfMatch;
        self.emit(if details {
            Event::Prevented(prevented)
        } else {
            Event::Canceled { key, quantity, reason }
        });
    }
}
