//! The drain: copies trades to Postgres behind the market, each exactly once.
//!
//! It may lag, never push back: when Postgres is slow or gone, trading goes on and the trades wait
//! in the log. The rows of a batch and the cursor behind them are committed together, and the cursor
//! is read back from the database on start and after every error, so it does not matter what
//! crashed, or whether the answer to a commit was lost. `docs/trades.md` gives the whole argument.

mod trade;
mod copy;
mod schema;
mod session;
mod outage;

pub use copy::trade_from_row;
pub use schema::{SchemaError, VERSION as SCHEMA_VERSION, migrate};
pub use trade::{SourceError, Trade, TradeKind, TradeParty, TradeSource};

use std::time::Duration;

use deadpool_postgres::{Manager, Pool, Runtime, Timeouts};
use thiserror::Error;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_postgres::NoTls;
use tokio_postgres::config::SslMode;

use outage::Outage;
use session::{Session, SessionError};

/// How the drain works; the defaults suit a venue.
#[derive(Clone, Debug)]
pub struct DrainOptions {
    /// The most rows of a transaction, at least 1.
    pub batch_rows: usize,
    /// How often the log is asked for new trades, unless there are more than a batch takes.
    pub poll_interval: Duration,
    /// How long Postgres may take to take a connection or a batch.
    pub answer_limit: Duration,
    /// How long the drain goes on after it was told to stop.
    pub stop_limit: Duration,
}

impl Default for DrainOptions {
    fn default() -> Self {
        Self {
            batch_rows: 10_000,
            poll_interval: Duration::from_millis(50),
            answer_limit: Duration::from_secs(30),
            stop_limit: Duration::from_secs(10),
        }
    }
}

/// What the drain is doing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Phase {
    /// Not connected yet.
    Starting,
    /// Connected; copying, or waiting for trades.
    Draining,
    /// Postgres cannot be reached or refuses; trying again.
    Down,
    /// Another drain works on this log; trying again.
    Locked,
}

/// How far the drain is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DrainStatus {
    pub phase: Phase,
    /// The first trade that is not in Postgres, once the database has told.
    pub next: Option<u64>,
    /// The last trade of the log, 0 before the first.
    pub last: u64,
    /// Rows committed since the start of the program.
    pub rows: u64,
    /// Transactions committed since the start of the program.
    pub batches: u64,
    /// Attempts that failed since the start of the program.
    pub failures: u64,
}

impl DrainStatus {
    /// How many trades wait for Postgres, once the database has told.
    pub fn lag(&self) -> Option<u64> {
        self.next.map(|next| (self.last + 1).saturating_sub(next))
    }
}

/// How a drain ended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum DrainEnd {
    /// It was told to stop and every trade is in Postgres; `next` is the number of the next one.
    Emptied { next: u64 },
    /// It was told to stop and the limit passed; the next start goes on from the database's cursor.
    Behind { next: Option<u64>, last: u64 },
    /// Going on would be wrong or in vain.
    Failed(DrainError),
}

/// Why a drain cannot work.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum DrainError {
    #[error("the Postgres URL cannot be read: {0}")]
    Url(String),
    #[error("the Postgres URL asks for TLS, which the drain does not speak")]
    Tls,
    #[error("the cursor in Postgres is at trade {cursor}, the log ends with trade {last}")]
    CursorAhead { cursor: u64, last: u64 },
    #[error("the log gave trade {found} where trade {expected} was asked for")]
    Misnumbered { expected: u64, found: u64 },
    #[error("{0}")]
    Schema(String),
    #[error(transparent)]
    Source(SourceError),
}

/// Copies the trades of one log into one database.
pub struct Drain {
    pool: Pool,
    source: Box<dyn TradeSource>,
    options: DrainOptions,
}

impl Drain {
    /// Prepares a drain into the database at `url`; nothing is connected yet.
    ///
    /// # Errors
    ///
    /// When the URL cannot be read or asks for TLS.
    pub fn new(
        url: &str,
        source: Box<dyn TradeSource>,
        options: DrainOptions,
    ) -> Result<Self, DrainError> {
        assert!(0 < options.batch_rows, "a batch has a row");
        let mut config: tokio_postgres::Config = url
            .parse()
            .map_err(|error: tokio_postgres::Error| DrainError::Url(error.to_string()))?;
        if config.get_ssl_mode() == SslMode::Require {
            return Err(DrainError::Tls);
        }
        if config.get_application_name().is_none() {
            config.application_name("openbell-drain");
        }
        let limit = Some(options.answer_limit);
        let pool = Pool::builder(Manager::new(config, NoTls))
            .max_size(1)
            .runtime(Runtime::Tokio1)
            .timeouts(Timeouts { wait: limit, create: limit, recycle: limit })
            .build()
            .expect("a runtime is given for the timeouts");
        Ok(Self { pool, source, options })
    }

    /// Copies until `stop` holds true or is dropped, and then what is left, within the limit.
    ///
    /// `publish` gets the status after each batch, failure and change of phase. Dropping the future
    /// is safe at any point: the database knows what was committed.
    pub async fn run(
        self,
        publish: impl Fn(DrainStatus) + Send,
        stop: watch::Receiver<bool>,
    ) -> DrainEnd {
        let overdue = overdue(stop.clone(), self.options.stop_limit);
        let mut worker = Worker::new(self, publish, stop);
        let end = tokio::select! {
            end = worker.work() => Some(end),
            () = overdue => None,
        };
        let DrainStatus { next, last, .. } = worker.status;
        end.unwrap_or(DrainEnd::Behind { next, last })
    }
}

/// Ends `limit` after the order to stop.
async fn overdue(mut stop: watch::Receiver<bool>, limit: Duration) {
    // A dropped sender is an order to stop too.
    let _ = stop.wait_for(|&stop| stop).await;
    sleep(limit).await;
}

/// Why an attempt ended.
enum Interruption {
    Session(SessionError),
    Fatal(DrainError),
}

impl From<SessionError> for Interruption {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Schema(
                error @ (SchemaError::PostgresTooOld { .. } | SchemaError::TooNew { .. }),
            ) => Self::Fatal(DrainError::Schema(error.to_string())),
            error => Self::Session(error),
        }
    }
}

/// A drain that runs.
struct Worker<F> {
    drain: Drain,
    publish: F,
    stop: watch::Receiver<bool>,
    status: DrainStatus,
    outage: Outage,
    batch: Vec<Trade>,
}

impl<F: Fn(DrainStatus)> Worker<F> {
    fn new(drain: Drain, publish: F, stop: watch::Receiver<bool>) -> Self {
        let status = DrainStatus {
            phase: Phase::Starting,
            next: None,
            last: drain.source.last(),
            rows: 0,
            batches: 0,
            failures: 0,
        };
        let batch = Vec::with_capacity(drain.options.batch_rows);
        Self { drain, publish, stop, status, outage: Outage::default(), batch }
    }

    /// Makes attempts until one ends well or none can.
    async fn work(&mut self) -> DrainEnd {
        loop {
            match self.attempt().await {
                Ok(next) => return DrainEnd::Emptied { next },
                Err(Interruption::Fatal(error)) => return DrainEnd::Failed(error),
                Err(Interruption::Session(error)) => self.rest(&error).await,
            }
        }
    }

    /// Drains over one connection, and gives the next number once told to stop and done.
    async fn attempt(&mut self) -> Result<u64, Interruption> {
        let Drain { pool, source, options } = &self.drain;
        let (log_id, log_session) = (source.log_id(), source.session());
        let mut session = Session::open(pool, log_id, log_session, options.answer_limit).await?;
        self.status.next = Some(session.next());
        loop {
            // Asked before reading: what was there when the order came is copied.
            let stopping = self.stopping();
            self.read(session.next())?;
            if self.batch.is_empty() {
                session.check_open()?;
                self.works();
                if stopping {
                    return Ok(session.next());
                }
                self.pause(self.drain.options.poll_interval).await;
            } else {
                let is_full = self.batch.len() == self.drain.options.batch_rows;
                session.store(&self.batch).await?;
                self.stored(session.next());
                if !is_full && !stopping {
                    // Each batch costs Postgres a sync and some answers: rather few and large ones.
                    self.pause(self.drain.options.poll_interval).await;
                }
            }
        }
    }

    /// Fills the batch with the trades from `first` on.
    fn read(&mut self, first: u64) -> Result<(), Interruption> {
        self.batch.clear();
        let limit = self.drain.options.batch_rows;
        self.drain.source.read(first, limit, &mut self.batch).map_err(|error| {
            Interruption::Fatal(match error {
                SourceError::Beyond { first, last } => {
                    DrainError::CursorAhead { cursor: first, last }
                }
                error @ SourceError::Unreadable { .. } => DrainError::Source(error),
            })
        })?;
        for (expected, trade) in (first..).zip(&self.batch) {
            if trade.number != expected {
                let found = trade.number;
                return Err(Interruption::Fatal(DrainError::Misnumbered { expected, found }));
            }
        }
        Ok(())
    }

    /// Notes a committed batch.
    fn stored(&mut self, next: u64) {
        let first = self.status.next.replace(next).expect("a session tells its cursor");
        self.status.rows += next - first;
        self.status.batches += 1;
        self.status.last = self.drain.source.last();
        self.outage.over();
        self.status.phase = Phase::Draining;
        (self.publish)(self.status);
    }

    /// Notes that there is nothing to copy and Postgres works.
    fn works(&mut self) {
        if self.outage.over() || self.status.phase != Phase::Draining {
            self.status.phase = Phase::Draining;
            self.status.last = self.drain.source.last();
            (self.publish)(self.status);
        }
    }

    /// Notes a failed attempt and waits before the next.
    async fn rest(&mut self, error: &SessionError) {
        self.status.phase = match error {
            SessionError::Locked => Phase::Locked,
            _ => Phase::Down,
        };
        self.status.last = self.drain.source.last();
        self.status.failures += 1;
        (self.publish)(self.status);
        let delay = self.outage.failed(error, self.status.next, self.status.last);
        self.pause(delay).await;
    }

    fn stopping(&self) -> bool {
        *self.stop.borrow() || self.stop.has_changed().is_err()
    }

    /// Waits; the order to stop cuts it short.
    async fn pause(&mut self, duration: Duration) {
        if self.stopping() {
            sleep(duration).await;
        } else {
            let _ = timeout(duration, self.stop.changed()).await;
        }
    }
}
