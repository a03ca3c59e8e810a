//! Random flow: whatever comes, the books stay sound and every dollar is accounted for.

use std::collections::{BTreeMap, BTreeSet};

use protocol::enums::{Capacity, Display, LiquidityFlag, Side, TimeInForce, TradingState};
use protocol::ouch::reason::RejectReason;
use protocol::{ClOrdId, Mpid, Price, Symbol};

use super::{Random, opening};
use crate::book::notional;
use crate::command::{
    Auction, Cancel, Command, DisconnectCause, Enter, KillScope, Locate, MassCancel, Modify,
    OrderKey, OrderPrice, PortId, Replace, Sequenced, Verdict,
};
use crate::event::{Event, Outcome};
use crate::matcher::{Applied, Matcher};

const INSTRUMENTS: u16 = 5;
const PORTS: u16 = 3;

/// Makes commands as admission would: numbers rise, and every order names the instrument it is in.
struct Flow {
    random: Random,
    numbers: BTreeMap<(PortId, u8), u32>,
    /// Orders that were ever entered, with their instruments.
    orders: Vec<(OrderKey, Locate)>,
}

impl Flow {
    fn next(&mut self) -> Command<'static> {
        match self.random.below(100) {
            0..45 => self.enter(),
            45..65 => self.replace(),
            65..80 => {
                let (key, locate) = self.known();
                Command::Cancel(Cancel { key, locate, quantity: self.random.below(200) })
            }
            80..94 => {
                let (key, locate) = self.known();
                let (side, quantity) = (self.side(), self.random.below(300));
                Command::Modify(Modify { key, locate, side, quantity, appendage: &[] })
            }
            94 => self.mass_cancel(),
            95 if self.random.below(3) == 0 => {
                Command::KillSwitch { scope: KillScope::Port(self.port()), engaged: true }
            }
            95 => Command::Disconnected { port: self.port(), cause: DisconnectCause::Lost },
            96 if self.random.below(3) == 0 => Command::GraceEnded { port: self.port() },
            96 => self.trading(TradingState::Halted),
            _ => self.trading(TradingState::Trading),
        }
    }

    fn enter(&mut self) -> Command<'static> {
        let key = self.key();
        let locate =
            Locate(1 + u16::try_from(self.random.below(INSTRUMENTS.into())).expect("small"));
        self.orders.push((key, locate));
        let (quantity, price) = (1 + self.random.below(300), self.price());
        Command::Enter(Enter {
            key,
            locate,
            side: self.side(),
            quantity,
            price,
            time_in_force: self.time_in_force(),
            display: self.display(),
            capacity: Capacity::Agency,
            intermarket_sweep: false,
            cl_ord_id: ClOrdId::BLANK,
            group_id: u16::try_from(self.random.below(3)).expect("small"),
            auction: Auction::NONE,
            granted: self.granted(quantity, price),
            appendage: self.appendage(),
        })
    }

    fn replace(&mut self) -> Command<'static> {
        let (original, locate) = self.known();
        let key = self.following(original.port, original.user_ref_idx);
        self.orders.push((key, locate));
        let (quantity, price) = (self.random.below(400), self.price());
        let verdict = match self.random.below(10) {
            0 => Verdict::InvalidDetails,
            1 => Verdict::Refused(RejectReason::FatFinger),
            2 => Verdict::Granted(0),
            _ => Verdict::Granted(self.granted(quantity, price)),
        };
        Command::Replace(Replace {
            key,
            original_user_ref_num: original.user_ref_num,
            locate,
            quantity,
            price,
            time_in_force: self.time_in_force(),
            display: self.display(),
            intermarket_sweep: false,
            side: (self.random.below(5) == 0).then(|| self.side()),
            imbalance_only: None,
            cl_ord_id: ClOrdId::BLANK,
            verdict,
            appendage: self.appendage(),
        })
    }

    fn mass_cancel(&mut self) -> Command<'static> {
        Command::MassCancel(MassCancel {
            key: self.key(),
            firm: Mpid::BLANK,
            symbol: Symbol::BLANK,
            locate: Locate(u16::try_from(self.random.below(INSTRUMENTS.into())).expect("small")),
            side: (self.random.below(2) == 0).then(|| self.side()),
            group_id: None,
            appendage: &[],
        })
    }

    fn trading(&mut self, state: TradingState) -> Command<'static> {
        let locate = Locate(u16::try_from(self.random.below(INSTRUMENTS.into())).expect("small"));
        Command::TradingAction { locate, state, reason: *b"    " }
    }

    fn known(&mut self) -> (OrderKey, Locate) {
        // Mostly a recent order, which may still be open.
        let back = self.random.below(60) as usize;
        let known =
            self.orders.len().checked_sub(1 + back).and_then(|index| self.orders.get(index));
        known.copied().unwrap_or((OrderKey::default(), Locate(1)))
    }

    fn port(&mut self) -> PortId {
        PortId(u16::try_from(self.random.below(PORTS.into())).expect("small"))
    }

    fn key(&mut self) -> OrderKey {
        let port = self.port();
        let user_ref_idx = if self.random.below(4) == 0 { 255 } else { 0 };
        self.following(port, user_ref_idx)
    }

    fn following(&mut self, port: PortId, user_ref_idx: u8) -> OrderKey {
        let last = self.numbers.entry((port, user_ref_idx)).or_default();
        *last += if self.random.below(10) == 0 { 1_000 } else { 1 };
        OrderKey { port, user_ref_idx, user_ref_num: *last }
    }

    fn side(&mut self) -> Side {
        [Side::Buy, Side::Buy, Side::Sell, Side::SellShort][self.random.below(4) as usize]
    }

    fn price(&mut self) -> OrderPrice {
        match self.random.below(12) {
            0 => OrderPrice::Market { code: 0x7FFF_FFFF },
            1 => OrderPrice::Limit(Price::new(1 + self.random.below(300_000))),
            _ => OrderPrice::Limit(Price::new(100_000 + 100 * self.random.below(15))),
        }
    }

    fn time_in_force(&mut self) -> TimeInForce {
        if self.random.below(5) == 0 { TimeInForce::ImmediateOrCancel } else { TimeInForce::Day }
    }

    fn display(&mut self) -> Display {
        [Display::Attributable, Display::Hidden, Display::Visible]
            [self.random.below(5).min(2) as usize]
    }

    /// Mostly nothing, else a few tags.
    fn appendage(&mut self) -> &'static [u8] {
        const ROWS: [&[u8]; 15] = [
            b"\x05\x03\0\0\0\x64",
            b"\x02\x0cP",
            b"\x02\x0cN",
            b"\x02\x1dD",
            b"\x02\x1dy",
            b"\x02\x1dP",
            b"\x02\x1d4",
            b"\x02\x1dR",
            b"\x02\x1dN",
            b"\x02\x1dO\x03\x1eAB",
            b"\x05\x05\0\0\0\x64",
            b"\x05\x05\0\0\0\xc8\x05\x0d\0\0\0\x64",
            b"\x05\x05\0\0\0\x64\x02\x1dY",
            b"\x05\x05\0\0\0\x64\x02\x1dD",
            b"",
        ];
        ROWS[self.random.below(26).min(14) as usize]
    }

    fn granted(&mut self, quantity: u32, price: OrderPrice) -> u64 {
        match price {
            OrderPrice::Limit(limit) => notional(quantity, limit),
            OrderPrice::Market { .. } => u64::from(self.random.below(100_000_000)),
        }
    }
}

/// What admission and the feed would believe, folded from commands, events and outcomes alone.
#[derive(Default)]
struct Believed {
    /// Shares on the feed by order reference.
    feed: BTreeMap<u64, u32>,
    /// Granted and not released, by port.
    held: BTreeMap<PortId, u64>,
    /// What executions hold, by port.
    executed: BTreeMap<PortId, u64>,
}

impl Believed {
    fn fold(&mut self, command: &Command<'_>, applied: &Applied) {
        let (port, limit, granted) = match command {
            Command::Enter(enter) => (enter.key.port, enter.price, enter.granted),
            Command::Replace(Replace {
                key, price, verdict: Verdict::Granted(granted), ..
            }) => (key.port, *price, *granted),
            _ => (PortId(0), OrderPrice::Market { code: 0 }, 0),
        };
        *self.held.entry(port).or_default() += granted;
        for outcome in &applied.outcomes {
            if let Outcome::Released { port, notional } = outcome {
                assert!(0 < *notional, "nothing is not released");
                *self.held.get_mut(port).expect("a port that was granted something") -= notional;
            }
        }
        for (_, event) in &applied.events {
            self.fold_event(event, limit);
        }
    }

    fn fold_event(&mut self, event: &Event, limit: OrderPrice) {
        match *event {
            Event::Executed { resting, aggressor, quantity, price, added, .. } => {
                let counted = match limit {
                    OrderPrice::Limit(limit) => price.min(limit),
                    OrderPrice::Market { .. } => price,
                };
                *self.executed.entry(resting.key.port).or_default() += notional(quantity, price);
                *self.executed.entry(aggressor.key.port).or_default() +=
                    notional(quantity, counted);
                if added == LiquidityFlag::Added {
                    self.take(resting.order_reference, quantity);
                }
            }
            Event::Added { order_reference, shares, .. } => {
                assert_eq!(
                    self.feed.insert(order_reference, shares),
                    None,
                    "an order is added once"
                );
            }
            Event::Reduced { order_reference, shares } => {
                self.take(order_reference, shares);
                assert!(self.feed.contains_key(&order_reference), "a reduced order stays");
            }
            Event::Deleted { order_reference } => {
                self.feed.remove(&order_reference).expect("what is deleted was there");
            }
            Event::BookReplaced { original_order_reference, order_reference, shares, .. } => {
                self.feed.remove(&original_order_reference).expect("what is replaced was there");
                self.feed.insert(order_reference, shares);
            }
            _ => {}
        }
    }

    fn take(&mut self, order_reference: u64, shares: u32) {
        let open = self.feed.get_mut(&order_reference).expect("shares leave an order on the feed");
        *open -= shares;
        if *open == 0 {
            self.feed.remove(&order_reference);
        }
    }

    fn assert_agrees(&self, matcher: &Matcher) {
        let displayed = matcher.orders().filter(|order| order.is_on_feed());
        let feed: BTreeMap<u64, u32> =
            displayed.map(|order| (order.reference, order.open)).collect();
        assert_eq!(self.feed, feed, "the feed shows what is displayed");
        let mut held = self.executed.clone();
        for order in matcher.orders() {
            *held.entry(order.key.port).or_default() += matcher.notional(order);
        }
        held.retain(|_, notional| 0 < *notional);
        let mut believed = self.held.clone();
        believed.retain(|_, notional| 0 < *notional);
        assert_eq!(believed, held, "ports hold what is open and executed");
    }
}

fn flow(seed: u64) -> Flow {
    println!("seed {seed}");
    Flow { random: Random::new(seed), numbers: BTreeMap::new(), orders: Vec::new() }
}

/// The commands of a day: the opening, then `count` of random flow.
fn day(seed: u64, count: usize) -> impl Iterator<Item = Command<'static>> {
    let mut flow = flow(seed);
    let resume = Command::TradingAction {
        locate: Locate::NONE,
        state: TradingState::Trading,
        reason: *b"    ",
    };
    let opening = opening(INSTRUMENTS, PORTS).into_iter().chain([resume]);
    opening.chain(std::iter::repeat_with(move || flow.next()).take(count))
}

fn apply(matcher: &mut Matcher, sequence: u64, command: Command<'_>) -> Applied {
    let mut applied = Applied::default();
    matcher.apply(&Sequenced { sequence, time_ns: sequence, command }, &mut applied);
    applied
}

#[test]
fn books_feed_and_exposure_agree_after_every_command() {
    for seed in 1..=6 {
        let mut matcher = Matcher::new(0, 1);
        let mut believed = Believed::default();
        let mut executions = 0;
        for (sequence, command) in (1..).zip(day(seed, 3_000)) {
            let applied = apply(&mut matcher, sequence, command);
            let is_execution =
                |(_, event): &&(Locate, Event)| matches!(event, Event::Executed { .. });
            executions += applied.events.iter().filter(is_execution).count();
            believed.fold(&command, &applied);
            believed.assert_agrees(&matcher);
            matcher.assert_sound();
        }
        assert!(300 < executions, "seed {seed} trades: {executions} executions");
    }
}

#[test]
fn shards_do_not_show() {
    for (seed, shards) in [(11, 2), (12, 3), (13, 8)] {
        let mut whole = Matcher::new(0, 1);
        let mut parts: Vec<Matcher> =
            (0..shards).map(|shard| Matcher::new(shard, shards)).collect();
        for (sequence, command) in (1..).zip(day(seed, 3_000)) {
            let expected = apply(&mut whole, sequence, command);
            let mut events = Vec::new();
            for part in &mut parts {
                events.append(&mut apply(part, sequence, command).events);
            }
            events.sort_by_key(|(locate, _)| *locate);
            assert_eq!(events, expected.events, "{command:?}");
            let digest = parts.iter().map(Matcher::digest).fold(0, u64::wrapping_add);
            assert_eq!(digest, whole.digest(), "{command:?}");
        }
    }
}

#[test]
fn admission_hears_of_the_end_of_every_order_and_of_no_other() {
    for seed in 21..=26 {
        let mut matcher = Matcher::new(0, 1);
        let (mut awaited, mut most) = (BTreeSet::new(), 0);
        for (sequence, command) in (1..).zip(day(seed, 3_000)) {
            if let Command::Enter(Enter { key, .. }) | Command::Replace(Replace { key, .. }) =
                command
            {
                awaited.insert(key);
            }
            for outcome in apply(&mut matcher, sequence, command).outcomes {
                if let Outcome::OrderGone { key } | Outcome::NumberNotTaken { key, .. } = outcome {
                    awaited.remove(&key);
                }
            }
            let open: BTreeSet<OrderKey> = matcher.orders().map(|order| order.key).collect();
            assert_eq!(awaited, open, "{command:?}");
            most = most.max(open.len());
        }
        assert!(20 < most, "seed {seed} has {most} orders open at once");
    }
}
