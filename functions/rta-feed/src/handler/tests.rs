use std::io::Write as _;
use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compression, write::GzEncoder};
use jiff::SignedDuration;
use serde_json::{Value, json};
use switchboard_wfm::{
    agent_state::StateMode,
    feed::Store,
    rta::{Client, JsonAccount},
};
use tempfile::TempDir;
use tokio::time::Instant;

use super::*;

/// A handler over an SQLite file of its own, into standard output.
struct Centre {
    handler: Handler,
    store: Store,
    _folder: TempDir,
}

impl Centre {
    async fn open() -> Self {
        Self::with(Client::stdout()).await
    }

    /// One with this service.
    async fn with(client: Client) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::sqlite(&folder.path().join("agents.db")).await.unwrap();
        let account = Account::fixed(client);
        let feed = Feed::new(store.clone(), account.current().await, StateMode::Status);
        Self { handler: Handler::new(feed, account), store, _folder: folder }
    }

    async fn handle(&self, event: &Value) -> Handled {
        self.handler.handle(&event.to_string(), soon(now())).await.unwrap()
    }

    /// What the service acknowledged of all agents.
    async fn sent(&self) -> BTreeMap<String, Option<String>> {
        let all = self.store.all(now(), Instant::now() + Duration::from_secs(10)).await.unwrap();
        let sent = all
            .into_iter()
            .map(|(agent, record)| (agent, record.delivery.acknowledged.map(|state| state.description)));
        sent.map(|(agent, sent)| (agent.username.as_str().to_owned(), sent)).collect()
    }
}

const INSTANCE: &str = "arn:aws:connect:eu-central-1:111122223333:instance/i";

fn now() -> Timestamp {
    "2026-11-02T08:00:00Z".parse().unwrap()
}

fn soon(now: Timestamp) -> CallContext {
    CallContext::new(now, Instant::now() + Duration::from_secs(30))
}

/// An event of so many seconds ago.
fn event(name: &str, status: &str, ago: i64) -> Value {
    let at = (now() - SignedDuration::from_secs(ago)).to_string();
    json!({"AgentARN": format!("{INSTANCE}/agent/{name}"), "EventId": at, "EventTimestamp": at, "EventType": "STATE_CHANGE",
        "CurrentAgentSnapshot": {"Configuration": {"Username": name},
            "AgentStatus": {"ARN": format!("x/{status}"), "Name": status, "StartTimestamp": at, "Type": "CUSTOM"}}})
}

fn batch(records: &[Vec<u8>]) -> Value {
    let record = |(n, data): (usize, &Vec<u8>)| json!({"kinesis": {"sequenceNumber": (n + 98).to_string(), "data": STANDARD.encode(data)}});
    json!({"Records": records.iter().enumerate().map(record).collect::<Vec<_>>()})
}

fn bytes(event: &Value) -> Vec<u8> {
    event.to_string().into_bytes()
}

fn names(sent: &[(&str, Option<&str>)]) -> BTreeMap<String, Option<String>> {
    sent.iter().map(|(name, status)| ((*name).to_owned(), status.map(str::to_owned))).collect()
}

#[tokio::test]
async fn the_latest_state_of_each_agent_is_sent() {
    let centre = Centre::open().await;
    let events = [event("ann", "Lunch", 9), event("bob", "Training", 8), event("ann", "Available", 7)];
    let handled = centre.handle(&batch(&events.map(|event| bytes(&event)))).await;
    assert_eq!(handled.reply, Reply::Batch(BatchResponse::default()));
    assert_eq!(centre.sent().await, names(&[("ann", Some("Available")), ("bob", Some("Training"))]));
    // With the first snapshot.
    let count = |metric| handled.metrics.get(metric);
    assert_eq!(
        (count(Metric::AgentEvents), count(Metric::SnapshotsSent), count(Metric::StatesSent)),
        (3, 1, 0)
    );
    // A repeat, an older one, and one change.
    let events = [event("bob", "Training", 8), event("ann", "Lunch", 20), event("bob", "Lunch", 5)];
    let handled = centre.handle(&batch(&events.map(|event| bytes(&event)))).await;
    assert_eq!(handled.metrics.get(Metric::StatesSent), 1);
    assert_eq!(centre.sent().await, names(&[("ann", Some("Available")), ("bob", Some("Lunch"))]));
}

#[tokio::test]
async fn records_are_compressed_joined_and_of_other_kinds() {
    let centre = Centre::open().await;
    let mut joined = bytes(&event("ann", "Lunch", 9));
    joined.extend(br#"{"ContactId":"c","InitiationMethod":"API","Agent":null}"#);
    joined.extend(bytes(&event("bob", "Lunch", 8)));
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(&joined).unwrap();
    let handled = centre.handle(&batch(&[packed.finish().unwrap()])).await;
    assert_eq!(handled.reply, Reply::Batch(BatchResponse::default()));
    assert_eq!(handled.metrics.get(Metric::RecordsOfOtherKinds), 1);
    assert_eq!(centre.sent().await, names(&[("ann", Some("Lunch")), ("bob", Some("Lunch"))]));
}

#[tokio::test]
async fn what_has_nothing_about_an_agent_is_passed_over() {
    let centre = Centre::open().await;
    let mut timeless = event("ann", "Lunch", 9);
    timeless["EventTimestamp"] = Value::Null;
    let mut without_instance = event("ann", "Training", 1);
    without_instance["AgentARN"] = "ann".into();
    let records = [
        b"no JSON".to_vec(),
        b"{}".to_vec(),
        Vec::new(),
        vec![0x1f, 0x8b, 8, 0],
        bytes(&timeless),
        bytes(&event("#feed", "Lunch", 9)),
        bytes(&without_instance),
        bytes(&event("ann", "Lunch", 9)),
    ];
    let mut event = batch(&records);
    event["Records"].as_array_mut().unwrap().push(json!({"kinesis": {"sequenceNumber": "200", "data": "%"}}));
    let handled = centre.handle(&event).await;
    assert_eq!(handled.reply, Reply::Batch(BatchResponse::default()));
    let count = |metric| handled.metrics.get(metric);
    assert_eq!(
        [
            Metric::RejectedNotJson,
            Metric::RejectedNotAnEvent,
            Metric::RejectedGzip,
            Metric::RejectedNotBase64
        ]
        .map(count),
        [2, 4, 1, 1]
    );
    assert_eq!(centre.sent().await, names(&[("ann", Some("Lunch"))]));
}

#[tokio::test]
async fn the_first_run_is_deferred_until_it_has_caught_up() {
    let centre = Centre::open().await;
    let held = centre
        .handle(&batch(&[bytes(&event("ann", "Lunch", 181)), bytes(&event("bob", "Lunch", 80_000))]))
        .await;
    assert_eq!(held.reply, Reply::Batch(BatchResponse::default()));
    assert_eq!(held.metrics.get(Metric::BatchesDeferred), 1);
    assert_eq!(centre.sent().await, names(&[("ann", None), ("bob", None)]));
    let live = centre.handle(&batch(&[bytes(&event("cid", "Lunch", 179))])).await;
    assert_eq!((live.metrics.get(Metric::SnapshotsSent), live.metrics.get(Metric::AgentsTimedOut)), (1, 1));
    let off = Some("Logged off");
    let shown = [("ann", Some("Lunch")), ("bob", off), ("cid", Some("Lunch"))];
    assert_eq!(centre.sent().await, names(&shown), "bob has been silent since yesterday");
    // From now on, a batch that is late by minutes is sent as it is, and one that is late by far is not.
    let late = centre.handle(&batch(&[bytes(&event("ann", "Training", 178))])).await;
    assert_eq!(late.metrics.get(Metric::StatesSent), 1);
    let old = centre.handle(&batch(&[bytes(&event("dan", "Training", 601))])).await;
    assert_eq!((old.metrics.get(Metric::StatesSent), old.metrics.get(Metric::BatchesDeferred)), (0, 1));
    assert_eq!(centre.sent().await.get("dan"), Some(&None));
}

#[tokio::test]
async fn a_lagging_shard_defers_snapshots_and_no_other_shards_changes() {
    let centre = Centre::open().await;
    let handle = async |shard: &str, events: &[Value]| {
        let mut batch = batch(&events.iter().map(bytes).collect::<Vec<_>>());
        for record in batch["Records"].as_array_mut().unwrap() {
            record["eventID"] = format!("{shard}:1").into();
        }
        let Handled { reply, metrics } = centre.handle(&batch).await;
        assert_eq!(reply, Reply::Batch(BatchResponse::default()));
        [Metric::BatchesDeferred, Metric::SnapshotsSent, Metric::StatesSent, Metric::AgentsTimedOut]
            .map(|metric| metrics.get(metric))
    };
    assert_eq!(handle("slow", &[event("ann", "Lunch", 80_000)]).await, [1, 0, 0, 0]);
    assert_eq!(handle("quick", &[event("bob", "Lunch", 5)]).await, [0, 0, 1, 0]);
    assert_eq!(handle("slow", &[event("cid", "Lunch", 300)]).await, [1, 0, 0, 0]);
    assert_eq!(centre.handle(&json!({"rta": "snapshot"})).await.metrics.get(Metric::SnapshotsSent), 0);
    assert_eq!(handle("quick", &[event("bob", "Training", 4)]).await, [0, 0, 1, 0]);
    // Cid was heard of five minutes before the rest of the shard; ann yesterday.
    assert_eq!(handle("slow", &[event("dan", "Lunch", 1)]).await, [0, 1, 0, 1]);
    let shown = [("ann", "Logged off"), ("bob", "Training"), ("cid", "Lunch"), ("dan", "Lunch")];
    assert_eq!(centre.sent().await, names(&shown.map(|(name, status)| (name, Some(status)))));
}

#[tokio::test]
async fn equal_shard_ids_of_two_streams_do_not_mix() {
    let centre = Centre::open().await;
    let handle = async |region: &str, events: &[Value]| {
        let mut batch = batch(&events.iter().map(bytes).collect::<Vec<_>>());
        for record in batch["Records"].as_array_mut().unwrap() {
            record["eventID"] = "shardId-000000000000:1".into();
            record["eventSourceARN"] = format!("arn:aws:kinesis:{region}:111122223333:stream/agents").into();
        }
        let Handled { metrics, .. } = centre.handle(&batch).await;
        [Metric::BatchesDeferred, Metric::SnapshotsSent].map(|metric| metrics.get(metric))
    };
    assert_eq!(handle("eu-central-1", &[event("ann", "Lunch", 80_000)]).await, [1, 0]);
    assert_eq!(handle("us-west-2", &[event("bob", "Lunch", 5)]).await, [0, 0], "the other one lags");
    assert_eq!(handle("eu-central-1", &[event("ann", "Lunch", 5)]).await, [0, 1]);
}

#[tokio::test]
async fn what_is_older_than_a_day_is_passed_over() {
    let centre = Centre::open().await;
    let events = [event("ann", "Lunch", 86_401), event("bob", "Lunch", 86_400), event("cid", "Lunch", 1)];
    let handled = centre.handle(&batch(&events.map(|event| bytes(&event)))).await;
    assert_eq!(handled.metrics.get(Metric::AgentEventsTooOld), 1);
    assert_eq!(centre.sent().await.into_keys().collect::<Vec<_>>(), ["bob", "cid"]);
}

#[tokio::test]
async fn an_event_of_the_future_decides_nothing_about_its_agent_nor_about_others() {
    let centre = Centre::open().await;
    drop(centre.handle(&batch(&[bytes(&event("cid", "Lunch", 1))])).await);
    // The shard is 7:50 behind. Ann's clock, or somebody's, is not.
    let mut centuries = event("ann", "Lunch", -301);
    centuries["EventTimestamp"] = "2126-11-02T08:00:00Z".into();
    let events =
        [event("dan", "Lunch", 470), event("ann", "Training", 469), centuries, event("ann", "Lunch", -301)];
    let mut late = batch(&events.map(|event| bytes(&event)));
    for record in late["Records"].as_array_mut().unwrap() {
        record["eventID"] = "late:1".into();
    }
    let handled = centre.handle(&late).await;
    assert_eq!(handled.metrics.get(Metric::AgentEventsAhead), 2);
    let snapshot = centre.handle(&json!({"rta": "snapshot"})).await;
    assert_eq!(
        (snapshot.metrics.get(Metric::SnapshotsSent), snapshot.metrics.get(Metric::AgentsTimedOut)),
        (1, 0)
    );
    let shown = [("ann", "Training"), ("cid", "Lunch"), ("dan", "Lunch")];
    assert_eq!(centre.sent().await, names(&shown.map(|(name, status)| (name, Some(status)))));
}

#[tokio::test]
async fn a_snapshot_waits_while_a_shard_gets_on() {
    let centre = Centre::open().await;
    let snapshot = async |minutes| {
        let later = now() + SignedDuration::from_mins(minutes);
        let handled = centre.handler.handle(r#"{"rta":"snapshot"}"#, soon(later)).await.unwrap();
        assert_eq!(handled.reply, Reply::Done(()));
        handled.metrics.get(Metric::SnapshotsSent)
    };
    assert_eq!(snapshot(0).await, 0, "nobody is known");
    centre.handle(&batch(&[bytes(&event("ann", "Lunch", 9000))])).await;
    assert_eq!(snapshot(0).await, 0, "it has only just begun");
    assert_eq!(snapshot(5).await, 0, "it may get on");
    assert_eq!(centre.sent().await, names(&[("ann", None)]));
    assert_eq!(snapshot(6).await, 1, "it does no more: the night is quiet");
    assert_eq!(centre.sent().await, names(&[("ann", Some("Logged off"))]));
    assert_eq!(snapshot(7).await, 1);
}

#[tokio::test]
async fn a_logout_without_a_name_counts_whichever_way_it_comes() {
    let mut logout = event("ann", "Lunch", 5);
    logout["EventType"] = "LOGOUT".into();
    logout["CurrentAgentSnapshot"] = Value::Null;
    let (lunch, off) = (bytes(&event("ann", "Lunch", 9)), bytes(&logout));
    for batches in [
        vec![vec![lunch.clone()], vec![off.clone()]],
        vec![vec![off.clone()], vec![lunch.clone()]],
        vec![vec![off, lunch]],
    ] {
        let centre = Centre::open().await;
        for records in &batches {
            let handled = centre.handle(&batch(records)).await;
            assert_eq!(handled.reply, Reply::Batch(BatchResponse::default()));
        }
        assert_eq!(centre.sent().await, names(&[("ann", Some("Logged off"))]));
    }
}

#[tokio::test]
async fn any_other_event_is_rejected() {
    let centre = Centre::open().await;
    for event in
        ["", "{}", "[]", r#"{"rta":"all"}"#, r#"{"Records":[{"messageId":"m"}]}"#, r#"{"rta":["snapshot"]}"#]
    {
        assert!(centre.handler.handle(event, soon(now())).await.is_err(), "{event}");
    }
}

#[tokio::test]
async fn without_time_everything_comes_again_from_the_first_on() {
    let centre = Centre::open().await;
    let event = batch(&[bytes(&event("ann", "Lunch", 9)), bytes(&event("bob", "Lunch", 9))]).to_string();
    let handled = centre.handler.handle(&event, CallContext::new(now(), Instant::now())).await.unwrap();
    assert_eq!(handled.reply, Reply::Batch(BatchResponse::failed(["98".to_owned()])));
    assert_eq!(handled.metrics.get(Metric::AgentsFailed), 2);
    let snapshot = centre
        .handler
        .handle(r#"{"rta":"snapshot"}"#, CallContext::new(now(), Instant::now()))
        .await
        .unwrap();
    assert_eq!(snapshot.reply, Reply::Retry);
}

#[tokio::test]
async fn a_due_snapshot_that_fails_is_counted() {
    // Nothing listens there.
    let account = JsonAccount::from_json(r#"{"url":"http://127.0.0.1:1/"}"#).unwrap();
    let centre = Centre::with(Client::json(account).unwrap()).await;
    let handled = centre.handle(&batch(&[bytes(&event("ann", "Lunch", 9))])).await;
    let count = |metric| handled.metrics.get(metric);
    assert_eq!((count(Metric::SnapshotsFailed), count(Metric::AgentsFailed)), (1, 1));
}

/// The same event, of the agent with this id.
fn of(id: &str, mut event: Value) -> Value {
    event["AgentARN"] = format!("{INSTANCE}/agent/{id}").into();
    event
}

#[tokio::test]
async fn a_new_name_of_an_arn_logs_the_old_one_off_in_the_same_batch() {
    let old = of("x", event("ann", "Lunch", 20));
    let new = of("x", event("anna", "Training", 10));
    let expected = names(&[("ann", Some("Logged off")), ("anna", Some("Training"))]);
    let batches = |events: &[&[&Value]]| -> Vec<Value> {
        events
            .iter()
            .map(|events| batch(&events.iter().map(|event| bytes(event)).collect::<Vec<_>>()))
            .collect()
    };
    for (what, batches) in [
        ("one after the other", batches(&[&[&old], &[&new]])),
        ("the newer one first", batches(&[&[&new], &[&old]])),
        ("together", batches(&[&[&old, &new]])),
        ("and the old one once more", batches(&[&[&old], &[&new], &[&old]])),
    ] {
        let centre = Centre::open().await;
        for batch in batches {
            let handled = centre.handle(&batch).await;
            assert_eq!(handled.reply, Reply::Batch(BatchResponse::default()), "{what}");
        }
        assert_eq!(centre.sent().await, expected, "{what}");
    }
}

#[tokio::test]
async fn a_name_that_was_given_back_or_to_another_agent_is_logged_on() {
    let centre = Centre::open().await;
    let handle = async |event: Value| {
        let handled = centre.handle(&batch(&[bytes(&event)])).await;
        assert_eq!(handled.reply, Reply::Batch(BatchResponse::default()));
        centre.sent().await
    };
    handle(of("x", event("ann", "Lunch", 50))).await;
    handle(of("x", event("anna", "Training", 40))).await;
    let back = handle(of("x", event("ann", "Available", 30))).await;
    assert_eq!(back, names(&[("ann", Some("Available")), ("anna", Some("Logged off"))]));
    handle(of("y", event("ann", "Lunch", 20))).await;
    let renamed = handle(of("x", event("anna", "Available", 10))).await;
    assert_eq!(renamed, names(&[("ann", Some("Lunch")), ("anna", Some("Available"))]));
    // A logout without a name is of whoever has the ARN now.
    let mut logout = of("x", event("", "Lunch", 5));
    logout["EventType"] = "LOGOUT".into();
    logout["CurrentAgentSnapshot"] = Value::Null;
    assert_eq!(handle(logout).await, names(&[("ann", Some("Lunch")), ("anna", Some("Logged off"))]));
}

#[tokio::test]
async fn one_user_name_in_a_replica_is_another_agent() {
    let centre = Centre::open().await;
    let mut replica = event("ann", "Training", 5);
    replica["InstanceARN"] = "arn:aws:connect:us-west-2:111122223333:instance/i".into();
    let mut logout = replica.clone();
    logout["EventType"] = "LOGOUT".into();
    logout["CurrentAgentSnapshot"] = Value::Null;
    let lunch = bytes(&event("ann", "Lunch", 9));
    let handled = centre.handle(&batch(&[lunch, bytes(&replica), bytes(&logout)])).await;
    assert_eq!(handled.reply, Reply::Batch(BatchResponse::default()));
    let all = centre.store.all(now(), Instant::now() + Duration::from_secs(10)).await.unwrap();
    let states: Vec<_> = all
        .iter()
        .map(|(agent, record)| (agent.instance.as_str(), record.agent.current().unwrap().since))
        .collect();
    let ago = |seconds| now() - SignedDuration::from_secs(seconds);
    assert_eq!(states, [("eu-central-1/i", ago(9)), ("us-west-2/i", ago(5))]);
}

#[tokio::test]
async fn agents_of_instances_that_are_not_served_are_passed_over() {
    const OURS: &str =
        "arn:aws:connect:eu-central-1:111122223333:instance/00000000-0000-4000-8000-000000000001";
    let mut centre = Centre::open().await;
    centre.handler = centre.handler.serving(OURS.parse().unwrap());
    let theirs = event("bob", "Lunch", 8);
    let mut ours = event("ann", "Lunch", 9);
    ours["AgentARN"] = format!("{OURS}/agent/ann").into();
    let analysis = json!({"ContactId": "c", "EventType": "SEGMENTS", "InstanceId": "i", "Segments": []});
    let handled = centre.handle(&batch(&[bytes(&theirs), bytes(&ours), bytes(&analysis)])).await;
    assert_eq!(centre.sent().await, names(&[("ann", Some("Lunch"))]));
    let counts = [Metric::RecordsOfOtherInstances, Metric::RecordsOfOtherKinds, Metric::RejectedNotAnEvent];
    assert_eq!(counts.map(|metric| handled.metrics.get(metric)), [1, 1, 0]);
}
