//! The tables of the drain: made on start, raised from version to version, never guessed at.
//!
//! All scripts that are missing run in one transaction under a lock, so that two programs that start
//! at once make the tables once.

use thiserror::Error;
use tokio_postgres::Client;

/// The oldest Postgres that is tested, as `server_version_num` counts.
const OLDEST_POSTGRES: i32 = 150_000;

/// Script `n` leads from version `n` to `n + 1`, which it writes itself.
const SCRIPTS: [&str; 1] = [include_str!("schema.sql")];

/// The version that this program reads and writes.
pub const VERSION: usize = SCRIPTS.len();

/// The key of the advisory lock under which scripts run.
const LOCK: i64 = i64::from_be_bytes(*b"openbell");

/// Why the tables cannot be used.
#[derive(Debug, Error)]
pub enum SchemaError {
    #[error("PostgreSQL {found} is too old, the drain needs PostgreSQL 15 or later")]
    PostgresTooOld { found: String },
    #[error("the tables have schema version {found}, this program knows versions up to {known}")]
    TooNew { found: i32, known: usize },
    #[error(transparent)]
    Database(#[from] tokio_postgres::Error),
}

/// Brings the tables to [`VERSION`] and gives the version they had, 0 when there were none.
///
/// # Errors
///
/// When Postgres is too old, the tables are newer than this program, or the database refuses.
pub async fn migrate(client: &mut Client) -> Result<i32, SchemaError> {
    check_postgres(client).await?;
    let transaction = client.transaction().await?;
    transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK]).await?;
    let exists = "SELECT to_regclass('openbell_schema') IS NOT NULL";
    let found = if transaction.query_one(exists, &[]).await?.try_get(0)? {
        transaction.query_one("SELECT version FROM openbell_schema", &[]).await?.try_get(0)?
    } else {
        0
    };
    let Some(missing) = usize::try_from(found).ok().and_then(|found| SCRIPTS.get(found..)) else {
        return Err(SchemaError::TooNew { found, known: VERSION });
    };
    for script in missing {
        transaction.batch_execute(script).await?;
    }
    transaction.commit().await?;
    Ok(found)
}

async fn check_postgres(client: &Client) -> Result<(), SchemaError> {
    let versions =
        "SELECT current_setting('server_version_num')::integer, current_setting('server_version')";
    let row = client.query_one(versions, &[]).await?;
    oldest_or_later(row.try_get(0)?, row.try_get(1)?)
}

fn oldest_or_later(number: i32, name: &str) -> Result<(), SchemaError> {
    if number < OLDEST_POSTGRES {
        return Err(SchemaError::PostgresTooOld { found: name.to_owned() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_postgres_is_refused_by_name() {
        let refused = oldest_or_later(140_013, "14.13 (Debian)").expect_err("14 is too old");
        assert_eq!(
            refused.to_string(),
            "PostgreSQL 14.13 (Debian) is too old, the drain needs PostgreSQL 15 or later"
        );
        oldest_or_later(150_000, "15.0").expect("15 is enough");
        oldest_or_later(180_001, "18.1").expect("18 is enough");
    }
}
