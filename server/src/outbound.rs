//! Outbound: behind the sessions, what the shards said goes into the outbound log and out on the feed.
//!
//! Nothing of this keeps a session from its answer. Where one thread does everything, it does this too while there is
//! little, after the sessions had their turn; when there is much, a thread of its own does it beside them.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use engine::outbox::{Outbox, Target, merge};
use tokio::sync::watch;

use crate::batch::MessageBatch;
use crate::link::{self, Bell, Position};
use crate::market_data::Publisher;
use crate::stages::Stage;
use crate::store::LogWriter;

/// Blocks that may wait.
const BLOCKS: usize = 2;
/// For fewer bytes of frames the work costs less than to wake a thread for it.
const MUCH: usize = 16 << 10;

/// What a block says, by shard, and its bytes.
struct Said {
    batches: Vec<Arc<MessageBatch>>,
    bytes: usize,
}

/// The end of egress.
pub struct Sender {
    link: link::Sender<Said>,
    waiting: Arc<Waiting>,
}

/// How much waits, and who is woken for it.
struct Waiting {
    bytes: AtomicUsize,
    /// From so many bytes on, the stage's own thread is woken; less is left to whoever passes by.
    much: usize,
    bell: Bell,
}

impl Waiting {
    fn is_much(&self) -> bool {
        self.much <= self.bytes.load(Ordering::Acquire)
    }
}

impl Sender {
    /// Tells whether a block can be put.
    pub fn has_room(&self) -> bool {
        self.link.has_room()
    }

    /// Puts what a block says, by shard, in so many bytes.
    pub fn put(&self, batches: Vec<Arc<MessageBatch>>, bytes: usize) {
        self.waiting.bytes.fetch_add(bytes, Ordering::AcqRel);
        self.link.put(Said { batches, bytes });
        if self.waiting.is_much() {
            self.waiting.bell.notify_one();
        }
    }
}

/// The stage, for whichever thread takes it.
#[derive(Clone)]
pub struct Outbound {
    desk: Arc<Mutex<Desk>>,
    waiting: Arc<Waiting>,
}

/// The work itself, done by one thread at a time.
struct Desk {
    input: link::Receiver<Said>,
    log: LogWriter,
    publisher: Publisher,
    /// The last sequence that is in the outbound log and on the feed.
    filed: Position,
    /// Told when the last message of the day is out.
    day_ended: watch::Sender<bool>,
    /// What several shards say to one stream, put together.
    scratch: Vec<u8>,
    started: Instant,
}

impl Outbound {
    /// Builds the stage and the end for egress. `bell` is the one of the stage's own thread, which is woken for all
    /// there is, or with `leaves_little` only for much.
    pub fn new(
        (log, publisher): (LogWriter, Publisher),
        (filed, day_ended): (Position, watch::Sender<bool>),
        egress: &Bell,
        bell: &Bell,
        leaves_little: bool,
    ) -> (Sender, Self) {
        let (link, input) = link::link(BLOCKS, egress, egress);
        let much = if leaves_little { MUCH } else { 0 };
        let bell = Arc::clone(bell);
        let waiting = Arc::new(Waiting { bytes: AtomicUsize::new(0), much, bell });
        let (scratch, started) = (Vec::new(), Instant::now());
        let desk = Desk { input, log, publisher, filed, day_ended, scratch, started };
        let sender = Sender { link, waiting: Arc::clone(&waiting) };
        (sender, Self { desk: Arc::new(Mutex::new(desk)), waiting })
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        // A thread that panics takes the process with it.
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stage for Outbound {
    fn do_work(&mut self) -> io::Result<usize> {
        self.desk().work(&self.waiting.bytes)
    }

    fn close(self: Box<Self>) -> io::Result<()> {
        self.desk().log.sync()
    }
}

/// The stage on a thread that has better things to do: it takes what is little, and leaves the rest to the other thread.
pub struct Little(pub Outbound);

impl Stage for Little {
    fn do_work(&mut self) -> io::Result<usize> {
        let Self(outbound) = self;
        if outbound.waiting.is_much() {
            return Ok(0);
        }
        match outbound.desk.try_lock() {
            Ok(mut desk) => desk.work(&outbound.waiting.bytes),
            // The other thread is at it.
            Err(_) => Ok(0),
        }
    }
}

impl Desk {
    /// Does what there is; returns how many blocks.
    fn work(&mut self, waiting_bytes: &AtomicUsize) -> io::Result<usize> {
        let mut blocks = 0;
        while self.publisher.has_room()
            && let Some(said) = self.input.take()
        {
            self.send_out(&said.batches)?;
            waiting_bytes.fetch_sub(said.bytes, Ordering::AcqRel);
            drop(said);
            // The shards can have their batches back.
            self.input.producer().notify_one();
            blocks += 1;
        }
        self.publisher.flush();
        self.publisher.poll(u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX));
        Ok(blocks)
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
        if batches[0].day_ended {
            self.publisher.end_session();
            self.day_ended.send_replace(true);
        }
        Ok(())
    }
}
