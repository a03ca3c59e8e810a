//! Answers by which an order comes to be: each says what its request asked for, and nothing worse.

use protocol::enums::{Display, OrderState, Side, TimeInForce};
use protocol::ouch::inbound::ReplaceOrder;
use protocol::ouch::outbound::{OrderAccepted, OrderReplaced};
use protocol::ouch::{Attributes, Inbound};

use super::answers::echoed_side;
use super::codes::{is_limit, same_name};
use super::request::Request;
use super::{Key, Order, Tracker};
use crate::fuzz::finding::{Checked, demand};
use crate::fuzz::market::Market;
use crate::fuzz::rules::Rule;

impl Tracker {
    pub(super) fn accepted(
        &mut self,
        told: &OrderAccepted,
        channel: u8,
        group: Option<u16>,
        market: &mut Market,
    ) -> Checked {
        let number = told.user_ref_num.get();
        let is_it = |request: &Request| match request.message() {
            Inbound::EnterOrder(m, _) => m.user_ref_num.get() == number && request.is_in(channel),
            _ => false,
        };
        let is_same = |request: &Request| match request.message() {
            Inbound::EnterOrder(m, _) => {
                (m.cl_ord_id, m.side, m.symbol, m.quantity)
                    == (told.cl_ord_id, told.side, told.symbol, told.quantity)
            }
            _ => false,
        };
        let answer = || format!("Accepted {number} of channel {channel}");
        let request = self.take(answer, |_, request| is_it(request) && is_same(request), is_it)?;
        let Inbound::EnterOrder(sent, _) = request.message() else {
            unreachable!("an Enter was looked for")
        };
        self.numbers.consume(channel, number)?;
        demand(!self.entry_disabled, Rule::EntryDisabled, || {
            format!("order {number} is accepted while entry is disabled")
        })?;
        same_name(sent.cl_ord_id, told.cl_ord_id)?;
        let side = echoed_side(sent.side, told.side)?;
        demand(
            (sent.symbol, sent.cross_type) == (told.symbol, told.cross_type),
            Rule::WrongEcho,
            || format!("order {number}: symbol or cross type is not as entered"),
        )?;
        demand(told.quantity.get() <= sent.quantity.get(), Rule::IllegalQuantity, || {
            format!("order {number}: {} shares of {} are accepted", told.quantity, sent.quantity)
        })?;
        check_price(side, sent.price.get(), told.price.get())?;
        check_time_in_force(sent.time_in_force, told.time_in_force)?;
        market.reference(told.order_reference_number.get())?;
        self.counts.accepted += 1;
        if told.order_state == OrderState::Live.code() {
            let order = Order {
                side,
                symbol: told.symbol.0,
                price: told.price.get(),
                open: told.quantity.get(),
                used: 0,
                group: group.or(request.attributes().group_id).unwrap_or(0),
                reference: told.order_reference_number.get(),
                plain: is_plain(told.display, told.cross_type, &request.attributes()),
            };
            self.open((channel, number), order, told.time_in_force, told.cross_type);
        }
        Ok(())
    }

    pub(super) fn replaced(
        &mut self,
        told: &OrderReplaced,
        channel: u8,
        market: &mut Market,
    ) -> Checked {
        let (original, number) = (told.orig_user_ref_num.get(), told.user_ref_num.get());
        let is_it = |request: &Request| match request.message() {
            Inbound::ReplaceOrder(m, _) => {
                (m.orig_user_ref_num.get(), m.user_ref_num.get()) == (original, number)
                    && request.is_in(channel)
            }
            _ => false,
        };
        let is_same = |request: &Request| match request.message() {
            Inbound::ReplaceOrder(m, _) => m.cl_ord_id == told.cl_ord_id,
            _ => false,
        };
        let answer = || format!("Replaced {original} by {number} of channel {channel}");
        let request = self.take(answer, |_, request| is_it(request) && is_same(request), is_it)?;
        let Inbound::ReplaceOrder(sent, _) = request.message() else {
            unreachable!("a Replace was looked for")
        };
        self.numbers.consume(channel, number)?;
        demand(!self.entry_disabled, Rule::EntryDisabled, || {
            format!("{number} replaces while entry is disabled")
        })?;
        same_name(sent.cl_ord_id, told.cl_ord_id)?;
        let side = Side::try_from(told.side).expect("the codes were checked");
        check_price(side, sent.price.get(), told.price.get())?;
        check_time_in_force(sent.time_in_force, told.time_in_force)?;
        market.reference(told.order_reference_number.get())?;
        let Some(&mut before) = self.find((channel, original))? else { return Ok(()) };
        check_replacement(told, sent, request.attributes().side, &before)?;
        self.live.remove(&(channel, original));
        if told.order_state == OrderState::Live.code() {
            let order = Order {
                side,
                price: told.price.get(),
                open: told.quantity.get(),
                reference: told.order_reference_number.get(),
                plain: before.plain
                    && is_plain(told.display, told.cross_type, &request.attributes()),
                ..before
            };
            self.open((channel, number), order, told.time_in_force, told.cross_type);
        }
        Ok(())
    }

    fn open(&mut self, key: Key, order: Order, time_in_force: u8, cross_type: u8) {
        self.live.insert(key, order);
        let is_immediate =
            time_in_force == TimeInForce::ImmediateOrCancel.code() && cross_type == b'N';
        self.immediate = is_immediate.then_some(key);
    }
}

/// Checks what an Order Replaced says of the order that it replaces.
fn check_replacement(
    told: &OrderReplaced,
    sent: &ReplaceOrder,
    asked_side: Option<u8>,
    before: &Order,
) -> Checked {
    let number = told.user_ref_num.get();
    demand((1..=999_999).contains(&sent.quantity.get()), Rule::IllegalQuantity, || {
        format!("order {number} replaces with a quantity of {}", sent.quantity)
    })?;
    let exposed = sent.quantity.get().saturating_sub(before.used);
    demand(told.quantity.get() == exposed, Rule::WrongQuantity, || {
        format!(
            "order {number} replaces with {}, {} are used, and {} are said to be exposed",
            sent.quantity, before.used, told.quantity
        )
    })?;
    let is_live = told.order_state == OrderState::Live.code();
    demand(!is_live || 0 < exposed, Rule::IllegalQuantity, || {
        format!("order {number} is live without shares")
    })?;
    let asked_side = asked_side.unwrap_or(before.side.code());
    let turns = Side::try_from(told.side).is_ok_and(|side| side.is_buy() != before.side.is_buy());
    demand(told.side == asked_side && !turns, Rule::WrongEcho, || {
        let (told, asked) = (told.side.escape_ascii(), asked_side.escape_ascii());
        format!("order {number} is on side {told}, asked was {asked}")
    })?;
    demand(told.symbol.0 == before.symbol, Rule::WrongEcho, || {
        format!("order {number} has another symbol: {}", told.symbol)
    })
}

/// Tells whether the feed shows an order as it is.
fn is_plain(display: u8, cross_type: u8, attributes: &Attributes) -> bool {
    let is_shown = display == Display::Visible.code() || display == Display::Attributable.code();
    let is_whole = attributes.max_floor.unwrap_or(0) == 0;
    let is_limit = attributes.price_type.is_none_or(|code| code == b'L');
    is_shown && cross_type == b'N' && is_whole && is_limit
}

/// An accepted price is never worse for the order than the one entered.
fn check_price(side: Side, sent: u64, told: u64) -> Checked {
    let is_worse = if side.is_buy() { sent < told } else { told < sent };
    demand(!is_limit(sent) || !is_worse, Rule::PriceWorse, || {
        format!("{side:?} at {sent} is accepted at {told}")
    })
}

/// An accepted time in force is never longer than the one entered.
fn check_time_in_force(sent: u8, told: u8) -> Checked {
    let length = |code| match code {
        b'3' => 0,
        b'0' => 1,
        _ => 2,
    };
    demand(length(told) <= length(sent), Rule::LivesLonger, || {
        format!("time in force {} is accepted as {}", sent.escape_ascii(), told.escape_ascii())
    })
}
