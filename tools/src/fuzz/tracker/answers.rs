//! The other answers: each belongs to a request, says what it asked for, and fits the state of the orders.

use protocol::enums::{CancelReason, Side};
use protocol::ouch::Inbound;
use protocol::ouch::outbound::{MassCancelResponse, OrderCanceled, OrderModified, Rejected};
use protocol::{ClOrdId, Mpid};

use super::codes::same_name;
use super::request::Request;
use super::{Key, Order, Sweep, Tracker};
use crate::fuzz::finding::{Checked, Finding, demand};
use crate::fuzz::rules::Rule;

impl Tracker {
    pub(super) fn rejected(&mut self, told: &Rejected, channel: u8) -> Checked {
        let number = told.user_ref_num.get();
        let is_it = |request: &Request| request.number() == Some(number) && request.is_in(channel);
        let fits = |tracker: &Self, request: &Request| {
            is_it(request)
                && name(request).is_none_or(|name| name == told.cl_ord_id)
                && match request.message() {
                    Inbound::ReplaceOrder(m, _) => {
                        tracker.live.contains_key(&(channel, m.orig_user_ref_num.get()))
                    }
                    _ => true,
                }
        };
        let request =
            self.take(|| format!("Rejected {number} of channel {channel}"), fits, is_it)?;
        self.numbers.consume(channel, number)?;
        self.counts.rejected += 1;
        name(&request).map_or(Ok(()), |sent| same_name(sent, told.cl_ord_id))
    }

    /// Order Canceled on request; without one, see `events`.
    pub(super) fn canceled_on_request(
        &mut self,
        told: &OrderCanceled,
        key: Key,
        order: Order,
    ) -> Checked {
        let taken = told.quantity.get();
        if self.sweep.as_ref().is_some_and(|sweep| sweep.may.contains(&key)) {
            demand(taken == order.open, Rule::WrongQuantity, || {
                format!(
                    "a mass cancel takes {taken} of {} open shares of order {}",
                    order.open, key.1
                )
            })?;
            self.take_off(key, taken);
            return Ok(());
        }
        let is_about = |request: &Request| request.is_in(key.0) && target(request) == Some(key.1);
        let fits = |_: &Self, request: &Request| {
            is_about(request) && right_cut(request, &order) == Some(taken)
        };
        let answer = || format!("Canceled {} of channel {} with {taken} shares", key.1, key.0);
        let request = self.take(answer, fits, is_about)?;
        let expected = right_cut(&request, &order);
        demand(expected == Some(taken), Rule::WrongQuantity, || {
            format!(
                "{} took {taken} shares off an order with {} open and {} used; right were {expected:?}",
                request.describe(),
                order.open,
                order.used
            )
        })?;
        self.take_off(key, taken);
        Ok(())
    }

    pub(super) fn modified(&mut self, told: &OrderModified, channel: u8) -> Checked {
        let key = (channel, told.user_ref_num.get());
        let Some(&mut order) = self.find(key)? else { return Ok(()) };
        let is_about = |request: &Request| match request.message() {
            Inbound::ModifyOrder(m, _) => request.is_in(channel) && m.user_ref_num.get() == key.1,
            _ => false,
        };
        let fits = |_: &Self, request: &Request| match request.message() {
            Inbound::ModifyOrder(m, _) => {
                is_about(request)
                    && m.side == told.side
                    && m.quantity.get().checked_sub(order.used) == Some(told.quantity.get())
            }
            _ => false,
        };
        let request =
            self.take(|| format!("Modified {} of channel {channel}", key.1), fits, is_about)?;
        let Inbound::ModifyOrder(sent, _) = request.message() else {
            unreachable!("a Modify was looked for")
        };
        let side = echoed_side(sent.side, told.side)?;
        demand(side.is_buy() == order.side.is_buy(), Rule::IllegalSide, || {
            format!("order {} changes from {:?} to {side:?}", key.1, order.side)
        })?;
        let left = sent.quantity.get().saturating_sub(order.used);
        demand(told.quantity.get() == left && left <= order.open, Rule::WrongQuantity, || {
            format!(
                "{} leaves {} of an order with {} open and {} used",
                request.describe(),
                told.quantity,
                order.open,
                order.used
            )
        })?;
        let changed = self.live.get_mut(&key).expect("it was just found");
        (changed.side, changed.open) = (side, left);
        Ok(())
    }

    /// Cancel Pending and Cancel Reject: the order stays, at least for now.
    pub(super) fn cancel_put_off(&mut self, channel: u8, number: u32) -> Checked {
        if self.find((channel, number))?.is_none() {
            return Ok(());
        }
        let is_it = |request: &Request| match request.message() {
            Inbound::CancelOrder(m, _) => request.is_in(channel) && m.user_ref_num.get() == number,
            _ => false,
        };
        self.take(
            || format!("Cancel Pending or Reject {number} of channel {channel}"),
            |_, r| is_it(r),
            is_it,
        )
        .map(drop)
    }

    pub(super) fn mass_cancel_taken(&mut self, told: &MassCancelResponse, channel: u8) -> Checked {
        let number = told.user_ref_num.get();
        let is_it = |request: &Request| {
            matches!(request.message(), Inbound::MassCancel(..))
                && request.number() == Some(number)
                && request.is_in(channel)
        };
        let answer = || format!("Mass Cancel Response {number} of channel {channel}");
        let request = self.take(answer, |_, request| is_it(request), is_it)?;
        let Inbound::MassCancel(sent, _) = request.message() else {
            unreachable!("a Mass Cancel was looked for")
        };
        self.numbers.consume(channel, number)?;
        demand((sent.firm, sent.symbol) == (told.firm, told.symbol), Rule::WrongEcho, || {
            format!("Mass Cancel {number}: firm or symbol is not as in the request")
        })?;
        let filter = request.attributes();
        let passes = |order: &Order| {
            (told.symbol.is_blank() || told.symbol.0 == order.symbol)
                && filter.side.is_none_or(|side| side == order.side.code())
                && filter.group_id.is_none_or(|group| group == order.group)
        };
        // Whether channel 0 means its own orders or all is left open by the specification.
        let chosen = self
            .live
            .iter()
            .filter(|(key, order)| (channel == 0 || key.0 == channel) && passes(order));
        let may: std::collections::BTreeSet<Key> = chosen.map(|(key, _)| *key).collect();
        let must = may.iter().filter(|key| key.0 == channel).copied().collect();
        self.sweep = Some(Sweep { must, may });
        Ok(())
    }

    pub(super) fn entry_switched(
        &mut self,
        channel: u8,
        number: u32,
        firm: Mpid,
        disables: bool,
    ) -> Checked {
        let is_it = |request: &Request| {
            let named = match request.message() {
                Inbound::DisableOrderEntry(m, _) if disables => m.firm,
                Inbound::EnableOrderEntry(m, _) if !disables => m.firm,
                _ => return false,
            };
            named == firm && request.number() == Some(number) && request.is_in(channel)
        };
        let answer =
            || format!("Disable or Enable Response {number} of channel {channel} for firm {firm}");
        self.take(answer, |_, request| is_it(request), is_it)?;
        // Another firm than the account's own may be named, and is another's.
        if firm.is_blank() {
            self.entry_disabled = disables;
        }
        self.numbers.consume(channel, number)
    }

    pub(super) fn next_number_told(&mut self, channel: u8, next: u32) -> Checked {
        let is_it = |request: &Request| {
            matches!(request.message(), Inbound::AccountQuery(..)) && request.is_in(channel)
        };
        if 0 < self.loose_queries && !self.pending.iter().any(is_it) {
            self.loose_queries -= 1;
        } else {
            let answer = || format!("Account Query Response of channel {channel}");
            self.take(answer, |_, request| is_it(request) && request.is_sound(), is_it)?;
        }
        self.numbers.learn(channel, next)
    }
}

/// The order that a request is about, when that order can be canceled by it.
fn target(request: &Request) -> Option<u32> {
    match request.message() {
        Inbound::CancelOrder(m, _) => Some(m.user_ref_num.get()),
        Inbound::ModifyOrder(m, _) => Some(m.user_ref_num.get()),
        Inbound::ReplaceOrder(m, _) => Some(m.orig_user_ref_num.get()),
        _ => None,
    }
}

/// The shares that a request takes off its order by an Order Canceled; none when it may not cancel.
fn right_cut(request: &Request, order: &Order) -> Option<u32> {
    let cut = match request.message() {
        Inbound::CancelOrder(m, _) => {
            order.open.saturating_sub(m.quantity.get().saturating_sub(order.used))
        }
        Inbound::ModifyOrder(m, _) if m.quantity.get() <= order.used => order.open,
        // With invalid details: which those are is the venue's to say.
        Inbound::ReplaceOrder(..) => order.open,
        _ => 0,
    };
    (0 < cut).then_some(cut)
}

/// The name that a Rejected gives back; the other requests have none.
fn name(request: &Request) -> Option<ClOrdId> {
    match request.message() {
        Inbound::EnterOrder(m, _) => Some(m.cl_ord_id),
        Inbound::ReplaceOrder(m, _) => Some(m.cl_ord_id),
        _ => None,
    }
}

/// Checks that a side came back.
pub(super) fn echoed_side(sent: u8, told: u8) -> Checked<Side> {
    demand(sent == told, Rule::WrongEcho, || {
        format!("side {} came back as {}", sent.escape_ascii(), told.escape_ascii())
    })?;
    Side::try_from(told).map_err(|error| Finding::new(Rule::IllegalCode, error.to_string()))
}

/// Tells whether a cancel answers a request.
pub(super) fn is_on_request(told: &OrderCanceled) -> bool {
    told.reason == CancelReason::UserRequested.code()
}
