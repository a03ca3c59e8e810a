//! The engine against the reference model: the same day into both, the same bytes out of both.
//!
//! The engine runs with a random number of commands in flight, as admission meets it live; the model knows no
//! flight. `OPENBELL_DIFF_COMMANDS` sets the number of commands (default 100,000), in days of at most a million,
//! each from a seed of its own.

use std::collections::BTreeMap;

use engine::command::{Command, DayOpened, Locate, PortId, RULE_VERSION};
use openbell_tests::evidence;
use openbell_tests::generator::{Act, Generator, REASONS};
use openbell_tests::model::{Model, Setup};
use openbell_tests::simulator::{Exchange, Logged};
use protocol::enums::{CrossType, EventCode, TradingState};
use protocol::itch;
use protocol::ouch::{Inbound, Outbound, RejectReason};

/// Of the first day. Printed with every failure; the day is the same for the same seed.
const SEED: u64 = 20_261_122;

const COMMANDS_OF_A_DAY: usize = 1_000_000;

/// Each message, event and reason comes up at least this often.
const AT_LEAST: u64 = 100;

#[test]
fn the_engine_agrees_with_the_reference_model() {
    let commands = std::env::var("OPENBELL_DIFF_COMMANDS").map_or(100_000, |text| {
        text.parse().expect("OPENBELL_DIFF_COMMANDS is a number of commands")
    });
    let (mut tally, mut done) = (Tally::default(), 0);
    for (seed, begun) in (SEED..).zip((0..commands).step_by(COMMANDS_OF_A_DAY)) {
        let mut run = Run::new(seed, COMMANDS_OF_A_DAY.min(commands - begun));
        run.tally = tally;
        done += run.play();
        tally = run.tally;
    }
    let fewest = tally.check();
    evidence::write(
        "DIFF",
        &format!(
            "commands={done} seed={SEED} disagreements=0 kinds={} fewest={fewest}",
            tally.counts.len()
        ),
    );
}

/// Plays a day against the model and gives the log that the exchange wrote of it.
pub(crate) fn play(seed: u64, commands: usize) -> Vec<Logged> {
    let mut run = Run::new(seed, commands);
    while run.step() {}
    run.compare(u64::try_from(commands).expect("a count"));
    run.exchange.log
}

/// Both sides of the comparison.
struct Run {
    seed: u64,
    generator: Generator,
    model: Model,
    exchange: Exchange,
    opened_ns: u64,
    /// What the generator has heard, by port.
    heard: Vec<usize>,
    /// What was found equal: by port, then the feed.
    compared: Vec<usize>,
    tally: Tally,
    flight: u64,
}

impl Run {
    fn new(seed: u64, commands: usize) -> Self {
        let setup = Generator::setup();
        let mut exchange = Exchange::new(1);
        open(&setup, &mut exchange);
        let ports = setup.ports.len();
        Self {
            seed,
            generator: Generator::new(seed, commands),
            opened_ns: setup.opened_ns,
            model: Model::new(setup),
            exchange,
            heard: vec![0; ports],
            compared: vec![0; ports + 1],
            tally: Tally::default(),
            flight: seed,
        }
    }

    /// Plays the day to its end and compares on the way; gives the number of its acts.
    fn play(&mut self) -> u64 {
        let mut done = 0;
        while self.step() {
            done += 1;
            if done % 1_000 == 0 {
                self.compare(done);
            }
        }
        self.compare(done);
        done
    }

    /// Plays one act; false when the day is over.
    fn step(&mut self) -> bool {
        let Some((time_ns, act)) = self.generator.next_act() else {
            return false;
        };
        assert!(self.opened_ns <= time_ns, "the day is open");
        if let Act::Message { payload, .. } = &act {
            self.tally.inbound(payload);
        }
        act.apply(&mut self.model, time_ns);
        apply(&act, time_ns, &mut self.exchange);
        for (port, heard) in self.heard.iter_mut().enumerate() {
            for message in &self.model.port_streams[port][*heard..] {
                self.generator.hear(port, message);
                self.tally.outbound(message);
            }
            *heard = self.model.port_streams[port].len();
        }
        // Between nothing and all of it stays in flight, by a fixed rule.
        self.flight = self.flight.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let mature = usize::try_from(self.flight >> 61).expect("three bits");
        self.exchange.apply(if mature < 6 { mature } else { usize::MAX });
        true
    }

    /// Compares what is new on every stream; the exchange may be behind, never different.
    fn compare(&mut self, done: u64) {
        self.exchange.apply(usize::MAX);
        let ports = self.model.port_streams.len();
        let streams = self.model.port_streams.iter().chain([&self.model.feed]);
        let ours = self.exchange.streams.ports.iter().chain([&self.exchange.streams.feed]);
        for (index, (expected, actual)) in streams.zip(ours).enumerate() {
            let from = self.compared[index];
            for number in from..expected.len().max(actual.len()) {
                let (expected, actual) = (expected.get(number), actual.get(number));
                assert!(
                    expected == actual,
                    "seed {}, before command {done}, stream {index} of {ports} ports and the feed, message {}:\n model  {}\n engine {}",
                    self.seed,
                    number + 1,
                    describe(index == ports, expected),
                    describe(index == ports, actual)
                );
            }
            if index == ports {
                actual[from..].iter().for_each(|message| self.tally.feed(message));
            }
            self.compared[index] = expected.len();
        }
        assert_eq!(
            self.model.trades.len(),
            self.exchange.streams.trades.len(),
            "trades, seed {}",
            self.seed
        );
    }
}

/// Opens the same day that `Model::new` opens.
fn open(setup: &Setup, exchange: &mut Exchange) {
    let time_ns = setup.opened_ns;
    let day = DayOpened {
        log_id: setup.log_id,
        session: *b"2026112201",
        midnight_ns: 0,
        rule_version: RULE_VERSION,
    };
    exchange.command(time_ns, &Command::DayOpened(day));
    setup.firms.iter().for_each(|firm| exchange.command(time_ns, &Command::FirmDefined(*firm)));
    setup.ports.iter().for_each(|port| exchange.command(time_ns, &Command::PortDefined(*port)));
    setup
        .symbols
        .iter()
        .for_each(|symbol| exchange.command(time_ns, &Command::SymbolDefined(*symbol)));
    let (locate, state) = (Locate::NONE, TradingState::Trading);
    exchange.command(time_ns, &Command::TradingAction { locate, state, reason: *b"    " });
    exchange.command(time_ns, &Command::ShortSaleTest { locate, action: b'0' });
    exchange.command(time_ns, &Command::SystemEvent { code: EventCode::StartOfSystemHours });
    exchange.command(time_ns, &Command::SystemEvent { code: EventCode::StartOfMarketHours });
}

/// Does to the exchange what `Act::apply` does to the model.
fn apply(act: &Act, time_ns: u64, exchange: &mut Exchange) {
    let id = |port: usize| PortId(u16::try_from(port).expect("the test has few ports"));
    let command = match act {
        Act::Message { port, payload } => return exchange.message(time_ns, id(*port), payload),
        Act::Connected { port } => Command::Connected { port: id(*port) },
        Act::Disconnected { port, cause } => {
            Command::Disconnected { port: id(*port), cause: *cause }
        }
        Act::GraceEnded { port } => Command::GraceEnded { port: id(*port) },
        Act::PortDefined(definition) => Command::PortDefined(*definition),
        Act::FirmDefined(definition) => Command::FirmDefined(*definition),
        Act::SymbolRestricted { member, locate, restricted } => {
            Command::SymbolRestricted { member: *member, locate: *locate, restricted: *restricted }
        }
        Act::TradingAction { locate, state, reason } => {
            Command::TradingAction { locate: *locate, state: *state, reason: *reason }
        }
        Act::ShortSaleTest { locate, action } => {
            Command::ShortSaleTest { locate: *locate, action: *action }
        }
        Act::SystemEvent { code } => Command::SystemEvent { code: *code },
        Act::Bust { match_number, reason } => {
            // Nobody breaks a trade that was not told of: then all that is in flight was applied.
            exchange.apply(usize::MAX);
            match exchange.find_trade(*match_number) {
                Some((record, ports, orders)) => {
                    Command::Bust(record.bust(*reason, ports, orders).expect("a record of a trade"))
                }
                None => return,
            }
        }
        Act::KillSwitch { scope, engaged } => {
            Command::KillSwitch { scope: *scope, engaged: *engaged }
        }
        Act::PhaseChanged { locate, phase } => {
            Command::PhaseChanged { locate: *locate, phase: *phase }
        }
        Act::ImbalanceDue { locate } => {
            Command::ImbalanceDue { locate: *locate, cross_type: CrossType::Opening }
        }
    };
    exchange.command(time_ns, &command);
}

fn describe(is_feed: bool, message: Option<&Vec<u8>>) -> String {
    match message {
        None => "nothing".to_owned(),
        Some(bytes) if is_feed => format!("{:?}", itch::Message::decode(bytes)),
        Some(bytes) => format!("{:?}", Outbound::decode(bytes)),
    }
}

/// How often each message, event and reason came up.
#[derive(Default)]
struct Tally {
    counts: BTreeMap<String, u64>,
}

impl Tally {
    fn inbound(&mut self, payload: &[u8]) {
        self.count(format!("inbound {}", char::from(payload[0])));
        assert!(Inbound::decode(payload).is_ok(), "the generator makes messages");
    }

    fn outbound(&mut self, message: &[u8]) {
        self.count(format!("outbound {}", char::from(message[0])));
        if let Ok(Outbound::Rejected(rejected, _)) = Outbound::decode(message) {
            let reason = RejectReason::try_from(rejected.reason.get()).expect("a known reason");
            self.count(format!("{reason:?}"));
        }
        if let Ok(Outbound::OrderCanceled(canceled, _)) = Outbound::decode(message) {
            self.count(format!("canceled {}", char::from(canceled.reason)));
        }
    }

    fn feed(&mut self, message: &[u8]) {
        self.count(format!("feed {}", char::from(message[0])));
    }

    fn count(&mut self, kind: String) {
        *self.counts.entry(kind).or_default() += 1;
    }

    /// Fails when anything came up too rarely; gives the fewest.
    fn check(&self) -> u64 {
        let inbound = "OUXMCDEQ".chars().map(|code| format!("inbound {code}"));
        let outbound = "AUCDEJMRXGKQB".chars().map(|code| format!("outbound {code}"));
        let canceled = "UGIKQTZS".chars().map(|code| format!("canceled {code}"));
        let feed = "HYAFECPXDUQIB".chars().map(|code| format!("feed {code}"));
        let reasons = REASONS.iter().map(|reason| format!("{reason:?}"));
        let kinds = inbound.chain(outbound).chain(canceled).chain(feed).chain(reasons);
        kinds
            .map(|kind| {
                let count = self.counts.get(&kind).copied().unwrap_or(0);
                assert!(AT_LEAST <= count, "{kind} came up {count} times, seed {SEED}");
                count
            })
            .min()
            .expect("there are kinds")
    }
}
