//! The book: price, then displayed before hidden, then time; an execution is at the resting order's price.

use engine::command::{Locate, OrderKey, PortId};
use engine::event::Party;
use protocol::enums::{CancelReason, LiquidityFlag, Side};

use super::reserve::Offer;
use super::{Model, Order, Trade};

/// The collar is the greater of a quarter dollar and a twentieth of the opposite best price.
const MIN_COLLAR: u64 = 2_500;
const COLLAR_DIVISOR: u64 = 20;

const HIDDEN: u8 = b'N';

impl Order {
    /// Gives the limit, which every order in the book has.
    pub(super) fn price(&self) -> u64 {
        self.limit.expect("no market order rests")
    }

    /// Tells whether the feed says nothing of the order but its trades.
    pub(super) fn is_hidden(&self) -> bool {
        self.display == HIDDEN || self.waits()
    }

    /// Tells whether other orders at its price come before it.
    pub(super) fn stands_behind(&self) -> bool {
        self.display == HIDDEN
    }

    /// What is reserved for each open share.
    pub(super) fn held(&self) -> u64 {
        self.limit.unwrap_or(self.bound)
    }

    /// Notional reserved for what is open, in ten-thousandths of a dollar.
    pub(super) fn open_notional(&self) -> u128 {
        u128::from(self.open) * u128::from(self.held())
    }

    pub(super) fn party(&self, order_reference: u64) -> Party {
        Party {
            key: OrderKey {
                port: PortId(u16::try_from(self.port).expect("ports are numbered in 16 bits")),
                user_ref_idx: self.user_ref_idx,
                user_ref_num: self.user_ref_num,
            },
            order_reference,
            side: self.side,
        }
    }
}

impl Model {
    /// Finds the open order known by this number on this channel of the port.
    pub(super) fn find_order(&self, port: usize, idx: u8, user_ref_num: u32) -> Option<usize> {
        self.orders.iter().position(|order| {
            (order.port, order.user_ref_idx, order.user_ref_num) == (port, idx, user_ref_num)
        })
    }

    /// Gives out the next order reference of the instrument.
    pub(super) fn next_reference(&mut self, locate: Locate) -> u64 {
        let instrument = self.instrument_mut(locate);
        instrument.references += 1;
        instrument.references << 16 | u64::from(locate.0)
    }

    pub(super) fn next_match_number(&mut self, locate: Locate) -> u64 {
        let instrument = self.instrument_mut(locate);
        instrument.matches += 1;
        instrument.matches << 16 | u64::from(locate.0)
    }

    /// Lets an order trade, then rests what is left of it or, if it is immediate, cancels it.
    ///
    /// With fewer than `at_least` shares to trade at once it does not trade at all.
    pub(super) fn arrive(&mut self, mut order: Order, immediate: bool, at_least: u32) {
        if order.open == 0 {
            return;
        }
        if order.post_only && self.would_trade(&order, immediate) {
            return self.answer_canceled(&order, order.open, CancelReason::PostOnlyContra);
        }
        if 0 < at_least && self.could_trade(&order, immediate) < at_least {
            return self.answer_canceled(&order, order.open, CancelReason::ImmediateOrCancel);
        }
        self.sweep(&mut order, immediate);
        if 0 < order.open {
            self.settle(order, immediate);
        }
        self.refresh_touched();
    }

    /// Rests what did not trade, or cancels it.
    fn settle(&mut self, mut order: Order, immediate: bool) {
        if immediate {
            let reason = self.remainder_reason(&order);
            return self.answer_canceled(&order, order.open, reason);
        }
        self.put_in_reserve(&mut order);
        if !order.is_hidden() {
            self.print_added(&order);
        }
        self.orders.push(order);
    }

    /// Tells whether there is an order within its reach.
    fn would_trade(&self, order: &Order, immediate: bool) -> bool {
        self.within_reach(order, immediate).next().is_some()
    }

    /// The shares that would trade if the order came now: tried out in a venue that nobody hears.
    fn could_trade(&self, order: &Order, immediate: bool) -> u32 {
        let mut trial = Self {
            setup: self.setup.clone(),
            ports: self.ports.clone(),
            instruments: self.instruments.clone(),
            orders: self.orders.clone(),
            restricted: self.restricted.clone(),
            killed: self.killed.clone(),
            touched: Vec::new(),
            port_streams: vec![Vec::new(); self.port_streams.len()],
            feed: Vec::new(),
            trades: Vec::new(),
            ..*self
        };
        trial.sweep(&mut order.clone(), immediate);
        trial.trades.iter().map(|trade| trade.quantity).sum()
    }

    /// Lets an order meet the orders within its reach, the best first.
    fn sweep(&mut self, order: &mut Order, immediate: bool) {
        let Some(bound) = self.bound(order, immediate) else { return };
        while 0 < order.open
            && let Some(offer) = self.best_offer(order.locate, order.side)
            && reaches(order.side, bound, self.orders[offer.index].price())
        {
            if self.is_self_match(order, &self.orders[offer.index]) {
                self.prevent(order, &offer);
            } else {
                self.execute(&offer, order);
            }
        }
    }

    /// The resting orders whose price the order reaches.
    fn within_reach(&self, order: &Order, immediate: bool) -> impl Iterator<Item = &Order> {
        let (locate, side) = (order.locate, order.side);
        let bound = self.bound(order, immediate);
        self.orders.iter().filter(move |other| {
            other.locate == locate
                && !other.waits()
                && other.side.is_buy() != side.is_buy()
                && bound.is_some_and(|bound| reaches(side, bound, other.price()))
        })
    }

    /// Tells whether the order would trade now, were there no collar.
    pub(super) fn crosses(&self, order: &Order) -> bool {
        self.is_continuous(order.locate)
            && self.best_opposite(order.locate, order.side).is_some_and(|index| {
                let best = self.orders[index].price();
                order.limit.is_none_or(|limit| reaches(order.side, limit, best))
            })
    }

    /// The collar of a market order on this side, none while the opposite side is empty.
    pub(super) fn collar(&self, locate: Locate, side: Side) -> Option<u64> {
        let best = self.orders[self.best_opposite(locate, side)?].price();
        let width = MIN_COLLAR.max(best / COLLAR_DIVISOR);
        Some(if side.is_buy() { best + width } else { best.saturating_sub(width).max(1) })
    }

    /// The best resting order against which an order of this side would trade first.
    pub(super) fn best_opposite(&self, locate: Locate, side: Side) -> Option<usize> {
        self.best_offer(locate, side).map(|offer| offer.index)
    }

    /// What an order of this side would trade with first: the best price, displayed before hidden, then the older time.
    fn best_offer(&self, locate: Locate, side: Side) -> Option<Offer> {
        let opposite = self.orders.iter().enumerate().filter(|(_, order)| {
            order.locate == locate && !order.waits() && order.side.is_buy() != side.is_buy()
        });
        let offers = opposite.flat_map(|(index, order)| order.offers(index));
        offers.min_by_key(|offer| {
            let price = i128::from(self.orders[offer.index].price());
            (if side.is_buy() { price } else { -price }, !offer.displayed, offer.time)
        })
    }

    /// Takes shares off an open order; the order goes when it has no more.
    pub(super) fn take_off(&mut self, index: usize, shares: u32, reason: CancelReason) {
        let order = self.orders[index];
        self.answer_canceled(&order, shares, reason);
        if shares == order.open {
            self.show_gone(&order);
            self.orders.remove(index);
        } else {
            let displayed = self.orders[index].decrease(shares);
            self.show_less(&order, displayed);
        }
    }

    /// Shows that an order leaves the book, if it was shown there.
    pub(super) fn show_gone(&mut self, order: &Order) {
        if 0 < order.shown() {
            self.print_deleted(order);
        }
    }

    /// Shows that an order loses displayed shares, if any, and keeps its place.
    pub(super) fn show_less(&mut self, order: &Order, shares: u32) {
        if 0 < shares {
            self.print_reduced(order, shares);
        }
    }

    /// Cancels all orders chosen, by locate, then by entry.
    pub(super) fn cancel_all(&mut self, reason: CancelReason, chosen: impl Fn(&Order) -> bool) {
        let mut doomed: Vec<(Locate, u64)> = self
            .orders
            .iter()
            .filter(|order| chosen(order))
            .map(|order| (order.locate, order.entered))
            .collect();
        doomed.sort_unstable();
        for (_, entered) in doomed {
            let index = self
                .orders
                .iter()
                .position(|order| order.entered == entered)
                .expect("it was open just now");
            self.take_off(index, self.orders[index].open, reason);
        }
    }

    /// The worst price at which an arriving order may trade, none while the opposite side is empty.
    pub(super) fn bound(&self, order: &Order, immediate: bool) -> Option<u64> {
        if !self.is_continuous(order.locate) {
            return None;
        }
        let collar = self.collar(order.locate, order.side)?;
        Some(match order.limit {
            None => collar,
            Some(limit) if !immediate => limit,
            Some(limit) if order.side.is_buy() => limit.min(collar),
            Some(limit) => limit.max(collar),
        })
    }

    /// Why the rest of an immediate order goes: the collar, if it is what stopped the order.
    fn remainder_reason(&self, order: &Order) -> CancelReason {
        if order.limit.is_none() || self.crosses(order) {
            CancelReason::MarketCollars
        } else {
            CancelReason::ImmediateOrCancel
        }
    }

    fn execute(&mut self, offer: &Offer, aggressor: &mut Order) {
        let resting = &mut self.orders[offer.index];
        let quantity = offer.shares.min(aggressor.open);
        let price = resting.price();
        resting.take(offer, quantity);
        resting.executed += quantity;
        aggressor.open -= quantity;
        aggressor.executed += quantity;
        let resting = *resting;
        self.touch(&resting);
        let charged = [&resting, aggressor].map(|order| {
            // An order is charged what it reserved, and no more than what it traded at.
            let charged = order.limit.map_or(price, |limit| limit.min(price));
            let charged = u128::from(quantity) * u128::from(charged);
            self.ports[order.port].executed_notional += charged;
            charged
        });
        let trade = Trade {
            time_ns: self.now_ns,
            locate: resting.locate,
            match_number: self.next_match_number(resting.locate),
            quantity,
            price,
            resting: resting.party(offer.time),
            aggressor: aggressor.party(aggressor.reference),
            cl_ord_ids: [resting.cl_ord_id, aggressor.cl_ord_id],
            charged,
            broken: None,
        };
        self.instrument_mut(resting.locate).last_sale = Some(price);
        self.answer_executed(&resting, &trade, added(&resting, offer));
        self.answer_executed(aggressor, &trade, LiquidityFlag::Removed);
        if offer.displayed {
            self.print_executed(&resting, &trade);
        } else {
            self.print_hidden_trade(&trade);
        }
        self.trades.push(trade);
        if resting.open == 0 {
            self.orders.remove(offer.index);
        }
    }
}

/// How a resting order takes part at one of its places.
pub(super) fn added(resting: &Order, offer: &Offer) -> LiquidityFlag {
    if offer.displayed {
        LiquidityFlag::Added
    } else if resting.is_hidden() {
        LiquidityFlag::AddedNonDisplayed
    } else {
        LiquidityFlag::AddedNonDisplayedReserve
    }
}

/// Tells whether an order of this side, going up or down to `bound`, reaches `price`.
fn reaches(side: Side, bound: u64, price: u64) -> bool {
    if side.is_buy() { price <= bound } else { bound <= price }
}
