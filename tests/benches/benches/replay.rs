//! Recovery after a restart: how fast the venue comes to the end of its log, beside the engine alone.
//!
//! ```sh
//! cargo bench -p openbell-benches --bench replay
//! cargo bench -p openbell-benches --bench replay -- --rounds 9
//! ```
//!
//! A day of 4,000,000 commands is written by the venue's own journal writer, and its outbound log by a first recovery.
//! Then the venue recovers as after a crash, and a shard plays the same commands, in turns. Recovery reads and checks the
//! journal, applies it, and compares every message with the outbound log; whatever it reads is in the page cache.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use engine::command::Command;
use openbell_benches::log::Log;
use openbell_benches::market;
use openbell_benches::options::Options;
use openbell_benches::playing::{BLOCK, Playing};
use openbell_benches::report::{Figure, Goal, publish, target};
use openbell_rulers::workload::{MIXED, SEED, SHAPES, Shape, Workload};
use server::config::Config;
use server::metrics::{Metrics, Readiness};
use server::recovery::{self, Recovered};

const OPERATIONS: u32 = 3_000_000;

/// What is played to see that all works.
const QUICK: (Shape, u32) = (Shape { symbols: 100, ..MIXED }, 200_000);

fn main() -> Result<()> {
    let options = Options::read(5)?;
    let (shape, operations) = if options.quick { QUICK } else { (SHAPES[1], OPERATIONS) };
    let flow = Workload::generate(shape, operations, SEED);
    let folder = openbell_rulers::folder(Some(&target().join("bench-data")))?;
    let config = Config { data_dir: folder.path().join("data"), ..Config::default() };
    let commands = write_day(&config, &flow)?;
    let first = recover(&config, &flow, commands)?;
    eprintln!(
        "a day of {commands} commands; the recovery that wrote its outbound log: {first:.0}/s"
    );
    let (mut ours, mut limits) = (Vec::new(), Vec::new());
    for round in 1..=options.rounds {
        ours.push(recover(&config, &flow, commands)?);
        limits.push(engine_alone(&flow, commands));
        let (ours, limit) = (ours[round - 1], limits[round - 1]);
        eprintln!("round {round}: recovery {ours:.0}/s, shard {limit:.0}/s, {:.2}", ours / limit);
    }
    let what = format!("recovery of {commands} commands : shard");
    let goal = Some(Goal::AtLeast(0.5));
    publish("replay", &[Figure::of_rounds(what, &ours, &limits, "commands/s", goal)])
}

/// Writes the journal of a flow through admission; returns how many commands it has.
fn write_day(config: &Config, flow: &Workload) -> Result<u64> {
    let Recovered { mut journal, opening, .. } = open(config)?;
    let mut log = Log::new(u32::try_from(BLOCK)?, |block| {
        journal.append(block).context("writing the journal")?;
        Ok(())
    });
    log.append(&Command::DayOpened(opening))?;
    market::opening(flow.shape.symbols)[1..].iter().try_for_each(|command| log.append(command))?;
    log.operations(&flow.fill)?;
    log.operations(&flow.operations)?;
    log.flush()
}

/// Recovers once, checks what came of it, and gives commands a second.
fn recover(config: &Config, flow: &Workload, commands: u64) -> Result<f64> {
    let started = Instant::now();
    let recovered = open(config)?;
    let took = started.elapsed();
    ensure!(recovered.next_sequence == commands + 1, "{} is next", recovered.next_sequence);
    let open: usize = (0..flow.shape.symbols)
        .map(|symbol| recovered.shards[0].open_orders(market::locate(symbol)))
        .sum();
    ensure!(open == flow.open, "{open} orders are open, not {}", flow.open);
    ensure!(recovered.store_writer.log.rewritten_from().is_none(), "the outbound log differed");
    Ok(commands as f64 / took.as_secs_f64())
}

fn open(config: &Config) -> Result<Recovered> {
    recovery::open(config, false, &Metrics::default(), &Readiness::default())
}

/// A shard plays the same commands; gives commands a second.
fn engine_alone(flow: &Workload, commands: u64) -> f64 {
    let started = Instant::now();
    let mut playing = Playing::open(flow.shape.symbols);
    playing.play(&flow.fill);
    playing.play(&flow.operations);
    let took = started.elapsed();
    assert_eq!(playing.open_orders(), flow.open, "the shard keeps the orders that the flow keeps");
    commands as f64 / took.as_secs_f64()
}
