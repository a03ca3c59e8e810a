//! The venue without sockets, and everything about it that must stay as it is when a message is wrong.

use engine::admission::{Conditions, Decision};
use engine::command::{
    Command, DayOpened, DisconnectPolicy, FirmDefined, FirmId, Limits, Locate, Permissions,
    PortDefined, PortId, RULE_VERSION, SelfMatch, SymbolDefined,
};
use openbell_tests::order::{cancel, enter, query, take};
use openbell_tests::simulator::{Exchange, Streams};
use protocol::enums::{EventCode, TradingState};
use protocol::ouch::Inbound;
use protocol::{Mpid, Symbol};

/// Sends everything that is wrong; of firm ALFA.
pub(super) const ASKER: PortId = PortId(0);
/// Of the same firm, with orders in the same book.
const PARTNER: PortId = PortId(1);
/// Of firm BETA, with orders in the same book and in another one.
const OTHER: PortId = PortId(2);
/// Of firm BETA: comes in the end and trades with what is there.
const TAKER: PortId = PortId(3);

/// Orders of the others: port, number, side, symbol, price. In TEST they are where nobody can trade with them.
const RESTING: [(PortId, u32, u8, &str, u64); 5] = [
    (PARTNER, 1, b'B', "TEST", 1),
    (OTHER, 1, b'B', "TEST", 1),
    (OTHER, 2, b'S', "CALM", 110_000),
    (OTHER, 3, b'B', "CALM", 90_000),
    (PARTNER, 2, b'S', "CALM", 110_100),
];

/// The number of the first message that the asker has left: 1 is used.
pub(super) const FIRST_NUMBER: u32 = 2;

/// All that is known of a venue at rest, but the next numbers of the asker.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct State {
    /// Every book and every instrument.
    digest: u64,
    /// Of every port and its firm.
    exposures: Vec<(u128, u128)>,
    /// What would become of orders, cancels and queries now.
    decisions: Vec<String>,
}

/// A venue of two shards with four ports.
pub(super) struct Floor {
    exchange: Exchange,
    time_ns: u64,
}

impl Floor {
    /// Opens the day and lets the others enter their orders.
    pub(super) fn open() -> Self {
        let mut floor = Self { exchange: Exchange::new(2), time_ns: 1 };
        let opened = DayOpened {
            log_id: [1; 16],
            session: *b"2026112501",
            midnight_ns: 0,
            rule_version: RULE_VERSION,
        };
        floor.command(&Command::DayOpened(opened));
        for (id, mpid) in [(0, *b"ALFA"), (1, *b"BETA")] {
            let (organization, affiliate) = (Mpid::BLANK, Mpid::BLANK);
            let (id, mpid, limits) = (FirmId(id), Mpid(mpid), Limits::NONE);
            let firm = FirmDefined { id, mpid, limits, organization, affiliate };
            floor.command(&Command::FirmDefined(firm));
        }
        for (id, firm) in [(ASKER, 0), (PARTNER, 0), (OTHER, 1), (TAKER, 1)] {
            floor.command(&Command::PortDefined(port(id, FirmId(firm))));
        }
        let names = ["TEST", "LOTS", "CALM", "GONE"];
        for (locate, name) in (1..).map(Locate).zip(names) {
            floor.command(&Command::SymbolDefined(symbol(locate, name)));
        }
        floor.command(&Command::SymbolRemoved { locate: Locate(4) });
        let (locate, state) = (Locate::NONE, TradingState::Trading);
        floor.command(&Command::TradingAction { locate, state, reason: *b"    " });
        floor.command(&Command::SystemEvent { code: EventCode::StartOfSystemHours });
        floor.command(&Command::SystemEvent { code: EventCode::StartOfMarketHours });
        for (port, number, side, symbol, price) in RESTING {
            floor.send_from(port, &enter(number, side, 100, symbol, price));
        }
        floor.send(&enter(1, b'B', 100, "TEST", 1));
        floor.send(&cancel(1, 0));
        floor.news();
        floor
    }

    /// Sends a message of the asker and waits until all is done.
    pub(super) fn send(&mut self, payload: &[u8]) {
        self.send_from(ASKER, payload);
    }

    fn send_from(&mut self, port: PortId, payload: &[u8]) {
        self.exchange.message(self.time_ns, port, payload);
        self.exchange.apply(usize::MAX);
    }

    /// Lets the venue or its operator act.
    pub(super) fn command(&mut self, command: &Command<'_>) {
        self.exchange.command(self.time_ns, command);
        self.exchange.apply(usize::MAX);
    }

    /// Gives what was said since the last time: to the asker, and to everybody else and on the feed.
    pub(super) fn news(&mut self) -> (Vec<Vec<u8>>, Streams) {
        let Streams { ports, feed, trades } = &mut self.exchange.streams;
        let mut ports: Vec<Vec<Vec<u8>>> = ports.iter_mut().map(std::mem::take).collect();
        let asker = std::mem::take(&mut ports[0]);
        (asker, Streams { ports, feed: std::mem::take(feed), trades: std::mem::take(trades) })
    }

    /// How many commands were logged.
    pub(super) fn logged(&self) -> usize {
        self.exchange.log.len()
    }

    /// Asks, without a trace, for the asker's next number in a channel.
    pub(super) fn next_number(&self, channel: u8) -> u32 {
        let payload = [b'Q', 0, 3, 2, 28, channel];
        let message = Inbound::decode(&payload).expect("an Account Query");
        let decided =
            self.exchange.admission().decide(ASKER, &message, self.time_ns, Conditions::default());
        match decided {
            Decision::Log(Command::AccountQuery { next_user_ref_num, .. }) => next_user_ref_num,
            other => panic!("an Account Query is answered, not {other:?}"),
        }
    }

    /// Looks at everything, and changes nothing.
    pub(super) fn state(&self) -> State {
        let admission = self.exchange.admission();
        let ports = [ASKER, PARTNER, OTHER, TAKER];
        let mut questions: Vec<(PortId, Vec<u8>)> = Vec::new();
        questions.extend([PARTNER, OTHER, TAKER].map(|port| (port, query())));
        questions.extend(ports.map(|port| (port, enter(u32::MAX, b'S', 7, "CALM", 1_000_000))));
        questions.extend(RESTING.map(|(port, number, ..)| (port, cancel(number, 0))));
        let decide = |(port, payload): &(PortId, Vec<u8>)| {
            let message = Inbound::decode(payload).expect("a message of the test");
            let conditions = Conditions::default();
            format!("{:?}", admission.decide(*port, &message, self.time_ns, conditions))
        };
        State {
            digest: self.exchange.digest(),
            exposures: ports.map(|port| admission.exposure(port)).to_vec(),
            decisions: questions.iter().map(decide).collect(),
        }
    }

    /// Lets the taker trade with the orders of the others: all are there, in their old order.
    pub(super) fn check_that_others_trade(mut self) {
        self.news();
        self.send_from(TAKER, &take(1, b'S', 300, "TEST", 1));
        self.send_from(TAKER, &take(2, b'B', 300, "CALM", 120_000));
        let (asker, news) = self.news();
        assert!(asker.is_empty(), "the asker has no order left: {asker:?}");
        let kinds = |port: usize| -> Vec<u8> {
            news.ports[port].iter().map(|message| message[0]).collect()
        };
        assert_eq!(
            [kinds(1), kinds(2), kinds(3)],
            [b"EE".to_vec(), b"EE".to_vec(), b"AEECAEEC".to_vec()]
        );
        assert_eq!(news.trades.len(), 4);
    }
}

/// A port that may send neither market orders nor sweeps.
fn port(id: PortId, firm: FirmId) -> PortDefined {
    let permissions = Permissions { intermarket_sweeps: false, ..Permissions::ALL };
    PortDefined {
        id,
        username: [b'P', b'O', b'R', b'T', b' ', b'A' + u8::try_from(id.0).expect("few ports")],
        firm,
        limits: Limits { permissions, ..Limits::NONE },
        market_orders: false,
        on_disconnect: DisconnectPolicy::Keep,
        self_match: SelfMatch::OFF,
        disconnect_by_order: false,
        grace_ms: 10_000,
    }
}

/// The asker's port with other limits.
pub(super) fn asker_with(change: fn(&mut Limits)) -> Command<'static> {
    let mut asker = port(ASKER, FirmId(0));
    change(&mut asker.limits);
    Command::PortDefined(asker)
}

fn symbol(locate: Locate, name: &str) -> SymbolDefined {
    let symbol = Symbol::new(name).expect("a symbol of the test");
    let defined = server::config::SymbolConfig::new(symbol).defined(locate);
    SymbolDefined { round_lots_only: name == "LOTS", ..defined }
}
