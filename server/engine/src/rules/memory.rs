//! What a port costs: as much as it has open, however many orders it has sent.

use protocol::enums::{Capacity, Display, Side, TimeInForce};
use protocol::ouch::inbound::CancelOrder;
use protocol::ouch::{Inbound, encode};
use protocol::{ClOrdId, Price};

use super::Market;
use crate::admission::{Admission, Conditions, Decision};
use crate::command::{
    Auction, Cancel, Command, Enter, Locate, OrderKey, OrderPrice, PortId, Sequenced,
};
use crate::matcher::{Applied, Matcher};

const PORT: PortId = PortId(0);

/// Admission and one shard, a command at a time.
struct Venue {
    admission: Admission,
    matcher: Matcher,
    sequence: u64,
}

impl Venue {
    fn open() -> Self {
        let mut venue =
            Self { admission: Admission::default(), matcher: Matcher::new(0, 1), sequence: 0 };
        Market::commands_to_open().into_iter().for_each(|command| venue.apply(command));
        venue
    }

    fn apply(&mut self, command: Command<'_>) {
        self.sequence += 1;
        self.admission.logged(self.sequence, self.sequence, &command);
        let mut applied = Applied::default();
        let sequenced = Sequenced { sequence: self.sequence, time_ns: self.sequence, command };
        self.matcher.apply(&sequenced, &mut applied);
        applied.outcomes.iter().for_each(|outcome| self.admission.outcome(outcome));
        self.admission.applied(self.sequence);
    }

    fn enter(&mut self, number: u32, side: Side, cents: u32) {
        self.apply(Command::Enter(Enter {
            key: key(number),
            locate: Locate(2),
            side,
            quantity: 100,
            price: OrderPrice::Limit(Price::new(cents * 100)),
            time_in_force: TimeInForce::Day,
            display: Display::Visible,
            capacity: Capacity::Agency,
            intermarket_sweep: false,
            cl_ord_id: ClOrdId::BLANK,
            group_id: 0,
            auction: Auction::NONE,
            granted: u64::from(cents) * 10_000,
            appendage: &[],
        }));
    }

    /// What admission makes of a cancel of this number.
    fn decide_cancel(&self, number: u32) -> Option<Cancel> {
        let mut bytes = Vec::new();
        let fixed = CancelOrder {
            message_type: CancelOrder::TYPE,
            user_ref_num: number.into(),
            quantity: 0.into(),
        };
        encode(&fixed, None, &mut bytes);
        let message = Inbound::decode(&bytes).expect("it was just encoded");
        match self.admission.decide(PORT, &message, self.sequence, Conditions::default()) {
            Decision::Log(Command::Cancel(cancel)) => Some(cancel),
            Decision::Ignored => None,
            other => panic!("a cancel is logged or ignored: {other:?}"),
        }
    }
}

fn key(user_ref_num: u32) -> OrderKey {
    OrderKey { port: PORT, user_ref_idx: 0, user_ref_num }
}

#[test]
fn a_million_orders_of_a_port_leave_it_as_small_as_a_thousand() {
    let mut venue = Venue::open();
    venue.enter(1, Side::Buy, 1);
    let mut after_a_thousand = 0;
    // One in three is canceled, two trade with one another.
    for number in (2..1_000_000).step_by(3) {
        venue.enter(number, Side::Buy, 900);
        let cancel = venue.decide_cancel(number).expect("an open order is found");
        venue.apply(Command::Cancel(cancel));
        venue.enter(number + 1, Side::Buy, 1_000);
        venue.enter(number + 2, Side::Sell, 1_000);
        if number <= 1_001 {
            after_a_thousand = venue.admission.memory_bytes(PORT);
        }
    }
    assert_eq!(venue.matcher.open_orders(Locate(2)), 1);
    let bytes = venue.admission.memory_bytes(PORT);
    assert!(0 < after_a_thousand && bytes <= 2 * after_a_thousand, "{bytes} bytes");
    for gone in [2, 500_000, 999_999] {
        assert_eq!(venue.decide_cancel(gone), None, "number {gone} has gone");
    }
    let first = venue.decide_cancel(1).expect("the first order is open all day");
    assert_eq!((first.key, first.locate), (key(1), Locate(2)));
    venue.apply(Command::Cancel(first));
    assert_eq!(venue.matcher.open_orders(Locate(2)), 0);
    assert_eq!(venue.decide_cancel(1), None);
}
