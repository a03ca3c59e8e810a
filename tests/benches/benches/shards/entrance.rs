//! The way in: the sequencer with admission, and the journal.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use engine::admission::Admission;
use engine::command::PortId;
use engine::shard::Shard;
use openbell_benches::market::{self, OPENING_NS, PORTS};
use openbell_rulers::workload::{Operation, Workload};
use server::batch::{CommandBlock, MessageBatch, Pool};
use server::clock::Clock;
use server::inbox::{Inbox, Item};
use server::journal::{self, Block, Durability, JournalOptions, LogId};
use server::link::{Bell, Position, Receiver, link};
use server::metrics::Metrics;
use server::sequencer::{JournalEnd, Log, Pace, Sequencer, Signals};
use server::sharing::Load;
use server::stages::{Stage, apply};
use server::timetable::Timetable;
use tokio::sync::mpsc;

use crate::BLOCK;

/// Bytes an inbox holds.
const INBOX_BYTES: usize = 256 << 10;

/// The log of the flow.
pub(crate) struct Blocks {
    /// What comes before the part that is timed: the opening, and the orders that fill the books.
    pub(crate) before: Vec<Block>,
    pub(crate) timed: Vec<Block>,
    /// In the part that is timed.
    pub(crate) commands: u64,
}

/// Sequences the flow, and gives nanoseconds a command beside the log that came of it.
///
/// What the shards do to a block is done in between and not timed; taking its outcomes home is.
pub(crate) fn sequencer_alone(flow: &Workload) -> anyhow::Result<(f64, Blocks)> {
    let mut entrance = Entrance::open(flow.shape.symbols)?;
    let mut blocks = Blocks { before: Vec::new(), timed: Vec::new(), commands: 0 };
    blocks.before.push(entrance.next_block()?.1);
    // With everything applied the ports open.
    entrance.sequencer.do_work()?;
    for operations in flow.fill.chunks(BLOCK) {
        entrance.ask(operations)?;
        blocks.before.push(entrance.next_block()?.1);
    }
    let mut took = Duration::ZERO;
    for operations in flow.operations.chunks(BLOCK) {
        entrance.ask(operations)?;
        let (sequencing, block) = entrance.next_block()?;
        took += sequencing;
        blocks.commands += u64::from(block.count());
        blocks.timed.push(block);
    }
    // Ports have their turns, so some orders have traded when their cancel comes: that is ignored.
    let (asked, logged) = (flow.operations.len() as u64, blocks.commands);
    ensure!(asked - asked / 100 <= logged, "{logged} of {asked} requests were logged");
    Ok((took.as_secs_f64() * 1e9 / blocks.commands as f64, blocks))
}

/// A sequencer with what is around it: the ports' queues before, a shard behind.
struct Entrance {
    sequencer: Sequencer,
    inboxes: Vec<Arc<Inbox>>,
    output: Receiver<Arc<CommandBlock>>,
    told: Position,
    filed: Position,
    shard: Shard,
    batch: MessageBatch,
    request: Vec<u8>,
}

impl Entrance {
    fn open(symbols: u16) -> anyhow::Result<Self> {
        let bell = Bell::default();
        let (sender, output) = link(1, &bell, &bell);
        let (told, filed) = (Position::new(0), Position::new(0));
        let journal = JournalEnd {
            blocks: Pool::new(8, || CommandBlock::new(1)),
            sender,
            load: Load::new(usize::MAX, &bell),
            shards: Vec::new(),
            told: told.clone(),
            filed: filed.clone(),
            pace: Pace::Overlapping,
        };
        let log = Log::new(market::opening(symbols), 1, Clock::still(OPENING_NS), journal);
        let inboxes: Vec<_> = (0..PORTS).map(|_| Arc::new(Inbox::new(INBOX_BYTES))).collect();
        let ports = (0..PORTS).map(PortId).zip(inboxes.iter().cloned()).collect();
        let signals = Signals {
            acts: mpsc::channel(1).1,
            gateway: Arc::new(OnceLock::new()),
            out_of_space: Arc::new(AtomicBool::new(false)),
            stop: Arc::new(AtomicBool::new(false)),
            timetable: Timetable::default(),
            settled: mpsc::channel(1).0,
            published: Arc::default(),
        };
        let (admission, metrics) = (Admission::default(), Arc::new(Metrics::default()));
        let an_hour_ms = 3_600_000;
        let mut sequencer = Sequencer::new(admission, log, ports, signals, an_hour_ms, metrics);
        sequencer.do_work()?;
        Ok(Self {
            sequencer,
            inboxes,
            output,
            told,
            filed,
            shard: Shard::new(0, 1),
            batch: MessageBatch::default(),
            request: Vec::new(),
        })
    }

    /// Puts the requests of some operations into the ports' queues.
    fn ask(&mut self, operations: &[Operation]) -> anyhow::Result<()> {
        for operation in operations {
            self.request.clear();
            market::request(operation, &mut self.request);
            let PortId(port) = market::key(operation.id).port;
            let is_taken = self.inboxes[usize::from(port)].push(Item::Message(&self.request));
            ensure!(is_taken, "a port has more outstanding than its queue holds");
        }
        Ok(())
    }

    /// Lets the sequencer work on what waits, and a shard on the block that comes of it.
    fn next_block(&mut self) -> anyhow::Result<(Duration, Block)> {
        let began = Instant::now();
        self.sequencer.do_work()?;
        let took = began.elapsed();
        let block = self.output.take().context("a round gives a block")?;
        block.with_outcomes(0, |outcomes| {
            apply(&mut self.shard, &block.block, &mut self.batch, outcomes);
        });
        self.told.publish(block.block.last_sequence());
        self.filed.publish(block.block.last_sequence());
        Ok((took, block.block.clone()))
    }
}

/// Writes the log to a journal, and gives nanoseconds a command.
pub(crate) fn journal_alone(blocks: &Blocks, durability: Durability) -> anyhow::Result<f64> {
    let folder = tempfile::tempdir().context("making a folder for the journal")?;
    let options =
        JournalOptions { durability, ..JournalOptions::new(folder.path().join("journal")) };
    let mut writer = journal::create(&options, LogId([7; 16]))?;
    for block in &blocks.before {
        writer.append(block)?;
    }
    let began = Instant::now();
    for block in &blocks.timed {
        writer.append(block)?;
    }
    Ok(began.elapsed().as_secs_f64() * 1e9 / blocks.commands as f64)
}
