//! The compiled `record-tables` behind the Runtime API, with a real PostgreSQL server: a day's shards through two environments at
//! once give the true figures; and what is bad in them costs itself alone.

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use switchboard_core::ctr::Ctr;
use switchboard_records::RecordTables;
use switchboard_tests::figures::figure;
use switchboard_tests::lambda::Lambda;
use switchboard_tests::postgres::Postgres;

use super::day::DAY;
use super::{agents, judge};
use crate::metric_tables::places::Place;

const NAME: &str = "record-tables";
/// As the deployment lets it have.
const TIME_LEFT: Duration = Duration::from_mins(2);
/// More than a busy server takes.
const ATTEMPTS: usize = 20;

/// The instance of the day's records.
fn instance() -> String {
    let ctr = Ctr::parse(&DAY.records[0]).expect("a record");
    ctr.instance_arn.text().expect("an instance").into_owned()
}

/// An environment of the function, over a server's database.
fn start(database: &str) -> Lambda {
    let (url, instance) = (Postgres::shared().url(database), instance());
    let env = [
        ("METRICS_DB", url.as_str()),
        ("CONNECT_INSTANCE_ARN", &instance),
        ("SERVICE_LEVEL_TARGETS", r#"[{"seconds":20,"target_percent":80}]"#),
        ("RECORD_TIME_ZONES", "UTC,Australia/Brisbane"),
    ];
    Lambda::start(NAME, &env)
}

/// Hands over an event, and returns the answer.
fn invoke(lambda: &Lambda, event: &Value) -> Value {
    let answer = lambda.invoke(event.to_string(), TIME_LEFT).result;
    let answer = answer.unwrap_or_else(|error| panic!("{error}: {:?}", lambda.logs()));
    serde_json::from_slice(&answer).expect("JSON")
}

/// A batch of a shard whose first record has a number.
fn batch(first: usize, documents: &[&str]) -> Value {
    let records = documents.iter().enumerate().map(|(at, text)| {
        json!({"kinesis": {"sequenceNumber": (first + at).to_string(), "data": STANDARD.encode(text)}})
    });
    json!({"Records": records.collect::<Vec<_>>()})
}

/// Hands over a shard as Lambda does: batch by batch, each again from the record that failed.
fn read_shard(lambda: &Lambda, documents: &[&str]) {
    let (mut from, mut attempts) = (0, 0);
    while from < documents.len() {
        let until = documents.len().min(from + 300);
        let answer = invoke(lambda, &batch(from, &documents[from..until]));
        let failed = answer["batchItemFailures"].as_array().expect("a list").first();
        attempts = if failed.is_some() { attempts + 1 } else { 0 };
        assert!(attempts < ATTEMPTS, "{:?}", lambda.logs());
        from = failed.map_or(until, |failed| {
            failed["itemIdentifier"].as_str().expect("a number").parse().expect("a number")
        });
    }
}

#[tokio::test]
async fn a_day_through_two_environments_gives_the_true_figures() {
    let Place::Postgres(database) = Place::postgres() else { panic!("a server") };
    let place = Place::Postgres(database.clone());
    let environments = [start(&database), start(&database)];
    assert_eq!(invoke(&environments[0], &json!({})), Value::Null, "the tables");

    // Contact records come on the stream of agent events, too, as several kinds share streams; and half of them twice.
    let records: Vec<_> = DAY.records.iter().map(String::as_str).collect();
    let mut others: Vec<_> = DAY.agent_events.iter().map(String::as_str).collect();
    others.extend(&records[records.len() / 2..]);
    let began = Instant::now();
    thread::scope(|scope| {
        for (lambda, documents) in environments.iter().zip([&records, &others]) {
            scope.spawn(move || read_shard(lambda, documents));
        }
    });
    assert_eq!(invoke(&environments[0], &json!({"task": "upkeep"})), Value::Null, "what waits");
    let what = format!(
        "{} contact records and agent events through {NAME} into PostgreSQL",
        records.len() + others.len()
    );
    let peak_kb = environments.iter().map(Lambda::peak_memory_kb).max().unwrap_or_default();
    figure(&what, format_args!("{:.0?}, at most {} MB of memory", began.elapsed(), peak_kb / 1024));

    let tables = RecordTables::new(place.database().await);
    judge::check(&tables, place.kind()).await;
    agents::check_time(&tables, &place, &DAY.first_agents(usize::MAX)).await;
    agents::check_contacts(&tables, &place).await;
}

#[tokio::test]
async fn a_bad_record_costs_itself_alone() {
    let Place::Postgres(database) = Place::postgres() else { panic!("a server") };
    let lambda = start(&database);
    let shard = [DAY.records[0].as_str(), "hello", DAY.records[1].as_str()];
    // Without tables nothing can be saved, and nothing is given up.
    let answer = invoke(&lambda, &batch(7, &shard));
    assert_eq!(answer, json!({"batchItemFailures": [{"itemIdentifier": "7"}]}));
    invoke(&lambda, &json!({"task": "migrate"}));
    assert_eq!(invoke(&lambda, &batch(7, &shard)), json!({"batchItemFailures": []}));
    let messages = json!({"Records": [
        {"messageId": "good", "body": DAY.records[2]},
        {"messageId": "bad", "body": "hello"},
    ]});
    assert_eq!(invoke(&lambda, &messages), json!({"batchItemFailures": [{"itemIdentifier": "bad"}]}));
    let saved = Postgres::shared().sql(&database, "SELECT count(*) FROM contact_record");
    assert_eq!(saved, "3");
}

fn id(record: &str) -> String {
    Ctr::parse(record).expect("a record").contact_id.text().expect("an id").into_owned()
}

/// The same contact under another id.
fn renamed(record: &str, round: usize) -> String {
    let id = id(record);
    let rest = id.get(2..).expect("an id of more than two characters");
    record.replace(&id, &format!("{round:02x}{rest}"))
}

#[test]
fn memory_does_not_grow_with_what_was_saved() {
    const ROUNDS: usize = 3;
    let Place::Postgres(database) = Place::postgres() else { panic!("a server") };
    let lambda = start(&database);
    invoke(&lambda, &json!({}));
    let records: Vec<_> = DAY.records.iter().take(1500).collect();
    let (mut peaks, mut ids, began) = (Vec::new(), BTreeSet::new(), Instant::now());
    for round in 0..ROUNDS {
        let renamed: Vec<_> = records.iter().map(|record| renamed(record, round)).collect();
        ids.extend(renamed.iter().map(|record| id(record)));
        for (at, documents) in renamed.chunks(500).enumerate() {
            let documents: Vec<_> = documents.iter().map(String::as_str).collect();
            let answer = invoke(&lambda, &batch(at * 500, &documents));
            assert_eq!(answer, json!({"batchItemFailures": []}), "{:?}", lambda.logs());
        }
        peaks.push(lambda.peak_memory_kb() / 1024);
    }
    let saved = records.len() * ROUNDS;
    let each_second = u32::try_from(saved).map_or(0.0, f64::from) / began.elapsed().as_secs_f64();
    let what = format!("{saved} contact records of batches of 500 through {NAME} into PostgreSQL");
    figure(
        &what,
        format_args!("{each_second:.0} a second with the sums, {} MB of memory", peaks[ROUNDS - 1]),
    );
    assert!(peaks[ROUNDS - 1] < peaks[0] + 32, "{peaks:?} MB after each round");
    assert_eq!(
        Postgres::shared().sql(&database, "SELECT count(*) FROM contact_record"),
        ids.len().to_string()
    );
}

#[test]
fn every_wrong_setting_is_in_one_message() {
    let lambda = Lambda::start(
        NAME,
        &[("METRICS_DB", "mongodb://hunter2"), ("AGENT_TIME", "maybe"), ("RECORDS_LOGIN", "hunter2")],
    );
    let said = switchboard_tests::wait::until("an end", Duration::from_mins(1), || {
        lambda.exited().map(|_| lambda.logs().join("\n"))
    });
    for name in [
        "METRICS_DB is invalid",
        "CONNECT_INSTANCE_ARN is not set",
        "AGENT_TIME is invalid",
        "RECORDS_LOGIN is invalid",
    ] {
        assert!(said.contains(name), "{name}: {said}");
    }
    assert!(!said.contains("hunter2"), "{said}");
}
