//! Contacts in an SQLite file.
//!
//! The same contract as on DynamoDB, with the comparison of versions in the upsert itself. Each contact's change is
//! one transaction that takes the file's write lock at its beginning, so that programs take turns.

use std::{path::Path, time::Duration};

use sqlx::{
    SqlSafeStr as _, SqlitePool,
    migrate::{Migration, MigrationType, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{
    fold::Change,
    history::HistoryEntry,
    status::Status,
    store::{StoreError, When, kind},
};

mod read;

/// How long to wait for another program's write.
const BUSY: Duration = Duration::from_secs(10);

/// Rows that are forgotten with one batch, so that a file that lay for a year is cleared bit by bit.
const FORGOTTEN: i64 = 1000;

/// The file.
#[derive(Clone)]
pub(crate) struct Database {
    pool: SqlitePool,
}

impl Database {
    /// Opens the file, or makes it.
    pub(crate) async fn open(path: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .foreign_keys(true)
            .busy_timeout(BUSY);
        // One connection: SQLite has one writer at a time, and waiting in the pool is fair, which the file's lock isn't.
        let pool = SqlitePoolOptions::new().max_connections(1).acquire_timeout(BUSY);
        let pool = pool.connect_with(options).await.map_err(failure)?;
        let database = Self { pool };
        database.migrate().await?;
        Ok(database)
    }

    /// Under the write lock, as another program may be about to do the same.
    async fn migrate(&self) -> Result<(), StoreError> {
        let first = include_str!("sqlite/001_contacts.sql").into_sql_str();
        let migrations = vec![Migration::new(1, "contacts".into(), MigrationType::Simple, first, false)];
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(failure)?;
        let migrated = Migrator::with_migrations(migrations).run(&mut *transaction).await;
        migrated
            .map_err(|_| StoreError::Refused("not a file of contacts, or of a newer program".to_owned()))?;
        transaction.commit().await.map_err(failure)
    }

    /// Keeps one contact's change.
    pub(crate) async fn keep(&self, change: &Change, expires: i64) -> Result<(), StoreError> {
        self.try_keep(change, expires).await.map_err(failure)
    }

    async fn try_keep(&self, change: &Change, expires: i64) -> sqlx::Result<()> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let mut news = 0;
        for entry in &change.history {
            keep_entry(&mut transaction, entry, expires).await?;
        }
        if !change.status.is_empty() {
            // The registers refer to it. Its expiry follows if any of them is news.
            let known = sqlx::query("INSERT INTO contacts VALUES (?, ?) ON CONFLICT DO NOTHING");
            known.bind(change.contact_id()).bind(expires).execute(&mut *transaction).await?;
        }
        for (attribute, register) in change.status.registers() {
            let upsert = sqlx::query(
                "INSERT INTO registers VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE
                 SET version = excluded.version, value = excluded.value
                 WHERE excluded.version > version",
            );
            let upsert = upsert
                .bind(change.contact_id())
                .bind(attribute.name())
                .bind(register.version.to_string())
                .bind(kind::text(&register.value));
            news += upsert.execute(&mut *transaction).await?.rows_affected();
        }
        if news > 0 {
            let later = sqlx::query("UPDATE contacts SET expires = max(expires, ?) WHERE contact_id = ?");
            later.bind(expires).bind(change.contact_id()).execute(&mut *transaction).await?;
        }
        transaction.commit().await
    }

    /// Deletes some of what is expired. Nobody reads it, so a failure is nobody's.
    pub(crate) async fn forget_expired(&self, when: When) {
        for delete in [
            "DELETE FROM contacts WHERE rowid IN (SELECT rowid FROM contacts WHERE expires <= ? LIMIT ?)",
            "DELETE FROM history WHERE rowid IN (SELECT rowid FROM history WHERE expires <= ? LIMIT ?)",
        ] {
            let delete = sqlx::query(delete).bind(when.now.as_second()).bind(FORGOTTEN);
            drop(tokio::time::timeout_at(when.deadline, delete.execute(&self.pool)).await);
        }
    }
}

async fn keep_entry(
    connection: &mut sqlx::SqliteConnection,
    (key, entry): (&String, &HistoryEntry),
    expires: i64,
) -> sqlx::Result<()> {
    let upsert = sqlx::query("INSERT OR REPLACE INTO history VALUES (?, ?, ?, ?, ?, ?)")
        .bind(&entry.contact_id)
        .bind(key)
        .bind(&entry.kind)
        .bind(&entry.body)
        .bind(entry.original_bytes.and_then(|bytes| i64::try_from(bytes).ok()))
        .bind(expires);
    upsert.execute(connection).await.map(drop)
}

/// SQLite's own words may hold what was to be stored; its code doesn't.
fn failure(error: sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::PoolTimedOut => StoreError::Unavailable("busy".to_owned()),
        sqlx::Error::Database(error) => {
            let code = error.code().map(String::from).unwrap_or_default();
            // The low byte is the error, the rest its kind: 5 is SQLITE_BUSY, 6 SQLITE_LOCKED.
            let busy = code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6));
            let code = format!("SQLite error {code}");
            if busy { StoreError::Unavailable(code) } else { StoreError::Refused(code) }
        }
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => StoreError::NotUnderstood,
        sqlx::Error::Io(error) => StoreError::Unavailable(format!("{:?}", error.kind())),
        _ => StoreError::Unavailable("SQLite".to_owned()),
    }
}

#[cfg(test)]
mod tests;
