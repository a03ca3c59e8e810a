//! Stages: journal, shards, egress; the sequencer has a file of its own.
//!
//! A stage takes what is there, works, passes it on and never blocks; without room it does nothing. Only the
//! journal's thread sleeps in a system call, the sync.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use engine::command::{Command, Sequenced};
use engine::event::Outcome;
use engine::outbox::{Outbox, Target, merge};
use engine::record;
use engine::shard::Shard;
use protocol::enums::EventCode;
use protocol::ouch::{RejectReason, outbound};
use tokio::sync::watch;

use crate::batch::{CommandBlock, MessageBatch, Pool};
use crate::journal::{Block, Writer};
use crate::link::{Position, Receiver, Sender};
use crate::market_data::Publisher;
use crate::metrics::Metrics;
use crate::store::StoreWriter;

/// Part of the venue that is driven in rounds.
pub trait Stage {
    /// Does what can be done now; returns how many batches or commands that was.
    ///
    /// # Errors
    ///
    /// When the venue cannot go on: a file that must be written was not.
    fn do_work(&mut self) -> io::Result<usize>;

    /// Ends the stage: what it wrote is on disk afterwards.
    ///
    /// # Errors
    ///
    /// When a file cannot be synced.
    fn close(self: Box<Self>) -> io::Result<()> {
        Ok(())
    }
}

/// Writes blocks to the journal; they are committed when it passes them on.
pub struct JournalStage {
    writer: Writer,
    input: Receiver<Arc<CommandBlock>>,
    shards: Vec<Sender<Arc<CommandBlock>>>,
    metrics: Arc<Metrics>,
}

impl JournalStage {
    /// Builds the stage over an open journal.
    pub fn new(
        writer: Writer,
        input: Receiver<Arc<CommandBlock>>,
        shards: Vec<Sender<Arc<CommandBlock>>>,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self { writer, input, shards, metrics }
    }
}

impl Stage for JournalStage {
    fn do_work(&mut self) -> io::Result<usize> {
        if !self.shards.iter().all(Sender::has_room) {
            return Ok(0);
        }
        let Some(block) = self.input.take() else {
            return Ok(0);
        };
        let took = self.writer.append(&block.block)?;
        self.metrics.journal_fsync.observe(took);
        self.metrics
            .journal_bytes
            .add(u64::try_from(block.block.payload_len()).unwrap_or(u64::MAX));
        self.metrics.committed_sequence.set(block.block.last_sequence());
        for shard in &self.shards {
            shard.put(Arc::clone(&block));
        }
        Ok(1)
    }

    fn close(self: Box<Self>) -> io::Result<()> {
        self.writer.close()
    }
}

/// Applies committed blocks to the instruments of one shard.
pub struct ShardStage {
    number: u16,
    shard: Shard,
    input: Receiver<Arc<CommandBlock>>,
    output: Sender<Arc<MessageBatch>>,
    batches: Pool<MessageBatch>,
    /// Rung when a block was let go of, so that the sequencer brings it home.
    sequencer: crate::link::Bell,
}

impl ShardStage {
    /// Builds the stage over a shard that has replayed the log.
    pub fn new(
        number: u16,
        shard: Shard,
        input: Receiver<Arc<CommandBlock>>,
        output: Sender<Arc<MessageBatch>>,
        batches: usize,
        sequencer: crate::link::Bell,
    ) -> Self {
        Self {
            number,
            shard,
            input,
            output,
            batches: Pool::new(batches, MessageBatch::default),
            sequencer,
        }
    }
}

impl Stage for ShardStage {
    fn do_work(&mut self) -> io::Result<usize> {
        while self.batches.bring_home(|_| {}) {}
        if !self.output.has_room() || self.input.is_empty() {
            return Ok(0);
        }
        let Some(mut batch) = self.batches.take() else {
            return Ok(0);
        };
        let block = self.input.take().expect("only this stage takes from its link");
        let messages = Arc::get_mut(&mut batch).expect("a batch at home has one holder");
        block.with_outcomes(self.number, |outcomes| {
            apply(&mut self.shard, &block.block, messages, outcomes);
        });
        drop(block);
        self.sequencer.notify_one();
        self.batches.sent(&batch);
        self.output.put(batch);
        Ok(1)
    }
}

/// Applies a block's commands to a shard; live and in replay the same.
pub fn apply(
    shard: &mut Shard,
    block: &Block,
    batch: &mut MessageBatch,
    outcomes: &mut Vec<Outcome>,
) {
    batch.outbox.clear();
    batch.last_sequence = block.last_sequence();
    batch.day_ended = false;
    for (sequence, bytes) in (block.first_sequence()..).zip(block.records()) {
        let (delta_ns, command) = record::decode(bytes).expect("the sequencer wrote the record");
        let time_ns = block.time_ns() + u64::from(delta_ns);
        batch.day_ended |= command == Command::SystemEvent { code: EventCode::EndOfMessages };
        shard.apply(&Sequenced { sequence, time_ns, command }, &mut batch.outbox, outcomes);
    }
}

/// Puts the shards' messages into one order, numbers them and tells the world.
pub struct Egress {
    inputs: Vec<Receiver<Arc<MessageBatch>>>,
    store: StoreWriter,
    publisher: Publisher,
    metrics: Arc<Metrics>,
    /// The last sequence whose messages are out.
    told: Position,
    /// Told when the last message of the day is out.
    day_ended: watch::Sender<bool>,
    /// What several shards say to one stream, put together.
    scratch: Vec<u8>,
    started: Instant,
}

impl Egress {
    /// Builds the stage; `inputs` by shard.
    pub fn new(
        inputs: Vec<Receiver<Arc<MessageBatch>>>,
        store: StoreWriter,
        publisher: Publisher,
        day_ended: watch::Sender<bool>,
        told: Position,
        metrics: Arc<Metrics>,
    ) -> Self {
        let (scratch, started) = (Vec::new(), Instant::now());
        Self { inputs, store, publisher, metrics, told, day_ended, scratch, started }
    }

    fn send_out(&mut self, batches: &[Arc<MessageBatch>]) -> io::Result<()> {
        let last_sequence = batches[0].last_sequence;
        assert!(
            batches.iter().all(|batch| batch.last_sequence == last_sequence),
            "every shard passes on every block"
        );
        let outboxes: Vec<&Outbox> = batches.iter().map(|batch| &batch.outbox).collect();
        let runs = merge(&outboxes, &mut self.scratch);
        self.store.commit(last_sequence, &runs)?;
        let mut tally = Tally::default();
        for run in &runs {
            match run.target {
                Target::Port(_) => run.messages().for_each(|message| tally.port(message)),
                Target::Feed => {
                    tally.feed_sequence = self.store.count(Target::Feed);
                    self.publisher.push(tally.feed_sequence - u64::from(run.count) + 1, run.frames);
                }
                Target::Trade => tally.trades += u64::from(run.count),
            }
        }
        tally.publish(&self.metrics);
        self.metrics.applied_sequence.set(last_sequence);
        self.told.publish(last_sequence);
        if batches[0].day_ended {
            self.publisher.end_session();
            self.day_ended.send_replace(true);
        }
        Ok(())
    }
}

impl Stage for Egress {
    fn do_work(&mut self) -> io::Result<usize> {
        let mut blocks = 0;
        while self.publisher.has_room() && self.inputs.iter().all(|input| !input.is_empty()) {
            let batches: Vec<_> =
                self.inputs.iter().map(|input| input.take().expect("it was not empty")).collect();
            self.send_out(&batches)?;
            drop(batches);
            for input in &self.inputs {
                input.producer().notify_one();
            }
            blocks += 1;
        }
        self.publisher.flush();
        self.publisher.poll(u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX));
        Ok(blocks)
    }

    fn close(self: Box<Self>) -> io::Result<()> {
        self.store.sync()
    }
}

/// What one block brought, counted once.
#[derive(Default)]
struct Tally {
    messages: u64,
    acknowledgements: u64,
    rejects: Vec<RejectReason>,
    trades: u64,
    feed_sequence: u64,
}

impl Tally {
    fn port(&mut self, message: &[u8]) {
        self.messages += 1;
        match message[0] {
            outbound::OrderAccepted::TYPE | outbound::OrderReplaced::TYPE => {
                self.acknowledgements += 1
            }
            outbound::Rejected::TYPE => {
                let reason = u16::from_be_bytes([message[13], message[14]]);
                self.rejects
                    .push(RejectReason::try_from(reason).expect("the engine knows its reasons"));
            }
            _ => {}
        }
    }

    fn publish(&self, metrics: &Metrics) {
        metrics.outbound_messages.add(self.messages);
        metrics.acknowledgements.add(self.acknowledgements);
        metrics.trades.add(self.trades);
        for reason in &self.rejects {
            metrics.rejects.add(*reason, 1);
        }
        if 0 < self.feed_sequence {
            metrics.feed_sequence.set(self.feed_sequence);
        }
    }
}
