//! How kept sums are recomputed from a table of changes.

use switchboard_sql::{
    dialect::Dialect,
    migrations::split,
    statement::{Parameter, Statement},
};

use crate::migrations::MACROS;

/// The recomputation of the sums of one table of changes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recomputation {
    /// The table that notes what changed since.
    pub(crate) changes: &'static str,
    /// How many changes are taken by one transaction of PostgreSQL, which others wait for.
    pub(crate) changes_at_once: u64,
    /// The lock of all that recompute the same sums: any number.
    pub(crate) lock: &'static str,
}

/// How many times as many changes a transaction takes in SQLite, where nobody waits but who writes.
const SQLITE_TIMES: u64 = 20;

impl Recomputation {
    /// The statements of one transaction that recomputes; in PostgreSQL one at a time. `$1` of each is how many changes to take.
    ///
    /// In SQLite it takes many: what is loaded in no order of time changes everything in each part of the changes, and has all
    /// sums of agents computed as many times as there are parts.
    pub(crate) fn statements(self, dialect: Dialect, sql: &str) -> Vec<Statement> {
        let lock = (dialect == Dialect::Postgres).then(|| one_at_a_time(self.lock));
        let sqls = split(&dialect.expand_with(&MACROS, sql));
        let at_once = match dialect {
            Dialect::Postgres => self.changes_at_once,
            Dialect::Sqlite => SQLITE_TIMES * self.changes_at_once,
        };
        let parameters = || vec![Parameter::Text(at_once.to_string())];
        lock.into_iter().chain(sqls.into_iter().map(|sql| Statement::write(sql, parameters()))).collect()
    }

    /// How many changes there are that the kept sums do not have.
    pub(crate) fn pending(self) -> Statement {
        Statement::read(format!("SELECT CAST(COUNT(*) AS text) FROM {}", self.changes), Vec::new())
    }
}

/// Waits in PostgreSQL until no other transaction holds the lock, and holds it until the transaction's end.
pub(crate) fn one_at_a_time(lock: &str) -> Statement {
    Statement::read(format!("SELECT CAST(pg_advisory_xact_lock({lock}) AS text)"), Vec::new())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use switchboard_sql::database::Database;
    use tokio::time::Instant;

    use super::*;

    /// A file of records in no order of time had every sum computed once for each 50,000 of them.
    #[tokio::test]
    async fn sqlite_takes_many_changes_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::sqlite(&folder.path().join("records.db")).await.unwrap();
        let soon = Instant::now() + Duration::from_mins(1);
        let made =
            ["CREATE TABLE changes (change INTEGER PRIMARY KEY)", "INSERT INTO changes VALUES (1), (2), (3)"];
        database.run(&made.map(|sql| Statement::write(sql, Vec::new())), soon).await.unwrap();
        let one_by_one = Recomputation { changes: "changes", changes_at_once: 1, lock: "1" };
        let sql =
            "DELETE FROM changes WHERE change < (SELECT MIN(change) FROM changes) + CAST($1 AS bigint);";
        database.run(&one_by_one.statements(Dialect::Sqlite, sql), soon).await.unwrap();
        let left = database.run(&[one_by_one.pending()], soon).await.unwrap();
        assert_eq!(left[0].rows, ["0"]);
    }
}
