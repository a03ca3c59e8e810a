//! Outbound: behind the sessions, what the shards said goes into the outbound log and out on the feed.
//!
//! Nothing of this keeps a session from its answer.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use engine::outbox::{Outbox, Target, merge};
use tokio::sync::watch;

use crate::batch::MessageBatch;
use crate::link::{self, Bell, Position};
use crate::market_data::Publisher;
use crate::metrics::{Metrics, Tally};
use crate::sharing::Load;
use crate::stages::Stage;
use crate::store::LogWriter;

/// What a block says, by shard, and its bytes.
pub struct Said {
    batches: Vec<Arc<MessageBatch>>,
    bytes: usize,
}

/// The end of egress.
pub struct Sender {
    pub link: link::Sender<Said>,
    pub load: Load,
}

impl Sender {
    /// Tells whether a block can be put.
    pub fn has_room(&self) -> bool {
        self.link.has_room()
    }

    /// Puts what a block says, by shard, in so many bytes.
    pub fn put(&self, batches: Vec<Arc<MessageBatch>>, bytes: usize) {
        self.link.put(Said { batches, bytes });
        self.load.add(bytes);
    }
}

/// The stage.
pub struct Outbound {
    input: link::Receiver<Said>,
    load: Load,
    /// Rung when the shards can have their batches back.
    shards: Vec<Bell>,
    log: LogWriter,
    publisher: Publisher,
    /// The last sequence that is in the outbound log and on the feed.
    filed: Position,
    /// Told when the last message of the day is out.
    day_ended: watch::Sender<bool>,
    metrics: Arc<Metrics>,
    /// What several shards say to one stream, put together.
    scratch: Vec<u8>,
    started: Instant,
}

impl Outbound {
    /// Builds the stage behind egress.
    pub fn new(
        (input, load, shards): (link::Receiver<Said>, Load, Vec<Bell>),
        (log, publisher): (LogWriter, Publisher),
        (filed, day_ended, metrics): (Position, watch::Sender<bool>, Arc<Metrics>),
    ) -> Self {
        let (scratch, started) = (Vec::new(), Instant::now());
        Self { input, load, shards, log, publisher, filed, day_ended, metrics, scratch, started }
    }

    fn send_out(&mut self, batches: &[Arc<MessageBatch>]) -> io::Result<()> {
        let last_sequence = batches[0].last_sequence;
        let outboxes: Vec<&Outbox> = batches.iter().map(|batch| &batch.outbox).collect();
        let runs = merge(&outboxes, &mut self.scratch);
        for run in runs.iter().filter(|run| run.target == Target::Feed) {
            self.publisher.push(self.log.next_number(Target::Feed), run.frames);
        }
        self.publisher.flush();
        self.log.commit(last_sequence, &runs)?;
        self.filed.publish(last_sequence);
        let mut tally = Tally::default();
        runs.iter().for_each(|run| tally.run(run));
        tally.publish(&self.metrics, self.log.next_number(Target::Feed) - 1);
        if batches[0].day_ended {
            self.publisher.end_session();
            self.day_ended.send_replace(true);
        }
        Ok(())
    }
}

impl Stage for Outbound {
    fn do_work(&mut self) -> io::Result<usize> {
        let mut blocks = 0;
        while self.publisher.has_room()
            && let Some(said) = self.input.take()
        {
            self.send_out(&said.batches)?;
            self.load.done(said.bytes);
            drop(said);
            self.shards.iter().for_each(|bell| bell.notify_one());
            blocks += 1;
        }
        self.publisher.flush();
        self.publisher.poll(u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX));
        Ok(blocks)
    }

    fn close(self: Box<Self>) -> io::Result<()> {
        self.log.sync()
    }
}
