//! The migrations of the tables: numbered steps, each applied once and atomically.

use crate::{
    error::StoreError,
    statement::{Dialect, Parameter, Statement},
};

/// A migration.
struct Migration {
    version: u32,
    /// The last migration of the oldest program that works with the tables after this one. A deployment that fails rolls
    /// back to the program before, so a migration that only adds leaves this as it was.
    works_with: u32,
    sql: &'static str,
}

/// The migrations, in order. A released migration never changes: a change is a new migration.
const MIGRATIONS: [Migration; 2] = [
    Migration { version: 1, works_with: 1, sql: include_str!("migrations/001_tables.sql") },
    Migration { version: 2, works_with: 2, sql: include_str!("migrations/002_views.sql") },
];

/// Any number, the same for all that migrate.
const LOCK: &str = "6180339887";

/// Creates the table of applied migrations, if there is none.
pub(crate) fn ensure_table(dialect: Dialect) -> Vec<Statement> {
    let list = "CREATE TABLE IF NOT EXISTS connect_migrations \
                (version bigint PRIMARY KEY, works_with bigint NOT NULL)";
    lock(dialect).into_iter().chain([Statement::write(list, Vec::new())]).collect()
}

/// The steps taken, each with the oldest program that it works with.
pub(crate) fn applied() -> Statement {
    let sql = "SELECT CAST(version AS text) || ' ' || CAST(works_with AS text) FROM connect_migrations";
    Statement::read(sql, Vec::new())
}

/// Whether a migration is among the applied ones.
pub(crate) fn is_applied(applied: &[String], version: u32) -> bool {
    applied.iter().any(|migration| migration.split(' ').next() == Some(version.to_string().as_str()))
}

/// The pending migrations, each with its statements. Those of a newer program are ignored, if they work with this one.
pub(crate) fn pending(
    dialect: Dialect,
    applied: &[String],
) -> Result<Vec<(u32, Vec<Statement>)>, StoreError> {
    let numbers = |migration: &String| {
        let (version, works_with) = migration.split_once(' ')?;
        Some((version.parse().ok()?, works_with.parse().ok()?))
    };
    let applied: Option<Vec<(u32, u32)>> = applied.iter().map(numbers).collect();
    let applied = applied.ok_or(StoreError::NotUnderstood)?;
    let newest = MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or_default();
    if applied.iter().any(|(_, works_with)| *works_with > newest) {
        return Err(StoreError::Refused("the tables are of a newer program".to_owned()));
    }
    let pending = MIGRATIONS.iter().filter(|one| applied.iter().all(|(version, _)| *version != one.version));
    Ok(pending.map(|one| (one.version, statements(dialect, one))).collect())
}

fn statements(dialect: Dialect, migration: &Migration) -> Vec<Statement> {
    // It fails, and everything after it, if another program has applied the migration in the meantime.
    let record = Statement::write(
        "INSERT INTO connect_migrations VALUES (CAST($1 AS bigint), CAST($2 AS bigint))",
        vec![
            Parameter::Text(migration.version.to_string()),
            Parameter::Text(migration.works_with.to_string()),
        ],
    );
    let statements =
        split(&dialect.to_dialect(migration.sql)).into_iter().map(|sql| Statement::write(sql, Vec::new()));
    lock(dialect).into_iter().chain([record]).chain(statements).collect()
}

/// One migration at a time, until the transaction's end. In SQLite each transaction is alone anyway.
fn lock(dialect: Dialect) -> Option<Statement> {
    let lock = format!("SELECT CAST(pg_advisory_xact_lock({LOCK}) AS text)");
    (dialect == Dialect::Postgres).then(|| Statement::read(lock, Vec::new()))
}

/// The statements of a text that has a semicolon nowhere else than after them and in comments: the Data API takes one
/// at a time.
fn split(sql: &str) -> Vec<String> {
    let code: Vec<&str> = sql.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
    code.join("\n").split(';').map(str::trim).filter(|one| !one.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
