//! docs/tables.md: its queries run, and it names every column that there is.

use std::collections::BTreeSet;
use std::fs;

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
