//! `openbell-rulers copy`: how fast Postgres takes rows like our trades, by COPY in its binary format.
//!
//! The table, its key and index are those of the drain, and so is the size of a batch; each batch is a transaction that
//! waits for the disk. It leaves out what the drain does besides: reading trades from the log, their digest, the
//! cursor. Rows are written as bytes, without a library between.

use std::io::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use openbell_tests::postgres::Cluster;
use openbell_tools::duration;
use openbell_tools::line::{Line, Printer};
use postgres::{Client, NoTls};
use protocol::{Mpid, Price, Symbol};
use server::drain::{Trade, TradeKind, TradeParty};

use crate::figures::{histogram, percentiles};

/// The tables of the drain, as it makes them.
const TABLES: &str = include_str!("../../../server/src/drain/schema.sql");
/// Where this ruler makes them: nothing of anyone else's is touched.
const SCHEMA: &str = "openbell_ruler";
const COPY: &str = "COPY openbell_trades FROM STDIN (FORMAT binary)";
/// Settings of a private server: as an operator runs it, not as a test does.
pub const SETTINGS: &[&str] = &["fsync=on", "shared_buffers=512MB", "max_wal_size=4GB"];
/// The log that all rows are of.
const LOG_ID: [u8; 16] = *b"openbell's ruler";
/// Microseconds between 1970 and 2000, where Postgres begins to count.
const EPOCH_US: u64 = 946_684_800_000_000;
/// What a COPY begins with: its name, no flags, nothing more in the header.
const HEADER: &[u8] = b"PGCOPY\n\xFF\r\n\0\0\0\0\0\0\0\0\0";
const COLUMNS: i16 = 20;
/// What a COPY ends with.
const TRAILER: [u8; 2] = (-1_i16).to_be_bytes();

/// Measures a Postgres server: rows a second by COPY.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// A server that runs; without it a private one is started.
    #[arg(long, value_name = "URL")]
    postgres: Option<String>,
    /// Rows of a transaction; by default as many as the drain's.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    batch: u32,
    /// How long the measurement takes.
    #[arg(long = "for", value_name = "TIME", value_parser = duration::parse, default_value = "3s")]
    length: Duration,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
}

/// Measures and prints.
///
/// # Errors
///
/// There is no server, or it refuses.
pub fn run(args: Args) -> Result<ExitCode> {
    let (cluster, url) = match args.postgres {
        Some(url) => (None, url),
        None => match Cluster::start_with(SETTINGS) {
            Some(cluster) => {
                let url = cluster.url();
                (Some(cluster), url)
            }
            None => bail!("no Postgres by request; --postgres names one that runs"),
        },
    };
    let mut client = Client::connect(&url, NoTls).context("connecting to Postgres")?;
    let line = measure(&mut client, args.batch, args.length)?;
    drop(client);
    drop(cluster);
    let mut printer = Printer::new(args.json);
    printer.line(&line)?;
    printer.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Copies batches for a time, into tables that are gone afterwards.
fn measure(client: &mut Client, batch: u32, length: Duration) -> Result<Line> {
    make_tables(client)?;
    let mut latency = histogram();
    let (mut rows, mut trades) = (0, Vec::new());
    let began = Instant::now();
    let mut before = began;
    while before - began < length {
        trades.clear();
        trades.extend((rows + 1..).take(batch as usize).map(trade));
        rows += copy(client, LOG_ID, &trades)?;
        let now = Instant::now();
        latency.saturating_record(u64::try_from((now - before).as_nanos()).unwrap_or(u64::MAX));
        before = now;
    }
    let took = before - began;
    let stored: i64 = client.query_one("SELECT count(*) FROM openbell_trades", &[])?.try_get(0)?;
    ensure!(stored == i64::try_from(rows)?, "{rows} rows were copied, {stored} are there");
    drop_tables(client)?;
    let line = Line::new("rows_per_s", (rows as f64 / took.as_secs_f64()).round())
        .with("rows", rows)
        .with("batch", batch);
    Ok(percentiles(line, &latency))
}

/// Makes the tables of the drain in a schema of their own, which the client uses from then on.
///
/// # Errors
///
/// Postgres refuses.
pub fn make_tables(client: &mut Client) -> Result<()> {
    let make = format!("CREATE SCHEMA {SCHEMA}; SET search_path = {SCHEMA}; {TABLES}");
    client.batch_execute(&make).context("making the tables")
}

/// Drops what [`make_tables`] made.
///
/// # Errors
///
/// Postgres refuses.
pub fn drop_tables(client: &mut Client) -> Result<()> {
    let drop = format!("DROP SCHEMA {SCHEMA} CASCADE; RESET search_path");
    client.batch_execute(&drop).context("cleaning up")
}

/// Copies one batch in a transaction of its own; returns how many rows were taken.
///
/// # Errors
///
/// Postgres refuses.
pub fn copy(client: &mut Client, log_id: [u8; 16], trades: &[Trade]) -> Result<u64> {
    let mut bytes = Vec::from(HEADER);
    for trade in trades {
        put_row(&mut bytes, log_id, trade);
    }
    bytes.extend_from_slice(&TRAILER);
    let mut writer = client.copy_in(COPY).context("copying")?;
    writer.write_all(&bytes).context("copying")?;
    writer.finish().context("copying")
}

/// A trade like those of a venue under load: 100 symbols, 64 ports.
fn trade(number: u64) -> Trade {
    let party = |place: u64| TradeParty {
        port: text(&format!("L{place:05}")),
        firm: Mpid(text(&format!("F{:03}", place / 8))),
        user_ref_idx: 0,
        user_ref_num: u32::try_from(number / 64 + place).expect("a run has fewer rows"),
        order_reference: (number << 17) | place,
    };
    let below = |limit| u32::try_from(number % limit).expect("below a small limit");
    Trade {
        number,
        kind: TradeKind::Executed,
        time_ns: (EPOCH_US + 817_000_000_000_000 + number) * 1_000,
        match_number: (number << 16) | (number % 100),
        symbol: Symbol(text(&format!("SYM{:02}", number % 100))),
        price: Price::new(1_000_000 + 100 * below(1_000)),
        shares: 100 + below(900),
        aggressor_side: if number.is_multiple_of(2) { b'B' } else { b'S' },
        buyer: party(number % 64),
        seller: party((number + 7) % 64),
    }
}

/// A short text, padded.
fn text<const WIDTH: usize>(text: &str) -> [u8; WIDTH] {
    let mut padded = [b' '; WIDTH];
    padded[..text.len()].copy_from_slice(text.as_bytes());
    padded
}

/// Appends a trade in the order of the columns.
fn put_row(out: &mut Vec<u8>, log_id: [u8; 16], trade: &Trade) {
    out.extend_from_slice(&COLUMNS.to_be_bytes());
    put(out, &log_id);
    put(out, &trade.number.to_be_bytes());
    put(out, &[trade.kind.code()]);
    put(out, &(trade.time_ns / 1_000 - EPOCH_US).to_be_bytes());
    put(out, &trade.time_ns.to_be_bytes());
    put(out, &trade.match_number.to_be_bytes());
    put(out, trade.symbol.0.trim_ascii_end());
    put(out, &price(trade.price));
    put(out, &u64::from(trade.shares).to_be_bytes());
    put(out, &[trade.aggressor_side]);
    for party in [&trade.buyer, &trade.seller] {
        put(out, party.port.trim_ascii_end());
        put(out, party.firm.0.trim_ascii_end());
        put(out, &u16::from(party.user_ref_idx).to_be_bytes());
        put(out, &u64::from(party.user_ref_num).to_be_bytes());
        put(out, &party.order_reference.to_be_bytes());
    }
}

/// Appends a field: its length, its bytes.
fn put(out: &mut Vec<u8>, field: &[u8]) {
    let length = i32::try_from(field.len()).expect("a field is short");
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(field);
}

/// A price as the drain writes it: a `numeric` of three digits of base 10,000, the last one behind the point.
fn price(price: Price) -> [u8; 14] {
    let steps = price.ten_thousandths();
    let mut bytes = [0, 3, 0, 1, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0];
    let digits = [steps / 100_000_000, steps / 10_000 % 10_000, steps % 10_000];
    for (place, digit) in digits.into_iter().enumerate() {
        let digit = u16::try_from(digit).expect("a digit of base 10,000");
        bytes[8 + place * 2..][..2].copy_from_slice(&digit.to_be_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use server::drain::trade_from_row;

    use super::*;

    #[test]
    fn rows_are_what_the_drain_would_have_written() {
        let Some(cluster) = Cluster::start() else { return };
        let mut client = cluster.connect();
        measure(&mut client, 10, Duration::ZERO).expect("ten rows and no more");
        client.batch_execute(TABLES).expect("the tables of the ruler are gone");
        let trades: Vec<Trade> = (1..=10).map(trade).collect();
        assert_eq!(copy(&mut client, LOG_ID, &trades).expect("rows are taken"), 10);
        let rows = client
            .query("SELECT * FROM openbell_trades ORDER BY trade_number", &[])
            .expect("the rows are there");
        let read: Vec<Trade> =
            rows.iter().map(|row| trade_from_row(row).expect("a row of the drain")).collect();
        assert_eq!(read, trades);
    }
}
