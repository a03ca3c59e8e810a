//! The open orders of one trader, kept from the venue's answers alone.

use std::collections::BTreeMap;

use client::order_entry::{Accepted, Event, Replaced, UserRefNum};
use protocol::enums::OrderState;
use protocol::enums::Side;
use protocol::{Price, Symbol};

/// An open order as the venue's answers leave it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Open {
    pub(super) symbol: Symbol,
    pub(super) side: Side,
    pub(super) price: Price,
    /// Shares that may still trade.
    pub(super) shares: u32,
    /// Shares traded so far, by the orders it replaced too.
    pub(super) executed: u32,
    /// Its number on the feed.
    pub(super) reference: u64,
    /// A request to change it is on its way.
    pub(super) leaving: bool,
}

/// Counts of the venue's answers.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Answers {
    pub(super) accepted: u64,
    pub(super) replaced: u64,
    pub(super) canceled: u64,
    pub(super) rejected: u64,
    pub(super) executions: u64,
}

/// The open orders, by number.
#[derive(Clone, Debug, Default)]
pub(super) struct Live {
    orders: BTreeMap<UserRefNum, Open>,
    pub(super) answers: Answers,
}

impl Live {
    pub(super) fn iter(&self) -> impl Iterator<Item = (UserRefNum, &Open)> {
        self.orders.iter().map(|(&number, open)| (number, open))
    }

    /// Notes that a request to change an order is on its way.
    pub(super) fn leaves(&mut self, number: UserRefNum) {
        if let Some(open) = self.orders.get_mut(&number) {
            open.leaving = true;
        }
    }

    /// Follows an answer of the venue.
    pub(super) fn follow(&mut self, event: &Event) {
        match event {
            Event::Accepted(accepted) => self.accepted(accepted),
            Event::Replaced(replaced) => self.replaced(replaced),
            Event::Canceled(canceled) => {
                self.answers.canceled += 1;
                self.lose(canceled.order, canceled.quantity);
            }
            Event::AiqCanceled(canceled) => self.lose(canceled.order, canceled.decrement_shares),
            Event::Executed(executed) => {
                self.answers.executions += 1;
                if let Some(open) = self.orders.get_mut(&executed.order) {
                    open.executed += executed.quantity;
                }
                self.lose(executed.order, executed.quantity);
            }
            Event::PriorityUpdate(update) => {
                if let Some(open) = self.orders.get_mut(&update.order) {
                    open.price = update.price;
                    open.reference = update.order_reference_number;
                }
            }
            Event::Rejected(_) => self.answers.rejected += 1,
            _ => {}
        }
    }

    fn accepted(&mut self, accepted: &Accepted) {
        self.answers.accepted += 1;
        if accepted.order_state == OrderState::Live {
            let open = Open {
                symbol: accepted.symbol,
                side: accepted.side,
                price: accepted.price,
                shares: accepted.quantity,
                executed: 0,
                reference: accepted.order_reference_number,
                leaving: false,
            };
            self.orders.insert(accepted.order, open);
        }
    }

    fn replaced(&mut self, replaced: &Replaced) {
        self.answers.replaced += 1;
        let original = self.orders.remove(&replaced.original);
        if replaced.order_state == OrderState::Live {
            let open = Open {
                symbol: replaced.symbol,
                side: replaced.side,
                price: replaced.price,
                shares: replaced.quantity,
                executed: original.map_or(0, |original| original.executed),
                reference: replaced.order_reference_number,
                leaving: false,
            };
            self.orders.insert(replaced.order, open);
        }
    }

    /// Takes shares off an order; one that has no others is gone.
    fn lose(&mut self, number: UserRefNum, shares: u32) {
        let Some(open) = self.orders.get_mut(&number) else { return };
        open.shares = open.shares.saturating_sub(shares);
        if open.shares == 0 {
            self.orders.remove(&number);
        }
    }
}

#[cfg(test)]
mod tests {
    use client::order_entry::{Canceled, Executed, Stamp};
    use protocol::ClOrdId;
    use protocol::enums::{CancelReason, Capacity, CrossType, Display, LiquidityFlag, TimeInForce};
    use protocol::ouch::Attributes;

    use super::*;

    const STAMP: Stamp = Stamp { sequence_number: 1, time_ns: 1 };
    const ONE: UserRefNum = UserRefNum::new(1);
    const TWO: UserRefNum = UserRefNum::new(2);

    fn accepted(quantity: u32) -> Event {
        Event::Accepted(Box::new(Accepted {
            stamp: STAMP,
            order: ONE,
            side: Side::Buy,
            quantity,
            symbol: Symbol(*b"ACME    "),
            price: Price::new(250_000),
            time_in_force: TimeInForce::Day,
            display: Display::Visible,
            order_reference_number: 77,
            capacity: Capacity::Principal,
            intermarket_sweep: false,
            cross_type: CrossType::None,
            order_state: OrderState::Live,
            cl_ord_id: ClOrdId::BLANK,
            attributes: Attributes::default(),
        }))
    }

    fn replaced(quantity: u32) -> Event {
        Event::Replaced(Box::new(Replaced {
            stamp: STAMP,
            original: ONE,
            order: TWO,
            side: Side::Buy,
            quantity,
            symbol: Symbol(*b"ACME    "),
            price: Price::new(250_100),
            time_in_force: TimeInForce::Day,
            display: Display::Visible,
            order_reference_number: 78,
            capacity: Capacity::Principal,
            intermarket_sweep: false,
            cross_type: CrossType::None,
            order_state: OrderState::Live,
            cl_ord_id: ClOrdId::BLANK,
            attributes: Attributes::default(),
        }))
    }

    fn executed(order: UserRefNum, quantity: u32) -> Event {
        Event::Executed(Executed {
            stamp: STAMP,
            order,
            quantity,
            price: Price::new(250_000),
            liquidity_flag: LiquidityFlag::Added,
            match_number: 9,
        })
    }

    #[test]
    fn an_order_lives_until_its_last_share_is_gone() {
        let mut live = Live::default();
        live.follow(&accepted(300));
        live.follow(&executed(ONE, 100));
        let open: Vec<_> = live.iter().map(|(number, open)| (number, open.shares)).collect();
        assert_eq!(open, [(ONE, 200)]);
        let reason = CancelReason::UserRequested;
        live.follow(&Event::Canceled(Canceled { stamp: STAMP, order: ONE, quantity: 200, reason }));
        assert_eq!(live.iter().count(), 0);
        let answers = Answers { accepted: 1, executions: 1, canceled: 1, ..Answers::default() };
        assert_eq!(live.answers, answers);
    }

    #[test]
    fn a_replacement_remembers_what_the_chain_has_traded() {
        let mut live = Live::default();
        live.follow(&accepted(300));
        live.follow(&executed(ONE, 100));
        live.leaves(ONE);
        live.follow(&replaced(400));
        let (number, open) = live.iter().next().expect("the replacement is open");
        assert_eq!((number, open.shares, open.executed, open.reference), (TWO, 400, 100, 78));
        assert!(!open.leaving);
    }
}
