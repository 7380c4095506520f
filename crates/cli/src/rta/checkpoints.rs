//! The checkpoints of shards, in an SQLite file.

use std::{collections::BTreeMap, path::Path};

use anyhow::Context;
use sqlx::{Row, SqlitePool};
use switchboard_store::error::StoreError;

/// The position in a shard.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Position {
    /// The sequence number of the last record that is done; [`None`] if there was none yet.
    pub(super) sequence_number: Option<String>,
    /// True if the shard is closed and done to its end.
    pub(super) is_finished: bool,
}

/// The positions in a stream's shards, by shard.
pub(super) type Positions = BTreeMap<String, Position>;

/// The file, by stream ARN and shard id: streams of several Regions and accounts may have one name.
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
        let pool =
            switchboard_store::sqlite::open(path).await.map_err(StoreError::from).with_context(unopened)?;
        let table = "CREATE TABLE IF NOT EXISTS checkpoints (
            stream_arn TEXT NOT NULL, shard TEXT NOT NULL, sequence_number TEXT, is_finished INTEGER NOT NULL,
            PRIMARY KEY (stream_arn, shard)
        ) STRICT, WITHOUT ROWID";
        sqlx::query(table).execute(&pool).await.map_err(StoreError::from).with_context(unopened)?;
        Ok(Self { pool })
    }

    /// The positions of a stream.
    ///
    /// # Errors
    /// When it can't be read.
    pub(super) async fn of(&self, stream_arn: &str) -> anyhow::Result<Positions> {
        let query = "SELECT shard, sequence_number, is_finished FROM checkpoints WHERE stream_arn = ?";
        let rows = sqlx::query(query).bind(stream_arn).fetch_all(&self.pool).await;
        let rows = rows.context("the checkpoints can't be read")?;
        let position = |row: &sqlx::sqlite::SqliteRow| {
            let (sequence_number, is_finished) = (row.try_get(1)?, row.try_get(2)?);
            Ok((row.try_get(0)?, Position { sequence_number, is_finished }))
        };
        let positions: sqlx::Result<_> = rows.iter().map(position).collect();
        positions.context("the checkpoints can't be read")
    }

    /// Writes these positions of a stream, and deletes others.
    ///
    /// # Errors
    /// If they can't be written; the earlier positions hold then.
    pub(super) async fn save(&self, stream_arn: &str, positions: &Positions) -> anyhow::Result<()> {
        self.try_keep(stream_arn, positions).await.context("the checkpoints can't be written")
    }

    async fn try_keep(&self, stream_arn: &str, positions: &Positions) -> sqlx::Result<()> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let all = sqlx::query("DELETE FROM checkpoints WHERE stream_arn = ?").bind(stream_arn);
        all.execute(&mut *transaction).await?;
        for (shard, position) in positions {
            let row = sqlx::query("INSERT INTO checkpoints VALUES (?, ?, ?, ?)").bind(stream_arn).bind(shard);
            let row = row.bind(&position.sequence_number).bind(position.is_finished);
            row.execute(&mut *transaction).await?;
        }
        transaction.commit().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "arn:aws:kinesis:eu-central-1:111122223333:stream/agents";
    const OTHER_REGION: &str = "arn:aws:kinesis:us-west-2:111122223333:stream/agents";

    #[tokio::test]
    async fn positions_are_found_again_by_stream() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rta.db");
        let read = Position { sequence_number: Some("49590338271490256608".to_owned()), is_finished: false };
        let finished = Position { sequence_number: None, is_finished: true };
        let both = Positions::from([("a".to_owned(), read.clone()), ("b".to_owned(), finished.clone())]);
        {
            let checkpoints = Checkpoints::open(&path).await.unwrap();
            assert!(checkpoints.of(ONE).await.unwrap().is_empty());
            checkpoints.save(ONE, &both).await.unwrap();
            checkpoints
                .save(OTHER_REGION, &Positions::from([("a".to_owned(), finished.clone())]))
                .await
                .unwrap();
        }
        let checkpoints = Checkpoints::open(&path).await.unwrap();
        assert_eq!(checkpoints.of(ONE).await.unwrap(), both);
        // Shards that are gone are forgotten, those of the other stream are not touched.
        checkpoints.save(ONE, &Positions::from([("c".to_owned(), read)])).await.unwrap();
        assert_eq!(checkpoints.of(ONE).await.unwrap().into_keys().collect::<Vec<_>>(), ["c"]);
        assert_eq!(checkpoints.of(OTHER_REGION).await.unwrap().len(), 1);
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
