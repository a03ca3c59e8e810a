//! The orders of one connection: what is unanswered, what rests, and how long each answer took.
//!
//! A cancel whose order was executed meanwhile has no answer of its own; the last execution tells it. A venue answers a
//! port in the order of its requests, so the oldest is looked at first; any other order is right too. The loader shares
//! the caches with the venue: an order that lives is two bytes, and a request is forgotten with its answer.

use std::collections::VecDeque;

/// A request without an answer.
#[derive(Clone, Copy, Debug)]
struct Request {
    planned_ns: u64,
    number: u32,
    /// Shares that are open; of a cancel, as long as it is not answered.
    shares: u16,
    kind: Kind,
}

const _: () = assert!(size_of::<Request>() == 16);

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    /// An order that will rest.
    Add,
    /// An order that will not.
    Take,
    Cancel,
}

/// Shares of an order that lives and is not being canceled, and whether it rests.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Open(u16);

impl Open {
    /// Dead, or being canceled.
    const NOT: Self = Self(0);
    /// Not accepted yet.
    const ENTERING: Self = Self(u16::MAX);
    const TAKES: u16 = 1 << 15;

    fn new(shares: u16, rests: bool) -> Self {
        assert!(0 < shares && shares < Self::TAKES - 1, "orders are small");
        Self(if rests { shares } else { shares | Self::TAKES })
    }

    /// The shares, and whether the order rests.
    fn live(self) -> Option<(u16, bool)> {
        let is_live = self != Self::NOT && self != Self::ENTERING;
        is_live.then_some((self.0 & !Self::TAKES, self.0 & Self::TAKES == 0))
    }
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
    list: VecDeque<Open>,
    /// Numbers of orders that came to rest; some are not open any more.
    rested: Vec<u32>,
    /// How many of those are open.
    resting: u32,
    unanswered: VecDeque<Request>,
}

impl Orders {
    /// Begins with the number that the venue takes next.
    pub(super) fn new(next: u32) -> Self {
        Self {
            base: next,
            list: VecDeque::new(),
            rested: Vec::new(),
            resting: 0,
            unanswered: VecDeque::new(),
        }
    }

    /// Requests without an answer.
    pub(super) fn outstanding(&self) -> u32 {
        counted(self.unanswered.len())
    }

    /// Orders that can be canceled.
    pub(super) fn resting(&self) -> u32 {
        self.resting
    }

    /// Notes a new order and gives its number.
    pub(super) fn enter(&mut self, shares: u16, rests: bool, planned_ns: u64) -> u32 {
        let number = self.next_number();
        let kind = if rests { Kind::Add } else { Kind::Take };
        self.list.push_back(Open::ENTERING);
        self.unanswered.push_back(Request { planned_ns, number, shares, kind });
        number
    }

    /// Notes the cancel of a resting order and gives its number; `choose` draws one of so many.
    ///
    /// # Panics
    ///
    /// When none rests.
    pub(super) fn cancel(&mut self, mut choose: impl FnMut(u32) -> u32, planned_ns: u64) -> u32 {
        assert!(0 < self.resting, "one has to rest");
        loop {
            let place = choose(counted(self.rested.len()));
            let number = self.rested.swap_remove(place as usize);
            // What has been executed meanwhile is left out, and the draw is as fair among the others.
            let Some(open) = self.find(number) else { continue };
            if let Some((shares, _)) = std::mem::replace(open, Open::NOT).live() {
                self.resting -= 1;
                let kind = Kind::Cancel;
                self.unanswered.push_back(Request { planned_ns, number, shares, kind });
                self.forget_dead();
                return number;
            }
        }
    }

    /// The number that a request without an order takes next.
    pub(super) fn next_number(&self) -> u32 {
        self.base + counted(self.list.len())
    }

    /// Takes an Order Accepted.
    pub(super) fn accepted(&mut self, number: u32) -> Answered {
        let Some(place) = self.unanswered(number) else { return Answered::Wrong };
        let Request { planned_ns, shares, kind, .. } = self.unanswered[place];
        let rests = match kind {
            Kind::Add => true,
            Kind::Take => false,
            Kind::Cancel => return Answered::Wrong,
        };
        self.unanswered.remove(place);
        *self.find(number).expect("an order that enters is in the list") = Open::new(shares, rests);
        if rests {
            self.rested.push(number);
            self.resting += 1;
        }
        Answered::Planned(planned_ns)
    }

    /// Takes a Rejected.
    pub(super) fn rejected(&mut self, number: u32) -> Answered {
        let Some(place) = self.unanswered(number) else { return Answered::Wrong };
        let Request { planned_ns, kind, .. } = self.unanswered[place];
        if kind == Kind::Cancel {
            return Answered::Wrong;
        }
        self.unanswered.remove(place);
        *self.find(number).expect("an order that enters is in the list") = Open::NOT;
        self.forget_dead();
        Answered::Planned(planned_ns)
    }

    /// Takes an Order Executed.
    pub(super) fn executed(&mut self, number: u32, shares: u32) -> Answered {
        let live = self.find(number).and_then(|open| Some((open.live()?, open)));
        let Some(((before, rests), open)) = live else {
            return self.executed_while_canceled(number, shares);
        };
        match u32::from(before).checked_sub(shares) {
            None => return Answered::Wrong,
            Some(0) => {
                *open = Open::NOT;
                self.gone(rests);
            }
            Some(rest) => *open = Open::new(u16::try_from(rest).expect("fewer"), rests),
        }
        Answered::Nothing
    }

    /// Takes an Order Canceled.
    pub(super) fn canceled(&mut self, number: u32, shares: u32) -> Answered {
        let is_oldest = self.unanswered.front().is_some_and(|request| request.number == number);
        if !is_oldest
            && let Some(open) = self.find(number)
            && let Some((before, rests)) = open.live()
        {
            if u32::from(before) != shares {
                return Answered::Wrong;
            }
            *open = Open::NOT;
            self.gone(rests);
            return Answered::Nothing;
        }
        let Some(place) = self.unanswered(number) else { return Answered::Wrong };
        let request = self.unanswered[place];
        if request.kind != Kind::Cancel || u32::from(request.shares) != shares {
            return Answered::Wrong;
        }
        self.unanswered.remove(place);
        Answered::Planned(request.planned_ns)
    }

    /// Takes an execution of an order whose cancel is on its way.
    fn executed_while_canceled(&mut self, number: u32, shares: u32) -> Answered {
        let Some(place) = self.unanswered(number) else { return Answered::Wrong };
        let request = &mut self.unanswered[place];
        let rest = u32::from(request.shares).checked_sub(shares);
        match rest.filter(|_| request.kind == Kind::Cancel) {
            None => Answered::Wrong,
            Some(0) => {
                self.unanswered.remove(place);
                Answered::Crossed
            }
            Some(rest) => {
                request.shares = u16::try_from(rest).expect("fewer");
                Answered::Nothing
            }
        }
    }

    /// Where the request for an order stands; mostly it is the oldest.
    fn unanswered(&self, number: u32) -> Option<usize> {
        self.unanswered.iter().position(|request| request.number == number)
    }

    fn find(&mut self, number: u32) -> Option<&mut Open> {
        self.list.get_mut(number.checked_sub(self.base)? as usize)
    }

    /// An order has gone by itself.
    fn gone(&mut self, rests: bool) {
        if rests {
            self.resting -= 1;
            // Those that have gone are mostly left to the draw; where nothing is drawn, this keeps the list short.
            if 2 * self.resting as usize + 64 < self.rested.len() {
                let (base, list) = (self.base, &self.list);
                self.rested.retain(|number| {
                    let open = number.checked_sub(base).and_then(|place| list.get(place as usize));
                    open.is_some_and(|open| open.live().is_some())
                });
            }
        }
        self.forget_dead();
    }

    fn forget_dead(&mut self) {
        while self.list.front() == Some(&Open::NOT) {
            self.list.pop_front();
            self.base += 1;
        }
    }
}

fn counted(orders: usize) -> u32 {
    u32::try_from(orders).expect("orders are counted in 32 bits")
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
        assert_eq!(orders.cancel(|_| 0, 90), 6);
        assert_eq!(orders.canceled(6, 100), Answered::Planned(90));
        assert_eq!((orders.outstanding(), orders.resting()), (0, 1));
    }

    #[test]
    fn a_cancel_that_an_execution_overtook_is_answered_by_it() {
        let mut orders = Orders::new(1);
        orders.enter(300, true, 1);
        orders.accepted(1);
        assert_eq!(orders.executed(1, 100), Answered::Nothing);
        orders.cancel(|_| 0, 2);
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

    #[test]
    fn answers_in_any_order_are_right() {
        let mut orders = Orders::new(1);
        (1..=3).for_each(|time_ns| _ = orders.enter(100, true, time_ns));
        assert_eq!(orders.accepted(3), Answered::Planned(3));
        assert_eq!(orders.rejected(2), Answered::Planned(2));
        assert_eq!(orders.cancel(|_| 0, 4), 3);
        assert_eq!(orders.rejected(3), Answered::Wrong);
        assert_eq!(orders.canceled(3, 100), Answered::Planned(4));
        assert_eq!(orders.accepted(1), Answered::Planned(1));
        assert_eq!((orders.outstanding(), orders.resting()), (0, 1));
    }

    #[test]
    fn only_orders_that_rest_are_drawn_and_those_that_have_gone_take_no_memory() {
        let mut orders = Orders::new(1);
        for number in 1..=1_000 {
            assert_eq!(orders.enter(100, true, 1), number);
            orders.accepted(number);
            if 3 < number {
                assert_eq!(orders.executed(number, 100), Answered::Nothing);
            }
        }
        assert!(orders.rested.len() < 100, "{}", orders.rested.len());
        let mut canceled: Vec<u32> = (0..3).map(|_| orders.cancel(|count| count - 1, 2)).collect();
        canceled.sort_unstable();
        assert_eq!((canceled, orders.resting(), orders.list.len()), (vec![1, 2, 3], 0, 0));
        assert_eq!(orders.next_number(), 1_001);
    }
}
