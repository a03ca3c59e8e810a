//! The market's rules as scripts in trader language, checked against the matcher.
//!
//! A line is a command and, behind `->`, everything that comes of it. Orders have names; prices are dollars.
//!
//! ```text
//! A enter sell 100 @ 10.00 [ioc] [attributed|hidden] [post] [atleast N] [floor N] [random N] [self CODE] [pair GROUP] [by PORT] [channel N] [group N] [in LOCATE] [granted DOLLARS] [named ID] [on-open] [imbalance-only]
//! B enter buy 100 @ market
//! C replace A 100 @ 10.00 [ioc] [attributed|hidden] [post|unpost] [atleast N] [self CODE] [pair GROUP] [as SIDE] [located] [granted DOLLARS] [named ID] [invalid] [refused]
//! A cancel to 50
//! A modify short to 50 [located]
//! mass cancel [by PORT] [channel N] [group N] [in LOCATE] [only SIDE]
//! disconnect PORT lost|crash|stop|operator
//! grace of PORT ends
//! port PORT may anything | may not short|exempt | must locate | reaches DOLLARS | reaches|trades PERCENT percent
//!     | sends NUMBER a second in a symbol | repeats after MILLISECONDS
//! firm FIRM (the same)
//! close of LOCATE was DOLLARS
//! bust TRADE (the trades of a script count from 1)
//! kill venue|firm FIRM|port PORT, release venue|firm FIRM|port PORT
//! wait MILLISECONDS
//! halt, pause, resume, close, pre-open, open, imbalance
//! ```

mod command;
mod answer;
mod priority;
mod immediate;
mod at_once;
mod hidden;
mod self_match;
mod reserve;
mod replace;
mod size;
mod many;
mod bust;
mod opening;
mod exposure;
mod permission;
mod reach;
mod repetition;
mod random;
mod memory;

use std::collections::BTreeMap;

use protocol::Mpid;
use protocol::enums::TradingState;

use crate::command::{
    Bust, Command, DisconnectPolicy, FirmDefined, FirmId, Limits, Locate, OrderKey, OrderPrice,
    PortDefined, PortId, SelfMatch, Sequenced,
};
use crate::matcher::{Applied, Matcher};

/// What of the answers a script looks at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum View {
    Trader,
    Feed,
    Exposure,
}

/// Runs a script and compares what its traders hear.
fn check(script: &str) {
    run(script, View::Trader);
}

/// Runs a script and compares what the feed shows.
fn check_feed(script: &str) {
    run(script, View::Feed);
}

/// Runs a script and compares what comes free of the ports' exposure.
fn check_exposure(script: &str) {
    run(script, View::Exposure);
}

fn run(script: &str, view: View) {
    let mut market = Market::open();
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (command, expected) = line.split_once("->").unwrap_or((line, ""));
        let answer = market.tell(command.trim(), view);
        let expected = expected.split_whitespace().collect::<Vec<&str>>().join(" ");
        assert!(expected.is_empty() || expected == answer, "{line}\n  was answered: {answer}");
    }
}

/// Two instruments, three ports of two firms. When they are lost, orders of port 2 are canceled, those of port 1 after a
/// grace, and those of port 0 as they ask for.
struct Market {
    matcher: Matcher,
    sequence: u64,
    /// How long the script has waited.
    waited_ns: u64,
    applied: Applied,
    /// The key of each order by its name, and the last number of each channel.
    keys: BTreeMap<String, OrderKey>,
    numbers: BTreeMap<(PortId, u8), u32>,
    /// The instrument of each order, as admission knows it.
    locates: BTreeMap<OrderKey, Locate>,
    /// The name of each displayed order by its reference.
    names: BTreeMap<u64, String>,
    /// What each order asked for, by its reference.
    limits: BTreeMap<u64, OrderPrice>,
    /// The trades so far.
    trades: Vec<Bust>,
}

impl Market {
    fn open() -> Self {
        let mut market = Self {
            matcher: Matcher::new(0, 1),
            sequence: 0,
            waited_ns: 0,
            applied: Applied::default(),
            keys: BTreeMap::new(),
            numbers: BTreeMap::new(),
            locates: BTreeMap::new(),
            names: BTreeMap::new(),
            limits: BTreeMap::new(),
            trades: Vec::new(),
        };
        Self::commands_to_open().into_iter().for_each(|command| market.apply(command));
        market
    }

    fn commands_to_open() -> Vec<Command<'static>> {
        let resume = Command::TradingAction {
            locate: Locate::NONE,
            state: TradingState::Trading,
            reason: *b"    ",
        };
        opening(2, 3).into_iter().chain([resume]).collect()
    }

    fn tell(&mut self, line: &str, view: View) -> String {
        let words: Vec<&str> = line.split_whitespace().collect();
        let command = self.read(&words);
        self.apply(command);
        self.answer(&command, view)
    }

    fn apply(&mut self, command: Command<'_>) {
        self.sequence += 1;
        self.applied.events.clear();
        self.applied.outcomes.clear();
        let time_ns = self.sequence + self.waited_ns;
        let sequenced = Sequenced { sequence: self.sequence, time_ns, command };
        self.matcher.apply(&sequenced, &mut self.applied);
        self.matcher.assert_sound();
    }
}

/// Defines instruments (from locate 1), two firms of one organization, and ports (from 0): when lost, the first leaves it to
/// its orders, the second cancels after a grace, the last cancels.
fn opening(instruments: u16, ports: u16) -> Vec<Command<'static>> {
    let firms = (0..2).map(|id| Command::FirmDefined(firm(FirmId(id), Limits::NONE)));
    let ports = (0..ports).map(|id| {
        let on_disconnect = match id {
            _ if id + 1 == ports => DisconnectPolicy::Cancel,
            1 => DisconnectPolicy::CancelAfter,
            _ => DisconnectPolicy::Keep,
        };
        let disconnect_by_order = id == 0;
        let port = port(PortId(id), Limits::NONE);
        Command::PortDefined(PortDefined { on_disconnect, disconnect_by_order, ..port })
    });
    let symbols =
        (1..=instruments).map(|locate| Command::SymbolDefined(command::symbol(Locate(locate))));
    firms.chain(ports).chain(symbols).collect()
}

/// Ports of even number are of firm 0, the others of firm 1.
fn port(id: PortId, limits: Limits) -> PortDefined {
    PortDefined {
        id,
        username: *b"trader",
        firm: FirmId(id.0 % 2),
        limits,
        market_orders: true,
        on_disconnect: DisconnectPolicy::Keep,
        self_match: SelfMatch::OFF,
        disconnect_by_order: false,
        grace_ms: 10_000,
    }
}

fn firm(id: FirmId, limits: Limits) -> FirmDefined {
    let mpid = if id.0 == 0 { "EVEN" } else { "ODD1" };
    FirmDefined {
        id,
        mpid: Mpid::new(mpid).expect("a firm of four letters"),
        limits,
        organization: Mpid(*b"ONE "),
        affiliate: Mpid::BLANK,
    }
}

/// A small generator (xorshift64*): the same numbers from the same seed, everywhere.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        assert!(0 < seed, "this generator stands still at 0");
        Self(seed)
    }

    /// A number from 0 up to, and without, `bound`.
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32;
        u32::try_from((high * u64::from(bound)) >> 32).expect("below a 32-bit bound")
    }
}
