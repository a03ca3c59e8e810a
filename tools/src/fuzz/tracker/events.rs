//! What the venue says unasked: executions, cancels for reasons of its own, changes of priority.

use protocol::enums::CancelReason;
use protocol::ouch::outbound::{AiqCanceled, OrderCanceled, OrderExecuted, OrderPriorityUpdate};

use super::answers::is_on_request;
use super::codes::is_limit;
use super::{Key, Tracker};
use crate::fuzz::finding::{Checked, demand};
use crate::fuzz::market::{Market, Side};
use crate::fuzz::rules::Rule;

/// Liquidity flags of crosses.
const CROSSES: &[u8] = b"OMCLHKi";

impl Tracker {
    pub(super) fn executed(
        &mut self,
        told: &OrderExecuted,
        channel: u8,
        market: &mut Market,
    ) -> Checked {
        let key = (channel, told.user_ref_num.get());
        let (quantity, price) = (told.quantity.get(), told.price.get());
        self.counts.executed += 1;
        let Some(order) = self.find(key)? else {
            market.executed_before(told.match_number.get());
            return Ok(());
        };
        let (buys, limit) = (order.side.is_buy(), order.price);
        demand(quantity <= order.open, Rule::Overfilled, || {
            format!("order {} has {} open shares and executes {quantity}", key.1, order.open)
        })?;
        let is_worse = if buys { limit < price } else { price < limit };
        demand(!is_limit(limit) || !is_worse, Rule::PriceWorse, || {
            format!("order {} has the limit {limit}, buys {buys}, and executes at {price}", key.1)
        })?;
        order.used += quantity;
        let side = Side { buys, quantity, price, symbol: order.symbol };
        self.take_off(key, quantity);
        // A cross matches many orders with as many.
        let is_cross = CROSSES.contains(&told.liquidity_flag);
        if is_cross { Ok(()) } else { market.executed(told.match_number.get(), side) }
    }

    pub(super) fn canceled(&mut self, told: &OrderCanceled, channel: u8) -> Checked {
        let key = (channel, told.user_ref_num.get());
        let Some(&mut order) = self.find(key)? else { return Ok(()) };
        if is_on_request(told) {
            return self.canceled_on_request(told, key, order);
        }
        let quantity = told.quantity.get();
        demand(quantity <= order.open, Rule::WrongQuantity, || {
            format!("order {} has {} open shares and loses {quantity}", key.1, order.open)
        })?;
        let by_system = told.reason == CancelReason::System.code();
        demand(!self.polite || !by_system, Rule::BystanderCanceled, || {
            format!("the venue canceled order {}, and its account did nothing", key.1)
        })?;
        self.take_off(key, quantity);
        Ok(())
    }

    pub(super) fn aiq_canceled(&mut self, told: &AiqCanceled, channel: u8) -> Checked {
        let key = (channel, told.user_ref_num.get());
        let shares = told.decrement_shares.get();
        let Some(order) = self.find(key)? else { return Ok(()) };
        demand(shares <= order.open, Rule::WrongQuantity, || {
            format!("order {} has {} open shares and loses {shares}", key.1, order.open)
        })?;
        order.used += shares;
        self.take_off(key, shares);
        Ok(())
    }

    /// From here on the feed shows something else than the order.
    pub(super) fn restated(&mut self, key: Key) -> Checked {
        if let Some(order) = self.find(key)? {
            order.plain = false;
        }
        Ok(())
    }

    pub(super) fn priority_updated(
        &mut self,
        told: &OrderPriorityUpdate,
        channel: u8,
        market: &mut Market,
    ) -> Checked {
        if let Some(order) = self.find((channel, told.user_ref_num.get()))? {
            order.price = told.price.get();
            order.reference = told.order_reference_number.get();
        }
        market.reference(told.order_reference_number.get())
    }
}
