//! Stages: journal, shards, egress; the sequencer and what is behind egress have files of their own.
//!
//! A stage takes what is there, works, passes it on and never blocks; without room it does nothing. Only the
//! journal's thread sleeps in a system call, the sync.

use std::io;
use std::sync::Arc;

use engine::command::{Command, Sequenced};
use engine::event::Outcome;
use engine::matcher::AHEAD;
use engine::outbox::{Outbox, merge};
use engine::record;
use engine::shard::Shard;
use protocol::enums::EventCode;

use crate::admin::Published;
use crate::batch::{CommandBlock, MessageBatch, Pool};
use crate::journal::{Block, Writer};
use crate::link::{Bell, Position, Receiver, Sender};
use crate::metrics::Metrics;
use crate::outbound;
use crate::sharing::Load;
use crate::store::StreamWriter;

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

/// Writes blocks to the journal and says when they are committed.
pub struct JournalStage {
    writer: Writer,
    input: Receiver<Arc<CommandBlock>>,
    load: Load,
    /// The last sequence that is committed.
    committed: Position,
    /// Rung when more is committed.
    egress: Bell,
    metrics: Arc<Metrics>,
}

impl JournalStage {
    /// Builds the stage over an open journal.
    pub fn new(
        writer: Writer,
        (input, load): (Receiver<Arc<CommandBlock>>, Load),
        (committed, egress): (Position, Bell),
        metrics: Arc<Metrics>,
    ) -> Self {
        Self { writer, input, load, committed, egress, metrics }
    }
}

impl Stage for JournalStage {
    fn do_work(&mut self) -> io::Result<usize> {
        let Some(block) = self.input.take() else {
            return Ok(0);
        };
        let took = self.writer.append(&block.block)?;
        self.metrics.journal_fsync.observe(took);
        let bytes = block.block.payload_len();
        self.load.done(bytes);
        self.metrics.journal_bytes.add(u64::try_from(bytes).unwrap_or(u64::MAX));
        let last_sequence = block.block.last_sequence();
        self.metrics.committed_sequence.set(last_sequence);
        self.committed.publish(last_sequence);
        self.egress.notify_one();
        Ok(1)
    }

    fn close(self: Box<Self>) -> io::Result<()> {
        self.writer.close()
    }
}

/// Applies blocks to the instruments of one shard, while they are being committed.
pub struct ShardStage {
    number: u16,
    shard: Shard,
    input: Receiver<Arc<CommandBlock>>,
    output: Sender<Arc<MessageBatch>>,
    batches: Pool<MessageBatch>,
    /// Rung when a block was let go of, so that the sequencer brings it home.
    sequencer: Bell,
}

impl ShardStage {
    /// Builds the stage over a shard that has replayed the log.
    pub fn new(
        number: u16,
        shard: Shard,
        (input, output): (Receiver<Arc<CommandBlock>>, Sender<Arc<MessageBatch>>),
        batches: usize,
        sequencer: Bell,
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
    batch.crosses.clear();
    batch.last_sequence = block.last_sequence();
    batch.day_ended = false;
    let mut group = Vec::with_capacity(AHEAD);
    for (sequence, bytes) in (block.first_sequence()..).zip(block.records()) {
        let (delta_ns, command) = record::decode(bytes).expect("the sequencer wrote the record");
        let time_ns = block.time_ns() + u64::from(delta_ns);
        batch.day_ended |= command == Command::SystemEvent { code: EventCode::EndOfMessages };
        group.push(Sequenced { sequence, time_ns, command });
        if group.len() == AHEAD {
            shard.apply_all(&group, &mut batch.outbox, outcomes);
            group.clear();
        }
    }
    shard.apply_all(&group, &mut batch.outbox, outcomes);
    batch.crosses.extend(shard.take_crosses());
}

/// Puts the shards' messages into one order and before the sessions, once the block that they came of is committed;
/// what is left to do goes to [`Outbound`].
pub struct Egress {
    inputs: Vec<Receiver<Arc<MessageBatch>>>,
    /// The last sequence that is committed: nothing that came of a later one may be told.
    committed: Position,
    streams: StreamWriter,
    outbound: outbound::Sender,
    published: Arc<Published>,
    /// The last sequence whose messages the sessions can send.
    told: Position,
    /// What several shards say to one stream, put together.
    scratch: Vec<u8>,
}

impl Egress {
    /// Builds the stage; `inputs` by shard.
    pub fn new(
        (inputs, committed): (Vec<Receiver<Arc<MessageBatch>>>, Position),
        streams: StreamWriter,
        outbound: outbound::Sender,
        told: Position,
        published: Arc<Published>,
    ) -> Self {
        let scratch = Vec::new();
        Self { inputs, committed, streams, outbound, published, told, scratch }
    }

    /// Tells whether every shard has applied the next block, and the journal has committed it.
    fn is_next(&self) -> bool {
        let committed = self.committed.sequence();
        self.inputs.iter().all(|input| input.is_next(|batch| batch.last_sequence <= committed))
    }

    fn send_out(&mut self, batches: Vec<Arc<MessageBatch>>) {
        let last_sequence = batches[0].last_sequence;
        assert!(
            batches.iter().all(|batch| batch.last_sequence == last_sequence),
            "every shard passes on every block"
        );
        let held = batches.iter().flat_map(|batch| &batch.crosses);
        held.for_each(|cross| self.published.crosses.note(*cross));
        let outboxes: Vec<&Outbox> = batches.iter().map(|batch| &batch.outbox).collect();
        let runs = merge(&outboxes, &mut self.scratch);
        self.streams.publish(&runs);
        let bytes = runs.iter().map(|run| run.frames.len()).sum();
        self.published.metrics.applied_sequence.set(last_sequence);
        self.told.publish(last_sequence);
        self.outbound.put(batches, bytes);
    }
}

impl Stage for Egress {
    fn do_work(&mut self) -> io::Result<usize> {
        let mut blocks = 0;
        while self.outbound.has_room() && self.is_next() {
            let batches =
                self.inputs.iter().map(|input| input.take().expect("each has one")).collect();
            self.send_out(batches);
            blocks += 1;
        }
        Ok(blocks)
    }
}
