//! The journal: bytes a command, and blocks committed one after the other beside the disk alone.
//!
//! ```sh
//! cargo bench -p openbell-benches --bench journal
//! cargo bench -p openbell-benches --bench journal -- --rounds 9
//! ```
//!
//! Bytes are those on disk, block headers and padding included, of 45% adds, 45% cancels and 10% orders that trade, which
//! come as requests through admission. Group commit is the venue's own writer with `fsync`, in turns with a write and
//! `fdatasync` of blocks of the same size in a file that was written full before. As it goes on, the next segment has to be
//! written full of zeros too: every byte twice. "One segment" is the writer while none is being made.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use openbell_benches::log::Log;
use openbell_benches::market::{self, CL_ORD_ID};
use openbell_benches::options::Options;
use openbell_benches::report::{Figure, Goal, publish, target};
use openbell_rulers::disk::{Prewritten, Way};
use openbell_rulers::workload::{Cancels, Kind, MIXED, Operation, SEED, Shape, Workload};
use protocol::ouch::{self, inbound};
use server::journal::{self, Block, JournalOptions, LogId, MAX_BLOCK, MAX_PAYLOAD, RECORD_PREFIX};

/// 45% adds, 45% cancels, 10% takes; the books have orders enough to become smaller.
const SHAPE: Shape =
    Shape { symbols: 100, resting: 300_000, cancels: Cancels::Percent(50), ..MIXED };

/// Commands of a block that are realistic: a quiet venue, 8 connections with 64 outstanding orders, 64 such.
const COMMANDS: [u32; 3] = [64, 512, 4_000];

/// What a command may take on disk.
const MOST_BYTES: f64 = 64.0;

/// Blocks that are committed.
const CASES: [Case; 4] = [
    Case { what: "journal: commits of 4 KiB : disk", block: 4 << 10, one_segment: false },
    Case { what: "journal: commits of 64 KiB : disk", block: 64 << 10, one_segment: false },
    Case { what: "journal: commits of 256 KiB : disk", block: 256 << 10, one_segment: false },
    Case {
        what: "journal: commits of 256 KiB, one segment : disk",
        block: 256 << 10,
        one_segment: true,
    },
];

struct Case {
    what: &'static str,
    /// Bytes.
    block: usize,
    /// Ends before the journal begins to make its second segment.
    one_segment: bool,
}

/// Bytes of a record in these blocks: there are few, so that copying them costs what the disk's block costs.
const LONG_RECORD: usize = 16_000;

/// The file of the disk alone, in bytes.
const FILE: usize = 256 << 20;

fn main() -> Result<()> {
    let options = Options::read(5)?;
    let operations = if options.quick { 100_000 } else { 1_000_000 };
    let flow = Workload::generate(SHAPE, operations, SEED);
    print_records(&flow)?;
    let mut figures = Vec::new();
    for commands in COMMANDS {
        figures.push(Figure {
            what: format!("journal: bytes a command, {commands} a block"),
            ours: bytes_a_command(&flow, commands)?,
            limit: Some(MOST_BYTES),
            unit: "bytes",
            goal: Some(Goal::AtMost(1.0)),
        });
    }
    let length = Duration::from_millis(if options.quick { 100 } else { 1_000 });
    figures.extend(group_commit(options.rounds, length)?);
    publish("journal", &figures)
}

/// Bytes on disk of the flow's operations in blocks of so many commands, a command.
fn bytes_a_command(flow: &Workload, commands: u32) -> Result<f64> {
    let opening = market::opening(SHAPE.symbols);
    let filled = u64::try_from(opening.len() + flow.fill.len()).expect("a short list");
    let (mut bytes, mut records) = (0, 0);
    let mut log = Log::new(commands, |block| {
        if filled < block.first_sequence() {
            bytes += block.disk_len();
            records += block.count();
        }
        Ok(())
    });
    opening.iter().try_for_each(|command| log.append(command))?;
    log.operations(&flow.fill)?;
    log.flush()?;
    log.operations(&flow.operations)?;
    log.flush()?;
    Ok(bytes as f64 / f64::from(records))
}

/// Prints what the record of each kind of command takes in a block.
fn print_records(flow: &Workload) -> Result<()> {
    let mut lengths = Vec::new();
    let mut log = Log::new(1, |block| {
        lengths.push(block.payload_len());
        Ok(())
    });
    market::opening(SHAPE.symbols).iter().try_for_each(|command| log.append(command))?;
    let (enter, mut message) = (&flow.fill[0], Vec::new());
    let key = market::key(enter.id);
    log.operations(&[*enter])?;
    replace(enter, &mut message);
    log.message(key.port, &message)?;
    log.operations(&[Operation { kind: Kind::Cancel, ..*enter }])?;
    if let [.., enter, replace, cancel] = lengths[..] {
        println!("bytes of a record: enter {enter}, replace {replace}, cancel {cancel}");
    }
    Ok(())
}

/// Appends a request to replace an order by a like one.
fn replace(operation: &Operation, out: &mut Vec<u8>) {
    let number = market::key(operation.id).user_ref_num;
    let fixed = inbound::ReplaceOrder {
        message_type: inbound::ReplaceOrder::TYPE,
        orig_user_ref_num: number.into(),
        user_ref_num: (number + 1).into(),
        quantity: operation.quantity.into(),
        price: u64::from(operation.price * market::STEP).into(),
        time_in_force: b'0',
        display: b'Y',
        intermarket_sweep_eligibility: b'N',
        cl_ord_id: CL_ORD_ID,
    };
    ouch::encode(&fixed, Some(&[]), out);
}

/// Commits blocks of each size, by the venue's writer and on the disk alone, in turns.
fn group_commit(rounds: usize, length: Duration) -> Result<Vec<Figure>> {
    let folder = openbell_rulers::folder(Some(&target().join("bench-data")))?;
    let longest = CASES.iter().map(|case| case.block).max().unwrap_or_default();
    let mut file = Prewritten::make(&folder.path().join("blocks"), FILE, longest)?;
    let mut taken = CASES.map(|case| (case, Vec::new(), Vec::new()));
    for round in 1..=rounds {
        for (case, ours, limits) in &mut taken {
            let content: Vec<u8> = (0..=u8::MAX).cycle().take(case.block).collect();
            let our = commits(&folder.path().join("journal"), case, &content, length)?;
            let most = most_commits(case);
            let limit = per_second(length, most, || Ok(file.commit(&content, Way::Synced)?))?;
            eprintln!("{}, round {round}: {our:.0} : {limit:.0} syncs/s", case.what);
            ours.push(our);
            limits.push(limit);
        }
    }
    let figures = taken.iter().map(|(case, ours, limits)| {
        let goal = Some(Goal::AtLeast(0.8));
        Figure::of_rounds(case.what.to_owned(), ours, limits, "syncs/s", goal)
    });
    Ok(figures.collect())
}

/// Commits blocks of `content` with the venue's writer, to a journal that is removed afterwards.
fn commits(folder: &Path, case: &Case, content: &[u8], length: Duration) -> Result<f64> {
    let mut options = JournalOptions::new(folder);
    if case.one_segment {
        // The second one is begun when a quarter of the first is used.
        options.segment_bytes = 4 * u64::try_from(FILE)?;
    }
    let mut writer = journal::create(&options, LogId([7; 16]))?;
    let mut block = Block::new();
    let payload = &content[..content.len() - (MAX_BLOCK - MAX_PAYLOAD)];
    let rate = per_second(length, most_commits(case), || {
        block.open(block.last_sequence() + 1, market::OPENING_NS);
        for record in payload.chunks(RECORD_PREFIX + LONG_RECORD) {
            block.push(&record[RECORD_PREFIX..]);
        }
        assert_eq!(block.disk_len(), content.len(), "the block is as long as the disk's");
        writer.append(&block).context("writing the journal")?;
        Ok(())
    });
    drop(writer);
    std::fs::remove_dir_all(folder).context("removing the journal")?;
    rate
}

fn most_commits(case: &Case) -> usize {
    if case.one_segment { FILE / case.block - 1 } else { usize::MAX }
}

/// Repeats `commit` for a time, or so often at most; gives how often a second.
fn per_second(
    length: Duration,
    most: usize,
    mut commit: impl FnMut() -> Result<()>,
) -> Result<f64> {
    let started = Instant::now();
    let mut commits = 0;
    while started.elapsed() < length && commits < most {
        commit()?;
        commits += 1;
    }
    Ok(commits as f64 / started.elapsed().as_secs_f64())
}
