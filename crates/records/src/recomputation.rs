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
    /// How many changes are taken by one transaction.
    pub(crate) changes_at_once: u64,
    /// The lock of all that recompute the same sums: any number.
    pub(crate) lock: &'static str,
}

impl Recomputation {
    /// The statements of one transaction that recomputes; in PostgreSQL one at a time. `$1` of each is how many changes to take.
    pub(crate) fn statements(self, dialect: Dialect, sql: &str) -> Vec<Statement> {
        let lock = (dialect == Dialect::Postgres).then(|| one_at_a_time(self.lock));
        let sqls = split(&dialect.expand_with(&MACROS, sql));
        let parameters = || vec![Parameter::Text(self.changes_at_once.to_string())];
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
