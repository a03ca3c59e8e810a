//! `openbell trades`: the trades in the venue's own records, no database needed.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use protocol::enums::Side;
use server::drain::{Trade, TradeKind, TradeParty, TradeSource};
use server::store;
use server::trades::StoredTrades;

use crate::clock_time;
use crate::days::Day;
use crate::line::{Line, Printer, ascii};

/// Trades read in one go.
const BATCH: usize = 4_096;

const EXAMPLES: &str = "\
Examples:
  openbell trades --data-dir data
  openbell trades --data-dir data --from 1000 --limit 10
  openbell trades --data-dir data --day 2026112201 --json | jq .price";

/// Prints the trades of a day from the data folder of a venue, which may be running.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The data folder of the venue.
    #[arg(long, value_name = "DIR")]
    data_dir: PathBuf,
    /// Session id of the day, ten digits; the latest day without it.
    #[arg(long, value_name = "SESSION")]
    day: Option<String>,
    /// Number of the first trade; they count from 1 each day.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    from: u64,
    /// Stops after so many.
    #[arg(long, value_name = "COUNT")]
    limit: Option<u64>,
    /// Prints JSON objects, one a line.
    #[arg(long)]
    json: bool,
}

/// Prints the trades recorded so far.
///
/// # Errors
///
/// There is no such day, or its records are damaged.
pub fn run(args: Args) -> Result<ExitCode> {
    let day = Day::find(&args.data_dir, args.day.as_deref())?;
    let store = store::open_read_only(&day.folder).context("reading the venue's records")?;
    let mut source = StoredTrades::new(store, day.session);
    let mut printer = Printer::new(args.json);
    printer.text(format_args!(
        "{:>8} {:<18} {:<8} {:>12} {:>8} {} {:<11} {:<11} {:>15}",
        "number", "time (UTC)", "symbol", "price", "shares", "side", "buyer", "seller", "match"
    ))?;
    let mut number = args.from.max(1);
    let end = args.limit.map_or(u64::MAX, |limit| number.saturating_add(limit));
    let mut trades = Vec::new();
    while number <= source.last() && number < end {
        trades.clear();
        let limit = usize::try_from(end - number).unwrap_or(BATCH).min(BATCH);
        source.read(number, limit, &mut trades)?;
        for trade in &trades {
            if args.json {
                printer.line(&line(trade))?
            } else {
                printer.text(row(trade))?
            }
            number = trade.number + 1;
        }
    }
    printer.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn row(trade: &Trade) -> String {
    let party = |party: &TradeParty| format!("{}/{}", ascii(&party.port), party.user_ref_num);
    let time = clock_time::of_day(trade.time_ns % protocol::time::NANOS_PER_DAY);
    let side = if trade.kind == TradeKind::Broken { "broken" } else { side(trade) };
    format!(
        "{:>8} {time:<18} {:<8} {:>12} {:>8} {side:<4} {:<11} {:<11} {:>15}",
        trade.number,
        trade.symbol,
        trade.price,
        trade.shares,
        party(&trade.buyer),
        party(&trade.seller),
        trade.match_number,
    )
}

/// The side of the aggressor in words.
fn side(trade: &Trade) -> &'static str {
    match Side::try_from(trade.aggressor_side) {
        Ok(side) if side.is_buy() => "buy",
        Ok(_) => "sell",
        Err(_) => "",
    }
}

fn line(trade: &Trade) -> Line {
    let kind = if trade.kind == TradeKind::Broken { "broken" } else { "executed" };
    let line = Line::new("number", trade.number)
        .with("kind", kind)
        .text("time", clock_time::utc(trade.time_ns))
        .text("symbol", trade.symbol)
        .text("price", trade.price)
        .with("shares", trade.shares)
        .with("aggressor", side(trade))
        .with("match_number", trade.match_number);
    let TradeParty { port, firm, user_ref_idx, user_ref_num, order_reference } = &trade.buyer;
    let line = line
        .with("buyer_port", ascii(port))
        .text("buyer_firm", firm)
        .with("buyer_user_ref_idx", *user_ref_idx)
        .with("buyer_user_ref_num", *user_ref_num)
        .with("buyer_order_reference", *order_reference);
    let TradeParty { port, firm, user_ref_idx, user_ref_num, order_reference } = &trade.seller;
    line.with("seller_port", ascii(port))
        .text("seller_firm", firm)
        .with("seller_user_ref_idx", *user_ref_idx)
        .with("seller_user_ref_num", *user_ref_num)
        .with("seller_order_reference", *order_reference)
}
