//! Exposure over random days: never lifted above a limit, and what is open and executed, to the ten-thousandth; when every
//! trade is broken it is nothing.
//!
//! `OPENBELL_EXPOSURE_EVENTS` sets the number of events (default 100,000).

use std::collections::BTreeMap;

use engine::command::{
    Command, DayOpened, DisconnectCause, DisconnectPolicy, FirmDefined, FirmId, Limits, Locate,
    PortDefined, PortId, RULE_VERSION, SelfMatch, SymbolDefined,
};
use engine::trade::{Accepted, TradeRecord};
use openbell_tests::evidence;
use openbell_tests::order::{cancel, enter_with, mass_cancel, modify, replace};
use openbell_tests::simulator::Exchange;
use protocol::enums::{BrokenTradeReason, EventCode, TradingState};
use protocol::ouch::Outbound;
use protocol::{Mpid, Symbol};
use zerocopy::FromBytes;

const SEED: u64 = 20_261_125;
const EVENTS_OF_A_DAY: u64 = 20_000;
const PORTS: u16 = 4;
const SYMBOLS: [&str; 3] = ["AAA", "BBB", "CCC"];
const MARKET: u64 = 0x7FFF_FFFF;

#[test]
fn exposure_is_never_exceeded_and_only_executions_hold_it_in_the_end() {
    let events = std::env::var("OPENBELL_EXPOSURE_EVENTS").map_or(100_000, |text| {
        text.parse().expect("OPENBELL_EXPOSURE_EVENTS is a number of events")
    });
    let mut refused = 0;
    let mut done = 0;
    while done < events {
        let seed = SEED + done;
        println!("seed {seed}");
        refused += Day::new(seed).play(EVENTS_OF_A_DAY.min(events - done));
        done += EVENTS_OF_A_DAY;
    }
    assert!(events / 100 < refused, "{refused} refusals: the limits must be met often");
    evidence::write("EXPOSURE", &format!("events={events} exceeded=0 left=0 refused={refused}"));
}

/// An order as its port knows it.
#[derive(Clone, Copy)]
struct Open {
    /// None: a market order, which never rests.
    limit: Option<u64>,
    shares: u64,
}

/// What a port holds by what it was told.
#[derive(Default)]
struct Held {
    orders: BTreeMap<u32, Open>,
    executed: u128,
    /// The share of each trade in it, by match number and number of the order.
    charged: BTreeMap<(u64, u32), u128>,
    accepted: BTreeMap<u32, Accepted>,
    last_number: u32,
    refused: u64,
}

impl Held {
    fn notional(&self) -> u128 {
        let open = self
            .orders
            .values()
            .map(|order| u128::from(order.shares) * u128::from(order.limit.unwrap_or(0)));
        open.sum::<u128>() + self.executed
    }

    fn hear(&mut self, message: &[u8]) {
        let limit = |price: u64| (price != MARKET).then_some(price);
        let mut accepted = |number: u32| {
            let order = Accepted::from_message(message, 0, number).expect("it accepts an order");
            self.accepted.insert(number, order);
        };
        match Outbound::decode(message).expect("the venue sends whole messages") {
            Outbound::OrderAccepted(m, _) => {
                let order = Open { limit: limit(m.price.get()), shares: m.quantity.get().into() };
                self.orders.insert(m.user_ref_num.get(), order);
                accepted(m.user_ref_num.get());
            }
            Outbound::OrderReplaced(m, _) => {
                self.orders.remove(&m.orig_user_ref_num.get());
                let order = Open { limit: limit(m.price.get()), shares: m.quantity.get().into() };
                self.orders.insert(m.user_ref_num.get(), order);
                accepted(m.user_ref_num.get());
            }
            Outbound::OrderExecuted(m, _) => {
                let (shares, price) = (u64::from(m.quantity.get()), m.price.get());
                let order = self.take(m.user_ref_num.get(), shares);
                let counted = order.limit.map_or(price, |limit| limit.min(price));
                let charged = u128::from(shares) * u128::from(counted);
                self.executed += charged;
                self.charged.insert((m.match_number.get(), m.user_ref_num.get()), charged);
            }
            Outbound::BrokenTrade(m, _) => {
                let charged = self.charged.remove(&(m.match_number.get(), m.user_ref_num.get()));
                self.executed -= charged.expect("a trade is broken once");
            }
            Outbound::OrderCanceled(m, _) => {
                self.take(m.user_ref_num.get(), m.quantity.get().into());
            }
            Outbound::OrderModified(m, _) => {
                let order = self.orders.get_mut(&m.user_ref_num.get()).expect("an open order");
                order.shares = m.quantity.get().into();
            }
            Outbound::Rejected(..) => self.refused += 1,
            _ => {}
        }
        self.orders.retain(|_, order| 0 < order.shares);
    }

    fn take(&mut self, number: u32, shares: u64) -> Open {
        let order = self.orders.get_mut(&number).expect("the venue speaks of open orders");
        order.shares -= shares;
        *order
    }
}

/// One day of random events.
struct Day {
    exchange: Exchange,
    random: u64,
    time_ns: u64,
    firms: Vec<FirmDefined>,
    ports: Vec<PortDefined>,
    held: Vec<Held>,
    /// Trades that may be broken.
    trades: Vec<TradeRecord>,
}

impl Day {
    fn new(seed: u64) -> Self {
        let firms = (0..2).map(|id| FirmDefined {
            id: FirmId(id),
            mpid: Mpid([b'F', b'I', b'R', if id == 0 { b'A' } else { b'B' }]),
            limits: Limits { gross_exposure: 60_000_000_000, ..Limits::NONE },
            organization: Mpid::BLANK,
            affiliate: Mpid::BLANK,
        });
        let ports = (0..PORTS).map(|id| PortDefined {
            id: PortId(id),
            username: username(id),
            firm: FirmId(id % 2),
            limits: Limits {
                gross_exposure: 40_000_000_000,
                single_order_notional: 1_000_000_000,
                ..Limits::NONE
            },
            market_orders: true,
            on_disconnect: if id == 0 {
                DisconnectPolicy::CancelAfter
            } else {
                DisconnectPolicy::Cancel
            },
            self_match: SelfMatch::OFF,
            disconnect_by_order: false,
            grace_ms: 10_000,
        });
        let mut day = Self {
            exchange: Exchange::new(1 + u16::try_from(seed % 3).expect("small")),
            random: seed,
            time_ns: 1,
            firms: firms.collect(),
            ports: ports.collect(),
            held: (0..PORTS).map(|_| Held::default()).collect(),
            trades: Vec::new(),
        };
        day.open();
        day
    }

    fn open(&mut self) {
        let rule_version = RULE_VERSION;
        let session = *b"2026112501";
        let opened = DayOpened { log_id: [1; 16], session, midnight_ns: 0, rule_version };
        self.command(&Command::DayOpened(opened));
        for firm in self.firms.clone() {
            self.command(&Command::FirmDefined(firm));
        }
        for port in self.ports.clone() {
            self.command(&Command::PortDefined(port));
        }
        for (locate, name) in (1..).map(Locate).zip(SYMBOLS) {
            self.command(&Command::SymbolDefined(symbol(locate, name)));
        }
        let (locate, state) = (Locate::NONE, TradingState::Trading);
        self.command(&Command::TradingAction { locate, state, reason: *b"    " });
        self.command(&Command::SystemEvent { code: EventCode::StartOfSystemHours });
        self.command(&Command::SystemEvent { code: EventCode::StartOfMarketHours });
    }

    /// Plays so many events and the close; gives how many orders were refused.
    fn play(mut self, events: u64) -> u64 {
        for _ in 0..events {
            let before = self.exposures();
            self.step();
            self.check_limits(&before);
            let mature = self.below(8);
            self.exchange.apply(if mature < 6 { mature } else { usize::MAX });
            if self.below(50) == 0 {
                self.settle();
            }
        }
        self.command(&Command::SystemEvent { code: EventCode::EndOfMarketHours });
        self.settle();
        for held in &self.held {
            assert!(held.orders.is_empty(), "the close cancels all");
            assert_eq!(held.notional(), held.executed);
        }
        for trade in std::mem::take(&mut self.trades) {
            self.bust(&trade);
        }
        self.settle();
        assert!(self.held.iter().all(|held| held.notional() == 0), "no trade is left");
        self.held.iter().map(|held| held.refused).sum()
    }

    fn step(&mut self) {
        let port = self.below(PORTS.into());
        let number = self.held[port].last_number + 1;
        let target = self.target(port);
        let payload = match self.below(100) {
            0..2 => {
                let (port, cause) = (self.ports[port].id, DisconnectCause::Lost);
                self.command(&Command::Disconnected { port, cause });
                if self.below(2) == 0 {
                    self.command(&Command::GraceEnded { port });
                }
                return;
            }
            2..4 => return self.change_limit(port),
            50 if !self.trades.is_empty() => {
                let place = self.below(self.trades.len());
                // Sometimes it comes up again.
                let again = self.below(4) == 0;
                let trade = if again { self.trades[place] } else { self.trades.swap_remove(place) };
                return self.bust(&trade);
            }
            4 => mass_cancel(number),
            5..25 => replace(target, number, self.quantity(), self.price()),
            25..40 => cancel(target, if self.below(2) == 0 { 0 } else { self.quantity() }),
            40..45 => modify(target, [b'B', b'S', b'T'][self.below(3)], self.quantity()),
            _ => {
                let time_in_force = if self.below(5) == 0 { b'3' } else { b'0' };
                let (side, symbol) = ([b'B', b'S', b'T'][self.below(3)], SYMBOLS[self.below(3)]);
                let price = if self.below(30) == 0 { MARKET } else { self.price() };
                let quantity = self.quantity();
                enter_with(number, side, quantity, symbol, price, time_in_force, &[])
            }
        };
        self.held[port].last_number = number;
        self.time_ns += 1;
        self.exchange.message(self.time_ns, self.ports[port].id, &payload);
    }

    /// Raises or lowers a limit, also below what is reserved: that stops new orders only.
    fn change_limit(&mut self, port: usize) {
        let limit = 10_000_000_000 + 1_000_000 * u64::try_from(self.below(60_000)).expect("small");
        if self.below(2) == 0 {
            self.ports[port].limits.gross_exposure = limit;
            self.command(&Command::PortDefined(self.ports[port]));
        } else {
            let firm = usize::from(self.ports[port].firm.0);
            self.firms[firm].limits.gross_exposure = 2 * limit;
            self.command(&Command::FirmDefined(self.firms[firm]));
        }
    }

    fn bust(&mut self, trade: &TradeRecord) {
        let sides = [&trade.buyer, &trade.seller];
        let ports = sides.map(|side| {
            let port = self.ports.iter().find(|port| port.username == side.username);
            port.expect("a port of the day").id
        });
        let orders = [0, 1].map(|side| {
            self.held[usize::from(ports[side].0)].accepted[&sides[side].user_ref_num.get()]
        });
        let bust = trade.bust(BrokenTradeReason::Consent, ports, orders);
        self.command(&Command::Bust(bust.expect("the record of a trade")));
    }

    /// What admission holds reserved of each port and its firm.
    fn exposures(&self) -> Vec<(u128, u128)> {
        let admission = self.exchange.admission();
        self.ports.iter().map(|port| admission.exposure(port.id)).collect()
    }

    /// No event lifts exposure above its limit; where it was above already, because the limit fell, not at all.
    fn check_limits(&self, before: &[(u128, u128)]) {
        for ((port, now), before) in self.ports.iter().zip(self.exposures()).zip(before) {
            let firm = &self.firms[usize::from(port.firm.0)];
            assert!(now.0 <= before.0.max(port.limits.gross_exposure.into()), "{port:?}");
            assert!(now.1 <= before.1.max(firm.limits.gross_exposure.into()), "{firm:?}");
        }
    }

    /// When nothing is in flight, what is reserved is what the ports were told that they hold.
    fn settle(&mut self) {
        self.exchange.apply(usize::MAX);
        for (held, stream) in self.held.iter_mut().zip(&mut self.exchange.streams.ports) {
            stream.drain(..).for_each(|message| held.hear(&message));
        }
        self.exchange.streams.feed.clear();
        let trades = self.exchange.streams.trades.drain(..);
        let trades = trades.map(|bytes| TradeRecord::read_from_bytes(&bytes).expect("a trade"));
        self.trades.extend(trades.filter(|trade| trade.broken == 0));
        self.exchange.log.clear();
        for (port, (reserved, of_firm)) in self.ports.iter().zip(self.exposures()) {
            let held = &self.held[usize::from(port.id.0)];
            assert_eq!(reserved, held.notional(), "{port:?}");
            let ports = self.ports.iter().zip(&self.held);
            let firm = ports.filter(|(other, _)| other.firm == port.firm);
            assert_eq!(of_firm, firm.map(|(_, held)| held.notional()).sum::<u128>());
        }
    }

    /// An order of the port that it knows to be open, or that was once.
    fn target(&mut self, port: usize) -> u32 {
        let open = self.held[port].orders.len();
        let place = self.below(open + 3);
        let known = self.held[port].orders.keys().nth(place).copied();
        known.unwrap_or(self.held[port].last_number)
    }

    fn quantity(&mut self) -> u32 {
        1 + u32::try_from(self.below(600)).expect("small")
    }

    /// $9.50 to $10.50.
    fn price(&mut self) -> u64 {
        95_000 + 100 * u64::try_from(self.below(101)).expect("small")
    }

    fn command(&mut self, command: &Command<'_>) {
        self.time_ns += 1;
        self.exchange.command(self.time_ns, command);
    }

    fn below(&mut self, bound: usize) -> usize {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(self.random >> 33).expect("31 bits") % bound
    }
}

fn username(port: u16) -> [u8; 6] {
    [b'P', b'O', b'R', b'T', b' ', b'A' + u8::try_from(port).expect("few ports")]
}

fn symbol(locate: Locate, name: &str) -> SymbolDefined {
    let symbol = Symbol::new(name).expect("a symbol of the test");
    server::config::SymbolConfig::new(symbol).defined(locate)
}
