//! The record tables, judged by an invented day whose truth is known: on SQLite, on PostgreSQL, and on PostgreSQL behind the
//! RDS Data API's stand-in.

mod agents;
mod calendar;
pub(crate) mod day;
mod documentation;
mod function;
mod judge;
mod kept;
mod order;
mod provisional;
mod targets;

use std::time::Duration;

use jiff::Timestamp;
use switchboard_records::{
    AgentEventRows, EventRow, RecordTables,
    contact::{AttributeSelection, ContactRow},
};
use tokio::time::Instant;

use crate::metric_tables::places::Place;

/// Enough for anything here.
pub(crate) fn soon() -> Instant {
    Instant::now() + Duration::from_mins(5)
}

/// Long after the day.
pub(crate) fn now() -> Timestamp {
    "2026-11-20T00:00:00Z".parse().expect("a time")
}

/// New tables in a place.
pub(crate) async fn tables_in(place: &Place) -> RecordTables {
    let tables = RecordTables::new(place.database().await);
    tables.migrate(soon()).await.expect("tables");
    tables
}

/// Saves records as they come, in batches of a few hundred.
pub(crate) async fn save(tables: &RecordTables, records: &[&str]) {
    for batch in records.chunks(500) {
        let row = |record: &&str| {
            ContactRow::read(record, &AttributeSelection::default(), now()).expect("a record")
        };
        let rows: Vec<_> = batch.iter().map(row).collect();
        tables.save_contacts(rows, now(), soon()).await.expect("saved");
    }
}

/// Saves agent events as they come, in batches of some hundred.
async fn save_agent_events(tables: &RecordTables, events: &[&str]) {
    for batch in events.chunks(500) {
        let rows = batch.iter().map(|event| AgentEventRows::read(event, now()).expect("an agent event"));
        tables.save_agent_events(rows.collect(), now(), soon()).await.expect("saved");
    }
}

/// Saves contact records and contact events as they come, in batches of a few hundred.
async fn save_mixed(tables: &RecordTables, documents: &[&str]) {
    for batch in documents.chunks(300) {
        let records: Vec<_> = batch.iter().copied().filter(|text| !is_event(text)).collect();
        let event = |text: &&str| is_event(text).then(|| EventRow::read(text, now()).expect("an event"));
        let events: Vec<_> = batch.iter().filter_map(event).collect();
        tables.save_contact_events(events, now(), soon()).await.expect("saved");
        save(tables, &records).await;
    }
}

fn is_event(text: &str) -> bool {
    text.contains("\"detail-type\"")
}
