//! Self-match prevention: two orders of one owner that have it on do not trade with each other.

use protocol::Mpid;
use protocol::enums::{CancelReason, LiquidityFlag};

use super::matching::added;
use super::reserve::Offer;
use super::{Model, Order};

/// One row a level, one column each of what happens: `docs/protocols/ouch.md`, "AIQ strategies".
const FIRM: [u8; 5] = *b"YDOWR";
const ORGANIZATION: [u8; 5] = *b"ydowr";
const AFFILIATE: [u8; 5] = *b"ZEPXS";
const ANY: [u8; 5] = *b"01245";

const OFF: u8 = b'N';

/// What happens instead of a trade, by the column of the strategy.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Act {
    DecrementNoDetails,
    Decrement,
    CancelOldest,
    CancelNewest,
}

/// What is told of a trade that was prevented.
pub(super) struct Told {
    /// Shares that would have traded, and at which price.
    pub(super) prevented: u32,
    pub(super) price: u64,
    pub(super) strategy: u8,
}

impl Model {
    /// Tells whether two orders that could trade must not.
    pub(super) fn is_self_match(&self, incoming: &Order, resting: &Order) -> bool {
        incoming.strategy != OFF
            && resting.strategy != OFF
            && incoming.group == resting.group
            && self.is_one_owner(incoming.strategy, incoming.port, resting.port)
    }

    /// The incoming order loses shares, the resting one does, or both; nothing trades.
    pub(super) fn prevent(&mut self, incoming: &mut Order, offer: &Offer) {
        let resting = self.orders[offer.index];
        let (act, strategy) = act(incoming.strategy, resting.strategy);
        let shares = incoming.open.min(offer.shares);
        let mut told = Told { prevented: shares, price: resting.price(), strategy };
        match act {
            Act::DecrementNoDetails => {
                self.answer_canceled(&resting, shares, CancelReason::SelfMatch);
                self.decrement(offer, shares);
                self.answer_canceled(incoming, shares, CancelReason::SelfMatch);
            }
            Act::Decrement => {
                self.answer_aiq_canceled(&resting, shares, &told, added(&resting, offer));
                self.decrement(offer, shares);
                self.answer_aiq_canceled(incoming, shares, &told, LiquidityFlag::Removed);
            }
            Act::CancelOldest => {
                told.prevented = incoming.open.min(resting.open);
                self.answer_aiq_canceled(&resting, resting.open, &told, added(&resting, offer));
                self.show_gone(&resting);
                self.orders.remove(offer.index);
                return;
            }
            Act::CancelNewest => {
                self.answer_aiq_canceled(incoming, incoming.open, &told, LiquidityFlag::Removed);
                incoming.open = 0;
                return;
            }
        }
        incoming.open -= shares;
        incoming.executed += shares;
    }

    /// The same for two that meet in a cross, the earlier first, with what each has left; gives what each loses.
    pub(super) fn prevent_in_cross(
        &mut self,
        offers: [Offer; 2],
        price: u64,
        flags: [LiquidityFlag; 2],
    ) -> [u64; 2] {
        let orders = offers.map(|offer| self.orders[offer.index]);
        let (act, strategy) = act(orders[1].strategy, orders[0].strategy);
        let prevented = offers[0].shares.min(offers[1].shares);
        let lost = match act {
            Act::DecrementNoDetails | Act::Decrement => [prevented; 2],
            Act::CancelOldest => [offers[0].shares, 0],
            Act::CancelNewest => [0, offers[1].shares],
        };
        let told = Told { prevented, price, strategy };
        for place in 0..2 {
            let (order, lost) = (orders[place], lost[place]);
            if lost == 0 {
                continue;
            }
            if act == Act::DecrementNoDetails {
                self.answer_canceled(&order, lost, CancelReason::SelfMatch);
            } else {
                self.answer_aiq_canceled(&order, lost, &told, flags[place]);
            }
            let index = self.orders.iter().position(|open| open.entered == order.entered);
            let index = index.expect("what meets is open");
            self.decrement(&Offer { index, ..offers[place] }, lost);
        }
        lost.map(u64::from)
    }

    /// Takes shares off a resting order; they count for its chain as if they had traded.
    fn decrement(&mut self, offer: &Offer, shares: u32) {
        let before = self.orders[offer.index];
        let order = &mut self.orders[offer.index];
        order.take(offer, shares);
        order.executed += shares;
        let left = order.open;
        self.touch(&before);
        if offer.displayed && shares == before.shown() {
            self.show_gone(&before);
        } else if offer.displayed {
            self.show_less(&before, shares);
        }
        if left == 0 {
            self.orders.remove(offer.index);
        }
    }

    fn is_one_owner(&self, strategy: u8, one: usize, other: usize) -> bool {
        if self.setup.ports[one].firm == self.setup.ports[other].firm {
            return true;
        }
        let (one, other) = (self.firm_of(one), self.firm_of(other));
        let is_named = |name: Mpid| name != Mpid(*b"    ");
        let organization = is_named(one.organization) && one.organization == other.organization;
        let affiliate = is_named(one.affiliate) && one.affiliate == other.affiliate;
        if FIRM.contains(&strategy) {
            false
        } else if ORGANIZATION.contains(&strategy) {
            organization
        } else if AFFILIATE.contains(&strategy) {
            affiliate
        } else {
            assert!(ANY.contains(&strategy), "the strategy was checked");
            organization || affiliate
        }
    }
}

/// What happens, and whose strategy says so: that of the incoming order, unless it leaves it to the remover.
pub(super) fn act(incoming: u8, resting: u8) -> (Act, u8) {
    match (column(incoming), column(resting)) {
        (Some(act), _) => (act, incoming),
        (None, Some(act)) => (act, resting),
        (None, None) => (Act::CancelNewest, incoming),
    }
}

fn column(strategy: u8) -> Option<Act> {
    let rows = [FIRM, ORGANIZATION, AFFILIATE, ANY];
    let column = rows.iter().find_map(|row| row.iter().position(|code| *code == strategy));
    match column.expect("the strategy was checked") {
        0 => Some(Act::DecrementNoDetails),
        1 => Some(Act::Decrement),
        2 => Some(Act::CancelOldest),
        3 => Some(Act::CancelNewest),
        _ => None,
    }
}
