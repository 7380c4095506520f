//! An SQLite file.

use std::path::Path;

use sqlx::{AssertSqlSafe, Row as _, SqlitePool};
use switchboard_store::error::StoreError as Failure;

use crate::{
    error::SqlError,
    statement::{QueryResult, Statement},
};

/// Tables of many millions of rows are written in the order in which they come, and their keys in none: with SQLite's own 2 MB of
/// cache, and a copy of the log into the file every 4 MB, most of the time pages of keys are read and written again and again.
/// What is sorted for a query stays in memory up to the size of the cache. The first gigabyte of a file is read without copies.
const SETTINGS: [(&str, &str); 3] =
    [("cache_size", "-65536"), ("wal_autocheckpoint", "16384"), ("mmap_size", "1073741824")];

/// The file.
#[derive(Clone, Debug)]
pub(crate) struct Database {
    pool: SqlitePool,
}

impl Database {
    /// Opens the file, or makes it.
    pub(crate) async fn open(path: &Path) -> Result<Self, SqlError> {
        Ok(Self { pool: switchboard_store::sqlite::open_with(path, &SETTINGS).await.map_err(failure)? })
    }

    /// Runs statements in one transaction, which is the only writer from its beginning.
    pub(crate) async fn run(&self, statements: &[Statement]) -> Result<Vec<QueryResult>, SqlError> {
        self.try_run(statements).await.map_err(failure)
    }

    async fn try_run(&self, statements: &[Statement]) -> sqlx::Result<Vec<QueryResult>> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let mut results = Vec::with_capacity(statements.len());
        for statement in statements {
            // It is made of our own names; what comes from outside is a parameter.
            let mut query = sqlx::query(AssertSqlSafe(statement.sql.as_str()));
            for parameter in &statement.parameters {
                query = query.bind(parameter.as_str());
            }
            results.push(if statement.returns_rows {
                let rows = query.fetch_all(&mut *transaction).await?;
                let rows = rows.iter().map(|row| row.try_get(0)).collect::<sqlx::Result<_>>()?;
                QueryResult { rows, written: 0 }
            } else {
                let written = query.execute(&mut *transaction).await?.rows_affected();
                QueryResult { rows: Vec::new(), written }
            });
        }
        transaction.commit().await?;
        Ok(results)
    }
}

fn failure(error: sqlx::Error) -> SqlError {
    if let sqlx::Error::Database(error) = &error
        && error.message().starts_with("no such table")
    {
        return SqlError::NotMigrated;
    }
    match Failure::from(error) {
        Failure::Deadline => SqlError::Deadline,
        Failure::Unavailable(why) => SqlError::Unavailable(why),
        Failure::Rejected(why) => SqlError::Rejected(why),
        Failure::ItemRejected(why) => SqlError::Value(why),
        Failure::NotUnderstood => SqlError::NotUnderstood,
    }
}
