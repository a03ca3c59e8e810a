//! The orders of one connection: what is unanswered, what rests, and how long each answer took.
//!
//! A cancel whose order was executed meanwhile has no answer of its own; the last execution tells it.

use std::collections::VecDeque;

/// No place in the list of resting orders.
const NOWHERE: u32 = u32::MAX;

/// One order, from its sending until it is dead.
#[derive(Clone, Copy, Debug)]
struct Order {
    open: u32,
    /// When the unanswered request was planned, in nanoseconds; 0 when all is answered.
    planned_ns: u64,
    /// Its place in the list of resting orders.
    place: u32,
    state: State,
}

impl Order {
    fn is_live(&self) -> bool {
        matches!(self.state, State::Live | State::Canceling)
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    /// Entered, not yet answered.
    Entering {
        rests: bool,
    },
    Live,
    Canceling,
    Dead,
}

/// What a message of the venue answered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Answered {
    /// A request planned at this time.
    Planned(u64),
    /// A cancel that an execution made superfluous.
    Crossed,
    /// No request.
    Nothing,
    /// What no venue says: of an order that is not there.
    Wrong,
}

/// All orders of a connection.
#[derive(Debug)]
pub(super) struct Orders {
    /// The number of the first order in the list.
    base: u32,
    list: VecDeque<Order>,
    resting: Vec<u32>,
    outstanding: u32,
}

impl Orders {
    /// Begins with the number that the venue takes next.
    pub(super) fn new(next: u32) -> Self {
        Self { base: next, list: VecDeque::new(), resting: Vec::new(), outstanding: 0 }
    }

    /// Requests without an answer.
    pub(super) fn outstanding(&self) -> u32 {
        self.outstanding
    }

    /// Orders that can be canceled.
    pub(super) fn resting(&self) -> u32 {
        u32::try_from(self.resting.len()).expect("orders are counted in 32 bits")
    }

    /// Notes a new order and gives its number.
    pub(super) fn enter(&mut self, quantity: u32, rests: bool, planned_ns: u64) -> u32 {
        let number = self.next_number();
        let state = State::Entering { rests };
        self.list.push_back(Order { open: quantity, planned_ns, place: NOWHERE, state });
        self.outstanding += 1;
        number
    }

    /// Notes the cancel of the resting order in `place` and gives its number.
    pub(super) fn cancel(&mut self, place: u32, planned_ns: u64) -> u32 {
        let number = self.resting[place as usize];
        self.unrest(number);
        let order = self.order(number).expect("a resting order is in the list");
        order.state = State::Canceling;
        order.planned_ns = planned_ns;
        self.outstanding += 1;
        number
    }

    /// The number that a request without an order takes next.
    pub(super) fn next_number(&self) -> u32 {
        self.base + u32::try_from(self.list.len()).expect("orders are counted in 32 bits")
    }

    /// Takes an Order Accepted.
    pub(super) fn accepted(&mut self, number: u32) -> Answered {
        let place = self.resting();
        let Some(order) = self.order(number) else { return Answered::Wrong };
        let State::Entering { rests } = order.state else { return Answered::Wrong };
        let planned_ns = order.planned_ns;
        order.state = State::Live;
        if rests {
            order.place = place;
            self.resting.push(number);
        }
        self.outstanding -= 1;
        Answered::Planned(planned_ns)
    }

    /// Takes a Rejected.
    pub(super) fn rejected(&mut self, number: u32) -> Answered {
        let Some(order) = self.order(number) else { return Answered::Wrong };
        if !matches!(order.state, State::Entering { .. }) {
            return Answered::Wrong;
        }
        let planned_ns = order.planned_ns;
        self.outstanding -= 1;
        self.die(number);
        Answered::Planned(planned_ns)
    }

    /// Takes an Order Executed.
    pub(super) fn executed(&mut self, number: u32, quantity: u32) -> Answered {
        let Some(order) = self.order(number) else { return Answered::Wrong };
        if !order.is_live() || order.open < quantity {
            return Answered::Wrong;
        }
        order.open -= quantity;
        if 0 < order.open {
            return Answered::Nothing;
        }
        let crossed = order.state == State::Canceling;
        if crossed {
            self.outstanding -= 1;
        } else {
            self.unrest(number);
        }
        self.die(number);
        if crossed { Answered::Crossed } else { Answered::Nothing }
    }

    /// Takes an Order Canceled.
    pub(super) fn canceled(&mut self, number: u32, quantity: u32) -> Answered {
        let Some(order) = self.order(number) else { return Answered::Wrong };
        if !order.is_live() || order.open != quantity {
            return Answered::Wrong;
        }
        let (asked, planned_ns) = (order.state == State::Canceling, order.planned_ns);
        if asked {
            self.outstanding -= 1;
        } else {
            self.unrest(number);
        }
        self.die(number);
        if asked { Answered::Planned(planned_ns) } else { Answered::Nothing }
    }

    fn order(&mut self, number: u32) -> Option<&mut Order> {
        self.list.get_mut(number.checked_sub(self.base)? as usize)
    }

    /// Takes an order off the list of those that can be canceled.
    fn unrest(&mut self, number: u32) {
        let order = self.order(number).expect("the order is in the list");
        let place = std::mem::replace(&mut order.place, NOWHERE);
        if place == NOWHERE {
            return;
        }
        self.resting.swap_remove(place as usize);
        if let Some(&moved) = self.resting.get(place as usize) {
            self.order(moved).expect("a resting order is in the list").place = place;
        }
    }

    fn die(&mut self, number: u32) {
        self.order(number).expect("the order is in the list").state = State::Dead;
        while self.list.front().is_some_and(|order| order.state == State::Dead) {
            self.list.pop_front();
            self.base += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_names_the_time_its_request_was_planned() {
        let mut orders = Orders::new(5);
        assert_eq!(orders.enter(100, true, 70), 5);
        assert_eq!(orders.enter(100, true, 80), 6);
        assert_eq!(orders.accepted(6), Answered::Planned(80));
        assert_eq!(orders.accepted(5), Answered::Planned(70));
        assert_eq!((orders.outstanding(), orders.resting()), (0, 2));
        assert_eq!(orders.cancel(0, 90), 6);
        assert_eq!(orders.canceled(6, 100), Answered::Planned(90));
        assert_eq!((orders.outstanding(), orders.resting()), (0, 1));
    }

    #[test]
    fn a_cancel_that_an_execution_overtook_is_answered_by_it() {
        let mut orders = Orders::new(1);
        orders.enter(300, true, 1);
        orders.accepted(1);
        assert_eq!(orders.executed(1, 100), Answered::Nothing);
        orders.cancel(0, 2);
        assert_eq!(orders.executed(1, 200), Answered::Crossed);
        assert_eq!((orders.outstanding(), orders.resting()), (0, 0));
        assert_eq!(orders.next_number(), 2);
    }

    #[test]
    fn what_no_venue_says_is_seen() {
        let mut orders = Orders::new(1);
        assert_eq!(orders.accepted(1), Answered::Wrong);
        orders.enter(100, false, 1);
        assert_eq!(orders.canceled(1, 50), Answered::Wrong);
        assert_eq!(orders.accepted(1), Answered::Planned(1));
        assert_eq!(orders.accepted(1), Answered::Wrong);
        assert_eq!(orders.executed(1, 101), Answered::Wrong);
        assert_eq!(orders.canceled(1, 100), Answered::Nothing);
        assert_eq!(orders.executed(1, 1), Answered::Wrong);
    }
}
