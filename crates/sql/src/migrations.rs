//! Migrations: named steps, each applied once and atomically. Which there are, the owner of the tables says.

use std::collections::BTreeSet;

use crate::{
    dialect::{Dialect, Macro},
    error::SqlError,
    statement::{Parameter, Statement},
};

/// A migration.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// Its number: 1 of the first, and so on.
    pub version: u32,
    /// Its name, for people.
    pub name: &'static str,
    /// The last migration of the oldest program that works with the tables after this one. A deployment that fails rolls
    /// back to the program before, so a migration that only adds leaves this as it was.
    pub works_with: u32,
    /// Its statements, with a semicolon after each, and elsewhere only in comments.
    pub sql: &'static str,
}

/// The migrations of the tables of one owner.
#[derive(Clone, Copy, Debug)]
pub struct Migrations {
    /// The table that records which of them were applied.
    pub table: &'static str,
    /// The macros of their SQL beside [`MACROS`](crate::dialect::MACROS).
    pub macros: &'static [Macro],
    /// The migrations, in order. A released migration never changes: a change is a new migration.
    pub steps: &'static [Migration],
}

/// Any number, the same for all that migrate.
const LOCK: &str = "6180339887";

impl Migrations {
    /// The tables and views that these migrations make, in no order.
    ///
    /// ```
    /// use switchboard_sql::migrations::{Migration, Migrations};
    /// const SQL: &str = "CREATE TABLE a (x text);\nCREATE VIEW b AS SELECT x FROM a;\nDROP VIEW b;\nCREATE VIEW c AS SELECT x FROM a;\n";
    /// const STEPS: &[Migration] = &[Migration { version: 1, name: "tables", works_with: 1, sql: SQL }];
    /// assert_eq!(Migrations { table: "migrations", macros: &[], steps: STEPS }.relations(), ["a", "c"]);
    /// ```
    pub fn relations(&self) -> Vec<&'static str> {
        let mut relations = BTreeSet::new();
        for line in self.steps.iter().flat_map(|step| step.sql.lines()) {
            let mut words = line.split([' ', '(', ';']).filter(|word| !word.is_empty());
            match (words.next(), words.next(), words.next()) {
                (Some("CREATE"), Some("TABLE" | "VIEW"), Some(name)) => _ = relations.insert(name),
                (Some("DROP"), Some("TABLE" | "VIEW"), Some(name)) => _ = relations.remove(name),
                _ => {}
            }
        }
        relations.into_iter().collect()
    }

    /// Creates the table of applied migrations, if there is none.
    pub(crate) fn ensure_table(&self, dialect: Dialect) -> Vec<Statement> {
        let create = format!(
            "CREATE TABLE IF NOT EXISTS {} \
             (version bigint PRIMARY KEY, works_with bigint NOT NULL, name text NOT NULL)",
            self.table
        );
        lock(dialect).into_iter().chain([Statement::write(create, Vec::new())]).collect()
    }

    /// The applied migrations, each with the oldest program that it works with.
    pub(crate) fn applied(&self) -> Statement {
        let sql =
            format!("SELECT CAST(version AS text) || ' ' || CAST(works_with AS text) FROM {}", self.table);
        Statement::read(sql, Vec::new())
    }

    /// The pending migrations, each with its statements. Those of a newer program are ignored, if they work with this one.
    pub(crate) fn pending(
        &self,
        dialect: Dialect,
        applied: &[String],
    ) -> Result<Vec<(u32, Vec<Statement>)>, SqlError> {
        let numbers = |migration: &String| {
            let (version, works_with) = migration.split_once(' ')?;
            Some((version.parse().ok()?, works_with.parse().ok()?))
        };
        let applied: Option<Vec<(u32, u32)>> = applied.iter().map(numbers).collect();
        let applied = applied.ok_or(SqlError::NotUnderstood)?;
        let newest = self.steps.iter().map(|migration| migration.version).max().unwrap_or_default();
        if applied.iter().any(|(_, works_with)| *works_with > newest) {
            return Err(SqlError::Rejected("the tables are of a newer program".to_owned()));
        }
        let pending =
            self.steps.iter().filter(|one| applied.iter().all(|(version, _)| *version != one.version));
        Ok(pending.map(|one| (one.version, self.statements(dialect, one))).collect())
    }

    fn statements(&self, dialect: Dialect, migration: &Migration) -> Vec<Statement> {
        // It fails, and everything after it, if another program has applied the migration in the meantime.
        let record = Statement::write(
            format!("INSERT INTO {} VALUES (CAST($1 AS bigint), CAST($2 AS bigint), $3)", self.table),
            vec![
                Parameter::Text(migration.version.to_string()),
                Parameter::Text(migration.works_with.to_string()),
                Parameter::text(migration.name),
            ],
        );
        let sqls = split(&dialect.expand_with(self.macros, migration.sql));
        let statements = sqls.into_iter().map(|sql| Statement::write(sql, Vec::new()));
        lock(dialect).into_iter().chain([record]).chain(statements).collect()
    }
}

/// Whether a migration is among the applied ones.
pub(crate) fn is_applied(applied: &[String], version: u32) -> bool {
    applied.iter().any(|migration| migration.split(' ').next() == Some(version.to_string().as_str()))
}

/// One migration at a time, until the transaction's end. In SQLite each transaction is alone anyway.
fn lock(dialect: Dialect) -> Option<Statement> {
    let lock = format!("SELECT CAST(pg_advisory_xact_lock({LOCK}) AS text)");
    (dialect == Dialect::Postgres).then(|| Statement::read(lock, Vec::new()))
}

/// The statements of a text that has a semicolon nowhere else than after them and in comments: the Data API takes one
/// at a time.
pub fn split(sql: &str) -> Vec<String> {
    let code: Vec<&str> = sql.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
    code.join("\n").split(';').map(str::trim).filter(|one| !one.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: Migration = Migration { version: 1, name: "tables", works_with: 1, sql: "SELECT 1;" };
    const MIGRATIONS: Migrations = Migrations {
        table: "example_migrations",
        macros: &[],
        steps: &[STEP, Migration { version: 2, name: "views", works_with: 2, ..STEP }],
    };

    #[test]
    fn a_statement_comes_alone() {
        assert_eq!(split("-- one; of two\nSELECT 1;\n  -- two\nSELECT 2\n;\n"), ["SELECT 1", "SELECT 2"]);
    }

    #[test]
    fn tables_of_a_newer_program_are_left_alone_and_used_where_they_work_with_this_one() {
        let pending = |applied: &[&str]| {
            let applied: Vec<_> = applied.iter().map(ToString::to_string).collect();
            MIGRATIONS
                .pending(Dialect::Sqlite, &applied)
                .map(|steps| steps.into_iter().map(|(version, _)| version).collect::<Vec<_>>())
        };
        assert_eq!(pending(&[]), Ok(vec![1, 2]));
        assert_eq!(pending(&["1 1"]), Ok(vec![2]));
        assert_eq!(pending(&["2 2", "1 1"]), Ok(vec![]));
        assert_eq!(pending(&["1 1", "2 2", "999 2"]), Ok(vec![]), "the newer one works with this program");
        assert_eq!(pending(&["1 1", "999 1"]), Ok(vec![2]));
        let refused = Err(SqlError::Rejected("the tables are of a newer program".to_owned()));
        assert_eq!(pending(&["1 1", "2 2", "3 2", "999 3"]), refused);
        assert_eq!(pending(&["1 1", "2"]), Err(SqlError::NotUnderstood));
    }
}
