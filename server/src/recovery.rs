//! Recovery: the day's log through the same engine, with the doors shut.
//!
//! There is no second way to a state: [`crate::replay`] applies the committed blocks, compares the messages they make
//! with the outbound log, and sends nothing.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use engine::admission::Admission;
use engine::command::{Command, DayOpened, PortId};
use engine::event::CrossRecord;
use engine::shard::Shard;

use crate::clock;
use crate::config::Config;
use crate::day::{self, Definitions, OpenOrders};
use crate::journal::{self, JournalError, JournalOptions, LogId};
use crate::metrics::{Metrics, Obstacle, Readiness, grouped};
use crate::replay::Replay;
use crate::store::{self, Store, StoreOptions, StoreWriter};

/// The file whose presence says that a day's log is complete.
const ENDED: &str = "ENDED";

/// Recent messages of the feed kept in memory for retransmission.
const FEED_WINDOW_BYTES: usize = 32 << 20;

/// The state at the end of the log, ready to go on.
pub struct Recovered {
    pub admission: Admission,
    pub shards: Vec<Shard>,
    pub journal: journal::Writer,
    pub store_writer: StoreWriter,
    pub store: Store,
    pub next_sequence: u64,
    pub last_time_ns: u64,
    /// The crosses that the log holds, the latest last.
    pub crosses: Vec<CrossRecord>,
    pub definitions: Definitions,
    /// The opening of the day, logged already or to be logged first.
    pub opening: DayOpened,
    pub folder: PathBuf,
}

impl Recovered {
    /// The commands that this start begins with.
    pub fn start_commands(&self, config: &Config) -> Result<Vec<Command<'static>>> {
        let connected: Vec<PortId> = self.admission.connected_ports().collect();
        let open_orders = OpenOrders {
            of_symbol: &|locate| self.shards.iter().map(|shard| shard.open_orders(locate)).sum(),
            of_port: &|port| self.shards.iter().map(|shard| shard.open_orders_of(port)).sum(),
        };
        self.definitions.difference(config, &self.opening, &connected, &open_orders)
    }
}

/// Opens the unfinished day of the data folder and replays it, or opens a new day.
///
/// # Errors
///
/// Damage in the journal, a log of another rule version, or a machine restart under `os` durability without
/// `accept_loss`.
pub fn open(
    config: &Config,
    accept_loss: bool,
    metrics: &Metrics,
    readiness: &Readiness,
) -> Result<Recovered> {
    let days = config.data_dir.join("days");
    fs::create_dir_all(&days).with_context(|| format!("creating {}", days.display()))?;
    let Some(folder) = latest_day(&days)? else {
        return open_new_day(config, &days);
    };
    if folder.join(ENDED).exists() || !journal::exists(&folder.join("journal")) {
        return open_new_day(config, &days);
    }
    let options = journal_options(config, &folder);
    let recovery = match journal::open(&options) {
        Err(error @ JournalError::MachineRestarted { .. }) if accept_loss => {
            let archived = journal::archive(&options.dir)?;
            tracing::warn!(%error, archived = %archived.display(), "loss accepted: a new log with empty books");
            return open_new_day(config, &days);
        }
        other => other.context("opening the journal")?,
    };
    let recovered = replay(config, folder, recovery, metrics, readiness)?;
    if recovered.definitions.ended {
        mark_ended(&recovered.folder)?;
        drop(recovered);
        return open_new_day(config, &days);
    }
    Ok(recovered)
}

/// Notes that a day's log is complete, so that the next start opens a new day.
pub fn mark_ended(folder: &Path) -> Result<()> {
    let mark = folder.join(ENDED);
    fs::write(&mark, "").with_context(|| format!("writing {}", mark.display()))
}

/// The folder of the last day in a data folder, by session id.
pub fn latest_day(days: &Path) -> Result<Option<PathBuf>> {
    let mut latest = None;
    for entry in fs::read_dir(days).with_context(|| format!("reading {}", days.display()))? {
        let name = entry?.file_name();
        let is_session = name
            .to_str()
            .is_some_and(|name| name.len() == 10 && name.bytes().all(|byte| byte.is_ascii_digit()));
        if is_session && latest.as_ref().is_none_or(|latest| *latest < name) {
            latest = Some(name);
        }
    }
    Ok(latest.map(|name| days.join(name)))
}

fn journal_options(config: &Config, folder: &Path) -> JournalOptions {
    JournalOptions {
        durability: config.journal.durability,
        segment_bytes: config.journal.segment_mib << 20,
        ..JournalOptions::new(folder.join("journal"))
    }
}

fn store_options(config: &Config) -> StoreOptions {
    StoreOptions {
        window_bytes: config.order_entry.window_bytes,
        feed_window_bytes: FEED_WINDOW_BYTES,
    }
}

/// Creates the folder and the empty log of a new day; its opening is the first start command.
fn open_new_day(config: &Config, days: &Path) -> Result<Recovered> {
    let now_ns = clock::utc_ns();
    let date = clock::date(now_ns);
    let session = (1..=99)
        .map(|run| format!("{date}{run:02}"))
        .find(|session| !days.join(session).exists())
        .with_context(|| format!("99 days were opened on {date} already"))?;
    let folder = days.join(&session);
    fs::create_dir(&folder).with_context(|| format!("creating {}", folder.display()))?;
    sync_folder(days)?;
    let mut log_id = [0; 16];
    fs::File::open("/dev/urandom")
        .and_then(|mut random| random.read_exact(&mut log_id))
        .context("drawing a log id from /dev/urandom")?;
    let journal = journal::create(&journal_options(config, &folder), LogId(log_id))?;
    let (mut store_writer, store) = store::open(&folder, log_id, &store_options(config))?;
    store_writer.log.replayed()?;
    Ok(Recovered {
        admission: Admission::default(),
        shards: new_shards(config),
        journal,
        store_writer,
        store,
        next_sequence: 1,
        last_time_ns: 0,
        crosses: Vec::new(),
        definitions: Definitions::default(),
        opening: day::opening(&session, log_id, now_ns),
        folder,
    })
}

fn sync_folder(folder: &Path) -> Result<()> {
    fs::File::open(folder)
        .and_then(|opened| opened.sync_all())
        .with_context(|| format!("syncing {}", folder.display()))
}

/// Replays the day in a folder and stands at the end of its log.
fn replay(
    config: &Config,
    folder: PathBuf,
    mut recovery: journal::Recovery,
    metrics: &Metrics,
    readiness: &Readiness,
) -> Result<Recovered> {
    let (store_writer, store) = store::open(&folder, recovery.log_id().0, &store_options(config))?;
    let mut replay = Replay::new(store_writer);
    let shards = replay.run(&mut recovery, new_shards(config), |replayed| {
        metrics.recovery_replayed_records.set(replayed);
        metrics.committed_sequence.set(replayed);
        metrics.applied_sequence.set(replayed);
        readiness.block(Obstacle::Recovering, format!("replayed {} records", grouped(replayed)));
    })?;
    if let Some(torn) = recovery.torn_tail() {
        tracing::warn!(?torn, "cutting the torn tail of the journal");
    }
    let Replay {
        admission,
        definitions,
        mut store_writer,
        next_sequence,
        last_time_ns,
        crosses,
        ..
    } = replay;
    store_writer.log.replayed()?;
    let opening = match definitions.day {
        Some(day) => day,
        None => opening_of_empty_log(&folder, recovery.log_id())?,
    };
    let journal = recovery.into_writer().context("going on with the journal")?;
    tracing::info!(
        records = next_sequence - 1,
        session = %String::from_utf8_lossy(&opening.session),
        "the log is replayed"
    );
    Ok(Recovered {
        admission,
        shards,
        journal,
        store_writer,
        store,
        next_sequence,
        last_time_ns,
        crosses,
        definitions,
        opening,
        folder,
    })
}

/// A crash came before the opening of the day was committed: the folder and the log are there, empty.
fn opening_of_empty_log(folder: &Path, log_id: LogId) -> Result<DayOpened> {
    let name = folder.file_name().and_then(|name| name.to_str());
    let name = name.context("a day's folder has a name")?;
    Ok(day::opening(name, log_id.0, clock::utc_ns()))
}

fn new_shards(config: &Config) -> Vec<Shard> {
    (0..config.shards).map(|number| Shard::new(number, config.shards)).collect()
}
