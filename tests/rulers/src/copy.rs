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

use crate::figures::{histogram, percentiles};

/// The tables of the drain, as it makes them.
const TABLES: &str = include_str!("../../../server/src/drain/schema.sql");
/// Where this ruler makes them: nothing of anyone else's is touched.
const SCHEMA: &str = "openbell_ruler";
const COPY: &str = "COPY openbell_trades FROM STDIN (FORMAT binary)";
/// Settings of a private server: as an operator runs it, not as a test does.
const SETTINGS: &[&str] = &["fsync=on", "shared_buffers=512MB", "max_wal_size=4GB"];
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
    let make = format!("CREATE SCHEMA {SCHEMA}; SET search_path = {SCHEMA}; {TABLES}");
    client.batch_execute(&make).context("making the tables")?;
    let mut latency = histogram();
    let mut rows = 0;
    let began = Instant::now();
    let mut before = began;
    while before - began < length {
        rows += copy(client, rows, batch).context("copying")?;
        let now = Instant::now();
        latency.saturating_record(u64::try_from((now - before).as_nanos()).unwrap_or(u64::MAX));
        before = now;
    }
    let took = before - began;
    let stored: i64 = client.query_one("SELECT count(*) FROM openbell_trades", &[])?.try_get(0)?;
    ensure!(stored == i64::try_from(rows)?, "{rows} rows were copied, {stored} are there");
    client
        .batch_execute(&format!("DROP SCHEMA {SCHEMA} CASCADE; RESET search_path"))
        .context("cleaning up")?;
    let line = Line::new("rows_per_s", (rows as f64 / took.as_secs_f64()).round())
        .with("rows", rows)
        .with("batch", batch);
    Ok(percentiles(line, &latency))
}

/// Copies one batch behind the `done` rows before it; returns how many rows were taken.
fn copy(client: &mut Client, done: u64, batch: u32) -> Result<u64> {
    let mut bytes = Vec::from(HEADER);
    for number in (done + 1..).take(batch as usize) {
        put_row(&mut bytes, i64::try_from(number)?);
    }
    bytes.extend_from_slice(&TRAILER);
    let mut writer = client.copy_in(COPY)?;
    writer.write_all(&bytes)?;
    Ok(writer.finish()?)
}

/// Appends trade `number` in the order of the columns.
fn put_row(out: &mut Vec<u8>, number: i64) {
    let time_us = 817_000_000_000_000 + number;
    out.extend_from_slice(&COLUMNS.to_be_bytes());
    put(out, b"openbell's ruler");
    put(out, &number.to_be_bytes());
    put(out, b"E");
    put(out, &time_us.to_be_bytes());
    put(out, &(time_us * 1_000).to_be_bytes());
    put(out, &((number << 16) | (number % 100)).to_be_bytes());
    put(out, format!("SYM{:02}", number % 100).as_bytes());
    put(out, &price(number % 1_000));
    put(out, &(100 + number % 900).to_be_bytes());
    put(out, if number % 2 == 0 { b"B" } else { b"S" });
    for party in [number % 64, (number + 7) % 64] {
        put(out, format!("L{party:05}").as_bytes());
        put(out, format!("F{:03}", party / 8).as_bytes());
        put(out, &0_i16.to_be_bytes());
        put(out, &(number / 64 + party).to_be_bytes());
        put(out, &((number << 17) | party).to_be_bytes());
    }
}

/// Appends a field: its length, its bytes.
fn put(out: &mut Vec<u8>, field: &[u8]) {
    let length = i32::try_from(field.len()).expect("a field is short");
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(field);
}

/// 100 dollars and some cents as the drain writes a price: a `numeric` of three digits of base 10,000.
fn price(cents: i64) -> [u8; 14] {
    let [dollars, part] = [100 + cents / 100, cents % 100 * 100];
    let mut bytes = [0; 14];
    for (place, number) in [3, 1, 0, 4, 0, dollars, part].into_iter().enumerate() {
        let number = i16::try_from(number).expect("a digit of base 10,000");
        bytes[place * 2..][..2].copy_from_slice(&number.to_be_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_what_the_drain_would_have_written() {
        let Some(cluster) = Cluster::start() else { return };
        let mut client = cluster.connect();
        measure(&mut client, 10, Duration::ZERO).expect("ten rows and no more");
        client.batch_execute(TABLES).expect("the tables of the ruler are gone");
        assert_eq!(copy(&mut client, 0, 10).expect("rows are taken"), 10);
        let row = client
            .query_one(
                "SELECT trade_number, kind, symbol, price::text, shares, aggressor_side, buyer_port, \
                 seller_firm, seller_order_reference FROM openbell_trades WHERE trade_number = 7",
                &[],
            )
            .expect("the seventh row is there");
        assert_eq!(row.get::<_, i64>(0), 7);
        assert_eq!((row.get::<_, i8>(1), row.get::<_, i8>(5)), (69, 83));
        assert_eq!(row.get::<_, &str>(2), "SYM07");
        assert_eq!(row.get::<_, &str>(3), "100.0700");
        assert_eq!(row.get::<_, i64>(4), 107);
        assert_eq!((row.get::<_, &str>(6), row.get::<_, &str>(7)), ("L00007", "F001"));
        assert_eq!(row.get::<_, i64>(8), (7 << 17) | 14);
    }
}
