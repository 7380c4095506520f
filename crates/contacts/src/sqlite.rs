//! Contacts in an SQLite file.
//!
//! The same contract as on DynamoDB, with the comparison of versions in the upsert itself. Each contact's change is
//! one transaction that takes the file's write lock at its beginning, so that programs take turns.

use std::path::Path;

use jiff::Timestamp;
use sqlx::{QueryBuilder, Sqlite, SqlitePool};
use switchboard_store::{call::CallContext, error::StoreError, sqlite};

use crate::{
    expiry::{expiry_epoch_seconds, forgotten_until_epoch_seconds},
    fold::ContactChange,
    history::HistoryEntry,
    names::ResourceName,
    status::Status,
    store::value_kind,
};

mod read;

/// The file's schema, step by step.
const MIGRATIONS: &[(&str, &str)] = &[
    ("contacts", include_str!("sqlite/001_contacts.sql")),
    ("revisions", include_str!("sqlite/002_revisions.sql")),
];

/// Contacts that are purged with one batch, so that a file that was not used for a year is cleared in small steps.
const PURGE_BATCH: i64 = 1000;

/// Rows of one statement: each statement is a message to another thread and back.
const ROWS_AT_ONCE: usize = 500;

/// The file.
#[derive(Clone)]
pub(crate) struct Database {
    pool: SqlitePool,
}

impl Database {
    /// Opens the file, or makes it.
    pub(crate) async fn open(path: &Path) -> Result<Self, StoreError> {
        let pool = sqlite::open(path).await?;
        sqlite::migrate(&pool, MIGRATIONS).await?;
        Ok(Self { pool })
    }

    /// Keeps one contact's change, and how long what is known of it then is kept.
    pub(crate) async fn upsert(
        &self,
        change: &ContactChange,
        now: Timestamp,
        retention_minutes: u32,
    ) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let contact_id = change.contact_id();
        // The registers and the history refer to it.
        let known =
            sqlx::query("INSERT INTO contacts (contact_id, expires_at) VALUES (?, 0) ON CONFLICT DO NOTHING");
        known.bind(contact_id).execute(&mut *transaction).await?;
        let forgotten = sqlx::query_scalar("SELECT forgotten FROM contacts WHERE contact_id = ?");
        if forgotten.bind(contact_id).fetch_one(&mut *transaction).await? {
            return Ok(transaction.rollback().await?);
        }
        let history: Vec<_> = change.history.iter().collect();
        for entries in history.chunks(ROWS_AT_ONCE) {
            upsert_entries(&mut transaction, entries).await?;
        }
        let registers: Vec<_> = change.status.registers().collect();
        for registers in registers.chunks(ROWS_AT_ONCE) {
            let mut upsert = QueryBuilder::<Sqlite>::new("INSERT INTO registers ");
            upsert.push_values(registers, |mut row, (attribute, register)| {
                row.push_bind(contact_id)
                    .push_bind(attribute.name().into_owned())
                    .push_bind(register.version.to_string())
                    .push_bind(value_kind::text(&register.value));
            });
            upsert.push(
                " ON CONFLICT DO UPDATE SET version = excluded.version, value = excluded.value \
                 WHERE excluded.version > version",
            );
            upsert.build().execute(&mut *transaction).await?;
        }
        let status = read::merged(&mut transaction, contact_id).await?;
        let update = sqlx::query(
            "UPDATE contacts SET expires_at = ?, active = ?, revision = revision + 1 WHERE contact_id = ?",
        );
        let update = update
            .bind(expiry_epoch_seconds(&status, now, retention_minutes))
            .bind(status.may_be_worked_on())
            .bind(contact_id);
        update.execute(&mut *transaction).await?;
        Ok(transaction.commit().await?)
    }

    /// Keeps what queues and agents are called, the latest name of each.
    pub(crate) async fn upsert_names(&self, names: &[ResourceName]) -> Result<(), StoreError> {
        for named in names {
            let upsert = sqlx::query(
                "INSERT INTO names VALUES (?, ?, ?) ON CONFLICT DO UPDATE
                 SET name = excluded.name, second = excluded.second WHERE excluded.second > second",
            );
            let upsert = upsert.bind(&named.arn).bind(&named.name).bind(named.second);
            upsert.execute(&self.pool).await?;
        }
        Ok(())
    }

    /// Deletes a contact: its status and its history. That it is forgotten is kept.
    pub(crate) async fn erase(
        &self,
        contact_id: &str,
        now: Timestamp,
        retention_minutes: u32,
    ) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        for delete in
            ["DELETE FROM history WHERE contact_id = ?", "DELETE FROM registers WHERE contact_id = ?"]
        {
            sqlx::query(delete).bind(contact_id).execute(&mut *transaction).await?;
        }
        let forget = sqlx::query(
            "INSERT INTO contacts (contact_id, expires_at, active, forgotten) VALUES (?, ?, FALSE, TRUE)
             ON CONFLICT DO UPDATE SET expires_at = excluded.expires_at, active = FALSE, forgotten = TRUE",
        );
        let forget = forget.bind(contact_id).bind(forgotten_until_epoch_seconds(now, retention_minutes));
        forget.execute(&mut *transaction).await?;
        Ok(transaction.commit().await?)
    }

    /// Deletes some of the expired contacts. They are not read, so a failure has no effect.
    pub(crate) async fn purge_expired(&self, call: CallContext) {
        for delete in [
            "DELETE FROM history WHERE contact_id IN
             (SELECT contact_id FROM contacts WHERE expires_at <= ? ORDER BY expires_at, contact_id LIMIT ?)",
            "DELETE FROM contacts WHERE contact_id IN
             (SELECT contact_id FROM contacts WHERE expires_at <= ? ORDER BY expires_at, contact_id LIMIT ?)",
        ] {
            let delete = sqlx::query(delete).bind(call.now.as_second()).bind(PURGE_BATCH);
            drop(tokio::time::timeout_at(call.deadline, delete.execute(&self.pool)).await);
        }
    }
}

async fn upsert_entries(
    connection: &mut sqlx::SqliteConnection,
    entries: &[(&String, &HistoryEntry)],
) -> sqlx::Result<()> {
    let mut upsert = QueryBuilder::<Sqlite>::new(
        "INSERT OR REPLACE INTO history (contact_id, entry, kind, body, original_bytes, ahead_of) ",
    );
    upsert.push_values(entries, |mut row, (key, entry)| {
        row.push_bind(&entry.contact_id)
            .push_bind(*key)
            .push_bind(&entry.kind)
            .push_bind(&entry.body)
            .push_bind(entry.original_bytes.and_then(|bytes| i64::try_from(bytes).ok()))
            .push_bind(entry.ahead_of.map(Timestamp::as_millisecond));
    });
    upsert.build().execute(connection).await.map(drop)
}

#[cfg(test)]
mod tests;
