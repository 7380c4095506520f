//! How the tables come to be, and change: numbered steps, each once and whole.

use crate::{
    statement::{Dialect, Parameter, Statement},
    store::StoreError,
};

/// A step.
struct Step {
    version: u32,
    /// The oldest program, by its last step, that works with the tables as this step leaves them. A deployment that fails goes
    /// back to the program before: a step that only adds leaves it at that.
    works_with: u32,
    sql: &'static str,
}

/// The steps, in order. A step that was ever released is not changed: a change is a new step.
const STEPS: [Step; 2] = [
    Step { version: 1, works_with: 1, sql: include_str!("migrations/001_tables.sql") },
    Step { version: 2, works_with: 2, sql: include_str!("migrations/002_views.sql") },
];

/// Any number, the same for all that migrate.
const LOCK: &str = "6180339887";

/// Makes the list of steps taken, if there is none.
pub(crate) fn begin(dialect: Dialect) -> Vec<Statement> {
    let list = "CREATE TABLE IF NOT EXISTS connect_migrations \
                (version bigint PRIMARY KEY, works_with bigint NOT NULL)";
    lock(dialect).into_iter().chain([Statement::write(list, Vec::new())]).collect()
}

/// The steps taken, each with the oldest program that it works with.
pub(crate) fn taken() -> Statement {
    let sql = "SELECT CAST(version AS text) || ' ' || CAST(works_with AS text) FROM connect_migrations";
    Statement::read(sql, Vec::new())
}

/// Whether a step is among those taken.
pub(crate) fn is_taken(taken: &[String], version: u32) -> bool {
    taken.iter().any(|step| step.split(' ').next() == Some(version.to_string().as_str()))
}

/// The steps to take, each with its statements. Steps of a newer program are none of ours, if they work with this one.
pub(crate) fn missing(dialect: Dialect, taken: &[String]) -> Result<Vec<(u32, Vec<Statement>)>, StoreError> {
    let numbers = |step: &String| {
        let (version, works_with) = step.split_once(' ')?;
        Some((version.parse().ok()?, works_with.parse().ok()?))
    };
    let taken: Option<Vec<(u32, u32)>> = taken.iter().map(numbers).collect();
    let taken = taken.ok_or(StoreError::NotUnderstood)?;
    let ours = STEPS.iter().map(|step| step.version).max().unwrap_or_default();
    if taken.iter().any(|(_, works_with)| *works_with > ours) {
        return Err(StoreError::Refused("the tables are of a newer program".to_owned()));
    }
    let missing = STEPS.iter().filter(|step| taken.iter().all(|(version, _)| *version != step.version));
    Ok(missing.map(|step| (step.version, statements(dialect, step))).collect())
}

fn statements(dialect: Dialect, step: &Step) -> Vec<Statement> {
    // It fails if another took the step in the meantime, and with it everything after it.
    let note = Statement::write(
        "INSERT INTO connect_migrations VALUES (CAST($1 AS bigint), CAST($2 AS bigint))",
        vec![Parameter::Text(step.version.to_string()), Parameter::Text(step.works_with.to_string())],
    );
    let statements = split(&dialect.spell(step.sql)).into_iter().map(|sql| Statement::write(sql, Vec::new()));
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
