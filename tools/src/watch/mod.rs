//! `openbell watch`: the market from its public feed, as anyone may see it.
//!
//! Joins like any listener of the feed, gets the day so far from the retransmission server, and shows
//! books and tape: on a screen where there is a terminal, else as lines.

mod watcher;
mod display;
mod tape;

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use protocol::Symbol;
use tokio::runtime;

use crate::duration;
use watcher::Watcher;

const EXAMPLES: &str = "\
Examples:
  openbell watch                                    the market of `openbell demo --listen 127.0.0.1:26400`
  openbell watch --book ACME                        this instrument first; in lines: its book, too
  openbell watch --json --for 10s | jq 'select(.event == \"trade\") | .price'
  openbell watch --line-a 239.255.7.9:30000 --line-b 239.255.7.10:30000 --interface 10.0.0.5 \\
    --retransmit 10.0.0.1:26401

Keys on the screen: q or Ctrl-C leaves, up and down choose the instrument.
Ends with 0 at the end of the session, when time is up and when the user leaves, with 4 when no feed is
heard.";

/// Shows a market's books and tape from its public feed.
///
/// The day so far comes first. On a terminal it is a live screen; else a line a trade, and with --book
/// a line whenever that book has changed.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Group and port of the feed.
    #[arg(long, value_name = "GROUP:PORT", default_value = "239.255.64.1:26410")]
    line_a: SocketAddrV4,
    /// Group and port of its second line, which carries the same.
    #[arg(long, value_name = "GROUP:PORT")]
    line_b: Option<SocketAddrV4>,
    /// Address of the network interface the feed comes in by.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    interface: Ipv4Addr,
    /// The retransmission server: the day so far, and what gets lost.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:26401")]
    retransmit: SocketAddr,
    /// Prints this book when it has changed; on the screen it is the one shown first.
    #[arg(long, value_name = "SYMBOL", value_parser = symbol)]
    book: Option<Symbol>,
    /// Prices of a side in a printed book.
    #[arg(long, value_name = "COUNT", default_value_t = 5)]
    depth: usize,
    /// Stops after this long.
    #[arg(long = "for", value_name = "TIME", value_parser = duration::parse)]
    length: Option<Duration>,
    /// Prints lines also on a terminal.
    #[arg(long)]
    plain: bool,
    /// Prints JSON objects, one a line.
    #[arg(long)]
    json: bool,
}

fn symbol(text: &str) -> Result<Symbol, String> {
    Symbol::new(text).map_err(|error| error.to_string())
}

/// Watches until the session, the time or the user's interest ends.
///
/// # Errors
///
/// No feed is heard, a message stays missing, or one does not fit the book.
pub fn run(args: Args) -> Result<ExitCode> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    runtime.context("starting the runtime")?.block_on(async {
        let watcher = Watcher::join(&args).await?;
        watcher.watch().await
    })?;
    Ok(ExitCode::SUCCESS)
}
