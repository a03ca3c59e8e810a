//! The pipeline: every stage, link, bell and thread of the order path, wired in one place.
//!
//! `shared`: one hot thread runs everything to completion, but when there is much of it, the journal's sync is slept out
//! by another thread, and outbound log and feed are written by a third. `dedicated`: a thread for each stage. A stage does
//! not care which.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use engine::command::Command;
use engine::shard::Shard;
use tokio::sync::{oneshot, watch};
use tokio::task::LocalSet;

use crate::batch::{CommandBlock, MessageBatch, Pool};
use crate::clock::Clock;
use crate::config::{Config, Idle, ThreadLayout};
use crate::gateway::{Gateway, GatewayHandle, GatewayParts, Phase};
use crate::journal::Durability;
use crate::link::{Bell, Position, Receiver, Sender, link};
use crate::market_data::Publisher;
use crate::metrics::Metrics;
use crate::outbound::{self, Outbound};
use crate::recovery::Recovered;
use crate::sequencer::{JournalEnd, Log, Pace, Sequencer, Signals};
use crate::sharing::{Load, share};
use crate::stages::{Egress, JournalStage, ShardStage, Stage};
use crate::store::StoreWriter;

/// Blocks of commands there are: one in building, the others on their way through journal and shards.
const BLOCKS: usize = 8;
/// Batches of messages each shard has.
const BATCHES: usize = 4;
/// From so many bytes of a block on, a thread is woken to sync it; the sync of less is shorter than that is worth.
const MUCH_TO_SYNC: usize = 64 << 10;
/// From so many bytes of messages on, a thread is woken for outbound log and feed.
const MUCH_TO_SEND: usize = 16 << 10;
/// A stage looks at its links at least this often, whatever the bells say: time passes without them.
const ROUND: Duration = Duration::from_millis(20);
/// From this many cores on, `auto` gives each stage a thread of its own.
const CORES_TO_SPARE: usize = 6;

/// What the pipeline is built from.
pub struct Parts {
    pub recovered: Recovered,
    /// Logged and applied before the first port is read.
    pub venue_commands: Vec<Command<'static>>,
    pub clock: Clock,
    pub gateway: GatewayStart,
    pub publisher: Publisher,
    pub signals: Signals,
    pub day_ended: watch::Sender<bool>,
    pub metrics: Arc<Metrics>,
}

/// How the gateway is opened, on the thread that will serve it.
pub struct GatewayStart {
    pub parts: GatewayParts,
    pub phase: watch::Receiver<Phase>,
    /// Told where it listens, or why it cannot.
    pub opened: oneshot::Sender<io::Result<(SocketAddr, GatewayHandle)>>,
}

/// The running order path.
pub struct Pipeline {
    threads: Vec<JoinHandle<()>>,
    halt: Arc<AtomicBool>,
    bells: Vec<Bell>,
}

/// Stages that one thread runs.
struct Crew {
    name: String,
    stages: Vec<Box<dyn Stage + Send>>,
    bell: Bell,
    idle: Idle,
    gateway: Option<GatewayStart>,
}

impl Pipeline {
    /// Starts the threads; the sequencer begins with the start commands. `sequencer` is the bell that
    /// inboxes ring.
    ///
    /// # Errors
    ///
    /// When the kernel gives no thread.
    pub fn start(config: &Config, parts: Parts, sequencer: &Bell) -> io::Result<Self> {
        if is_dedicated(config.threads) {
            let (wiring, gateway) = Wiring::new(config, parts, sequencer, None);
            Self::start_crews(wiring.a_thread_each(gateway, config.idle))
        } else {
            let (wiring, gateway) = Wiring::new(config, parts, sequencer, Some(sequencer));
            Self::start_crews(wiring.one_hot_thread(gateway, config.journal.durability))
        }
    }

    fn start_crews(crews: Vec<Crew>) -> io::Result<Self> {
        let halt = Arc::new(AtomicBool::new(false));
        let bells = crews.iter().map(|crew| Arc::clone(&crew.bell)).collect();
        let threads = crews
            .into_iter()
            .map(|crew| {
                let halt = Arc::clone(&halt);
                thread::Builder::new().name(crew.name.clone()).spawn(move || crew.run(&halt))
            })
            .collect::<io::Result<Vec<_>>>()?;
        Ok(Self { threads, halt, bells })
    }

    /// Ends every stage after its last round, files synced; the sequencer has settled before.
    pub fn halt(self) {
        self.halt.store(true, Ordering::Release);
        self.bells.iter().for_each(|bell| bell.notify_one());
        for thread in self.threads {
            // A thread of the pipeline that panics takes the process with it.
            let _ = thread.join();
        }
    }
}

/// All stages with the links between them, before it is said which thread runs which.
struct Wiring {
    journal: Loaded<JournalStage>,
    sequencer: Sequencer,
    sequencer_bell: Bell,
    shards: Vec<(ShardStage, Bell)>,
    egress: Egress,
    egress_bell: Bell,
    outbound: Loaded<Outbound>,
}

/// Where a shard's blocks come from and its messages go, and its bell.
type ShardEnds = ((Receiver<Arc<CommandBlock>>, Sender<Arc<MessageBatch>>), Bell);

/// A stage with a thread of its own, at least for what is much.
struct Loaded<S> {
    stage: S,
    load: Load,
    bell: Bell,
}

impl Wiring {
    /// Builds and links the stages. Where a hot thread runs them, its bell is rung at every link, and journal and
    /// outbound have bells of their own for what is much.
    fn new(
        config: &Config,
        parts: Parts,
        sequencer_bell: &Bell,
        hot: Option<&Bell>,
    ) -> (Self, GatewayStart) {
        let bell = || hot.cloned().unwrap_or_default();
        let at_link = |own: &Bell| Arc::clone(hot.unwrap_or(own));
        let pace = if hot.is_some() { Pace::OneAtATime } else { Pace::Overlapping };
        let much = |bytes| if hot.is_some() { bytes } else { 0 };
        let Parts { recovered, venue_commands, clock, gateway, publisher, signals, .. } = parts;
        let (published, metrics) = (Arc::clone(&signals.published), parts.metrics);
        let (journal_bell, egress_bell, outbound_bell) = (Bell::default(), bell(), Bell::default());
        let shard_bells: Vec<Bell> = (0..config.shards).map(|_| bell()).collect();
        let journal_load = Load::new(much(MUCH_TO_SYNC), &journal_bell);
        let outbound_load = Load::new(much(MUCH_TO_SEND), &outbound_bell);
        let (to_journal, from_sequencer) = link(1, sequencer_bell, &at_link(&journal_bell));
        let (to_shards, from_log): (Vec<_>, Vec<_>) =
            shard_bells.iter().map(|shard| link(BLOCKS, sequencer_bell, shard)).unzip();
        let (to_egress, from_shards): (Vec<_>, Vec<_>) =
            shard_bells.iter().map(|shard| link(BATCHES, shard, &egress_bell)).unzip();

        let next_sequence = recovered.next_sequence;
        let committed = Position::new(next_sequence - 1);
        let journal = JournalStage::new(
            recovered.journal,
            (from_sequencer, journal_load.clone()),
            (committed.clone(), Arc::clone(&egress_bell)),
            Arc::clone(&metrics),
        );
        let journal_end = JournalEnd {
            blocks: Pool::new(BLOCKS, || CommandBlock::new(config.shards)),
            sender: to_journal,
            load: journal_load.clone(),
            shards: to_shards,
            told: Position::new(next_sequence - 1),
            filed: Position::new(next_sequence - 1),
            pace,
        };
        let (told, filed) = (journal_end.told.clone(), journal_end.filed.clone());
        let log = Log::new(venue_commands, next_sequence, clock, journal_end);
        let ports = gateway.parts.ports.iter().map(|port| (port.id, Arc::clone(&port.inbox)));
        let sequencer = Sequencer::new(
            recovered.admission,
            log,
            ports.collect(),
            signals,
            config.tick_ms,
            Arc::clone(&metrics),
        );
        let ends = from_log.into_iter().zip(to_egress).zip(shard_bells.clone());
        let shards = Self::shards(recovered.shards, ends, sequencer_bell);
        let StoreWriter { log, streams } = recovered.store_writer;
        let (to_outbound, from_egress) = link(BATCHES, &egress_bell, &at_link(&outbound_bell));
        let input = (from_egress, outbound_load.clone(), shard_bells);
        let reports = (filed, parts.day_ended, Arc::clone(&metrics));
        let outbound = Outbound::new(input, (log, publisher), reports);
        let to_outbound = outbound::Sender { link: to_outbound, load: outbound_load.clone() };
        let egress = Egress::new((from_shards, committed), streams, to_outbound, told, published);
        let wiring = Self {
            journal: Loaded { stage: journal, load: journal_load, bell: journal_bell },
            sequencer,
            sequencer_bell: Arc::clone(sequencer_bell),
            shards,
            egress,
            egress_bell,
            outbound: Loaded { stage: outbound, load: outbound_load, bell: outbound_bell },
        };
        (wiring, gateway)
    }

    /// Builds the stages of the shards, each with its bell; blocks that they let go of ring `home`.
    fn shards(
        shards: Vec<Shard>,
        ends: impl Iterator<Item = ShardEnds>,
        home: &Bell,
    ) -> Vec<(ShardStage, Bell)> {
        let built = (0..).zip(shards).zip(ends).map(|((number, shard), (ends, bell))| {
            (ShardStage::new(number, shard, ends, BATCHES, Arc::clone(home)), bell)
        });
        built.collect()
    }

    /// A thread for each stage; the gateway's sleeps in its sockets.
    fn a_thread_each(self, gateway: GatewayStart, idle: Idle) -> Vec<Crew> {
        let mut crews = vec![
            Crew::new("journal", self.journal.bell, Idle::Park).with(self.journal.stage),
            Crew { gateway: Some(gateway), ..Crew::new("gateway", Bell::default(), Idle::Park) },
            Crew::new("sequencer", self.sequencer_bell, idle).with(self.sequencer),
        ];
        for (shard, bell) in self.shards {
            crews.push(Crew::new("shard", bell, idle).with(shard));
        }
        crews.push(Crew::new("egress", self.egress_bell, idle).with(self.egress));
        let outbound = self.outbound;
        crews.push(Crew::new("outbound", outbound.bell, Idle::Park).with(outbound.stage));
        crews
    }

    /// One thread for everything but long syncs, and much of the outbound log and the feed.
    ///
    /// Where nothing is synced, nothing sleeps: then the journal is a stage of the hot thread alone.
    fn one_hot_thread(self, gateway: GatewayStart, durability: Durability) -> Vec<Crew> {
        let (outbound, little_outbound) = share(self.outbound.stage, self.outbound.load);
        let mut crews = vec![Crew::new("outbound", self.outbound.bell, Idle::Park).with(outbound)];
        let mut hot = Crew::new("hot", self.sequencer_bell, Idle::Park)
            .with(little_outbound)
            .with(self.sequencer);
        match durability {
            Durability::Os => hot = hot.with(self.journal.stage),
            Durability::Fsync => {
                let (journal, little_journal) = share(self.journal.stage, self.journal.load);
                crews.push(Crew::new("journal", self.journal.bell, Idle::Park).with(journal));
                hot = hot.with(little_journal);
            }
        }
        for (shard, _) in self.shards {
            hot = hot.with(shard);
        }
        hot = hot.with(self.egress);
        crews.push(Crew { gateway: Some(gateway), ..hot });
        crews
    }
}

/// Lets the sockets be looked at, and every session that was woken run, so that the next round hears all of them.
async fn give_sessions_a_turn() {
    tokio::task::yield_now().await;
    // A new task stands behind all that are woken.
    tokio::task::spawn_local(async {}).await.expect("a task without work ends");
}

fn is_dedicated(layout: ThreadLayout) -> bool {
    match layout {
        ThreadLayout::Dedicated => true,
        ThreadLayout::Shared => false,
        ThreadLayout::Auto => {
            thread::available_parallelism().is_ok_and(|cores| CORES_TO_SPARE <= cores.get())
        }
    }
}

impl GatewayStart {
    /// Opens the gateway and serves it on this thread; says where, or why not.
    async fn open(self) -> Option<tokio::task::JoinHandle<()>> {
        let (gateway, opened) = match Gateway::bind(self.parts).await {
            Ok(gateway) => {
                let opened = (gateway.local_addr(), gateway.handle());
                (Some(gateway), Ok(opened))
            }
            Err(error) => (None, Err(error)),
        };
        // Nobody listens when the start was given up; then the halt comes soon.
        let _ = self.opened.send(opened);
        gateway.map(|gateway| tokio::task::spawn_local(gateway.run(self.phase)))
    }
}

impl Crew {
    fn new(name: &str, bell: Bell, idle: Idle) -> Self {
        Self { name: name.to_owned(), stages: Vec::new(), bell, idle, gateway: None }
    }

    /// Adds a stage, to be run after those before it.
    fn with(mut self, stage: impl Stage + Send + 'static) -> Self {
        self.stages.push(Box::new(stage));
        self
    }

    /// Runs until told to halt. A stage that fails ends the process: what it had to write was not written.
    fn run(self, halt: &AtomicBool) {
        let name = self.name.clone();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("the kernel gives an epoll instance");
        if let Err(error) = LocalSet::new().block_on(&runtime, self.work(halt)) {
            tracing::error!(thread = name, %error, "the venue cannot go on");
            std::process::exit(1);
        }
    }

    async fn work(mut self, halt: &AtomicBool) -> io::Result<()> {
        let gateway = match self.gateway.take() {
            Some(start) => start.open().await,
            None => None,
        };
        while !halt.load(Ordering::Acquire) {
            let mut work = 0;
            for stage in &mut self.stages {
                work += stage.do_work()?;
            }
            if 0 < work {
                give_sessions_a_turn().await;
                continue;
            }
            match self.idle {
                Idle::Park => {
                    // Either is as good: the round looks at everything.
                    let _ = tokio::time::timeout(ROUND, self.bell.notified()).await;
                }
                Idle::Yield => thread::yield_now(),
                Idle::Spin => std::hint::spin_loop(),
            }
        }
        if let Some(gateway) = gateway {
            gateway.await.map_err(io::Error::other)?;
        }
        for stage in self.stages {
            stage.close()?;
        }
        Ok(())
    }
}
