//! What holds of agents' time for any events: order, repeats and batches do not matter, and gaps and lost events are told.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};
use switchboard_sql::{database::Database, statement::Statement};
use tempfile::TempDir;
use tokio::time::Instant;

use crate::{AgentEventRows, NotAgentTime, RecordTables};

const ARN: &str = "arn:aws:connect:eu-central-1:111122223333:instance/i/agent";
const DAY: &str = "2026-11-02T08:00:00Z";

/// What a table has, but for bookkeeping.
const TABLES: [&str; 4] = [
    "SELECT agent_id || '|' || contact_id || '|' || start_timestamp || '|' || version || '|' || COALESCE(status_name, '') || '|' \
     || COALESCE(state, '') || '|' || COALESCE(activity, '') FROM agent_time ORDER BY 1",
    "SELECT agent_id || '|' || first_event_timestamp || '|' || last_event_timestamp FROM agent_event_times ORDER BY 1",
    "SELECT agent_id || '|' || agent_username || '|' || version FROM agent_names ORDER BY 1",
    "SELECT agent_id || '|' || interval_start || '|' || status_name || '|' || online_seconds || '|' || contact_seconds || '|' \
     || idle_seconds || '|' || after_contact_work_seconds || '|' || error_seconds || '|' || gap_seconds \
     FROM agent_interval_sums ORDER BY 1",
];

fn at(second: i64) -> Timestamp {
    let day: Timestamp = DAY.parse().unwrap();
    day + SignedDuration::from_secs(second)
}

fn status_of(name: &str, since: i64) -> Value {
    let kind = match name {
        "Available" => "ROUTABLE",
        "Offline" => "OFFLINE",
        _ => "CUSTOM",
    };
    json!({"Name": name, "Type": kind, "StartTimestamp": at(since).to_string()})
}

fn snapshot(status: &Value, contacts: &[(&str, &str, i64)]) -> Value {
    let contact = |(id, state, since): &(&str, &str, i64)| json!({"ContactId": id, "Channel": "CHAT", "State": state, "StateStartTimestamp": at(*since).to_string()});
    let contacts: Vec<_> = contacts.iter().map(contact).collect();
    json!({"AgentStatus": status, "Configuration": {"Username": "ann"}, "Contacts": contacts})
}

fn event(agent: &str, kind: &str, second: i64, previous: &Value, current: &Value) -> String {
    let id = format!("{kind}-{second}-{current}");
    json!({"AgentARN": format!("{ARN}/{agent}"), "EventId": id, "EventType": kind, "EventTimestamp": at(second).to_string(),
        "PreviousAgentSnapshot": previous, "CurrentAgentSnapshot": current})
    .to_string()
}

/// Tables in a new file, which is there as long as the folder.
struct Tables(RecordTables, #[expect(dead_code, reason = "it is removed when it is dropped")] TempDir);

fn soon() -> Instant {
    Instant::now() + Duration::from_mins(5)
}

impl Tables {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let tables = RecordTables::new(Database::sqlite(&folder.path().join("t.db")).await.unwrap());
        tables.migrate(soon()).await.unwrap();
        Self(tables, folder)
    }

    /// Tables after these batches, the sums brought up to date after each.
    async fn after(batches: &[&[String]]) -> Self {
        let tables = Self::new().await;
        for batch in batches {
            let rows = batch.iter().map(|event| AgentEventRows::read(event, at(1_000_000)).unwrap());
            tables.0.save_agent_events(rows.collect(), at(1_000_000), soon()).await.unwrap();
            tables.0.recompute(soon()).await.unwrap();
        }
        tables
    }

    async fn rows(&self, sql: &str) -> Vec<String> {
        let results = self.0.database().run(&[Statement::read(sql, Vec::new())], soon()).await.unwrap();
        results.into_iter().flat_map(|result| result.rows).collect()
    }

    async fn all(&self) -> Vec<Vec<String>> {
        let mut all = Vec::new();
        for sql in TABLES {
            all.push(self.rows(sql).await);
        }
        all
    }

    /// Seconds of a column, in all.
    async fn seconds(&self, column: &str) -> i64 {
        let sql = format!("SELECT CAST(COALESCE(SUM({column}), 0) AS text) FROM agent_interval_sums");
        self.rows(&sql).await[0].parse().unwrap()
    }
}

type AnyContacts = Vec<(&'static str, &'static str, i64)>;

/// An event of anything, whether it could be or not, at one of forty moments 100 s apart. Nothing begins after it.
fn any_event() -> impl Strategy<Value = String> {
    let contact = (
        prop::sample::select(vec!["c1", "c2"]),
        prop::sample::select(vec![
            "INCOMING",
            "CONNECTED",
            "CONNECTED_ONHOLD",
            "ENDED",
            "MISSED",
            "ERROR",
            "PAUSED",
        ]),
        0i64..40,
    );
    let status = prop::sample::select(vec!["Available", "Lunch", "Offline"]);
    let drawn = || (status.clone(), 0i64..40, prop::collection::vec(contact.clone(), 0..3));
    let kind = prop::sample::select(vec!["STATE_CHANGE", "STATE_CHANGE", "HEART_BEAT", "LOGIN", "LOGOUT"]);
    (prop::sample::select(vec!["a", "b"]), kind, 0i64..40, drawn(), drawn()).prop_map(
        |(agent, kind, moment, previous, current)| {
            let told = |(name, since, contacts): &(&str, i64, AnyContacts)| {
                let second = |at: i64| at.min(moment) * 100;
                let contacts: Vec<_> =
                    contacts.iter().map(|(id, state, since)| (*id, *state, second(*since))).collect();
                snapshot(&status_of(name, second(*since)), &contacts)
            };
            event(agent, kind, moment * 100, &told(&previous), &told(&current))
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_order_and_repeats_give_the_same_tables(
        (events, again) in prop::collection::vec(any_event(), 1..24).prop_flat_map(|events| {
            let twice = [events.clone(), events.clone()].concat();
            (Just(events), Just(twice).prop_shuffle())
        }),
        cut in 1usize..24,
    ) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let expected = Tables::after(&[&events]).await.all().await;
            let parts: Vec<_> = again.chunks(cut).collect();
            assert_eq!(Tables::after(&parts).await.all().await, expected);
        });
    }
}

#[tokio::test]
async fn silence_is_a_gap_and_no_time_in_a_status() {
    let available = snapshot(&status_of("Available", 0), &[]);
    let beat = |second| event("a", "HEART_BEAT", second, &available, &available);
    let login = event("a", "LOGIN", 0, &Value::Null, &available);
    // Silent from 120 to 421, and then for no longer than two heartbeats and their way.
    let tables = Tables::after(&[&[login.clone(), beat(120), beat(421), beat(721)]]).await;
    assert_eq!([tables.seconds("gap_seconds").await, tables.seconds("idle_seconds").await], [301, 420]);
    let gaps = "SELECT start_timestamp || '|' || end_timestamp || '|' || COALESCE(status_name, '') FROM agent_activity WHERE is_gap = 1";
    assert_eq!(tables.rows(gaps).await, ["2026-11-02T08:02:00.000000Z|2026-11-02T08:07:01.000000Z|"]);
    // Who has logged off is not silent.
    let logout = event("a", "LOGOUT", 180, &Value::Null, &Value::Null);
    let back = event("a", "LOGIN", 4000, &Value::Null, &available);
    let tables = Tables::after(&[&[login, beat(120), logout, back]]).await;
    assert_eq!([tables.seconds("gap_seconds").await, tables.seconds("online_seconds").await], [0, 180]);
}

#[tokio::test]
async fn a_lost_event_is_made_up_for_by_the_next() {
    let free = snapshot(&status_of("Available", 0), &[]);
    let with = |state, since| snapshot(&status_of("Available", 0), &[("c", state, since)]);
    let (talk, work) = (with("CONNECTED", 60), with("ENDED", 120));
    let change =
        |second, previous: &Value, current: &Value| event("a", "STATE_CHANGE", second, previous, current);
    let events = [
        event("a", "LOGIN", 0, &Value::Null, &free),
        change(60, &free, &talk),
        change(120, &talk, &work),
        change(150, &work, &free),
        event("a", "HEART_BEAT", 270, &free, &free),
    ];
    let figures = async |lost: usize| {
        let events: Vec<_> =
            events.iter().enumerate().filter(|(at, _)| *at != lost).map(|(_, event)| event.clone()).collect();
        let tables = Tables::after(&[&events]).await;
        [
            tables.seconds("contact_seconds").await,
            tables.seconds("after_contact_work_seconds").await,
            tables.seconds("idle_seconds").await,
        ]
    };
    assert_eq!(figures(9).await, [90, 30, 180]);
    assert_eq!(figures(1).await, [90, 30, 180], "the next event tells when the talk began");
    assert_eq!(figures(2).await, [90, 30, 180], "the next event tells what was before");
    assert_eq!(figures(3).await, [210, 150, 60], "the heartbeat tells that it is over");
}

#[tokio::test]
async fn what_comes_after_a_log_off_logs_nobody_on() {
    let available = snapshot(&status_of("Available", 0), &[("c", "CONNECTED", 10)]);
    let events = [
        event("a", "LOGIN", 0, &Value::Null, &snapshot(&status_of("Available", 0), &[])),
        event("a", "STATE_CHANGE", 10, &available, &available),
        event("a", "LOGOUT", 60, &Value::Null, &Value::Null),
        // A heartbeat of before, and one with a status of that moment.
        event("a", "HEART_BEAT", 180, &available, &available),
        event("a", "HEART_BEAT", 300, &available, &snapshot(&status_of("Offline", 60), &[])),
    ];
    let tables = Tables::after(&[&events]).await;
    let figures = [tables.seconds("logged_on_seconds").await, tables.seconds("contact_seconds").await];
    assert_eq!(figures, [60, 50]);
}

#[tokio::test]
async fn a_session_begins_anew_in_the_same_five_minutes() {
    let free = snapshot(&status_of("Lunch", 0), &[]);
    let login = |second| event("a", "LOGIN", second, &Value::Null, &free);
    let logout = |second| event("a", "LOGOUT", second, &Value::Null, &Value::Null);
    let (first, second) = ([login(0), logout(60)], [login(90), logout(100)]);
    for batches in [[&first[..], &second[..]], [&second[..], &first[..]]] {
        let tables = Tables::after(&batches).await;
        assert_eq!(tables.seconds("non_productive_seconds").await, 70);
    }
}

#[test]
fn an_event_of_the_future_or_of_nowhere_makes_no_rows() {
    let free = snapshot(&status_of("Available", 0), &[]);
    let read = |event: &str, now| AgentEventRows::read(event, at(now)).map(|_| ());
    let ahead = event("a", "HEART_BEAT", 301, &free, &free);
    assert_eq!((read(&ahead, 0), read(&ahead, 1)), (Err(NotAgentTime::Time), Ok(())));
    let nowhere = ahead.replace(ARN, "arn:aws:lambda:r:1:function");
    assert_eq!(read(&nowhere, 1), Err(NotAgentTime::Instance));
    assert!(matches!(read("{}", 1), Err(NotAgentTime::Event(_))));
}

#[tokio::test]
async fn a_contact_that_comes_again_was_over_meanwhile() {
    let free = snapshot(&status_of("Available", 0), &[]);
    let talk = |since| snapshot(&status_of("Available", 0), &[("c", "CONNECTED", since)]);
    let (first, second) = (talk(60), talk(600));
    // That the first talk ended was lost; the heartbeat does not tell of it any more.
    let before = [
        event("a", "LOGIN", 0, &Value::Null, &free),
        event("a", "STATE_CHANGE", 60, &free, &first),
        event("a", "HEART_BEAT", 180, &free, &free),
        event("a", "HEART_BEAT", 420, &free, &free),
    ];
    let again = [
        event("a", "STATE_CHANGE", 600, &free, &second),
        event("a", "STATE_CHANGE", 660, &second, &free),
        event("a", "HEART_BEAT", 780, &free, &free),
    ];
    let all = [before.clone().as_slice(), again.as_slice()].concat();
    for tables in [Tables::after(&[&all]).await, Tables::after(&[&before, &again]).await] {
        assert_eq!(tables.seconds("contact_seconds").await, 120 + 60);
    }
}
