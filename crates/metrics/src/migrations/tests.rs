use std::collections::BTreeMap;

use switchboard_sql::{dialect::Dialect, migrations::split};

use super::*;
use crate::tables::{Column, Table};

/// The columns of each table, by the text of the first step: name and type.
fn written() -> BTreeMap<String, Vec<(String, String)>> {
    let mut tables = BTreeMap::new();
    for sql in split(MIGRATIONS.steps[0].sql) {
        let Some((name, columns)) = sql.strip_prefix("CREATE TABLE ").and_then(|sql| sql.split_once(" (\n"))
        else {
            continue;
        };
        let columns =
            columns.lines().filter(|line| !line.contains("PRIMARY KEY (") && !line.starts_with(')'));
        let column = |line: &str| {
            let mut words = line.trim().trim_end_matches(',').split_whitespace();
            (words.next().unwrap().to_owned(), words.next().unwrap().to_owned())
        };
        tables.insert(name.to_owned(), columns.map(column).collect());
    }
    tables
}

fn wanted(table: Table, is_series: bool) -> Vec<(String, String)> {
    let column = |column: &Column| (column.name.to_owned(), column.kind.name().to_owned());
    let mut columns: Vec<_> = table.keys().iter().chain(&table.values()).map(column).collect();
    columns.push(("instance_arn".to_owned(), "text".to_owned()));
    if is_series {
        columns.push(("sampled_at".to_owned(), "TIMESTAMP_UTC".to_owned()));
    } else {
        columns.extend(
            table.lookup_columns().iter().map(|lookup| (lookup.column.to_owned(), "text".to_owned())),
        );
        let times = table.has_created_at().then_some("created_at").into_iter().chain([table.time()]);
        columns.extend(times.map(|time| (time.to_owned(), "TIMESTAMP_UTC".to_owned())));
    }
    columns.sort();
    columns
}

#[test]
fn the_tables_have_the_columns_of_the_catalogue() {
    let mut written = written();
    for table in Table::ALL {
        for name in [Some(table.name()), table.samples()].into_iter().flatten() {
            let mut columns = written.remove(name).unwrap_or_else(|| panic!("no {name}"));
            columns.sort();
            assert_eq!(columns, wanted(table, table.samples() == Some(name)), "{name}");
        }
    }
    assert_eq!(
        written.into_keys().collect::<Vec<_>>(),
        ["connect_interval_reads", "connect_table_status", "connect_unknown"]
    );
}

#[test]
fn every_key_begins_with_the_instance() {
    let keys: Vec<_> = MIGRATIONS.steps[0].sql.lines().filter(|line| line.contains("PRIMARY KEY")).collect();
    assert_eq!(keys.len(), MIGRATIONS.steps[0].sql.matches("CREATE TABLE ").count());
    for key in keys {
        assert!(key.contains("PRIMARY KEY (instance_arn, "), "{key}");
    }
}

#[test]
fn a_statement_comes_alone() {
    for Migration { version, sql, .. } in MIGRATIONS.steps {
        for dialect in [Dialect::Postgres, Dialect::Sqlite] {
            for statement in split(&dialect.expand_with(MIGRATIONS.macros, sql)) {
                let begins = ["CREATE TABLE ", "CREATE INDEX ", "CREATE VIEW ", "INSERT INTO "];
                assert!(begins.iter().any(|word| statement.starts_with(word)), "{version}: {statement}");
                assert!(
                    ![
                        "NUMBER",
                        "TIMESTAMP_UTC",
                        "FILLFACTOR_HALF",
                        "IN_UTC(",
                        "LOCAL_DATE",
                        "JOIN_FIVE",
                        "JOIN_QUARTERS"
                    ]
                    .iter()
                    .any(|word| statement.contains(word)),
                    "{statement}"
                );
            }
        }
    }
}

#[test]
fn a_step_says_which_programs_it_works_with() {
    for (n, step) in MIGRATIONS.steps.iter().enumerate() {
        assert_eq!(usize::try_from(step.version), Ok(n + 1));
        assert!((1..=step.version).contains(&step.works_with), "{}", step.version);
    }
}
