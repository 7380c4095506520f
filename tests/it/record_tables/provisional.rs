//! What contact events say of contacts whose record is to come: the interval that goes on is right while calls last, in
//! whatever order events come, and a record has the last word.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, tz::TimeZone};
use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use serde_json::{Value, json};
use switchboard_core::interval::IntervalLength;
use switchboard_records::{
    EventRow, RecordTables,
    intervals::{Grain, IntervalQuery, QueueInterval},
};
use switchboard_tests::record_figures::Key;

use super::day::DAY;
use super::{is_event, judge, now, save, save_mixed, soon, tables_in};
use crate::metric_tables::places::{Place, empty_places};

const INSTANCE: &str =
    "arn:aws:connect:ap-southeast-2:111122223333:instance/00000000-0000-4000-8000-000000000001";

/// An event of a call that came into a queue a minute after it began, at 10:01.
fn event(id: &str, event_type: &str, members: Value) -> String {
    let mut detail = json!({
        "contactId": id, "eventType": event_type, "instanceArn": INSTANCE, "channel": "VOICE",
        "initiationMethod": "INBOUND", "initiationTimestamp": "2026-11-02T10:00:00.100Z",
        "queueInfo": {
            "queueArn": format!("{INSTANCE}/queue/sales"), "queueType": "STANDARD",
            "enqueueTimestamp": "2026-11-02T10:01:00.200Z",
        },
    });
    let Value::Object(members) = members else { panic!("members") };
    for (name, value) in members {
        detail[name] = value;
    }
    json!({"detail-type": "Amazon Connect Contact Event", "time": "2026-11-02T10:30:00Z", "detail": detail})
        .to_string()
}

fn agent() -> Value {
    json!({"agentArn": format!("{INSTANCE}/agent/ann"), "connectedToAgentTimestamp": "2026-11-02T10:01:15.300Z"})
}

/// The events of an answered call.
fn answered(id: &str) -> Vec<String> {
    let end = json!({
        "agentInfo": agent(), "disconnectTimestamp": "2026-11-02T10:04:00.400Z", "disconnectReason": "CUSTOMER_DISCONNECT",
    });
    vec![
        event(id, "INITIATED", json!({"queueInfo": null})),
        event(id, "QUEUED", json!({})),
        event(id, "CONNECTED_TO_AGENT", json!({"agentInfo": agent()})),
        event(id, "DISCONNECTED", end.clone()),
        event(id, "COMPLETED", end),
    ]
}

async fn save_events(tables: &RecordTables, events: &[String]) -> u64 {
    let rows = events.iter().map(|text| EventRow::read(text, now()).expect("an event")).collect();
    tables.save_contact_events(rows, now(), soon()).await.expect("saved").written
}

/// The quarters of an hour of the queues, as they are now.
async fn queues(tables: &RecordTables, from: Timestamp, to: Timestamp) -> Vec<QueueInterval> {
    tables.recompute(soon()).await.expect("sums");
    tables.add_to_calendar("UTC", &TimeZone::UTC, from, to, soon()).await.expect("a calendar");
    let query = IntervalQuery { zone: "UTC", grain: Grain::Minutes(IntervalLength::Fifteen), from, to };
    tables.queue_intervals(&query, soon()).await.expect("rows")
}

/// The only row of the day of these calls.
async fn only_row(tables: &RecordTables) -> QueueInterval {
    let [from, to] =
        ["2026-11-02T00:00:00Z", "2026-11-03T00:00:00Z"].map(|text| text.parse().expect("a time"));
    let mut rows = queues(tables, from, to).await;
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows.remove(0)
}

#[tokio::test]
async fn a_call_counts_while_it_lasts() {
    for place in empty_places() {
        let tables = tables_in(&place).await;
        save_events(&tables, &answered("talks")[..3]).await;
        save_events(&tables, &answered("waits")[..2]).await;
        let row = only_row(&tables).await;
        let counted = |row: &QueueInterval| [row.offered, row.answered, row.waiting, row.provisional];
        assert_eq!((counted(&row), row.settled), ([2, 1, 1, 2], false), "{}", place.kind());
        assert_eq!((row.answered_queue_seconds, row.interaction_count), (15, 0), "{}", place.kind());
        // It gives up, and both records come.
        let reason =
            json!({"disconnectTimestamp": "2026-11-02T10:02:00Z", "disconnectReason": "CUSTOMER_DISCONNECT"});
        save_events(&tables, &[event("waits", "DISCONNECTED", reason)]).await;
        let row = only_row(&tables).await;
        assert_eq!((counted(&row), row.abandoned), ([2, 1, 0, 2], 1), "{}", place.kind());
        let record = |id: &str, agent: Value| {
            json!({
                "ContactId": id, "InstanceARN": INSTANCE, "InitiationMethod": "INBOUND", "Channel": "VOICE", "Agent": agent,
                "DisconnectReason": "CUSTOMER_DISCONNECT", "DisconnectTimestamp": "2026-11-02T10:04:00Z",
                "Queue": {"ARN": format!("{INSTANCE}/queue/sales"), "Duration": 15, "EnqueueTimestamp": "2026-11-02T10:01:00Z"},
            })
            .to_string()
        };
        let agent = json!({"Username": "ann", "ConnectedToAgentTimestamp": "2026-11-02T10:01:15Z", "AgentInteractionDuration": 165});
        let records = [record("talks", agent), record("waits", Value::Null)];
        save(&tables, &records.each_ref().map(String::as_str)).await;
        // What comes late changes nothing.
        assert_eq!(save_events(&tables, &answered("talks")).await, 0, "{}", place.kind());
        let row = only_row(&tables).await;
        assert_eq!((counted(&row), row.settled), ([2, 1, 0, 0], true), "{}", place.kind());
        assert_eq!(row.interaction_seconds, 165, "{}", place.kind());
    }
}

#[tokio::test]
async fn a_contact_whose_end_was_lost_does_not_wait_for_ever() {
    for place in [Place::Sqlite(tempfile::tempdir().expect("a folder")), Place::postgres()] {
        let tables = tables_in(&place).await;
        save_events(&tables, &answered("waits")[..2]).await;
        let callback = event("callback", "QUEUED", json!({"initiationMethod": "CALLBACK"}));
        save_events(&tables, &[callback]).await;
        let over = async |text: &str| {
            let over = tables.presume_over(text.parse().expect("a time"), soon()).await.expect("told");
            let row = only_row(&tables).await;
            [over, row.offered, row.waiting, row.ended_otherwise]
        };
        assert_eq!(over("2026-11-03T09:59:00Z").await, [0, 2, 2, 0], "{}", place.kind());
        assert_eq!(over("2026-11-03T10:01:00Z").await, [1, 2, 1, 1], "a caller, on {}", place.kind());
        assert_eq!(over("2026-11-09T10:01:00Z").await, [1, 2, 0, 2], "a callback, on {}", place.kind());
        // An event that comes still later says how it was.
        save_events(&tables, &answered("waits")[3..]).await;
        let row = only_row(&tables).await;
        assert_eq!([row.answered, row.waiting, row.ended_otherwise], [1, 0, 1], "{}", place.kind());
    }
}

#[tokio::test]
async fn events_merge_in_whatever_order_and_batches_they_come() {
    let random = &mut rand_chacha::ChaCha8Rng::seed_from_u64(11);
    // An event that says nothing but its type, and one that does not say who it was.
    let mut events = answered("call");
    let nothing =
        json!({"channel": null, "initiationMethod": null, "queueInfo": null, "initiationTimestamp": null});
    events.push(event("call", "DISCONNECTED", nothing));
    events.extend(answered("listens").iter().map(|text| text.replace("INBOUND", "MONITOR")));
    events.push(event("listens", "DISCONNECTED", json!({"initiationMethod": null})));
    let written = "SELECT contact_id || '|' || source || '|' || CAST(queue_enqueue_timestamp AS text) || '|' \
                   || CAST(disconnect_timestamp AS text) || '|' || COALESCE(agent, '') || '|' || leg || '|' \
                   || COALESCE(outcome_alone, '') || '|' || COALESCE(disconnect_reason, '') || '|' \
                   || COALESCE(CAST(successor_rank AS text), '') || '|' || CAST(queue_duration_ms AS text) || '|' \
                   || CAST(open_until_timestamp AS text) || '|' || COALESCE(queue_outcome, '') \
                   FROM contact_outcome ORDER BY contact_id";
    let new_places = || [Place::Sqlite(tempfile::tempdir().expect("a folder")), Place::postgres()];
    let mut expected = Vec::new();
    for place in new_places() {
        let tables = tables_in(&place).await;
        save_events(&tables, &events).await;
        let rows = place.sql(written).await;
        assert!(rows[0].contains("|answered|") && rows[1].contains("|monitor||"), "{rows:#?}");
        expected.push(rows);
    }
    for round in 0..6 {
        let mut shuffled = [events.clone(), events.clone()].concat();
        shuffled.shuffle(random);
        for (place, expected) in new_places().iter().zip(&expected) {
            let tables = tables_in(place).await;
            for batch in shuffled.chunks(1 + round) {
                save_events(&tables, batch).await;
            }
            assert_eq!(&place.sql(written).await, expected, "{}: {shuffled:#?}", place.kind());
        }
    }
}

#[tokio::test]
async fn in_the_middle_of_a_day_the_queues_are_as_the_centre_says() {
    let random = &mut rand_chacha::ChaCha8Rng::seed_from_u64(13);
    for place in [Place::Sqlite(tempfile::tempdir().expect("a folder")), Place::postgres()] {
        let tables = tables_in(&place).await;
        let (mut since, mut waited) = (i64::MIN, 0);
        for moment in &DAY.moments {
            let mut documents = DAY.delivered(since, moment.at);
            documents.shuffle(random);
            save_mixed(&tables, &documents).await;
            since = moment.at;
            let rows = queues(&tables, DAY.from, DAY.to).await;
            let found: BTreeMap<Key, _> = rows.iter().map(|row| (key(row), by_state(row))).collect();
            for (key, expected) in &moment.queues {
                assert_eq!(
                    found.get(key),
                    Some(&with_all(expected)),
                    "{key:?} on {} at {since}",
                    place.kind()
                );
            }
            assert_eq!(found.len(), moment.queues.len(), "{} at {since}", place.kind());
            let settled = |row: &QueueInterval| row.settled == (row.provisional == 0);
            assert!(rows.iter().all(settled), "{} at {since}", place.kind());
            waited += rows.iter().map(|row| row.waiting).sum::<u64>();
            assert!(rows.iter().any(|row| row.answered > 0 && !row.settled), "nobody talks at {since}");
        }
        assert!(waited > 0, "nobody waits at any of these moments");
    }
}

#[tokio::test]
async fn records_have_the_last_word_whatever_the_order() {
    let random = &mut rand_chacha::ChaCha8Rng::seed_from_u64(17);
    let recorded: BTreeSet<String> = DAY.records.iter().map(|record| id(record, "/ContactId")).collect();
    let is_recorded = |text: &&str| !is_event(text) || recorded.contains(&id(text, "/detail/contactId"));
    let documents: Vec<_> = DAY.delivered(i64::MIN, i64::MAX).into_iter().filter(is_recorded).collect();
    for place in [Place::Sqlite(tempfile::tempdir().expect("a folder")), Place::postgres()] {
        let tables = tables_in(&place).await;
        let mut documents = documents.clone();
        documents.shuffle(random);
        for part in documents.chunks(documents.len() / 2) {
            save_mixed(&tables, part).await;
            tables.recompute(soon()).await.expect("sums");
        }
        judge::check(&tables, place.kind()).await;
    }
}

fn id(document: &str, pointer: &str) -> String {
    let document: Value = serde_json::from_str(document).expect("JSON");
    document.pointer(pointer).and_then(Value::as_str).expect("an id").to_owned()
}

fn key(row: &QueueInterval) -> Key {
    (row.key.from, None, row.key.queue.clone(), row.key.channel.clone())
}

fn by_state(row: &QueueInterval) -> BTreeMap<&'static str, u64> {
    BTreeMap::from([
        ("offered", row.offered),
        ("waiting", row.waiting),
        ("provisional", row.provisional),
        ("answered", row.answered),
        ("abandoned", row.abandoned),
        ("callback_requested", row.callback_requested),
        ("transferred_out_from_queue", row.transferred_out_from_queue),
        ("ended_otherwise", row.ended_otherwise),
    ])
}

/// The figures with the states in which there is no contact.
fn with_all(figures: &BTreeMap<&'static str, u64>) -> BTreeMap<&'static str, u64> {
    let all = [
        "waiting",
        "answered",
        "abandoned",
        "callback_requested",
        "transferred_out_from_queue",
        "ended_otherwise",
    ];
    let mut figures = figures.clone();
    for state in all {
        figures.entry(state).or_default();
    }
    figures
}
