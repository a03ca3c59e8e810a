//! Replay: a day's log through admission and shards, and what they say compared with the outbound log.
//!
//! Each shard has a thread, as it may have when the venue runs. They are ahead by a few stretches of blocks: while they
//! apply one, what came of the one before is folded into admission and compared.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, Scope, ScopedJoinHandle};

use anyhow::{Context, Result, bail};
use engine::admission::Admission;
use engine::command::{Command, RULE_VERSION};
use engine::event::{CrossRecord, Outcome};
use engine::outbox::{Outbox, merge};
use engine::record;
use engine::shard::Shard;

use crate::batch::MessageBatch;
use crate::day::Definitions;
use crate::journal::{self, Block};
use crate::stages::apply;
use crate::store::StoreWriter;

/// Stretches that are under way.
const STRETCHES: usize = 3;

/// Records from which on a stretch is long enough that handing it to another thread costs little.
const LONG: u32 = 512;

/// Blocks of a stretch, at most.
const MOST_BLOCKS: usize = 64;

/// All that the log is replayed into, except the shards.
pub(crate) struct Replay {
    pub(crate) admission: Admission,
    pub(crate) definitions: Definitions,
    pub(crate) store_writer: StoreWriter,
    pub(crate) next_sequence: u64,
    pub(crate) last_time_ns: u64,
    /// The latest last.
    pub(crate) crosses: Vec<CrossRecord>,
    /// What several shards say to one stream, put together.
    scratch: Vec<u8>,
}

impl Replay {
    /// Stands before the first block.
    pub(crate) fn new(store_writer: StoreWriter) -> Self {
        Self {
            admission: Admission::default(),
            definitions: Definitions::default(),
            store_writer,
            next_sequence: 1,
            last_time_ns: 0,
            crosses: Vec::new(),
            scratch: Vec::new(),
        }
    }

    /// Replays the log to its end; gives the shards as they are then.
    ///
    /// # Errors
    ///
    /// Damage in the journal, a log of another rule version, or an outbound log that cannot be read or written.
    pub(crate) fn run(
        &mut self,
        recovery: &mut journal::Recovery,
        shards: Vec<Shard>,
        mut report: impl FnMut(u64),
    ) -> Result<Vec<Shard>> {
        thread::scope(|scope| {
            let mut workers: Vec<Worker<'_>> = shards
                .into_iter()
                .map(|shard| Worker::start(scope, shard))
                .collect::<io::Result<_>>()
                .context("starting a thread for a shard")?;
            let mut home: Vec<Stretch> = (0..STRETCHES).map(|_| Stretch::default()).collect();
            let mut under_way = VecDeque::with_capacity(STRETCHES);
            loop {
                if let Some(mut stretch) = home.pop() {
                    stretch.read(recovery)?;
                    if !stretch.blocks().is_empty() {
                        let stretch = Arc::new(stretch);
                        workers.iter_mut().for_each(|worker| worker.give(&stretch));
                        under_way.push_back(stretch);
                        continue;
                    }
                }
                let Some(stretch) = under_way.pop_front() else { break };
                let made: Vec<Vec<Made>> = workers.iter().map(Worker::take).collect();
                self.take_in(&stretch, &made)?;
                report(self.next_sequence - 1);
                workers.iter_mut().zip(made).for_each(|(worker, made)| worker.spare.push(made));
                home.push(Arc::into_inner(stretch).expect("every shard has let go of it"));
            }
            Ok(workers.into_iter().map(Worker::end).collect())
        })
    }

    /// Folds blocks and what the shards made of them into admission, and compares what they say with the outbound log.
    fn take_in(&mut self, stretch: &Stretch, made: &[Vec<Made>]) -> Result<()> {
        for (place, block) in stretch.blocks().iter().enumerate() {
            for (sequence, bytes) in (block.first_sequence()..).zip(block.records()) {
                let (delta_ns, command) = record::decode(bytes).expect("it was checked when read");
                self.definitions.learn(&command);
                self.last_time_ns = block.time_ns() + u64::from(delta_ns);
                self.admission.logged(sequence, self.last_time_ns, &command);
            }
            let made = || made.iter().map(|made| &made[place]);
            let outcomes = made().flat_map(|made| &made.outcomes);
            outcomes.for_each(|outcome| self.admission.outcome(outcome));
            self.crosses.extend(made().flat_map(|made| &made.batch.crosses));
            self.admission.applied(block.last_sequence());
            self.next_sequence = block.last_sequence() + 1;
            let outboxes: Vec<&Outbox> = made().map(|made| &made.batch.outbox).collect();
            let runs = merge(&outboxes, &mut self.scratch);
            let compared = self.store_writer.commit(block.last_sequence(), &runs);
            compared.context("comparing the outbound log")?;
        }
        Ok(())
    }
}

/// Blocks that follow each other; used again, as they are.
#[derive(Default)]
struct Stretch {
    blocks: Vec<Block>,
    /// Of these, the first so many count.
    count: usize,
}

impl Stretch {
    fn blocks(&self) -> &[Block] {
        &self.blocks[..self.count]
    }

    /// Reads the next blocks of the log, none at its end, and checks that this program can replay them.
    fn read(&mut self, recovery: &mut journal::Recovery) -> Result<()> {
        let mut records = 0;
        self.count = 0;
        while records < LONG && self.count < MOST_BLOCKS {
            if self.count == self.blocks.len() {
                self.blocks.push(Block::new());
            }
            let block = &mut self.blocks[self.count];
            if !recovery.next_block(block)? {
                break;
            }
            check(block)?;
            records += block.count();
            self.count += 1;
        }
        Ok(())
    }
}

/// Checks that the records of a block are commands of the rules that this program has.
fn check(block: &Block) -> Result<()> {
    for (sequence, bytes) in (block.first_sequence()..).zip(block.records()) {
        let (_, command) =
            record::decode(bytes).with_context(|| format!("record {sequence} of the journal"))?;
        if let Command::DayOpened(day) = &command
            && day.rule_version != RULE_VERSION
        {
            bail!(
                "the day {} was opened under rule version {}, this program has {RULE_VERSION}: end the day with the program that began it",
                String::from_utf8_lossy(&day.session),
                day.rule_version
            );
        }
    }
    Ok(())
}

/// What a shard made of a block.
#[derive(Default)]
struct Made {
    batch: MessageBatch,
    outcomes: Vec<Outcome>,
}

/// A shard on its thread.
struct Worker<'scope> {
    stretches: SyncSender<(Arc<Stretch>, Vec<Made>)>,
    made: Receiver<Vec<Made>>,
    /// To be used again.
    spare: Vec<Vec<Made>>,
    thread: ScopedJoinHandle<'scope, Shard>,
}

impl<'scope> Worker<'scope> {
    fn start(scope: &'scope Scope<'scope, '_>, mut shard: Shard) -> io::Result<Self> {
        let (stretches, given) = sync_channel::<(Arc<Stretch>, Vec<Made>)>(STRETCHES);
        let (finished, made) = sync_channel(STRETCHES);
        let work = move || {
            while let Ok((stretch, mut made)) = given.recv() {
                if made.len() < stretch.count {
                    made.resize_with(stretch.count, Made::default);
                }
                for (block, made) in stretch.blocks().iter().zip(&mut made) {
                    made.outcomes.clear();
                    apply(&mut shard, block, &mut made.batch, &mut made.outcomes);
                }
                // Whoever takes what was made is then the only one that holds the stretch.
                drop(stretch);
                if finished.send(made).is_err() {
                    break;
                }
            }
            shard
        };
        let thread = thread::Builder::new().name("replay".into()).spawn_scoped(scope, work)?;
        Ok(Self { stretches, made, spare: Vec::new(), thread })
    }

    fn give(&mut self, stretch: &Arc<Stretch>) {
        let made = self.spare.pop().unwrap_or_default();
        self.stretches.send((Arc::clone(stretch), made)).expect("a shard works to the end");
    }

    /// Waits for what was made of the stretch that was given first.
    fn take(&self) -> Vec<Made> {
        self.made.recv().expect("a shard works to the end")
    }

    fn end(self) -> Shard {
        drop(self.stretches);
        self.thread.join().expect("a shard works to the end")
    }
}
