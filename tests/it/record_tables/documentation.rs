//! docs/tables.md: its queries run, and it names every column that there is.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use switchboard_tests::workspace;

use super::day::DAY;
use super::{save, save_agent_events, soon, tables_in};
use crate::metric_tables::places::Place;

fn documentation() -> String {
    fs::read_to_string(workspace::root().join("docs/tables.md")).expect("docs/tables.md")
}

#[tokio::test]
async fn the_queries_of_the_documentation_run() {
    let text = documentation();
    let queries: Vec<_> = text.split("```sql\n").skip(1).filter_map(|rest| rest.split_once("```")).collect();
    assert!(queries.len() > 5, "{} queries", queries.len());
    for place in [Place::Sqlite(tempfile::tempdir().expect("a folder")), Place::postgres()] {
        let tables = tables_in(&place).await;
        let records: Vec<_> = DAY.records.iter().take(1000).map(String::as_str).collect();
        save(&tables, &records).await;
        save_agent_events(&tables, &DAY.agent_events_of(4)).await;
        tables.recompute(soon()).await.expect("sums");
        let utc = jiff::tz::TimeZone::UTC;
        tables.add_to_calendar("UTC", &utc, DAY.from, DAY.to, soon()).await.expect("a calendar");
        for (query, _) in &queries {
            let rows = place.sql(&format!("SELECT CAST(COUNT(*) AS text) FROM ({query}) AS query")).await;
            let rows: u64 = rows[0].parse().expect("a number");
            assert!(rows > 1, "{}: {rows} rows of {query}", place.kind());
        }
    }
}

/// Reads every view of the file that is its argument with Python's SQLite, which is the system's: older than the program's own.
const READ_VIEWS: &str = "
import sqlite3, sys
if sqlite3.sqlite_version_info < (3, 38):
    sys.exit('SQLite ' + sqlite3.sqlite_version + ' has no unixepoch()')
file = sqlite3.connect(sys.argv[1])
views = [name for name, in file.execute(\"SELECT name FROM sqlite_master WHERE type = 'view'\")]
for name in views:
    file.execute('SELECT * FROM ' + name + ' LIMIT 1').fetchall()
print(len(views))
";

/// Debian's sqlite3 could not open the file: "parser stack overflow".
#[tokio::test]
async fn the_systems_sqlite_reads_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("metrics.db");
    let place = Place::Sqlite(folder);
    let tables = tables_in(&place).await;
    save_agent_events(&tables, &DAY.agent_events_of(1)).await;
    let read = Command::new("python3").args(["-c", READ_VIEWS]).arg(path).output().expect("python3");
    let printed = String::from_utf8_lossy(&read.stdout);
    let views: usize =
        printed.trim().parse().unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&read.stderr)));
    assert!(views > 10, "{views} views");
}

#[tokio::test]
async fn every_column_is_documented_and_no_other() {
    let text = documentation();
    let place = Place::postgres();
    tables_in(&place).await;
    let columns = place
        .sql(
            "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public' \
             AND table_name <> 'record_migrations' ORDER BY 1",
        )
        .await;
    let mut there: BTreeSet<String> = columns.into_iter().collect();
    let shared: Vec<String> =
        there.iter().filter_map(|name| Some(name.strip_prefix("contact_record.")?.to_owned())).collect();
    for column in shared {
        there.remove(&format!("contact_outcome.{column}"));
    }
    let mut documented = BTreeSet::new();
    for section in text.split("\n## `").skip(1) {
        let (table, rest) = section.split_once('`').expect("a name");
        let rows = rest.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
        documented.extend(rows.map(|(column, _)| format!("{table}.{column}")));
    }
    assert_eq!(documented, there);
}
