//! What more cores would bring: every stage of the venue alone, and the slowest of them for 1, 2, 4 and 8 shards.
//!
//! ```sh
//! cargo bench -p openbell-benches --bench shards                  # three rounds
//! cargo bench -p openbell-benches --bench shards -- --rounds 5
//! ```
//!
//! With a thread and a core for each stage (`threads = "dedicated"`), the venue is as fast as its slowest stage. So each
//! stage that the pipeline would run is driven alone over the same blocks of [`BLOCK`] commands in 1,000 symbols, and
//! timed. `shards on threads` is measured: the shards of this machine's cores over the same blocks. `slowest stage`
//! is computed, not measured: it leaves out what cores take from each other (memory, caches, queues), and it
//! supposes a disk that keeps up.

mod entrance;
mod exit;
mod gateway;
mod shard;

use std::thread;

use anyhow::Context;
use openbell_benches::options::Options;
use openbell_benches::report::{Figure, median, publish};
use openbell_rulers::workload::{MIXED, SEED, Shape, Workload};

use entrance::Blocks;

/// Commands of a block: what 64 connections with 64 requests each have outstanding.
const BLOCK: usize = 4_096;

const ROUNDS: usize = 3;

const SHARDS: [u16; 4] = [1, 2, 4, 8];

const SHAPE: Shape = Shape { name: "shards", symbols: 1_000, resting: 100_000, ..MIXED };
const OPERATIONS: u32 = 500_000;
/// To see that all works.
const QUICK: u32 = 50_000;

fn main() -> anyhow::Result<()> {
    let options = Options::read(ROUNDS)?;
    let operations = if options.quick { QUICK } else { OPERATIONS };
    let flow = Workload::generate(SHAPE, operations, SEED);
    let rounds =
        (0..options.rounds).map(|_| Round::play(&flow)).collect::<anyhow::Result<Vec<_>>>()?;
    publish("shards", &figures(&rounds))
}

/// Nanoseconds a command, of every stage.
struct Round {
    gateway: f64,
    sequencer: f64,
    journal: f64,
    journal_synced: f64,
    by_shards: [ByShards; SHARDS.len()],
}

/// The stages whose work depends on the number of shards.
#[derive(Clone, Copy, Default)]
struct ByShards {
    largest_shard: f64,
    egress: f64,
    outbound: f64,
    /// All shards on threads, as many as there are cores.
    on_threads: f64,
}

impl Round {
    fn play(flow: &Workload) -> anyhow::Result<Self> {
        let (sequencer, blocks) = entrance::sequencer_alone(flow)?;
        let mut by_shards = [ByShards::default(); SHARDS.len()];
        for (by_shards, shards) in by_shards.iter_mut().zip(SHARDS) {
            *by_shards = ByShards::play(&blocks, shards)?;
        }
        let round = Self {
            gateway: gateway::alone()?,
            sequencer,
            journal: entrance::journal_alone(&blocks, server::journal::Durability::Os)?,
            journal_synced: entrance::journal_alone(&blocks, server::journal::Durability::Fsync)?,
            by_shards,
        };
        eprint!("{}", round.table());
        Ok(round)
    }

    /// What the stage that holds up the others takes, but for the disk.
    fn slowest(&self, place: usize) -> f64 {
        let ByShards { largest_shard, egress, outbound, .. } = self.by_shards[place];
        let stages = [self.gateway, self.sequencer, self.journal, largest_shard, egress, outbound];
        stages.into_iter().fold(0.0, f64::max)
    }

    fn table(&self) -> String {
        let row = |stage: &str, of: &dyn Fn(usize) -> f64| {
            let cells: String =
                (0..SHARDS.len()).map(|place| format!(" {:.0} |", of(place))).collect();
            format!("| {stage} |{cells}\n")
        };
        let millions = |ns: f64| format!(" {:.2} M/s |", 1e3 / ns);
        let curve = |of: &dyn Fn(usize) -> f64| -> String {
            (0..SHARDS.len()).map(|place| millions(of(place))).collect()
        };
        let head = SHARDS.map(|shards| format!(" {shards} |")).concat();
        [
            format!("| ns a command, shards: |{head}\n|---|{}\n", "---|".repeat(SHARDS.len())),
            row("gateway", &|_| self.gateway),
            row("sequencer", &|_| self.sequencer),
            row("journal, writing", &|_| self.journal),
            row("journal, writing and sync", &|_| self.journal_synced),
            row("largest shard", &|place| self.by_shards[place].largest_shard),
            row("egress", &|place| self.by_shards[place].egress),
            row("outbound", &|place| self.by_shards[place].outbound),
            format!(
                "| shards on threads, measured |{}\n",
                curve(&|place| self.by_shards[place].on_threads)
            ),
            format!("| slowest stage, computed |{}\n\n", curve(&|place| self.slowest(place))),
        ]
        .concat()
    }
}

impl ByShards {
    fn play(blocks: &Blocks, shards: u16) -> anyhow::Result<Self> {
        let largest_shard = shard::each_alone(blocks, shards).into_iter().fold(0.0, f64::max);
        let cores = thread::available_parallelism().context("counting cores")?.get();
        let on_threads = shard::on_threads(blocks, shards, cores);
        let (egress, outbound) = exit::alone(blocks, shards)?;
        Ok(Self { largest_shard, egress, outbound, on_threads })
    }
}

/// The curve, medians of the rounds.
fn figures(rounds: &[Round]) -> Vec<Figure> {
    let figure = |what: String, ns: &dyn Fn(&Round) -> f64| {
        let rates: Vec<f64> = rounds.iter().map(|round| 1e9 / ns(round)).collect();
        Figure { what, ours: median(&rates), limit: None, unit: "commands/s", goal: None }
    };
    let mut figures = Vec::new();
    for (place, shards) in SHARDS.into_iter().enumerate() {
        figures.push(figure(
            format!("shards: {shards}, a core for each stage (computed from each alone)"),
            &|round| round.slowest(place),
        ));
    }
    figures
}
