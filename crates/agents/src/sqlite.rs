//! Agents in an SQLite file.

use std::{collections::BTreeMap, path::Path};

use sqlx::{Row as _, SqlitePool, sqlite::SqliteRow};
use switchboard_store::{error::StoreError, sqlite};

use crate::backend::{CasResult, Changes, ItemVersion, VersionedItem};

/// The file.
#[derive(Clone)]
pub(crate) struct Database {
    pool: SqlitePool,
}

impl Database {
    /// Opens the file, or makes it.
    pub(crate) async fn open(path: &Path) -> Result<Self, StoreError> {
        let pool = sqlite::open(path).await?;
        sqlite::migrate(&pool, &[("agents", include_str!("sqlite/001_agents.sql"))]).await?;
        Ok(Self { pool })
    }

    /// The items with these keys.
    pub(crate) async fn read(&self, keys: &[&str]) -> Result<BTreeMap<String, VersionedItem>, StoreError> {
        let keys = serde_json::to_string(keys).map_err(|_| StoreError::NotUnderstood)?;
        let query = sqlx::query(
            "SELECT agent, revision, record, expires_at FROM agents
             WHERE agent IN (SELECT value FROM json_each(?))",
        );
        let rows = query.bind(keys).fetch_all(&self.pool).await?;
        rows.iter().map(stored).collect()
    }

    /// Writes this item if the stored one has that revision, or there is none and it is 0.
    pub(crate) async fn compare_and_swap(
        &self,
        key: &str,
        revision: i64,
        next: &VersionedItem,
    ) -> Result<CasResult, StoreError> {
        let write = sqlx::query(if revision == 0 {
            "INSERT INTO agents (revision, record, expires_at, agent) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
        } else {
            "UPDATE agents SET revision = ?, record = ?, expires_at = ? WHERE agent = ? AND revision = ?"
        });
        let mut write = write.bind(next.revision).bind(&next.text).bind(next.expires_at).bind(key);
        if revision != 0 {
            write = write.bind(revision);
        }
        if write.execute(&self.pool).await?.rows_affected() > 0 {
            return Ok(CasResult::Written);
        }
        Ok(CasResult::Conflict(self.read(&[key]).await?.remove(key)))
    }

    /// What has not expired beside what is held: it reads the versions of all, and those items that are not held.
    pub(crate) async fn changes(
        &self,
        held: &BTreeMap<String, ItemVersion>,
        now_epoch_seconds: i64,
    ) -> Result<Changes, StoreError> {
        let query = sqlx::query_as("SELECT agent, revision, expires_at FROM agents WHERE expires_at > ?");
        let found: Vec<(String, i64, i64)> = query.bind(now_epoch_seconds).fetch_all(&self.pool).await?;
        let current: BTreeMap<String, ItemVersion> =
            found.into_iter().map(|(key, revision, expires_at)| (key, (revision, expires_at))).collect();
        let differs = |(key, version): &(&String, &ItemVersion)| held.get(*key) != Some(*version);
        let keys: Vec<&str> = current.iter().filter(differs).map(|(key, _)| key.as_str()).collect();
        let changed = if keys.is_empty() { BTreeMap::new() } else { self.read(&keys).await? };
        Ok(Changes { current, changed })
    }

    /// Deletes what is expired, and returns the rest.
    pub(crate) async fn all(
        &self,
        now_epoch_seconds: i64,
    ) -> Result<BTreeMap<String, VersionedItem>, StoreError> {
        let delete = sqlx::query("DELETE FROM agents WHERE expires_at <= ?").bind(now_epoch_seconds);
        delete.execute(&self.pool).await?;
        let query = sqlx::query("SELECT agent, revision, record, expires_at FROM agents");
        let rows = query.fetch_all(&self.pool).await?;
        rows.iter().map(stored).collect()
    }
}

fn stored(row: &SqliteRow) -> Result<(String, VersionedItem), StoreError> {
    let stored = VersionedItem {
        revision: row.try_get("revision")?,
        text: row.try_get("record")?,
        expires_at: row.try_get("expires_at")?,
    };
    Ok((row.try_get("agent")?, stored))
}
