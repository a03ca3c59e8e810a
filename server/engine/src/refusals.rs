//! What the shard refuses: checks that need the trading state, the book, or what its port has lately done here.
//!
//! Their order is part of the rules (`docs/rulebook.md`, "Order of checks").

use protocol::Price;
use protocol::enums::Side;
use protocol::ouch::appendage::Element;
use protocol::ouch::reason::RejectReason;
use protocol::ouch::{Appendage, Tag};

use crate::book::{Order, notional};
use crate::collar::collar;
use crate::command::{Enter, OrderKey, OrderPrice, PortId, Replace};
use crate::continuous::{Continuous, Terms, exposed};
use crate::limits::{Limits, Reach};
use crate::repetition::Repeated;

impl Continuous<'_> {
    /// Why an order of the continuous market is refused, if it is.
    pub(crate) fn refusal_of_enter(&mut self, enter: &Enter<'_>) -> Option<RejectReason> {
        if !self.instrument.is_trading() {
            return Some(RejectReason::Halted);
        }
        if self.members.have_limits_of_instrument() {
            let &Enter { key, side, quantity, price, time_in_force, .. } = enter;
            let order = Repeated { side, price, quantity };
            let terms = Terms::plain(price, time_in_force);
            let repeated = self.refusal_by_rate(key.port, Some(order));
            if let Some(reason) = repeated.or_else(|| self.refusal_by_price(key, side, terms)) {
                return Some(reason);
            }
        }
        if let OrderPrice::Limit(_) = enter.price {
            return None;
        }
        let needed = self.notional_at_worst(enter.side, enter.price, enter.quantity);
        (enter.granted < needed).then_some(RejectReason::RiskSingleOrderNotionalExceeded)
    }

    /// Why a replacement is refused and leaves the original, if it is.
    pub(crate) fn refusal_of_replace(
        &mut self,
        original: &Order,
        replace: &Replace<'_>,
        reserved: u128,
    ) -> Option<RejectReason> {
        if !self.instrument.is_trading() {
            return Some(RejectReason::Halted);
        }
        let closely = self.members.have_limits_of_instrument();
        if closely && let Some(reason) = self.refusal_by_rate(replace.key.port, None) {
            return Some(reason);
        }
        let side = replace.side.unwrap_or(original.side);
        if let Err(reason) = self.check_side(replace.key, side, replace.appendage) {
            return Some(reason);
        }
        let terms = Terms::plain(replace.price, replace.time_in_force);
        if closely && let Some(reason) = self.refusal_by_price(replace.key, side, terms) {
            return Some(reason);
        }
        let needed = self.notional_at_worst(side, replace.price, exposed(original, replace));
        (reserved < u128::from(needed)).then_some(RejectReason::RiskAggregateExposureExceeded)
    }

    /// Checks what only a sale short needs: the port's permission, and shares located if they must be.
    pub(crate) fn check_side(
        &self,
        key: OrderKey,
        side: Side,
        appendage: &[u8],
    ) -> Result<(), RejectReason> {
        if matches!(side, Side::Buy | Side::Sell) {
            return Ok(());
        }
        let located = Appendage::new(appendage)
            .elements()
            .any(|element| element.is_ok_and(|element| is_located(&element)));
        self.members.allowed(key.port).permissions.check_side(side, located)
    }

    /// Counts an order or a replacement (`None`) in the instrument, where its port or firm has such a limit.
    pub(crate) fn refusal_by_rate(
        &mut self,
        port: PortId,
        order: Option<Repeated>,
    ) -> Option<RejectReason> {
        let Limits { symbol_messages_per_second: rate, duplicate_window_ms: window_ms, .. } =
            self.members.allowed(port);
        if rate == u32::MAX && window_ms == 0 {
            return None;
        }
        let lately = self.instrument.lately.entry(port).or_default();
        if rate != u32::MAX && !lately.messages.take(rate, self.time_ns) {
            return Some(RejectReason::RiskSymbolMessageRateRestriction);
        }
        let repeats = |order| 0 < window_ms && lately.repeats(order, window_ms, self.time_ns);
        order.is_some_and(repeats).then_some(RejectReason::RiskDuplicateMessageRateRestriction)
    }

    /// Measures an order by the market's price, where its port or firm has such a limit.
    pub(crate) fn refusal_by_price(
        &self,
        key: OrderKey,
        side: Side,
        terms: Terms,
    ) -> Option<RejectReason> {
        let Limits { fat_finger, fat_finger_bp, market_impact_bp, .. } =
            self.members.allowed(key.port);
        let finger = self
            .instrument
            .reference()
            .map(|reference| Reach::beyond(reference, side, fat_finger, fat_finger_bp));
        if let (OrderPrice::Limit(limit), Some(finger)) = (terms.price, finger)
            && !finger.allows(limit)
        {
            return Some(RejectReason::RiskFatFinger);
        }
        let last_sale = self.instrument.last_sale;
        let worst = self.bound(side, terms)?;
        let trades = self.instrument.book.first_against(side, worst, self.resting).is_some();
        let impact = Reach::beyond(last_sale, side, u32::MAX, market_impact_bp);
        (last_sale != Price::ZERO && trades && !impact.allows(worst))
            .then_some(RejectReason::RiskMarketImpact)
    }

    /// The most notional `shares` can come to: at their limit, or at the worst price a market order meets.
    fn notional_at_worst(&self, side: Side, price: OrderPrice, shares: u32) -> u64 {
        let best = self.instrument.book.best_against(side);
        let worst = match (price, best) {
            (OrderPrice::Limit(limit), _) => limit,
            (OrderPrice::Market { .. }, None) => Price::ZERO,
            // A sale's first price is its highest.
            (OrderPrice::Market { .. }, Some(best)) if !side.is_buy() => best,
            (OrderPrice::Market { .. }, Some(best)) => collar(side, best),
        };
        notional(shares, worst)
    }
}

fn is_located(element: &Element<'_>) -> bool {
    element.tag == Tag::SharesLocated && element.value == b"Y"
}
