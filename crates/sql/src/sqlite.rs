//! An SQLite file.

use std::path::Path;

use sqlx::{AssertSqlSafe, Row as _, Sqlite, SqliteConnection, SqlitePool, sqlite::SqliteArguments};
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

    /// SQLite runs a statement on a thread of its own, and meanwhile the next one's parameters are copied for it.
    async fn try_run(&self, statements: &[Statement]) -> sqlx::Result<Vec<QueryResult>> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let mut results = Vec::with_capacity(statements.len());
        let mut queries = statements.iter().map(query);
        let mut next = queries.next();
        while let Some((query, returns_rows)) = next {
            let result = execute(query, returns_rows, &mut transaction);
            let (result, following) = tokio::join!(biased; result, async { queries.next() });
            results.push(result?);
            next = following;
        }
        transaction.commit().await?;
        Ok(results)
    }
}

type Query<'q> = sqlx::query::Query<'q, Sqlite, SqliteArguments>;

/// A statement with its parameters, and whether it returns rows.
fn query(statement: &Statement) -> (Query<'_>, bool) {
    // It is made of our own names; what comes from outside is a parameter.
    let query = sqlx::query(AssertSqlSafe(statement.sql.as_str()));
    let query = statement.parameters.iter().fold(query, |query, parameter| query.bind(parameter.as_str()));
    (query, statement.returns_rows)
}

async fn execute(
    query: Query<'_>,
    returns_rows: bool,
    connection: &mut SqliteConnection,
) -> sqlx::Result<QueryResult> {
    if !returns_rows {
        let written = query.execute(connection).await?.rows_affected();
        return Ok(QueryResult { rows: Vec::new(), written });
    }
    let rows = query.fetch_all(connection).await?;
    let rows = rows.iter().map(|row| row.try_get(0)).collect::<sqlx::Result<_>>()?;
    Ok(QueryResult { rows, written: 0 })
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
