//! How the tables come to be, and change: numbered steps, each once and whole.

use crate::{
    statement::{Dialect, Parameter, Statement},
    store::StoreError,
};

/// The steps, in order. A step that was ever released is not changed: a change is a new step.
const STEPS: [(u32, &str); 2] =
    [(1, include_str!("migrations/001_tables.sql")), (2, include_str!("migrations/002_views.sql"))];

/// Any number, the same for all that migrate.
const LOCK: &str = "6180339887";

/// Makes the list of steps taken, if there is none.
pub(crate) fn begin(dialect: Dialect) -> Vec<Statement> {
    let list = "CREATE TABLE IF NOT EXISTS connect_migrations (version bigint PRIMARY KEY)";
    lock(dialect).into_iter().chain([Statement::write(list, Vec::new())]).collect()
}

/// The steps taken.
pub(crate) fn taken() -> Statement {
    Statement::read("SELECT CAST(version AS text) FROM connect_migrations", Vec::new())
}

/// The steps to take, each with its statements.
pub(crate) fn missing(dialect: Dialect, taken: &[String]) -> Result<Vec<(u32, Vec<Statement>)>, StoreError> {
    let taken: Vec<u32> = taken
        .iter()
        .map(|version| version.parse())
        .collect::<Result<_, _>>()
        .map_err(|_| StoreError::NotUnderstood)?;
    if taken.iter().any(|version| STEPS.iter().all(|(known, _)| known != version)) {
        return Err(StoreError::Refused("the tables are of a newer program".to_owned()));
    }
    let missing = STEPS.iter().filter(|(version, _)| !taken.contains(version));
    Ok(missing.map(|(version, sql)| (*version, step(dialect, *version, sql))).collect())
}

fn step(dialect: Dialect, version: u32, sql: &str) -> Vec<Statement> {
    // It fails if another took the step in the meantime, and with it everything after it.
    let note = Statement::write(
        "INSERT INTO connect_migrations VALUES (CAST($1 AS bigint))",
        vec![Parameter::Text(version.to_string())],
    );
    let statements = split(&dialect.spell(sql)).into_iter().map(|sql| Statement::write(sql, Vec::new()));
    lock(dialect).into_iter().chain([note]).chain(statements).collect()
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
