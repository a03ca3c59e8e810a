//! The drain beside COPY of the same rows into the same tables: in turns, on one private Postgres.
//!
//! ```sh
//! cargo bench -p openbell-benches --bench drain                   # five rounds
//! cargo bench -p openbell-benches --bench drain -- --rounds 3
//! ```
//!
//! `drain` is the venue's: it reads an outbound log that the engine has filled, port messages and feed included, and
//! copies its trades, each exactly once. The limit has the trades in memory and copies them by
//! `openbell-rulers copy`, as many in a transaction. Both wait for the disk at the end of each transaction.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use engine::matcher::AHEAD;
use engine::outbox::{Outbox, Target, merge};
use engine::shard::Shard;
use openbell_benches::market;
use openbell_benches::options::Options;
use openbell_benches::report::{Figure, Goal, publish};
use openbell_rulers::copy;
use openbell_rulers::workload::{MIXED, SEED, Shape, Workload};
use openbell_tests::postgres::Cluster;
use postgres::Client;
use server::drain::{Drain, DrainEnd, DrainOptions, Trade, TradeSource};
use server::store::{self, Store, StoreOptions};
use server::trades::StoredTrades;
use tokio::sync::watch;

/// Commands of a block, as under load.
const BLOCK: usize = 4_096;

const ROUNDS: usize = 5;

/// How near the drain shall come to its limit.
const GOAL: Goal = Goal::AtLeast(0.8);

const LOG_ID: [u8; 16] = *b"a log of a bench";
const SESSION: [u8; 10] = *b"2026112501";

/// Of a hundred commands sixty come to a trade, so that the log is short.
const SHAPE: Shape = Shape { name: "drain", symbols: 100, resting: 50_000, takes: 30, ..MIXED };
const OPERATIONS: u32 = 1_000_000;
/// To see that all works.
const QUICK: u32 = 50_000;

fn main() -> anyhow::Result<()> {
    let options = Options::read(ROUNDS)?;
    let operations = if options.quick { QUICK } else { OPERATIONS };
    let folder = tempfile::tempdir().context("making a folder for the log")?;
    let store = filled(folder.path(), operations)?;
    let trades = all_trades(&store)?;
    let Some(cluster) = Cluster::start_with(copy::SETTINGS) else {
        println!("without Postgres there is nothing to measure");
        return Ok(());
    };
    let (mut client, url) = (cluster.connect(), cluster.url());
    let [mut drain, mut limit] = [const { Vec::new() }; 2];
    for round in 1..=options.rounds {
        let rate = |took: Duration| trades.len() as f64 / took.as_secs_f64();
        drain.push(rate(drained(&url, &store, trades.len())?));
        limit.push(rate(copied(&mut client, &trades)?));
        if round == 1 {
            compare_rows(&mut client, trades.len())?;
        }
        clean_up(&mut client)?;
        let (drain, limit) = (drain[round - 1], limit[round - 1]);
        eprintln!("round {round}: drain {drain:.0}, COPY {limit:.0} rows/s");
    }
    let what = "drain: trades from the log : COPY of the same rows".to_owned();
    publish("drain", &[Figure::of_rounds(what, &drain, &limit, "rows/s", Some(GOAL))])
}

/// Fills an outbound log with what the engine says to the flow.
fn filled(folder: &Path, operations: u32) -> anyhow::Result<Store> {
    let flow = Workload::generate(SHAPE, operations, SEED);
    let options = StoreOptions { window_bytes: 1 << 20, feed_window_bytes: 1 << 24 };
    let (mut writer, store) = store::open(folder, LOG_ID, &options)?;
    writer.log.replayed()?;
    let (mut shard, mut outbox) = (Shard::new(0, 1), Outbox::default());
    let (mut outcomes, mut scratch, mut sequence) = (Vec::new(), Vec::new(), 0);
    let mut commands: Vec<_> = market::opening(flow.shape.symbols);
    commands.extend(flow.fill.iter().chain(&flow.operations).map(market::command));
    for block in commands.chunks(BLOCK) {
        outbox.clear();
        outcomes.clear();
        for group in block.chunks(AHEAD) {
            let numbered = (sequence + 1..).zip(group);
            let group: Vec<_> =
                numbered.map(|(number, command)| market::sequenced(number, *command)).collect();
            sequence += group.len() as u64;
            shard.apply_all(&group, &mut outbox, &mut outcomes);
        }
        let runs = merge(&[&outbox], &mut scratch);
        writer.commit(sequence, &runs).context("filling the log")?;
    }
    let trades = store.count(Target::Trade);
    ensure!(trades == flow.tally.trades, "{trades} trades, expected {}", flow.tally.trades);
    Ok(store)
}

fn all_trades(store: &Store) -> anyhow::Result<Vec<Trade>> {
    let mut source = StoredTrades::new(store.clone(), SESSION);
    let mut trades = Vec::new();
    while trades.len() as u64 != source.last() {
        source.read(trades.len() as u64 + 1, usize::MAX, &mut trades)?;
    }
    Ok(trades)
}

/// Drains the log into tables of the default schema, and tells how long that took.
fn drained(url: &str, store: &Store, count: usize) -> anyhow::Result<Duration> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let source = StoredTrades::new(store.clone(), SESSION);
    let options = DrainOptions { stop_limit: Duration::MAX, ..DrainOptions::default() };
    let drain = Drain::new(url, Box::new(source), options)?;
    // Told to stop from the beginning, it copies what is there.
    let (_stop, stopped) = watch::channel(true);
    let began = Instant::now();
    let end = runtime.block_on(drain.run(|_| {}, stopped));
    let took = began.elapsed();
    let emptied = DrainEnd::Emptied { next: count as u64 + 1 };
    ensure!(end == emptied, "the drain ended as {end:?}, expected {emptied:?}");
    Ok(took)
}

/// Copies the same trades into tables of the ruler, and tells how long that took.
fn copied(client: &mut Client, trades: &[Trade]) -> anyhow::Result<Duration> {
    copy::make_tables(client)?;
    let began = Instant::now();
    let mut rows = 0;
    for batch in trades.chunks(DrainOptions::default().batch_rows) {
        rows += copy::copy(client, LOG_ID, batch)?;
    }
    let took = began.elapsed();
    ensure!(rows == trades.len() as u64, "{rows} rows were taken, expected {}", trades.len());
    Ok(took)
}

/// Makes sure that both have written the same rows.
fn compare_rows(client: &mut Client, count: usize) -> anyhow::Result<()> {
    let same = "SELECT count(*) FROM \
                (TABLE public.openbell_trades INTERSECT TABLE openbell_trades) AS same";
    let same: i64 = client.query_one(same, &[])?.try_get(0)?;
    ensure!(same == i64::try_from(count)?, "{same} of {count} rows are the same");
    Ok(())
}

/// Leaves Postgres as it was.
fn clean_up(client: &mut Client) -> anyhow::Result<()> {
    copy::drop_tables(client)?;
    let drop = "DROP SCHEMA public CASCADE; CREATE SCHEMA public";
    client.batch_execute(drop).context("cleaning up")?;
    client.batch_execute("CHECKPOINT").context("cleaning up")
}
