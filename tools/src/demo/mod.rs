//! `openbell demo`: a whole market on this machine in one command.
//!
//! A real venue on a thread, simulated traders on real TCP connections, and the public feed over real
//! multicast; the screen shows only what the feed says. At the end everything is compared.

mod random;
mod street;
mod live;
mod trader;
mod pace;
mod venue;
mod floor;
mod display;
mod report;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::{duration, exit};
use display::Display;
use floor::Floor;
use venue::Venue;

const EXAMPLES: &str = "\
Examples:
  openbell demo                                  until Ctrl-C, or q on the screen
  openbell demo --for 30s --rate 5000 --plain    half a minute at ten times the rate, lines only
  openbell demo --listen 127.0.0.1:26400         the usual addresses, for your own client
  openbell demo --data-dir market                keeps the data; once more goes on with the same day
  openbell demo --postgres postgres://localhost/trades

Trade into it with the user and password it prints, with any OUCH 5.0 client or this one:
  openbell order enter buy 100 ACME 25.00 --address ADDRESS --username guest --password demo";

/// Runs a whole market on this machine: venue, traders, feed, live screen.
///
/// Needs nothing else, and leaves nothing behind unless --data-dir is given. At the end it checks that
/// every request was answered, that no message of the feed was lost, and that the book rebuilt from
/// the feed is what the traders hold; exit code 1 when something is wrong.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Stops after this long; else Ctrl-C stops.
    #[arg(long = "for", value_name = "TIME", value_parser = duration::parse)]
    pub length: Option<Duration>,
    /// Requests a second, all simulated traders together.
    #[arg(long, value_name = "PER-SECOND", default_value_t = 500,
        value_parser = clap::value_parser!(u32).range(0..=50_000))]
    pub rate: u32,
    /// Instruments, 4 to 8.
    #[arg(long, value_name = "COUNT", default_value_t = 6, value_parser = instruments)]
    pub symbols: usize,
    /// Where the traders' chances come from: the same seed, the same intentions.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub seed: u64,
    /// Order entry here, the rest beside it: port +1 retransmission, +4 admin, feed on
    /// 239.255.64.1 port +10. Without it, free ports and a group of its own.
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
    /// Keeps the venue's data in this folder; else it is temporary.
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Copies the trades into this database (table `openbell_trades`).
    #[arg(long, value_name = "URL")]
    pub postgres: Option<String>,
    /// Prints a line a second also on a terminal.
    #[arg(long)]
    pub plain: bool,
    /// Prints JSON objects, one a line: addresses, a line a second, summary.
    #[arg(long)]
    pub json: bool,
}

fn instruments(text: &str) -> Result<usize, String> {
    let count = text.parse().ok().filter(|count| (street::FEWEST..=street::MOST).contains(count));
    count.ok_or_else(|| format!("expected {} to {}", street::FEWEST, street::MOST))
}

/// Runs the market, and tells whether everything fitted.
///
/// # Errors
///
/// The venue did not start, a connection broke, or the feed did not fit the book.
pub fn run(args: Args) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("starting the traders' runtime")?;
    let street = street::listed(args.symbols);
    let venue = Venue::start(&args, &street).context("starting the venue")?;
    let mut display = Display::open(&args, venue.addresses())?;
    let report = runtime.block_on(async {
        let mut floor = Floor::open(&args, venue, street).await?;
        floor.trade(&mut display, args.length).await?;
        floor.close(&mut display, args.postgres.as_deref()).await
    })?;
    let mut printer = display.into_printer();
    report.print(&mut printer)?;
    Ok(ExitCode::from(if report.is_good() { 0 } else { exit::FAILED }))
}
