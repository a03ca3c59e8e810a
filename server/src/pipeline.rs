//! The pipeline: every stage, link, bell and thread of the order path, wired in one place.
//!
//! `shared`: one hot thread runs gateway, sequencer, shards and egress to completion; the journal's thread
//! sleeps in the sync. `dedicated`: a thread for each stage. A stage does not care which.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use engine::command::{Command, PortId};
use tokio::sync::{oneshot, watch};
use tokio::task::LocalSet;

use crate::batch::{CommandBlock, Pool};
use crate::clock::Clock;
use crate::config::{Config, Idle, ThreadLayout};
use crate::gateway::{Gateway, GatewayHandle, GatewayParts, Phase};
use crate::inbox::Inbox;
use crate::link::{Bell, link};
use crate::market_data::Publisher;
use crate::metrics::Metrics;
use crate::recovery::Recovered;
use crate::sequencer::{Log, Sequencer, Signals};
use crate::stages::{Egress, JournalStage, ShardStage, Stage};

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
        let dedicated = is_dedicated(config.threads);
        let shards = usize::from(config.shards);
        let bell = || if dedicated { Bell::default() } else { Arc::clone(sequencer) };
        let (journal_bell, egress_bell) = (Bell::default(), bell());
        let shard_bells: Vec<Bell> = (0..shards).map(|_| bell()).collect();

        let recovered = parts.recovered;
        let (to_journal, from_sequencer) = link(1, sequencer, &journal_bell);
        let (to_shards, from_journal): (Vec<_>, Vec<_>) =
            shard_bells.iter().map(|shard| link(BLOCKS, &journal_bell, shard)).unzip();
        let (to_egress, from_shards): (Vec<_>, Vec<_>) =
            shard_bells.iter().map(|shard| link(BATCHES, shard, &egress_bell)).unzip();

        let journal = JournalStage::new(
            recovered.journal,
            from_sequencer,
            to_shards,
            Arc::clone(&parts.metrics),
        );
        let log = Log::new(
            parts.venue_commands,
            recovered.next_sequence,
            parts.clock,
            Pool::new(BLOCKS, || CommandBlock::new(config.shards)),
            to_journal,
        );
        let ports: Vec<(PortId, Arc<Inbox>)> = parts
            .gateway
            .parts
            .ports
            .iter()
            .map(|port| (port.id, Arc::clone(&port.inbox)))
            .collect();
        let sequencer_stage = Sequencer::new(
            recovered.admission,
            log,
            ports,
            parts.signals,
            config.tick_ms,
            Arc::clone(&parts.metrics),
        );
        let shard_stages =
            (0..config.shards).zip(recovered.shards).zip(from_journal).zip(to_egress).map(
                |(((number, shard), input), output)| {
                    ShardStage::new(number, shard, input, output, BATCHES, Arc::clone(sequencer))
                },
            );
        let egress = Egress::new(
            from_shards,
            recovered.store_writer,
            parts.publisher,
            parts.day_ended,
            parts.metrics,
        );

        let crew = |name: &str, stage: Box<dyn Stage + Send>, bell: &Bell, idle| Crew {
            name: name.to_owned(),
            stages: vec![stage],
            bell: Arc::clone(bell),
            idle,
            gateway: None,
        };
        let mut crews = vec![crew("journal", Box::new(journal), &journal_bell, Idle::Park)];
        let gateway = Some(parts.gateway);
        if dedicated {
            let idle = config.idle;
            let gateway_bell = Bell::default();
            let (name, stages) = ("gateway".to_owned(), Vec::new());
            crews.push(Crew { name, stages, bell: gateway_bell, idle: Idle::Park, gateway });
            crews.push(crew("sequencer", Box::new(sequencer_stage), sequencer, idle));
            for (stage, bell) in shard_stages.zip(&shard_bells) {
                crews.push(crew("shard", Box::new(stage), bell, idle));
            }
            crews.push(crew("egress", Box::new(egress), &egress_bell, idle));
        } else {
            let mut hot = crew("hot", Box::new(sequencer_stage), sequencer, Idle::Park);
            hot.stages
                .extend(shard_stages.map(|stage| -> Box<dyn Stage + Send> { Box::new(stage) }));
            hot.stages.push(Box::new(egress));
            crews.push(Crew { gateway, ..hot });
        }
        Self::start_crews(crews)
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
                tokio::task::yield_now().await;
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
