//! The pipeline: every stage, link, bell and thread of the order path, wired in one place.
//!
//! `shared`: one hot thread runs gateway, sequencer, shards and egress to completion; the journal's thread
//! sleeps in the sync, and another one takes outbound log and feed when there is much of it. `dedicated`: a thread for
//! each stage. A stage does not care which.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use engine::command::Command;
use tokio::sync::{oneshot, watch};
use tokio::task::LocalSet;

use crate::batch::{CommandBlock, Pool};
use crate::clock::Clock;
use crate::config::{Config, Idle, ThreadLayout};
use crate::gateway::{Gateway, GatewayHandle, GatewayParts, Phase};
use crate::journal::Durability;
use crate::link::{Bell, Position, link};
use crate::market_data::Publisher;
use crate::metrics::Metrics;
use crate::outbound::{Little, Outbound};
use crate::recovery::Recovered;
use crate::sequencer::{JournalEnd, Log, Pace, Sequencer, Signals};
use crate::stages::{Egress, JournalStage, ShardStage, Stage};
use crate::store::StoreWriter;

/// Blocks of commands there are; with one in building and one in the sync, the others are being applied.
const BLOCKS: usize = 8;
/// Batches of messages each shard has.
const BATCHES: usize = 4;
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
            let (wiring, gateway) =
                Wiring::new(config, parts, Pace::Overlapping, sequencer, Bell::default);
            Self::start_crews(wiring.a_thread_each(gateway, config.idle))
        } else {
            let bell = || Arc::clone(sequencer);
            let (wiring, gateway) = Wiring::new(config, parts, Pace::OneAtATime, sequencer, bell);
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
    journal: JournalStage,
    journal_bell: Bell,
    sequencer: Sequencer,
    sequencer_bell: Bell,
    shards: Vec<(ShardStage, Bell)>,
    egress: Egress,
    egress_bell: Bell,
    outbound: Outbound,
    outbound_bell: Bell,
}

impl Wiring {
    /// Builds and links the stages; `bell` gives a bell to each but sequencer and journal.
    fn new(
        config: &Config,
        parts: Parts,
        pace: Pace,
        sequencer_bell: &Bell,
        bell: impl Fn() -> Bell,
    ) -> (Self, GatewayStart) {
        let Parts { recovered, venue_commands, clock, gateway, publisher, signals, .. } = parts;
        let (journal_bell, egress_bell, outbound_bell) = (Bell::default(), bell(), Bell::default());
        let shard_bells: Vec<Bell> = (0..config.shards).map(|_| bell()).collect();
        let (to_journal, from_sequencer) = link(1, sequencer_bell, &journal_bell);
        let (to_shards, from_journal): (Vec<_>, Vec<_>) =
            shard_bells.iter().map(|shard| link(BLOCKS, &journal_bell, shard)).unzip();
        let (to_egress, from_shards): (Vec<_>, Vec<_>) =
            shard_bells.iter().map(|shard| link(BATCHES, shard, &egress_bell)).unzip();

        let metrics = parts.metrics;
        let journal =
            JournalStage::new(recovered.journal, from_sequencer, to_shards, Arc::clone(&metrics));
        let blocks = Pool::new(BLOCKS, || CommandBlock::new(config.shards));
        let told = Position::new(recovered.next_sequence - 1);
        let filed = Position::new(recovered.next_sequence - 1);
        let next_sequence = recovered.next_sequence;
        let journal_end = JournalEnd {
            blocks,
            sender: to_journal,
            told: told.clone(),
            filed: filed.clone(),
            pace,
        };
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
        let shard_ends = from_journal.into_iter().zip(to_egress).zip(shard_bells);
        let shards = (0..).zip(recovered.shards).zip(shard_ends);
        let shards = shards.map(|((number, shard), ((input, output), bell))| {
            let home = Arc::clone(sequencer_bell);
            (ShardStage::new(number, shard, input, output, BATCHES, home), bell)
        });
        let shards = shards.collect();
        let StoreWriter { log, streams } = recovered.store_writer;
        let (to_outbound, outbound) = Outbound::new(
            (log, publisher),
            (filed, parts.day_ended),
            &egress_bell,
            &outbound_bell,
            pace == Pace::OneAtATime,
        );
        let egress = Egress::new(from_shards, streams, to_outbound, told, metrics);
        let wiring = Self {
            journal,
            journal_bell,
            sequencer,
            sequencer_bell: Arc::clone(sequencer_bell),
            shards,
            egress,
            egress_bell,
            outbound,
            outbound_bell,
        };
        (wiring, gateway)
    }

    /// A thread for each stage; the gateway's sleeps in its sockets.
    fn a_thread_each(self, gateway: GatewayStart, idle: Idle) -> Vec<Crew> {
        let mut crews = vec![
            Crew::new("journal", self.journal_bell, Idle::Park).with(self.journal),
            Crew { gateway: Some(gateway), ..Crew::new("gateway", Bell::default(), Idle::Park) },
            Crew::new("sequencer", self.sequencer_bell, idle).with(self.sequencer),
        ];
        for (shard, bell) in self.shards {
            crews.push(Crew::new("shard", bell, idle).with(shard));
        }
        crews.push(Crew::new("egress", self.egress_bell, idle).with(self.egress));
        crews.push(Crew::new("outbound", self.outbound_bell, Idle::Park).with(self.outbound));
        crews
    }

    /// One thread for everything but the journal, which sleeps in the sync, and much of the outbound log and the feed.
    ///
    /// Where nothing is synced, nothing sleeps: then the journal is one more stage of the hot thread, and an order
    /// waits for no other thread.
    fn one_hot_thread(self, gateway: GatewayStart, durability: Durability) -> Vec<Crew> {
        let mut hot = Crew::new("hot", self.sequencer_bell, Idle::Park)
            .with(Little(self.outbound.clone()))
            .with(self.sequencer);
        let outbound = Crew::new("outbound", self.outbound_bell, Idle::Park).with(self.outbound);
        let mut crews = vec![outbound];
        match durability {
            Durability::Os => hot = hot.with(self.journal),
            Durability::Fsync => {
                crews.push(Crew::new("journal", self.journal_bell, Idle::Park).with(self.journal));
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
