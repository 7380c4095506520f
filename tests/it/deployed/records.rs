//! An invented hour onto the streams, and out of the record tables: the figures are the true ones, and what is bad is put aside.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_kinesis::{primitives::Blob, types::PutRecordsRequestEntry};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::{Value, json};
use switchboard_core::{contact_event::ContactEvent, ctr::Ctr, instance::Instance};
use switchboard_records::{
    RecordTables,
    contact::{AttributeSelection, ContactRow},
    reconcile::Hour,
};
use switchboard_simulator::model::{Behaviour, Config, DailyProfile, Staffing, emit::EmittedKind};
use switchboard_sql::{database::Database, url::SqlUrl};
use switchboard_tests::wait::until;

use super::{
    calls::{hurry, invoke, queue, send_contact_events, until_put_aside},
    world::{DATABASE, PATIENCE, World, instance_arn, stream},
};
use crate::{
    reconcile::emitted_records,
    record_tables::{day::Day, soon},
};

const TABLES: &str = "switchboard-dev-record-tables";
/// What Kinesis takes in one request.
const PUT_AT_ONCE: usize = 400;

/// An hour of four agents, long enough ago for the adherence feed to pass it over.
fn hour() -> Config {
    let behaviour = Behaviour {
        profile: DailyProfile::CONSTANT,
        weekend: 1.0,
        has_opening_hours: false,
        ..Behaviour::default()
    };
    Config {
        agents: 4,
        queues: 2,
        contacts_per_day: 24 * 25,
        from: "2026-11-02T08:00:00Z".parse().expect("a time"),
        duration: SignedDuration::from_hours(1),
        zone: TimeZone::UTC,
        staffing: Staffing::Always,
        has_changes: false,
        behaviour,
        ..Config::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_on_the_streams_comes_out_of_the_tables() {
    let world = World::shared();
    let day = Day::of(hour());
    let emitted =
        Ctr::parse(&day.records[0]).expect("a record").instance_arn.text().expect("an instance").into_owned();
    let ours = instance_arn(&world.connect);
    let of_world = |text: &String| text.replace(&emitted, &ours);

    let kinesis = aws_sdk_kinesis::Client::new(&world.aws().await);
    let bad = r#"{"ContactId": "deployed-bad", "Chan"#.to_owned();
    let records: Vec<_> = day.records.iter().map(of_world).chain([bad]).collect();
    put(&kinesis, &stream(&kinesis, "contactrecords").await, &records).await;
    let events: Vec<_> = day.agent_events.iter().map(of_world).collect();
    put(&kinesis, &stream(&kinesis, "agentevents").await, &events).await;

    let recorded: BTreeSet<_> = day.records.iter().map(|text| contact_id(text)).collect();
    let told = day.deliveries.iter().filter(|(_, kind, _)| *kind == EmittedKind::ContactEvent);
    let (of_recorded, of_open): (Vec<_>, Vec<_>) = told
        .map(|(.., text)| (event_contact_id(text), of_world(text)))
        .partition(|(contact_id, _)| recorded.contains(contact_id));
    send_contact_events(&world.emulator, texts(&of_recorded));

    let saved = |source: &str| {
        let began = "initiation_timestamp >= '2026-11-02T08:00:00Z' AND initiation_timestamp < '2026-11-02T10:00:00Z'";
        let of_hour = format!("{} AND {began}", of_instance(&ours));
        count_of(world, &format!("contact_record WHERE source = '{source}' AND {of_hour}"))
    };
    until("all contacts", PATIENCE, || (saved("contact_record") == recorded.len()).then_some(()));
    let agents = day.agents.iter().map(|stretch| &stretch.agent).collect::<BTreeSet<_>>().len();
    let seen = format!("(SELECT DISTINCT agent_id FROM agent_time WHERE {}) AS seen", of_instance(&ours));
    until("all agents", PATIENCE, || (count_of(world, &seen) == agents).then_some(()));
    // What waits, and the calendar, as the schedule does it every hour.
    invoke(&world.emulator, TABLES, &json!({"task": "upkeep"}));
    assert_eq!(figures(world, &ours), truth(&day));

    // Contacts that go on when the hour ends have events alone.
    let open: BTreeSet<_> = of_open.iter().map(|(contact_id, _)| contact_id).collect();
    assert!(!open.is_empty());
    send_contact_events(&world.emulator, texts(&of_open));
    until("contacts that go on", PATIENCE, || (saved("event") == open.len()).then_some(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_withheld_is_named_and_fetched() {
    let world = World::shared();
    let ours = instance_arn(&world.connect);
    let instance: Instance = ours.parse().expect("an instance");
    let at = |record: &Value, name: &str| record[name].as_str().and_then(|at| at.parse::<Timestamp>().ok());
    let now = Timestamp::now();
    let first = Hour::of(now - SignedDuration::from_hours(3));
    // Two hours are compared, a third if it strikes the hour meanwhile: every seventh of their contacts is withheld.
    let until = first.end() + SignedDuration::from_hours(1);
    let (mut kept, mut withheld, mut ids) = (Vec::new(), BTreeSet::new(), BTreeMap::new());
    for text in emitted_records(world.centre.clone()) {
        let record: Value = serde_json::from_str(&text).expect("JSON");
        let ended = at(&record, "DisconnectTimestamp");
        if ended.is_none_or(|ended| ended < first.start() || ended > now + SignedDuration::from_hours(1)) {
            continue;
        }
        let id = contact_id(&text);
        let nth = ids.len();
        let nth = *ids.entry(id.clone()).or_insert(nth);
        if nth % 7 == 3 && ended < Some(until) {
            withheld.insert(id);
        } else {
            let emitted = record["InstanceARN"].as_str().expect("an instance");
            let text = text.replace(emitted, &ours);
            let soon = now + SignedDuration::from_hours(2);
            kept.push(ContactRow::read(&text, &AttributeSelection::default(), soon).expect("a row"));
        }
    }
    assert!(withheld.len() > 3, "{withheld:?} of {}", ids.len());
    let Ok(SqlUrl::Postgres(place)) = world.postgres.url(DATABASE).parse() else { panic!("a server") };
    let database = Database::postgres(&place, None).expect("a server");
    RecordTables::new(database).save_contacts(kept, now, soon()).await.expect("saved");
    // The deployment is as old as the first of these hours.
    let begun = format!(
        "INSERT INTO reconciled_hours (aws_region, instance_id, hour_start, checks) VALUES ('{}', '{}', '{}', 0) \
         ON CONFLICT DO NOTHING",
        instance.region(),
        instance.id(),
        first.start()
    );
    world.postgres.sql(DATABASE, &begun);

    let report = invoke(&world.emulator, "switchboard-dev-reconcile", &json!({"task": "reconcile"}));
    assert_eq!(report["hoursLeft"], 0, "{report}");
    assert_eq!((&report["missing"], &report["unnamed"]), (&json!(withheld.len()), &json!(0)), "{report}");
    assert_eq!(report["healed"], withheld.len(), "{report}");
    let fetched = format!(
        "SELECT contact_id FROM contact_record WHERE source = 'describe_contact' AND {} ORDER BY contact_id",
        of_instance(&ours)
    );
    let fetched = world.postgres.sql(DATABASE, &fetched);
    assert_eq!(fetched.lines().map(str::to_owned).collect::<BTreeSet<_>>(), withheld);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_neither_event_nor_notification_is_put_aside() {
    let world = World::shared();
    let emulator = &world.emulator;
    let (waiting, dead) = (queue(emulator, TABLES), queue(emulator, &format!("{TABLES}-dlq")));
    hurry(emulator, &waiting);
    emulator.call("sqs", "send_message", &json!({"QueueUrl": waiting, "MessageBody": "hello"}));
    until_put_aside(emulator, &dead);
}

async fn put(kinesis: &aws_sdk_kinesis::Client, stream: &str, documents: &[String]) {
    for part in documents.chunks(PUT_AT_ONCE) {
        let entries = part.iter().map(|text| {
            PutRecordsRequestEntry::builder()
                .data(Blob::new(text.as_str()))
                .partition_key("hour")
                .build()
                .expect("an entry")
        });
        let put = kinesis.put_records().stream_name(stream).set_records(Some(entries.collect()));
        assert_eq!(put.send().await.expect("an answer").failed_record_count(), Some(0));
    }
}

fn texts(events: &[(String, String)]) -> impl Iterator<Item = &str> {
    events.iter().map(|(_, text)| text.as_str())
}

fn event_contact_id(event: &str) -> String {
    ContactEvent::parse(event).expect("an event").contact_id.text().expect("an id").into_owned()
}

fn contact_id(record: &str) -> String {
    Ctr::parse(record).expect("a record").contact_id.text().expect("an id").into_owned()
}

/// The hour's rows alone: other tests put records of the same instance onto the streams.
fn of_instance(arn: &str) -> String {
    let instance: Instance = arn.parse().expect("an instance");
    format!("instance_id = '{}' AND aws_region = '{}'", instance.id(), instance.region())
}

fn count_of(world: &World, from: &str) -> usize {
    world.postgres.sql(DATABASE, &format!("SELECT count(*) FROM {from}")).parse().expect("a number")
}

/// The figures that are compared: of the truth, and as the view calls them.
const COMPARED: [(&str, &str); 5] = [
    ("wfm_offd_call_cnt", "offered"),
    ("wfm_answ_call_cnt", "answered"),
    ("wfm_aband_call_cnt", "abandoned"),
    ("wfm_talking_call_dur", "interaction_seconds"),
    ("wfm_queued_and_answ_call_dur", "answered_queue_seconds"),
];

/// By quarter of an hour, queue and channel; only those in which something counts.
type Compared = BTreeMap<(Timestamp, String, String), [u64; 5]>;

fn truth(day: &Day) -> Compared {
    let lines = day.truth.iter().filter_map(|((from, agent, queue, channel), figures)| {
        let (None, Some(queue), Some(channel)) = (agent, queue, channel) else { return None };
        let values = COMPARED.map(|(name, _)| figures[name].unwrap_or_default());
        (values != [0; 5]).then(|| ((*from, queue.clone(), channel.clone()), values))
    });
    lines.collect()
}

fn figures(world: &World, instance: &str) -> Compared {
    let columns = COMPARED.map(|(_, column)| column).join(", ");
    let sql = format!(
        "SELECT to_char(interval_start, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), queue_id, channel, {columns} FROM queue_intervals \
         WHERE zone = 'UTC' AND interval_minutes = 15 AND interval_start >= '2026-11-02T00:00:00Z' \
         AND interval_start < '2026-11-03T00:00:00Z' AND {}",
        of_instance(instance)
    );
    let text = world.postgres.sql(DATABASE, &sql);
    let rows = text.lines().map(|line| {
        let cells: Vec<_> = line.split('|').collect();
        let values = std::array::from_fn(|at| cells[at + 3].parse().expect("a number"));
        ((cells[0].parse().expect("a time"), cells[1].to_owned(), cells[2].to_owned()), values)
    });
    rows.filter(|(_, values)| *values != [0; 5]).collect()
}
