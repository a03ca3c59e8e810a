//! One connection of the drain, from its lock to its last batch.
//!
//! The lock comes first, then the cursor is read, then batches follow. The lock belongs to the
//! connection: as long as Postgres still works for an earlier connection, be it one whose commit
//! was never answered, the lock is not free and the cursor not read. So the cursor is final when it
//! is read, and what it counts is never sent again. After any error the session is dropped.

use std::time::Duration;

use deadpool_postgres::{ClientWrapper, Object, Pool, PoolError};
use thiserror::Error;
use tokio::time::timeout;

use super::copy::{self, Padded, Uuid};
use super::schema::{self, SchemaError};
use super::trade::Trade;

/// Lets Postgres notice soon that a drain is gone, so that the next one gets the lock.
const SETTINGS: &str = "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; \
                        SET tcp_keepalives_count = 3; \
                        SET idle_in_transaction_session_timeout = '1min'";

/// Why a session ended before its time.
#[derive(Debug, Error)]
pub(super) enum SessionError {
    #[error("another drain holds the lock of this log")]
    Locked,
    #[error("cannot connect")]
    Connect(#[source] PoolError),
    #[error("connection closed")]
    Closed,
    #[error("no answer within {0:?}")]
    Silent(Duration),
    #[error("{sent} rows were sent, {stored} arrived")]
    Count { sent: u64, stored: u64 },
    #[error("the cursor is no longer at trade {expected}")]
    CursorMoved { expected: u64 },
    #[error("the tables cannot be used")]
    Schema(#[from] SchemaError),
    #[error("the database refused")]
    Database(#[from] tokio_postgres::Error),
}

/// How far a log has been copied, as the database knows it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Cursor {
    next: u64,
    /// Sum of the digests of all trades before `next`, modulo 2^64.
    digest: u64,
}

/// A connection that holds the lock of its log.
pub(super) struct Session {
    client: ClientWrapper,
    log_id: [u8; 16],
    cursor: Cursor,
    copy: String,
    answer_limit: Duration,
}

impl Session {
    /// Connects, makes the tables, takes the lock, reads the cursor.
    pub(super) async fn open(
        pool: &Pool,
        log_id: [u8; 16],
        log_session: [u8; 10],
        answer_limit: Duration,
    ) -> Result<Self, SessionError> {
        // Out of the pool for good: a connection with a lock or an error on it is never lent again.
        let mut client = Object::take(pool.get().await.map_err(SessionError::Connect)?);
        let opening = async {
            client.batch_execute(SETTINGS).await?;
            schema::migrate(&mut client).await?;
            lock(&client, log_id).await?;
            read_cursor(&client, log_id, log_session).await
        };
        let cursor = within(answer_limit, opening).await?;
        Ok(Self { client, log_id, cursor, copy: copy::statement(), answer_limit })
    }

    /// The number of the first trade that is not in the database.
    pub(super) fn next(&self) -> u64 {
        self.cursor.next
    }

    /// Tells whether the connection still stands, as far as this end knows.
    pub(super) fn check_open(&self) -> Result<(), SessionError> {
        if self.client.is_closed() { Err(SessionError::Closed) } else { Ok(()) }
    }

    /// Adds the rows of `trades`, which begin at the cursor, and moves the cursor, in one transaction.
    ///
    /// On an error it is not known whether they were added; the next session reads it.
    pub(super) async fn store(&mut self, trades: &[Trade]) -> Result<(), SessionError> {
        let sent = u64::try_from(trades.len()).expect("a length fits 64 bits");
        let added = trades.iter().map(Trade::digest).fold(0, u64::wrapping_add);
        let Cursor { next, digest } = self.cursor;
        let moved = Cursor { next: next + sent, digest: digest.wrapping_add(added) };
        let limit = self.answer_limit;
        within(limit, self.commit(trades, sent, moved)).await?;
        self.cursor = moved;
        Ok(())
    }

    async fn commit(
        &mut self,
        trades: &[Trade],
        sent: u64,
        moved: Cursor,
    ) -> Result<(), SessionError> {
        let transaction = self.client.transaction().await?;
        let copy = transaction.prepare_cached(&self.copy).await?;
        let sink = transaction.copy_in(&copy).await?;
        let stored = copy::write_rows(sink, self.log_id, trades).await?;
        if stored != sent {
            return Err(SessionError::Count { sent, stored });
        }
        let advance = transaction.prepare_cached(ADVANCE).await?;
        let expected = self.cursor.next;
        let advanced = transaction
            .execute(
                &advance,
                &[
                    &Uuid(self.log_id),
                    &moved.next.cast_signed(),
                    &moved.digest.cast_signed(),
                    &expected.cast_signed(),
                ],
            )
            .await?;
        if advanced != 1 {
            return Err(SessionError::CursorMoved { expected });
        }
        Ok(transaction.commit().await?)
    }
}

const ADVANCE: &str = "UPDATE openbell_drain_cursor \
     SET next_trade_number = $2, digest = $3, batches = batches + 1, changed_at = now() \
     WHERE log_id = $1 AND next_trade_number = $4";

/// Takes the lock that only one drain of a log can hold, until the connection ends.
async fn lock(client: &ClientWrapper, log_id: [u8; 16]) -> Result<(), SessionError> {
    let [a, b, c, d, e, f, g, h, ..] = log_id;
    let key = i64::from_be_bytes([a, b, c, d, e, f, g, h]);
    let locked = client.query_one("SELECT pg_try_advisory_lock($1)", &[&key]).await?;
    if locked.try_get(0)? { Ok(()) } else { Err(SessionError::Locked) }
}

async fn read_cursor(
    client: &ClientWrapper,
    log_id: [u8; 16],
    log_session: [u8; 10],
) -> Result<Cursor, SessionError> {
    const BEGIN: &str = "INSERT INTO openbell_drain_cursor VALUES ($1, $2, 1, 0, 0, now()) \
                         ON CONFLICT (log_id) DO NOTHING";
    const READ: &str =
        "SELECT next_trade_number, digest FROM openbell_drain_cursor WHERE log_id = $1";
    client.execute(BEGIN, &[&Uuid(log_id), &Padded(&log_session)]).await?;
    let row = client.query_one(READ, &[&Uuid(log_id)]).await?;
    Ok(Cursor {
        next: row.try_get::<_, i64>(0)?.cast_unsigned(),
        digest: row.try_get::<_, i64>(1)?.cast_unsigned(),
    })
}

async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, SessionError>>,
) -> Result<T, SessionError> {
    timeout(limit, work).await.map_err(|_| SessionError::Silent(limit))?
}
