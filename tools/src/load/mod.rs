//! `openbell load`: how many orders a venue takes, and how long each waits for its answer.
//!
//! Open loop: every request has a planned time, and its latency counts from there, so a venue that stalls
//! does not make the loader ask less (no coordinated omission). Closed loop: each connection keeps a number of
//! requests outstanding. A run whose latencies say something else than how fast the venue answers says that it is
//! invalid, and why: the loader itself was late, or the venue fell behind an open loop before it was warm or for good.

mod random;
mod flow;
mod orders;
mod requests;
mod connection;
mod poller;
mod schedule;
mod tally;
mod driver;
mod machine;
mod venue;
mod ramp;
mod report;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::line::Printer;
use crate::{duration, exit};
use driver::Plan;
use flow::Mix;
use report::Report;
use schedule::Loop;
use venue::{Account, Target};

const EXAMPLES: &str = "\
Examples:
  openbell load --connections 64 --outstanding 64      a private venue, closed loop
  openbell load --connections 64 --rate 200000         open loop at 200,000 requests a second
  openbell load --ramp 5ms                             the highest rate whose p99 stays under 5 ms
  openbell load --connections 1 --outstanding 1 --durability os
  openbell load 127.0.0.1:26400 --account ALICE:SECRET --account BOB:SECRET --symbol AAPL --rate 1000

Ends with 0 when the run is valid and every answer was right, else with 1.";

/// Measures a venue: acknowledged requests a second, and latency from p50 to p99.99.
///
/// Without an address a private venue is opened (openbell-server, beside this program) with as many ports as
/// connections; it is gone afterwards. Any OUCH 5.0 venue can be measured with --account, one for each connection.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Order entry of a venue that runs; without it a private one is opened.
    #[arg(value_name = "HOST:PORT", requires = "account")]
    address: Option<SocketAddr>,
    /// An account of that venue; each is one connection.
    #[arg(long, value_name = "USER:PASS", requires = "address")]
    account: Vec<Account>,
    /// Symbols of that venue to trade in.
    #[arg(long, requires = "address", value_parser = symbol)]
    symbol: Vec<protocol::Symbol>,
    /// Allows an address that is not on this machine.
    #[arg(long)]
    allow_remote: bool,
    /// Connections to the private venue.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1_000), conflicts_with = "address")]
    connections: u16,
    /// Symbols of the private venue.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=10_000), conflicts_with = "address")]
    symbols: u16,
    /// Closed loop: requests outstanding on each connection.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    outstanding: u32,
    /// Open loop: requests a second over all connections.
    #[arg(long, value_name = "PER-SECOND", value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    rate: Option<u64>,
    /// Looks for the highest open-loop rate whose p99 stays under this.
    #[arg(long, value_name = "TIME", value_parser = duration::parse, conflicts_with = "rate")]
    ramp: Option<Duration>,
    /// What is sent.
    #[arg(long, value_enum, default_value_t)]
    mix: Mix,
    /// Orders each connection keeps resting.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    resting: u32,
    /// How long the measurement takes.
    #[arg(long = "for", value_name = "TIME", value_parser = duration::parse, default_value = "5s")]
    length: Duration,
    /// How long the load runs before it is measured.
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "1s")]
    warm_up: Duration,
    /// Where the flow's chances come from.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// Durability of the private venue.
    #[arg(long, value_enum, default_value_t)]
    durability: venue::DurabilityOption,
    /// Shards of the private venue.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    shards: u16,
    /// Where the private venue keeps its data; the disk of this folder is measured too.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// The private venue's PostgreSQL, if trades are to be drained during the run.
    #[arg(long, value_name = "URL")]
    postgres: Option<String>,
    /// The program of the private venue; openbell-server beside this one by default.
    #[arg(long, value_name = "FILE")]
    server: Option<PathBuf>,
    /// Writes the latencies as an .hgrm file, for HdrHistogram's plotter.
    #[arg(long, value_name = "FILE")]
    hgrm: Option<PathBuf>,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
}

/// Runs the load and prints what it came to.
///
/// # Errors
///
/// The venue could not be started or reached, or a connection broke.
pub fn run(args: Args) -> Result<ExitCode> {
    let target = Target::open(&args)?;
    let plan = Plan::new(&args, &target);
    let report = match args.ramp {
        Some(bound) => ramp::highest_rate(&plan, &target, bound, &args)?,
        None => {
            let pace = args.rate.map_or(Loop::Closed(args.outstanding), Loop::Open);
            Report::new(driver::run(&plan, pace)?, pace, &args, &target)
        }
    };
    if let Some(path) = &args.hgrm {
        report.write_hgrm(path).with_context(|| format!("writing {}", path.display()))?;
    }
    let mut printer = Printer::new(args.json);
    report.print(&mut printer)?;
    printer.flush()?;
    Ok(ExitCode::from(if report.is_good() { 0 } else { exit::FAILED }))
}

fn symbol(text: &str) -> Result<protocol::Symbol, String> {
    protocol::Symbol::new(text).map_err(|error| error.to_string())
}
