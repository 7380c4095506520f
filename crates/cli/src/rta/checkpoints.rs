//! How far each shard was read, in an SQLite file.

use std::{collections::BTreeMap, path::Path};

use anyhow::Context;
use sqlx::{Row, SqlitePool};

/// How far a shard was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Position {
    /// Of the last record that is done; [`None`] if there was none yet.
    pub(super) sequence_number: Option<String>,
    /// True if the shard is closed and done to its end.
    pub(super) is_finished: bool,
}

/// The positions in a stream's shards, by shard.
pub(super) type Positions = BTreeMap<String, Position>;

/// The file.
#[derive(Debug)]
pub(super) struct Checkpoints {
    pool: SqlitePool,
}

impl Checkpoints {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// When it can't be opened, or is something else.
    pub(super) async fn open(path: &Path) -> anyhow::Result<Self> {
        let unopened = || format!("{} can't be opened for checkpoints", path.display());
        let pool = switchboard_store::sqlite::open(path).await.with_context(unopened)?;
        let table = "CREATE TABLE IF NOT EXISTS checkpoints (
            stream TEXT NOT NULL, shard TEXT NOT NULL, sequence_number TEXT, is_finished INTEGER NOT NULL,
            PRIMARY KEY (stream, shard)
        ) STRICT, WITHOUT ROWID";
        sqlx::query(table).execute(&pool).await.with_context(unopened)?;
        Ok(Self { pool })
    }

    /// What was kept of a stream.
    ///
    /// # Errors
    /// When it can't be read.
    pub(super) async fn of(&self, stream: &str) -> anyhow::Result<Positions> {
        let query = "SELECT shard, sequence_number, is_finished FROM checkpoints WHERE stream = ?";
        let rows = sqlx::query(query).bind(stream).fetch_all(&self.pool).await;
        let rows = rows.context("the checkpoints can't be read")?;
        let position = |row: &sqlx::sqlite::SqliteRow| {
            let (sequence_number, is_finished) = (row.try_get(1)?, row.try_get(2)?);
            Ok((row.try_get(0)?, Position { sequence_number, is_finished }))
        };
        let positions: sqlx::Result<_> = rows.iter().map(position).collect();
        positions.context("the checkpoints can't be read")
    }

    /// Keeps these of a stream, and no others.
    ///
    /// # Errors
    /// When they can't be written; what was kept before holds then.
    pub(super) async fn keep(&self, stream: &str, positions: &Positions) -> anyhow::Result<()> {
        self.try_keep(stream, positions).await.context("the checkpoints can't be written")
    }

    async fn try_keep(&self, stream: &str, positions: &Positions) -> sqlx::Result<()> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let all = sqlx::query("DELETE FROM checkpoints WHERE stream = ?").bind(stream);
        all.execute(&mut *transaction).await?;
        for (shard, position) in positions {
            let row = sqlx::query("INSERT INTO checkpoints VALUES (?, ?, ?, ?)").bind(stream).bind(shard);
            let row = row.bind(&position.sequence_number).bind(position.is_finished);
            row.execute(&mut *transaction).await?;
        }
        transaction.commit().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_kept_is_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rta.db");
        let read = Position { sequence_number: Some("49590338271490256608".to_owned()), is_finished: false };
        let finished = Position { sequence_number: None, is_finished: true };
        let both = Positions::from([("a".to_owned(), read.clone()), ("b".to_owned(), finished.clone())]);
        {
            let checkpoints = Checkpoints::open(&path).await.unwrap();
            assert!(checkpoints.of("one").await.unwrap().is_empty());
            checkpoints.keep("one", &both).await.unwrap();
            checkpoints.keep("two", &Positions::from([("a".to_owned(), finished.clone())])).await.unwrap();
        }
        let checkpoints = Checkpoints::open(&path).await.unwrap();
        assert_eq!(checkpoints.of("one").await.unwrap(), both);
        // Shards that are gone are forgotten, those of the other stream are not touched.
        checkpoints.keep("one", &Positions::from([("c".to_owned(), read)])).await.unwrap();
        assert_eq!(checkpoints.of("one").await.unwrap().into_keys().collect::<Vec<_>>(), ["c"]);
        assert_eq!(checkpoints.of("two").await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn another_file_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("callers.csv");
        std::fs::write(&path, "Phone,Name\n".repeat(100)).unwrap();
        let error = Checkpoints::open(&path).await.unwrap_err();
        assert!(format!("{error:#}").contains("callers.csv can't be opened"), "{error:#}");
    }
}
