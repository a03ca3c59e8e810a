//! `openbell-rulers skeleton`: the least an honest venue must do, from request to replies and feed.
//!
//! It does: epoll on one thread, OUCH 5.0 in SoupBinTCP packets decoded, orders matched on the reference ladder
//! (100 symbols, 50,000 resting), a journal record a request, the acknowledgement and both executions as replies,
//! both feed lines in packets of exact length, an outbound log of everything that goes out. Nothing goes out
//! before its batch is durable. All bytes have the form and length of the venue's.
//!
//! It leaves out: logins, sessions and heartbeats, admission and risk limits, phases and order types, sequence
//! numbers of the streams and their resume, retransmission, checksums, recovery and replay, the drain, metrics. So no
//! venue that does all that can be much faster, and how near ours comes is a fair question.
//!
//! The load is a second thread of the same process: see `closed_loop.rs`.

mod batch;
mod journal;
mod outbound;
mod server;
mod trader;
mod venue;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;
use openbell_tools::duration;
use openbell_tools::line::Printer;

use crate::closed_loop::{self, Outcome, Plan};
use crate::socket;
use server::Server;
use trader::Trader;
use venue::Counts;

/// How long the load runs before it is measured.
const WARM_UP: Duration = Duration::from_millis(500);
/// The segments of the journal that are used over and over, in bytes.
const JOURNAL_BYTES: usize = 256 << 20;

/// Measures a venue that has nothing to spare.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[arg(long, value_enum, default_value_t = Mode::Full)]
    mode: Mode,
    /// When a request counts as durable.
    #[arg(long, value_enum, default_value_t = Durability::Fsync)]
    durability: Durability,
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=512))]
    connections: u16,
    /// Requests outstanding on each connection.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    outstanding: u32,
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    symbols: u16,
    /// Orders that rest, over all connections.
    #[arg(long, default_value_t = 50_000, value_parser = clap::value_parser!(u32).range(0..=500_000))]
    resting: u32,
    /// How long the measurement takes.
    #[arg(long = "for", value_name = "TIME", value_parser = duration::parse, default_value = "3s")]
    length: Duration,
    /// Where journal and outbound log lie; the disk of this folder is measured too.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
}

/// How much of a venue.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Mode {
    /// No journal, no outbound log, no feed.
    Match,
    /// With the journal.
    Journal,
    /// With journal, outbound log and two lines.
    Full,
}

/// When a request counts as durable.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Durability {
    /// On disk.
    Fsync,
    /// Given to the kernel.
    Os,
}

/// What a run is made of.
#[derive(Clone, Copy, Debug)]
struct Setup {
    mode: Mode,
    durability: Durability,
    connections: u16,
    symbols: u16,
    resting: u32,
    journal_bytes: usize,
}

/// Measures and prints.
///
/// # Errors
///
/// A file or a socket cannot be made, or the skeleton answered wrongly.
pub fn run(args: Args) -> Result<ExitCode> {
    let setup = Setup {
        mode: args.mode,
        durability: args.durability,
        connections: args.connections,
        symbols: args.symbols,
        resting: args.resting,
        journal_bytes: JOURNAL_BYTES,
    };
    let folder = crate::folder(args.dir.as_deref())?;
    let plan = Plan { outstanding: args.outstanding, warm_up: WARM_UP, length: args.length };
    let (outcome, counts) = measure(setup, plan, folder.path())?;
    ensure!(outcome.wrong == 0 && counts.refused == 0, "wrong answers: {}", outcome.wrong);
    let mut printer = Printer::new(args.json);
    let line = outcome
        .line("acknowledged_per_s")
        .with("trades", counts.trades)
        .with("feed_messages", counts.feed_messages)
        .with("connections", args.connections)
        .with("outstanding", args.outstanding);
    printer.line(&line)?;
    printer.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Runs the skeleton on a thread of its own and its load on this one.
fn measure(setup: Setup, plan: Plan, folder: &Path) -> Result<(Outcome, Counts)> {
    let (listener, address) = socket::listen()?;
    let server = Server::new(&setup, listener, folder)?;
    let target = setup.resting / u32::from(setup.connections);
    let traders = (0..setup.connections)
        .map(|seed| Trader::new(seed.into(), setup.symbols, target))
        .collect();
    let thread = thread::spawn(move || server.run());
    let outcome = closed_loop::run(address, traders, plan);
    let counts = thread.join().expect("the skeleton does not panic").context("in the skeleton")?;
    Ok((outcome?, counts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_is_answered_and_every_trade_told_to_both_sides() {
        let folder = crate::folder(None).expect("the temporary folder can be written");
        for (mode, durability) in [
            (Mode::Match, Durability::Fsync),
            (Mode::Journal, Durability::Fsync),
            (Mode::Full, Durability::Fsync),
            (Mode::Full, Durability::Os),
        ] {
            let setup = Setup {
                mode,
                durability,
                connections: 3,
                symbols: 5,
                resting: 60,
                journal_bytes: 1 << 20,
            };
            let [warm_up, length] = [1, 20].map(Duration::from_millis);
            let plan = Plan { outstanding: 4, warm_up, length };
            let (outcome, counts) = measure(setup, plan, folder.path()).expect("a run");
            assert_eq!((outcome.wrong, counts.refused), (0, 0), "{setup:?}");
            assert!(0 < outcome.acknowledged && outcome.acknowledged <= counts.requests);
            assert!(0 < counts.trades && counts.trades < counts.feed_messages);
        }
    }
}
