//! The venue: everything around the order path, from the lock on the data folder to the last sync.
//!
//! The calling thread becomes the service thread: admin, retransmission, drain, signals and whatever else is
//! slow. It shares only files and published positions with the order path.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::{Context, Result};
use engine::command::{Command, DayOpened};
use engine::outbox::Target;
use engine::record::RecordError;
use protocol::SessionId;
use serde::Serialize;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::admin::{Act, AdminSocket, Counter, Instruction, Published, http};
use crate::bust::TradeFinder;
use crate::clock::{self, Clock};
use crate::config::Config;
use crate::crosses;
use crate::day::Definitions;
use crate::disk::{Level, Watermark};
use crate::drain::{Drain, DrainOptions};
use crate::gateway::{GatewayParts, Phase, PortEntry};
use crate::inbox::Inbox;
use crate::journal::JournalError;
use crate::link::Bell;
use crate::lock::DataLock;
use crate::market_data::{Publisher, Retransmit};
use crate::metrics::Obstacle;
use crate::passwords::Verifier;
use crate::pipeline::{GatewayStart, Parts, Pipeline};
use crate::recovery::{self, Recovered};
use crate::sequencer::Signals;
use crate::store::Store;
use crate::timetable::Timetable;
use crate::trades::StoredTrades;

/// Bytes a port may have waiting for the sequencer.
const INBOX_BYTES: usize = 256 * 1024;
/// Acts of operators that wait for their turn.
const ACTS: usize = 16;
/// How often the free space of the data folder is looked at.
const DISK_CHECK: Duration = Duration::from_secs(1);
/// How often the age of the day is looked at, and the age at which it is told.
const DAY_CHECK: Duration = Duration::from_secs(3_600);
const OLD_DAY_HOURS: u64 = 36;
const NANOS_PER_HOUR: u64 = 3_600_000_000_000;
/// How long sessions have to take what is theirs after a stop.
const FLUSH_LIMIT: Duration = Duration::from_secs(5);

/// Choices of this one start.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Sets aside a log that a restart of the machine may have cut short.
    pub accept_loss: bool,
}

/// Why the venue did not run to a good end.
#[derive(Debug, Error)]
pub enum VenueError {
    /// What is on disk is not what was written.
    #[error("{0:#}")]
    Damaged(anyhow::Error),
    #[error("{0:#}")]
    Failed(anyhow::Error),
}

impl From<anyhow::Error> for VenueError {
    fn from(error: anyhow::Error) -> Self {
        let journal = matches!(error.downcast_ref(), Some(JournalError::Damaged { .. }));
        if journal || error.downcast_ref::<RecordError>().is_some() {
            Self::Damaged(error)
        } else {
            Self::Failed(error)
        }
    }
}

/// Where the venue listens, with the ports that the kernel chose; `Display` is one JSON line.
#[derive(Clone, Debug, Serialize)]
pub struct Addresses {
    pub session: String,
    pub order_entry: SocketAddr,
    pub market_data_a: SocketAddr,
    pub market_data_b: Option<SocketAddr>,
    pub retransmit: SocketAddr,
    pub admin: SocketAddr,
    pub admin_socket: String,
}

impl Addresses {
    fn new(
        config: &Config,
        session: SessionId,
        order_entry: SocketAddr,
        services: &Services,
    ) -> Self {
        Self {
            session: session.as_str().to_owned(),
            order_entry,
            market_data_a: config.market_data.a.into(),
            market_data_b: config.market_data.b.map(Into::into),
            retransmit: services.retransmit_address,
            admin: services.admin.address,
            admin_socket: config.data_dir.join("admin.sock").display().to_string(),
        }
    }
}

impl fmt::Display for Addresses {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

/// Runs a venue until SIGTERM or SIGINT, or until its day has ended.
///
/// `started` is called once, when the ports are open. A second signal ends the process at once; SIGHUP reads
/// `file` again and takes over what it says of firms and ports.
///
/// # Errors
///
/// Whatever keeps the venue from starting, or a file that could not be written at the stop.
pub fn run_until_signal(
    file: PathBuf,
    config: Config,
    options: Options,
    started: impl FnOnce(&Addresses),
) -> Result<(), VenueError> {
    let runtime = service_runtime()?;
    runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
        let mut interrupt = signal(SignalKind::interrupt()).context("listening for SIGINT")?;
        let mut hangup = signal(SignalKind::hangup()).context("listening for SIGHUP")?;
        let (reread, configs) = mpsc::channel(1);
        tokio::spawn(async move {
            while hangup.recv().await.is_some() {
                match Config::load(&file) {
                    // The venue has ended when nobody hears of it any more.
                    Ok(config) => drop(reread.send(config).await),
                    Err(error) => tracing::error!(%error, "SIGHUP: the configuration is not taken"),
                }
            }
        });
        let stop = async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            tokio::spawn(async move {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
                tracing::warn!("a second signal: not waiting any longer");
                std::process::exit(1);
            });
        };
        run(config, options, started, stop, configs).await
    })
}

/// Runs a venue until `stop` is ready, or until its day has ended.
///
/// # Errors
///
/// As [`run_until_signal`].
pub fn run_until(
    config: Config,
    options: Options,
    started: impl FnOnce(&Addresses),
    stop: impl Future<Output = ()>,
) -> Result<(), VenueError> {
    let (_, configs) = mpsc::channel(1);
    service_runtime()?.block_on(run(config, options, started, stop, configs))
}

fn service_runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("starting the service runtime")
}

async fn run(
    config: Config,
    options: Options,
    started: impl FnOnce(&Addresses),
    stop: impl Future<Output = ()>,
    configs: mpsc::Receiver<Config>,
) -> Result<(), VenueError> {
    std::fs::create_dir_all(&config.data_dir)
        .with_context(|| format!("creating {}", config.data_dir.display()))?;
    let _lock = DataLock::acquire(&config.data_dir).context("locking the data folder")?;
    let published = Arc::new(Published::default());
    let admin = Admin::start(&config, &published).await?;
    let recovered = recover(&config, options, &published).await?;
    recovered.crosses.iter().for_each(|cross| published.crosses.note(*cross));
    let venue = Venue::open(config, recovered, admin, published).await?;
    tokio::spawn(take_over(configs, venue.services.acts.clone()));
    started(&venue.addresses);
    tracing::info!(addresses = %venue.addresses, "the venue is open");
    venue.serve(stop).await?;
    Ok(())
}

/// Hands on each configuration that was read again, and says what came of it.
async fn take_over(mut configs: mpsc::Receiver<Config>, acts: mpsc::Sender<Instruction>) {
    while let Some(config) = configs.recv().await {
        let (reply, outcome) = oneshot::channel();
        let (who, why) = ("SIGHUP".to_owned(), "the configuration was read again".to_owned());
        let act = Act::Accounts(Box::new(config));
        if acts.send(Instruction { act, who, why, reply }).await.is_err() {
            return;
        }
        match outcome.await {
            Ok(Ok(_)) => tracing::info!("SIGHUP: firms and ports are as the configuration says"),
            Ok(Err(error)) => tracing::error!(error, "SIGHUP: the configuration is not taken"),
            Err(_) => return,
        }
    }
}

/// Replays the log on a thread of its own while the admin port answers.
async fn recover(
    config: &Config,
    options: Options,
    published: &Arc<Published>,
) -> Result<Recovered> {
    let published = Arc::clone(published);
    published.readiness.block(Obstacle::Recovering, "opening the log");
    published.readiness.clear(Obstacle::Starting);
    let config = config.clone();
    tokio::task::spawn_blocking(move || {
        recovery::open(&config, options.accept_loss, &published.metrics, &published.readiness)
    })
    .await
    .context("replaying the log")?
}

/// The admin port, open before everything else so that it can say what the venue waits for.
struct Admin {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    server: JoinHandle<std::io::Result<()>>,
}

impl Admin {
    async fn start(config: &Config, published: &Arc<Published>) -> Result<Self> {
        let listen = config.admin.listen;
        let listener = TcpListener::bind(listen)
            .await
            .with_context(|| format!("[admin] listen on {listen}"))?;
        let address = listener.local_addr().context("[admin] listen")?;
        let (stop, stopped) = watch::channel(false);
        let server = tokio::spawn(http::serve(listener, Arc::clone(published), until(stopped)));
        Ok(Self { address, stop, server })
    }
}

/// Ready when the watched value is true, or when nobody is left to set it.
async fn until(mut watched: watch::Receiver<bool>) {
    // A closed channel is a stop as well.
    let _ = watched.wait_for(|value| *value).await;
}

/// An open venue.
struct Venue {
    config: Config,
    addresses: Addresses,
    published: Arc<Published>,
    pipeline: Pipeline,
    sequencer: Bell,
    stop_sequencer: Arc<AtomicBool>,
    settled: mpsc::Receiver<()>,
    phase: watch::Sender<Phase>,
    day_ended: watch::Receiver<bool>,
    folder: PathBuf,
    services: Services,
}

/// What runs beside the order path on the service thread.
struct Services {
    admin: Admin,
    /// Watched by all of them.
    stop: watch::Sender<bool>,
    retransmit_address: SocketAddr,
    retransmit: JoinHandle<std::io::Result<()>>,
    drain: Option<JoinHandle<()>>,
    others: Vec<JoinHandle<()>>,
    /// To the sequencer.
    acts: mpsc::Sender<Instruction>,
}

impl Services {
    fn start(
        config: &Config,
        admin: Admin,
        opening: &DayOpened,
        store: Store,
        counter: Counter,
        out_of_space: Arc<AtomicBool>,
    ) -> Result<Self> {
        let published = &Arc::clone(&counter.published);
        let acts = counter.acts.clone();
        let session = session_of(opening)?;
        let trades = StoredTrades::new(store.clone(), opening.session);
        let (feed, metrics) = (&config.market_data, Arc::clone(&published.metrics));
        let retransmit =
            Retransmit::bind(feed, session, store, metrics).context("[market_data] retransmit")?;
        let retransmit_address = retransmit.local_addr().context("[market_data] retransmit")?;
        let socket = AdminSocket::bind(&config.data_dir).context("opening the admin socket")?;
        let (stop, stopped) = watch::channel(false);
        let drain = start_drain(config, trades, published, stopped.clone())?;
        let watch_disk = watch_disk(config.clone(), Arc::clone(published), out_of_space);
        Ok(Self {
            admin,
            stop,
            retransmit_address,
            retransmit: tokio::spawn(retransmit.run(stopped)),
            drain,
            others: vec![
                tokio::spawn(socket.serve(counter)),
                tokio::spawn(watch_disk),
                tokio::spawn(crosses::tell(
                    Arc::clone(&published.crosses),
                    published.crosses.count(),
                )),
                tokio::spawn(watch_day(session, opening.midnight_ns)),
            ],
            acts,
        })
    }
}

impl Venue {
    async fn open(
        config: Config,
        recovered: Recovered,
        admin: Admin,
        published: Arc<Published>,
    ) -> Result<Self> {
        let venue_commands = recovered.start_commands(&config)?;
        let (opening, folder) = (recovered.opening, recovered.folder.clone());
        let session = session_of(&opening)?;
        published.open_session(session);
        let bell = Bell::default();
        let gateway_parts =
            gateway_parts(&config, &recovered, &venue_commands, session, &published, &bell)?;
        let (store, metrics) = (recovered.store.clone(), &published.metrics);
        let (next, feed_metrics) = (store.count(Target::Feed) + 1, Arc::clone(metrics));
        let publisher = Publisher::bind(&config.market_data, session, next, feed_metrics)
            .context("opening the feed")?;
        let (acts, acts_queue) = mpsc::channel(ACTS);
        let counter = counter(&recovered, &venue_commands, &published, acts);
        let (settled, settled_queue) = mpsc::channel(2);
        let (phase, phases) = watch::channel(Phase::Open);
        let (day_ended_sender, day_ended) = watch::channel(false);
        let (out_of_space, stop_sequencer) = (Arc::default(), Arc::default());
        let sessions = Arc::new(OnceLock::new());
        let (opened, gateway_opened) = oneshot::channel();
        let signals = Signals {
            acts: acts_queue,
            published: Arc::clone(&published),
            gateway: Arc::clone(&sessions),
            out_of_space: Arc::clone(&out_of_space),
            stop: Arc::clone(&stop_sequencer),
            timetable: timetable(&config, &recovered),
            settled,
        };
        let parts = Parts {
            clock: Clock::after(recovered.last_time_ns),
            recovered,
            venue_commands,
            gateway: GatewayStart { parts: gateway_parts, phase: phases, opened },
            publisher,
            signals,
            day_ended: day_ended_sender,
            metrics: Arc::clone(metrics),
        };
        let services = Services::start(&config, admin, &opening, store, counter, out_of_space)?;
        let pipeline = Pipeline::start(&config, parts, &bell).context("starting the order path")?;
        let (order_entry, handle) = gateway_opened
            .await
            .context("the order path ended at its start")?
            .with_context(|| format!("[order_entry] listen on {}", config.order_entry.listen))?;
        // Set once, here.
        let _ = sessions.set(handle);
        let addresses = Addresses::new(&config, session, order_entry, &services);
        let mut venue = Self {
            config,
            addresses,
            published,
            pipeline,
            sequencer: bell,
            stop_sequencer,
            settled: settled_queue,
            phase,
            day_ended,
            folder,
            services,
        };
        venue.settled.recv().await.context("the order path ended at its start")?;
        venue.published.readiness.clear(Obstacle::Recovering);
        Ok(venue)
    }

    /// Serves until `stop` is ready or the day has ended, then stops in good order.
    async fn serve(mut self, stop: impl Future<Output = ()>) -> Result<()> {
        let mut stop = std::pin::pin!(stop);
        let ended = tokio::select! {
            () = &mut stop => false,
            () = until(self.day_ended.clone()) => true,
        };
        let why = if ended { "the day has ended" } else { "the operator stops the venue" };
        tracing::info!(why, "stopping");
        self.published.readiness.block(Obstacle::Stopping, why);
        if ended {
            recovery::mark_ended(&self.folder)?;
            self.phase.send_replace(Phase::DayEnded);
            // Line A and B repeat the end of the session, retransmission goes on, and who is late logs in for the
            // rest of its stream, for this long.
            let linger = Duration::from_secs(self.config.market_data.end_of_session_s);
            let _ = tokio::time::timeout(linger, stop).await;
            self.phase.send_replace(Phase::DayClosed);
        } else {
            self.phase.send_replace(Phase::Stopping);
        }
        self.stop_sequencer.store(true, Ordering::Release);
        self.sequencer.notify_one();
        self.settled.recv().await.context("the order path ended before it had settled")?;
        if !ended {
            self.phase.send_replace(Phase::Stopped);
        }
        self.close().await
    }

    async fn close(self) -> Result<()> {
        let Self { pipeline, services, .. } = self;
        let halted = tokio::task::spawn_blocking(move || pipeline.halt());
        if tokio::time::timeout(FLUSH_LIMIT, halted).await.is_err() {
            tracing::warn!(
                "some sessions did not take what is theirs in time; it is there at their next login"
            );
        }
        services.stop.send_replace(true);
        if let Some(drain) = services.drain {
            drain.await.context("ending the drain")?;
        }
        services.retransmit.await.context("ending retransmission")?.context("retransmission")?;
        services.others.iter().for_each(JoinHandle::abort);
        services.admin.stop.send_replace(true);
        services.admin.server.await.context("ending the admin port")?.context("the admin port")?;
        tracing::info!("stopped");
        Ok(())
    }
}

fn session_of(opening: &DayOpened) -> Result<SessionId> {
    let session = std::str::from_utf8(&opening.session).context("the session id")?;
    SessionId::new(session).context("the session id of the log")
}

/// What the log has defined once the start commands are in it.
fn definitions(recovered: &Recovered, venue_commands: &[Command<'static>]) -> Definitions {
    let mut definitions = recovered.definitions.clone();
    venue_commands.iter().for_each(|command| definitions.learn(command));
    definitions
}

fn counter(
    recovered: &Recovered,
    venue_commands: &[Command<'static>],
    published: &Arc<Published>,
    acts: mpsc::Sender<Instruction>,
) -> Counter {
    let ports = definitions(recovered, venue_commands).port_ids();
    let trades = TradeFinder::new(recovered.store.clone(), ports);
    Counter { published: Arc::clone(published), trades, acts }
}

fn gateway_parts(
    config: &Config,
    recovered: &Recovered,
    venue_commands: &[Command<'static>],
    session: SessionId,
    published: &Arc<Published>,
    bell: &Bell,
) -> Result<GatewayParts> {
    let definitions = definitions(recovered, venue_commands);
    let ports = config
        .ports
        .iter()
        .map(|port| {
            let id = definitions.port_id(port).expect("the start commands define every port");
            let username = port.defined(id, engine::command::FirmId(0)).username;
            let stream = recovered.store.port(id);
            PortEntry { id, username, inbox: Arc::new(Inbox::new(INBOX_BYTES)), stream }
        })
        .collect();
    Ok(GatewayParts {
        config: config.order_entry.clone(),
        session,
        ports,
        verifier: Arc::new(Verifier::start(&config.ports).context("starting the password worker")?),
        store: recovered.store.clone(),
        bell: Arc::clone(bell),
        service: tokio::runtime::Handle::current(),
        metrics: Arc::clone(&published.metrics),
    })
}

fn start_drain(
    config: &Config,
    trades: StoredTrades,
    published: &Arc<Published>,
    stop: watch::Receiver<bool>,
) -> Result<Option<JoinHandle<()>>> {
    let Some(postgres) = &config.postgres else {
        return Ok(None);
    };
    let drain = Drain::new(postgres.url.expose(), Box::new(trades), DrainOptions::default())
        .context("[postgres] url")?;
    let metrics = Arc::clone(&published.metrics);
    let publish = move |status: crate::drain::DrainStatus| {
        if let Some(lag) = status.lag() {
            metrics.drain_lag_rows.set(lag);
        }
    };
    Ok(Some(tokio::spawn(async move {
        let end = drain.run(publish, stop).await;
        tracing::info!(?end, "the drain has ended");
    })))
}

/// Reminds the operator, once an hour, of a day that nobody has ended.
async fn watch_day(session: SessionId, midnight_ns: u64) {
    let mut every = tokio::time::interval(DAY_CHECK);
    loop {
        every.tick().await;
        let hours = clock::utc_ns().saturating_sub(midnight_ns) / NANOS_PER_HOUR;
        if OLD_DAY_HOURS <= hours {
            tracing::warn!(
                %session,
                hours,
                "the day is old: end it with `openbell admin end-of-day`; times on the feed count from its midnight and stand still after 78 hours"
            );
        }
    }
}

/// What is left of the day's schedule.
fn timetable(config: &Config, recovered: &Recovered) -> Timetable {
    config.schedule.as_ref().map_or_else(Timetable::default, |schedule| {
        let midnight_ns = recovered.opening.midnight_ns;
        Timetable::new(schedule, midnight_ns, clock::utc_ns(), &recovered.definitions)
    })
}

/// Looks at the free space of the data folder for as long as it is polled.
async fn watch_disk(config: Config, published: Arc<Published>, out_of_space: Arc<AtomicBool>) {
    let mut watermark = Watermark::new(&config.data_dir, config.reserve_disk_mib);
    let mut every = tokio::time::interval(DISK_CHECK);
    loop {
        every.tick().await;
        match watermark.check() {
            Ok((level, free_bytes)) => {
                published.metrics.disk_free_bytes.set(free_bytes);
                let is_low = level == Level::Low;
                if out_of_space.swap(is_low, Ordering::Relaxed) != is_low {
                    tracing::warn!(
                        free_bytes,
                        is_low,
                        "free space of the data folder crossed the reserve"
                    );
                }
                if is_low {
                    let why = format!("{free_bytes} bytes free: orders are refused, cancels work");
                    published.readiness.block(Obstacle::DiskLow, why);
                } else {
                    published.readiness.clear(Obstacle::DiskLow);
                }
            }
            Err(error) => {
                tracing::warn!(%error, "cannot look at the free space of the data folder")
            }
        }
    }
}
