//! One request and what becomes of it: which events are about it, and how it ends.

use client::order_entry::{Event, Request, UserRefNum};
use protocol::enums::{CancelReason, OrderState};

/// What the venue has made of a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Outcome {
    /// Nothing so far; after a later request was answered: it was ignored.
    Silence,
    Done,
    Refused,
}

/// A request that was sent.
#[derive(Clone, Debug)]
pub(super) struct Case {
    request: Request,
    /// The number it took; of a request that takes none, the order it names.
    pub(super) name: UserRefNum,
    outcome: Outcome,
    /// Shares of the order that may still trade, once known.
    open: Option<u32>,
}

impl Case {
    pub(super) fn new(request: Request, name: UserRefNum) -> Self {
        Self { request, name, outcome: Outcome::Silence, open: None }
    }

    pub(super) fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Tells whether nothing more can come.
    pub(super) fn is_over(&self) -> bool {
        self.open == Some(0) || self.outcome != Outcome::Done
    }

    /// Takes an event; tells whether it is about the request.
    pub(super) fn take(&mut self, event: &Event) -> bool {
        if !self.is_concerned(event) {
            return false;
        }
        if event.order() == Some(self.name) {
            self.count(event);
        }
        if let Some(outcome) = self.told(event) {
            self.outcome = outcome;
        }
        true
    }

    /// Why the venue is silent.
    pub(super) fn why_ignored(&self) -> &'static str {
        match self.request {
            Request::Replace(..) => "no such order is open",
            Request::Cancel(..) | Request::Modify(..) => {
                "no such order is open, or nothing of it would change"
            }
            _ => "the number was used before",
        }
    }

    fn is_concerned(&self, event: &Event) -> bool {
        let Some(order) = event.order() else {
            return matches!(event, Event::AccountQueryResponse(_))
                && matches!(self.request, Request::AccountQuery(_));
        };
        match self.request {
            Request::Replace(original, _) => order == self.name || order == original,
            Request::MassCancel(_) => order == self.name || self.is_of_mass_cancel(event),
            _ => order == self.name,
        }
    }

    /// Tells whether an order left because of the mass cancel: its answer comes first.
    fn is_of_mass_cancel(&self, event: &Event) -> bool {
        let user_requested = matches!(
            event,
            Event::Canceled(canceled) if canceled.reason == CancelReason::UserRequested
        );
        user_requested && self.outcome == Outcome::Done
    }

    fn count(&mut self, event: &Event) {
        let begun = |quantity, state| if state == OrderState::Dead { 0 } else { quantity };
        let less = |open: Option<u32>, by| open.map(|open: u32| open.saturating_sub(by));
        self.open = match event {
            Event::Accepted(accepted) => Some(begun(accepted.quantity, accepted.order_state)),
            Event::Replaced(replaced) => Some(begun(replaced.quantity, replaced.order_state)),
            Event::Modified(modified) => Some(modified.quantity),
            Event::Executed(executed) => less(self.open, executed.quantity),
            Event::Canceled(canceled) => less(self.open, canceled.quantity),
            Event::AiqCanceled(canceled) => less(self.open, canceled.decrement_shares),
            _ => self.open,
        };
    }

    /// Returns what an event decides about the request.
    fn told(&self, event: &Event) -> Option<Outcome> {
        match (event, &self.request) {
            (Event::Rejected(_) | Event::CancelReject(_), _) => Some(Outcome::Refused),
            (Event::Canceled(canceled), Request::Replace(original, _))
                if canceled.order == *original && self.outcome == Outcome::Silence =>
            {
                Some(Outcome::Refused)
            }
            (
                Event::Canceled(_) | Event::CancelPending(_) | Event::Modified(_),
                Request::Cancel(..) | Request::Modify(..),
            ) => Some(Outcome::Done),
            (Event::Accepted(_), Request::Enter(_))
            | (Event::Replaced(_), Request::Replace(..))
            | (Event::MassCancelResponse(_), Request::MassCancel(_))
            | (Event::EntryDisabled(_), Request::DisableEntry(_))
            | (Event::EntryEnabled(_), Request::EnableEntry(_))
            | (Event::AccountQueryResponse(_), Request::AccountQuery(_)) => Some(Outcome::Done),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use client::order_entry::{
        CancelFilter, CancelPending, CancelReject, Canceled, MassCancelResponse, NewOrder,
        Rejected, Replacement, Stamp,
    };
    use protocol::ouch::RejectReason;
    use protocol::{ClOrdId, Mpid, Symbol};

    use super::*;

    const ONE: UserRefNum = UserRefNum::new(1);
    const TWO: UserRefNum = UserRefNum::new(2);
    const STAMP: Stamp = Stamp { sequence_number: 1, time_ns: 0 };

    fn canceled(order: UserRefNum, reason: CancelReason) -> Event {
        Event::Canceled(Canceled { stamp: STAMP, order, quantity: 1, reason })
    }

    fn rejected(order: UserRefNum) -> Event {
        let reason = RejectReason::Halted;
        Event::Rejected(Rejected { stamp: STAMP, order, reason, cl_ord_id: ClOrdId::BLANK })
    }

    /// Checks what an event that is about the request decides.
    fn check(request: Request, name: UserRefNum, event: Event, outcome: Outcome) {
        let mut case = Case::new(request, name);
        assert!(case.take(&event), "{event:?}");
        assert_eq!(case.outcome(), outcome, "{request:?}: {event:?}");
    }

    #[test]
    fn an_answer_decides() {
        let cancel = Request::Cancel(ONE, 0);
        let replace = Request::Replace(ONE, Replacement::new(100).market());
        let enter = Request::Enter(NewOrder::buy("ACME", 100).market());
        let user = CancelReason::UserRequested;
        let pending = Event::CancelPending(CancelPending { stamp: STAMP, order: ONE });
        let late = Event::CancelReject(CancelReject { stamp: STAMP, order: ONE });
        check(cancel, ONE, canceled(ONE, user), Outcome::Done);
        check(cancel, ONE, pending, Outcome::Done);
        check(cancel, ONE, late, Outcome::Refused);
        check(replace, TWO, rejected(TWO), Outcome::Refused);
        check(replace, TWO, canceled(ONE, user), Outcome::Refused);
        check(enter, ONE, rejected(ONE), Outcome::Refused);
        check(enter, ONE, canceled(ONE, CancelReason::ImmediateOrCancel), Outcome::Silence);
    }

    #[test]
    fn other_orders_are_other_cases_but_for_a_mass_cancel_that_was_taken() {
        let user = canceled(ONE, CancelReason::UserRequested);
        assert!(!Case::new(Request::Cancel(TWO, 0), TWO).take(&user));
        let mut case = Case::new(Request::MassCancel(CancelFilter::own_firm()), TWO);
        assert!(!case.take(&user), "it was canceled before");
        let response = Event::MassCancelResponse(MassCancelResponse {
            stamp: STAMP,
            request: TWO,
            firm: Mpid::BLANK,
            symbol: Symbol::BLANK,
            side: None,
            group_id: None,
        });
        assert!(case.take(&response) && case.take(&user));
        assert!(!case.take(&canceled(ONE, CancelReason::SelfMatch)));
        assert_eq!(case.outcome(), Outcome::Done);
    }
}
