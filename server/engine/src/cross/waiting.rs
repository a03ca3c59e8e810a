//! Orders that wait for a cross, out of the book: how they enter and how they are replaced.
//!
//! A market order has no price to reserve exposure by. It waits as a limit at the most that its reservation pays for a
//! share, and the rest of the reservation comes free at once; a sale counts at no more than that.

use protocol::enums::CrossType;
use protocol::ouch::reason::RejectReason;
use protocol::{DisconnectPolicy, Price};

use crate::asked::Asked;
use crate::book::{Floor, Order, notional};
use crate::command::{Auction, Enter, OrderPrice, Phase, Replace, Verdict};
use crate::continuous::{Continuous, Terms, exposed, replaced};
use crate::event::Event;
use crate::repetition::Repeated;

impl Continuous<'_> {
    /// Enter Order for a cross: accepts the order and lets it wait.
    #[cold]
    pub(crate) fn enter_to_wait(&mut self, enter: &Enter<'_>) {
        let &Enter { key, side, quantity, cl_ord_id, granted, .. } = enter;
        if let Some(reason) = self.refusal_to_wait(enter) {
            self.emit(Event::Rejected { key, reason, cl_ord_id });
            self.applied.release(key.port, u128::from(granted));
            return;
        }
        let asked = Asked::of_enter(enter.appendage);
        let port_self_match = self.members.self_match(key.port);
        let reference = self.instrument.next_order_reference();
        self.emit(Event::Accepted { key, order_reference: reference });
        let order = Order {
            reference,
            key,
            side,
            open: quantity,
            display: enter.display,
            capacity: enter.capacity,
            group_id: enter.group_id,
            post_only: asked.post_only.unwrap_or(false),
            self_match: asked.self_match(port_self_match, port_self_match),
            on_disconnect: DisconnectPolicy::asked_by(cl_ord_id),
            auction: enter.auction,
            ..Order::default()
        };
        self.wait(order, enter.price, u128::from(granted));
    }

    /// Replace Order Request for an order that waits: the replacement waits for the same cross, behind the others.
    #[cold]
    pub(crate) fn replace_waiting(&mut self, slot: u32, replace: &Replace<'_>, granted: u128) {
        let &Replace { key, cl_ord_id, verdict, .. } = replace;
        let original = *self.resting.order(slot);
        let replacement = self.replacement(&original, replace);
        let reserved = u128::from(original.notional()) + granted;
        let refusal = match verdict {
            Verdict::Refused(reason) => Some(reason),
            Verdict::Granted(_) if is_possible(&original, &replacement, replace) => {
                self.refusal_to_go_on(&replacement, replace, reserved)
            }
            Verdict::Granted(_) | Verdict::InvalidDetails => {
                self.not_taken(key);
                return self.lessen(slot, 0, granted);
            }
        };
        if let Some(reason) = refusal {
            self.emit(Event::Rejected { key, reason, cl_ord_id });
            self.applied.release(key.port, granted);
            return;
        }
        self.instrument.book.remove(slot, self.resting);
        let order = Order { reference: self.instrument.next_order_reference(), ..replacement };
        self.emit(replaced(&order, replace));
        self.wait(order, replace.price, reserved);
    }

    /// Lets an order wait for its cross, holding no more than `reserved`.
    fn wait(&mut self, order: Order, price: OrderPrice, reserved: u128) {
        let mut held = 0;
        if 0 < order.open {
            let price_held = held_a_share(price, order.open, reserved);
            let at_market = matches!(price, OrderPrice::Market { .. });
            let order = Order { price: price_held, at_market, ..order };
            held = u128::from(order.notional());
            self.instrument.book.wait(order, self.resting);
        }
        assert!(held <= reserved, "an order holds no more than was reserved for it");
        self.applied.release(order.key.port, reserved - held);
    }

    /// Why an order may not wait for its cross, if it may not.
    fn refusal_to_wait(&mut self, enter: &Enter<'_>) -> Option<RejectReason> {
        let &Enter { key, side, quantity, price, time_in_force, granted, .. } = enter;
        if let Some(reason) = self.refusal_by_time(enter.auction) {
            return Some(reason);
        }
        if self.members.have_limits_of_instrument() {
            let terms = Terms { price, time_in_force, min_quantity: 0 };
            let order = Repeated { side, price, quantity };
            let refused = self.refusal_by_rate(key.port, Some(order));
            if let Some(reason) = refused.or_else(|| self.refusal_by_price(key, side, terms)) {
                return Some(reason);
            }
        }
        let pays = pays(price, quantity, u128::from(granted));
        (!pays).then_some(RejectReason::RiskSingleOrderNotionalExceeded)
    }

    /// Why a replacement may not wait in place of its original, if it may not.
    fn refusal_to_go_on(
        &mut self,
        replacement: &Order,
        replace: &Replace<'_>,
        reserved: u128,
    ) -> Option<RejectReason> {
        let &Replace { key, price, time_in_force, .. } = replace;
        if let Some(reason) = self.refusal_by_time(replacement.auction) {
            return Some(reason);
        }
        let closely = self.members.have_limits_of_instrument();
        if closely && let Some(reason) = self.refusal_by_rate(key.port, None) {
            return Some(reason);
        }
        let side = replacement.side;
        if let Err(reason) = self.check_side(key, side, replace.appendage) {
            return Some(reason);
        }
        let terms = Terms { price, time_in_force, min_quantity: 0 };
        if closely && let Some(reason) = self.refusal_by_price(key, side, terms) {
            return Some(reason);
        }
        let pays = pays(price, replacement.open, reserved);
        (!pays).then_some(RejectReason::RiskAggregateExposureExceeded)
    }

    /// Whether the instrument is halted, or the cross has been.
    fn refusal_by_time(&self, auction: Auction) -> Option<RejectReason> {
        if !self.instrument.is_trading() {
            return Some(RejectReason::Halted);
        }
        let is_ahead =
            auction.cross_type == CrossType::Opening && self.instrument.phase == Phase::PreOpen;
        (!is_ahead).then_some(RejectReason::InvalidCrossOrder)
    }

    /// What a waiting order becomes, still under the reference of its original.
    fn replacement(&self, original: &Order, replace: &Replace<'_>) -> Order {
        let asked = Asked::of_replace(replace.appendage);
        let port_self_match = self.members.self_match(replace.key.port);
        Order {
            key: replace.key,
            side: replace.side.unwrap_or(original.side),
            open: exposed(original, replace),
            display: replace.display,
            post_only: asked.post_only.unwrap_or(original.post_only),
            self_match: asked.self_match(port_self_match, original.self_match),
            on_disconnect: DisconnectPolicy::asked_by(replace.cl_ord_id),
            auction: Auction {
                imbalance_only: replace.imbalance_only.unwrap_or(original.auction.imbalance_only),
                ..original.auction
            },
            ..*original
        }
    }
}

/// Tells whether a replacement asks for nothing that a waiting order can never be.
fn is_possible(original: &Order, replacement: &Order, replace: &Replace<'_>) -> bool {
    let is_limit = matches!(replace.price, OrderPrice::Limit(_));
    let asked = Asked::of_replace(replace.appendage);
    let floor = asked.floor.unwrap_or_default().over(Floor::NONE);
    replacement.side.is_buy() == original.side.is_buy()
        && (!replacement.auction.imbalance_only || is_limit)
        && asked.min_quantity == 0
        && floor.shares == 0
}

/// Tells whether a reservation pays for an order that waits; a market order needs the least price there is.
fn pays(price: OrderPrice, shares: u32, reserved: u128) -> bool {
    match price {
        OrderPrice::Limit(limit) => u128::from(notional(shares, limit)) <= reserved,
        OrderPrice::Market { .. } => u128::from(shares) <= reserved,
    }
}

/// What a waiting order holds for each share: its limit, or the most that its reservation pays.
fn held_a_share(price: OrderPrice, shares: u32, reserved: u128) -> Price {
    match price {
        OrderPrice::Limit(limit) => limit,
        OrderPrice::Market { .. } => {
            let pays = u32::try_from(reserved / u128::from(shares)).unwrap_or(u32::MAX);
            Price::new(pays).min(Price::MAX)
        }
    }
}
