//! Contacts in an SQLite file.
//!
//! The same contract as on DynamoDB, with the comparison of versions in the upsert itself. Each contact's change is
//! one transaction that takes the file's write lock at its beginning, so that programs take turns.

use std::path::Path;

use sqlx::SqlitePool;
use switchboard_store::{error::StoreError, sqlite};

use crate::{
    fold::Change,
    history::HistoryEntry,
    status::Status,
    store::{When, kind},
};

mod read;

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
        let pool = sqlite::open(path).await?;
        sqlite::migrate(&pool, &[("contacts", include_str!("sqlite/001_contacts.sql"))]).await?;
        Ok(Self { pool })
    }

    /// Keeps one contact's change.
    pub(crate) async fn keep(&self, change: &Change, expires: i64) -> Result<(), StoreError> {
        Ok(self.try_keep(change, expires).await?)
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

#[cfg(test)]
mod tests;
