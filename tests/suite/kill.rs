//! kill -9 at any moment: nothing acknowledged is lost or doubled, and every stream goes on byte for byte.
//!
//! Two traders trade with each other without pause while the venue, Postgres, or both are killed.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use engine::command::PortId;
use engine::outbox::Target;
use engine::trade::TradeRecord;
use openbell_tests::evidence;
use openbell_tests::harness::{Client, PASSWORD, Setup, Venue};
use openbell_tests::order::{cancel, enter};
use openbell_tests::postgres::Cluster;
use server::store::{self, Messages, ReadLimits, Store};
use zerocopy::FromBytes;

use crate::VENUE;

/// How often the venue is killed.
const KILLS: usize = 24;
/// Orders of one trader without an answer.
const OUTSTANDING: usize = 64;
/// Printed with the evidence; it draws how much load there is before each kill.
const SEED: u64 = 9;

#[test]
fn nothing_is_lost_or_doubled_by_kill_9() {
    let mut setup = Setup::new(&["AAPL", "MSFT"], &["SELLER", "BUYER"]);
    let mut postgres = Cluster::start();
    let url = postgres.as_ref().map(Cluster::url);
    let url = url.map_or_else(String::new, |url| format!("[postgres]\nurl = \"{url}\"\n"));
    live_as(0, &url, &mut setup);
    let mut venue = Venue::start(VENUE, setup);
    let mut traders = [Trader::new("SELLER", b'S'), Trader::new("BUYER", b'B')];
    let mut random = SEED;
    for kill in 0..KILLS {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let load = 100 + usize::try_from(random >> 54).expect("ten bits");
        kill_under_load(&mut venue, &mut postgres, &mut traders, load, kill);
        live_as(kill + 1, &url, venue.setup_mut());
        venue.restart();
    }
    let done = AtomicBool::new(true);
    for trader in &mut traders {
        trader.trade(venue.address("order_entry"), &AtomicUsize::new(0), &done);
    }
    assert_eq!(venue.stop(), Some(0));
    let (messages, trades) = check(&venue, &traders);
    let drained = postgres
        .as_mut()
        .map_or_else(|| "skipped".to_owned(), |cluster| check_drain(cluster, &trades).to_string());
    evidence::write(
        "KILL",
        &format!(
            "kills={KILLS} messages={messages} trades={} lost=0 doubled=0 resumed byte-equal, rows in Postgres={drained} seed={SEED}",
            trades.len()
        ),
    );
}

/// Each life of the venue has another durability, number of shards and layout of threads.
///
/// The kernel lives on, so what was only given to it is not lost.
fn live_as(life: usize, postgres: &str, setup: &mut Setup) {
    let durability = ["fsync", "os"][life % 2];
    let (shards, threads) = [(1, "shared"), (2, "dedicated"), (4, "shared")][life % 3];
    setup.top = format!("shards = {shards}\nthreads = \"{threads}\"\n");
    setup.tables = format!("[journal]\nsegment_mib = 1\ndurability = \"{durability}\"\n{postgres}");
}

/// Trades until `load` more messages have come, then kills: the venue each time, Postgres with it or before it.
fn kill_under_load(
    venue: &mut Venue,
    postgres: &mut Option<Cluster>,
    traders: &mut [Trader],
    load: usize,
    kill: usize,
) {
    let address = venue.address("order_entry");
    let (heard, done) = (AtomicUsize::new(0), AtomicBool::new(false));
    let has_heard = |messages| {
        while heard.load(Ordering::Relaxed) < messages {
            thread::yield_now();
        }
    };
    thread::scope(|scope| {
        for trader in traders {
            scope.spawn(|| trader.trade(address, &heard, &done));
        }
        has_heard(load / 2);
        if let Some(cluster) = postgres.as_mut().filter(|_| !kill.is_multiple_of(3)) {
            cluster.kill();
            if kill % 3 == 2 {
                cluster.restart();
            }
        }
        has_heard(load);
        venue.kill();
    });
    if let Some(cluster) = postgres.as_mut().filter(|_| kill % 3 == 1) {
        cluster.restart();
    }
}

/// A participant that never forgets what it was sent, and sends everything unanswered again.
struct Trader {
    username: &'static str,
    side: u8,
    /// Every message of the day, in order.
    stream: Vec<Vec<u8>>,
    /// How often each order was accepted.
    accepted: BTreeMap<u32, usize>,
    sent: u32,
}

impl Trader {
    fn new(username: &'static str, side: u8) -> Self {
        Self { username, side, stream: Vec::new(), accepted: BTreeMap::new(), sent: 0 }
    }

    /// Trades until the venue is gone, or until every order is answered when `done`.
    fn trade(&mut self, address: SocketAddr, heard: &AtomicUsize, done: &AtomicBool) {
        let next = u64::try_from(self.stream.len()).expect("a count") + 1;
        let Ok(mut client) = Client::login(address, self.username, PASSWORD, next) else {
            return;
        };
        assert_eq!(client.first, next, "the session resumes where it was left");
        for number in self.unanswered() {
            client.send(&self.order(number));
        }
        loop {
            let is_done = done.load(Ordering::Relaxed);
            while !is_done && self.unanswered().count() < OUTSTANDING {
                self.sent += 1;
                client.send(&self.order(self.sent));
                if self.sent.is_multiple_of(5) {
                    client.send(&cancel(self.sent - 4, 0));
                }
            }
            if is_done && self.unanswered().next().is_none() {
                return client.logout();
            }
            if !client.wait_for(1) {
                return;
            }
            heard.fetch_add(client.messages.len(), Ordering::Relaxed);
            for message in client.messages.drain(..) {
                if message[0] == b'A' {
                    let number =
                        u32::from_be_bytes([message[9], message[10], message[11], message[12]]);
                    *self.accepted.entry(number).or_default() += 1;
                }
                self.stream.push(message);
            }
        }
    }

    /// Numbers that were sent and not accepted yet; answers come in the order of numbers.
    fn unanswered(&self) -> impl Iterator<Item = u32> + use<> {
        let last = self.accepted.last_key_value().map_or(0, |(number, _)| *number);
        last + 1..=self.sent
    }

    fn order(&self, number: u32) -> Vec<u8> {
        let symbol = if number.is_multiple_of(2) { "AAPL" } else { "MSFT" };
        enter(number, self.side, 1 + number % 100, symbol, 1_000_000)
    }
}

/// Compares what the traders were sent with the venue's own log; gives messages and trades.
fn check(venue: &Venue, traders: &[Trader]) -> (usize, Vec<TradeRecord>) {
    let folder = venue.data_dir().join("days").join(venue.session());
    let store = store::open_read_only(&folder).expect("the outbound log is whole");
    let mut messages = 0;
    for (port, trader) in (0..).zip(traders) {
        let recorded = read_all(&store, Target::Port(PortId(port)));
        // After the last logout the stream may go on: the other side trades with orders that rest.
        assert!(trader.stream.len() <= recorded.len(), "{}: a message was lost", trader.username);
        for (number, (sent, kept)) in (1..).zip(trader.stream.iter().zip(&recorded)) {
            assert_eq!(sent, kept, "{}: message {number}", trader.username);
        }
        let numbers: Vec<u32> = trader.accepted.keys().copied().collect();
        assert!(
            numbers.iter().copied().eq(1..=trader.sent),
            "{}: an order was lost",
            trader.username
        );
        assert!(
            trader.accepted.values().all(|times| *times == 1),
            "{}: an order was doubled",
            trader.username
        );
        messages += trader.stream.len();
    }
    let trades: Vec<TradeRecord> = read_all(&store, Target::Trade)
        .iter()
        .map(|bytes| *TradeRecord::ref_from_bytes(bytes).expect("a trade"))
        .collect();
    assert!(!trades.is_empty(), "the traders trade");
    for (port, trader) in (0..).zip(traders) {
        let executed = read_all(&store, Target::Port(PortId(port)));
        let executed = executed.iter().filter(|message| message[0] == b'E').count();
        assert_eq!(
            executed,
            trades.len(),
            "{}: each trade has an execution on each side",
            trader.username
        );
    }
    (messages, trades)
}

fn read_all(store: &Store, target: Target) -> Vec<Vec<u8>> {
    let limits = ReadLimits { messages: usize::MAX, bytes: usize::MAX };
    let mut messages = Messages::new();
    store.read(target, 1, limits, &mut messages).expect("the outbound log is whole");
    messages.iter().map(|(_, message)| message.to_vec()).collect()
}

/// Compares the rows in Postgres with the venue's trades: each once, in order.
fn check_drain(cluster: &mut Cluster, trades: &[TradeRecord]) -> usize {
    let rows = cluster
        .connect()
        .query(
            "SELECT trade_number, match_number, shares FROM openbell_trades ORDER BY trade_number",
            &[],
        )
        .expect("the drain made its table");
    assert_eq!(rows.len(), trades.len(), "each trade is in Postgres once");
    for (number, (row, trade)) in (1_i64..).zip(rows.iter().zip(trades)) {
        assert_eq!(row.get::<_, i64>(0), number);
        assert_eq!(
            row.get::<_, i64>(1),
            i64::try_from(trade.match_number.get()).expect("below 2^52")
        );
        assert_eq!(row.get::<_, i64>(2), i64::from(trade.shares.get()));
    }
    rows.len()
}
