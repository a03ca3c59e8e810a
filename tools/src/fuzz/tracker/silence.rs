//! Which answer belongs to which request, and which requests may stay without one.

use protocol::enums::Side;
use protocol::ouch::Inbound;
use protocol::ouch::inbound::ModifyOrder;

use super::request::Request;
use super::{Order, Tracker};
use crate::fuzz::finding::{Checked, Finding, demand};
use crate::fuzz::rules::Rule;

impl Tracker {
    /// Takes the request that an answer belongs to: the first that fits it best, whatever is only alike.
    ///
    /// The requests before it are over; each must be one that may stay without an answer.
    pub(super) fn take(
        &mut self,
        answer: impl FnOnce() -> String,
        fits: impl Fn(&Self, &Request) -> bool,
        is_alike: impl Fn(&Request) -> bool,
    ) -> Checked<Request> {
        self.end_command()?;
        let best = self.pending.iter().position(|request| fits(self, request));
        let at = best.or_else(|| self.pending.iter().position(is_alike));
        let at = at.ok_or_else(|| {
            Finding::new(Rule::Unasked, format!("{} answers nothing that was asked", answer()))
        })?;
        for _ in 0..at {
            let request = self.pending.pop_front().expect("an earlier one than that found");
            self.stays_silent(&request)?;
        }
        Ok(self.pending.pop_front().expect("it was found"))
    }

    /// Checks that what the last command had to do was done, before the next one speaks.
    fn end_command(&mut self) -> Checked {
        let immediate = self.immediate.take();
        let resting = immediate.filter(|key| self.live.contains_key(key));
        demand(resting.is_none(), Rule::ImmediateRests, || {
            format!("the immediate-or-cancel order {resting:?} (channel, number) is still open")
        })?;
        let Some(sweep) = self.sweep.take() else { return Ok(()) };
        let left = sweep.must.iter().find(|key| self.live.contains_key(key));
        demand(left.is_none(), Rule::MassCancelLeft, || {
            format!("the mass cancel is over and order {left:?} (channel, number) is still open")
        })
    }

    /// Checks that a request may stay without an answer in the present state.
    ///
    /// Since the answer before, orders only executed or ended, so a reason for silence is still there.
    fn stays_silent(&mut self, request: &Request) -> Checked {
        let channel = request.channel();
        let must_answer = match request.message() {
            Inbound::EnterOrder(..)
            | Inbound::MassCancel(..)
            | Inbound::DisableOrderEntry(..)
            | Inbound::EnableOrderEntry(..) => self.has_new_number(request),
            Inbound::ReplaceOrder(m, _) => {
                let is_live = self.live.contains_key(&(channel, m.orig_user_ref_num.get()));
                is_live && self.has_new_number(request)
            }
            Inbound::CancelOrder(m, _) => self
                .live
                .get(&(channel, m.user_ref_num.get()))
                .is_some_and(|order| u64::from(m.quantity.get()) < order.size()),
            Inbound::ModifyOrder(m, _) => self
                .live
                .get(&(channel, m.user_ref_num.get()))
                .is_some_and(|order| changes(m, order)),
            Inbound::AccountQuery(..) => true,
        };
        demand(!must_answer || !request.is_certain(), Rule::Unanswered, || {
            format!("{} has no answer, and the next request has", request.describe())
        })?;
        if !request.is_sound() && matches!(request.message(), Inbound::AccountQuery(..)) {
            self.loose_queries += 1;
        }
        if let Some(number) = request.number().filter(|_| !request.is_sound()) {
            self.numbers.doubt(channel, number);
            self.numbers.doubt(0, number);
        }
        Ok(())
    }

    fn has_new_number(&self, request: &Request) -> bool {
        request.number().is_some_and(|number| self.numbers.is_new(request.channel(), number))
    }
}

/// Tells whether a Modify is allowed and changes something.
fn changes(request: &ModifyOrder, order: &Order) -> bool {
    let Ok(side) = Side::try_from(request.side) else { return false };
    let quantity = u64::from(request.quantity.get());
    let is_allowed = side.is_buy() == order.side.is_buy() && quantity <= order.size();
    is_allowed && (side != order.side || quantity < order.size())
}
