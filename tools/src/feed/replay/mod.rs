//! `openbell feed replay`: a recorded day played in as orders, and the venue compared with the day.
//!
//! What a venue makes of the same orders in the same sequence must be what was recorded: the same orders
//! filled, in the same order, and the same book, queue by queue.

mod day;
mod account;
mod ledger;
mod follower;
mod comparison;
mod player;
mod report;
mod venue;

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result};
use client::market_data::JoinOptions;
use indicatif::ProgressBar;
use protocol::Symbol;
use tokio::runtime;

use crate::exit::{FAILED, UsageError};
use account::{Account, Credentials};
use comparison::Findings;
use day::Day;
use follower::Follower;
use player::Player;
use report::Report;
use venue::Venue;

const EXAMPLES: &str = "\
Examples:
  openbell feed replay --as-orders aapl.itch
  openbell feed replay --as-orders day.itch --symbol AAPL --json
  openbell feed replay --as-orders aapl.itch --address 127.0.0.1:26400 \\
    --account REST:secret --account TAKE:secret

Ends with 0 if the venue did what the day did, with 1 if not.";

/// Plays recorded ITCH messages in as orders and compares what the venue makes of them.
///
/// Adds are entered, deletes and reductions canceled, replaces replaced, and what was executed is taken by
/// an aggressor. Then the fills and the books, rebuilt from the venue's feed, must be those of the day.
/// Without --address a venue is opened for it in this process.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// BinaryFILE of ITCH 5.0 messages, from the start of its day on.
    #[arg(long, value_name = "FILE", required = true)]
    as_orders: PathBuf,
    /// Leaves out all instruments but this one.
    #[arg(long, value_parser = symbol)]
    symbol: Option<Symbol>,
    /// Order entry of a venue that runs; its books must be empty.
    #[arg(long, value_name = "HOST:PORT", requires = "account")]
    address: Option<SocketAddr>,
    /// An account there, at least two: the last takes what was executed, the others own the orders in turn.
    #[arg(long, value_name = "USER:PASS", requires = "address")]
    account: Vec<Credentials>,
    /// Group and port of its feed.
    #[arg(
        long,
        value_name = "GROUP:PORT",
        requires = "address",
        default_value = "239.255.64.1:26410"
    )]
    line_a: SocketAddrV4,
    /// Its retransmission server.
    #[arg(long, value_name = "HOST:PORT", requires = "address", default_value = "127.0.0.1:26401")]
    retransmit: SocketAddr,
    /// Address of the network interface its feed comes in by.
    #[arg(long, requires = "address", default_value = "127.0.0.1")]
    interface: Ipv4Addr,
    /// Messages between two comparisons of the books; there is one at the end in any case.
    #[arg(long, value_name = "MESSAGES", default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..))]
    compare_every: u64,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
}

/// Where to play, and who plays.
#[derive(Clone, Debug)]
struct Stage {
    order_entry: SocketAddr,
    accounts: Vec<Credentials>,
    feed: JoinOptions,
}

/// Plays the file in and prints how the venue compares.
pub(super) fn run(args: Args) -> Result<ExitCode> {
    let started = Instant::now();
    let bytes = read(&args.as_orders)?;
    let symbols = day::symbols(&bytes, args.symbol)?;
    if symbols.is_empty() {
        return Err(UsageError(format!("{} has no such orders", args.as_orders.display())).into());
    }
    let mut day = Day::new(&bytes, args.symbol);
    let every = args.compare_every;
    let (venue, findings) = match args.address {
        Some(address) => {
            let findings = play(&mut day, &symbols, every, remote(&args, address)?)?;
            (format!("venue at {address}"), findings)
        }
        None => {
            let venue = Venue::start(&symbols)?;
            let findings = play(&mut day, &symbols, every, own(&venue)?)?;
            venue.stop()?;
            ("venue of its own".to_owned(), findings)
        }
    };
    let report = Report {
        equal: findings.are_equal(),
        file: args.as_orders.display().to_string(),
        venue,
        messages: day.types().clone(),
        findings,
        seconds: started.elapsed().as_secs_f64(),
    };
    print(&report, args.json)?;
    Ok(if report.equal { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

fn symbol(text: &str) -> Result<Symbol, String> {
    Symbol::new(text).map_err(|error| error.to_string())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("reading {}", path.display()))
}

/// Takes what the command line says of a venue that runs.
fn remote(args: &Args, address: SocketAddr) -> Result<Stage> {
    if args.account.len() < 2 {
        let text = "--account is needed twice at least: who owns the orders, and who takes";
        return Err(UsageError(text.to_owned()).into());
    }
    let feed = JoinOptions {
        interface: args.interface,
        retransmit: Some(args.retransmit),
        ..JoinOptions::new(args.line_a)
    };
    Ok(Stage { order_entry: address, accounts: args.account.clone(), feed })
}

fn own(venue: &Venue) -> Result<Stage> {
    let session = protocol::SessionId::new(&venue.addresses().session);
    let feed = JoinOptions {
        session: Some(session.context("the venue's session")?),
        retransmit: Some(venue.addresses().retransmit),
        ..JoinOptions::new(venue.line_a)
    };
    let accounts = Venue::credentials();
    Ok(Stage { order_entry: venue.addresses().order_entry, accounts, feed })
}

/// Plays the whole day and compares on the way.
fn play(
    day: &mut Day<'_>,
    symbols: &BTreeSet<Symbol>,
    every: u64,
    stage: Stage,
) -> Result<Findings> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    runtime.context("starting the runtime")?.block_on(async {
        let symbols: Vec<_> = symbols.iter().copied().collect();
        let follower = Follower::join(stage.feed).await?;
        let mut accounts = Vec::new();
        for (place, credentials) in stage.accounts.iter().enumerate() {
            accounts.push(Account::connect(place, stage.order_entry, credentials).await?);
        }
        let mut player = Player::new(accounts, follower);
        player.expect_empty_books(&symbols).await?;
        let (_, length) = day.progress();
        let bar = ProgressBar::new(length);
        let mut compared = 0;
        while let Some(step) = day.next_step()? {
            player.play(&step).await?;
            if compared / every < step.message / every {
                player.compare(day, symbols[0]).await?;
                compared = step.message;
                bar.set_position(day.progress().0);
            }
        }
        if compared != day.messages() {
            player.compare(day, symbols[0]).await?;
        }
        bar.finish_and_clear();
        Ok(player.finish().await)
    })
}

fn print(report: &Report, json: bool) -> Result<()> {
    let mut output = io::stdout().lock();
    if json {
        serde_json::to_writer(&mut output, report)?;
        writeln!(output)?;
    } else {
        write!(output, "{report}")?;
    }
    Ok(output.flush()?)
}
