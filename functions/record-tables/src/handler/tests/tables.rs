//! What rows and sums there are after good records.

use super::{super::*, bench::*};

#[tokio::test]
async fn records_of_a_shard_are_rows_and_count_in_their_interval() {
    let bench = Bench::new().await;
    let two = format!("{}\n{}", ours("c2"), ours("c3"));
    let metrics = bench.done(&shard(&[ours("c1").into_bytes(), gzip(&two)])).await;
    assert_eq!(bench.contacts().await, ["c1", "c2", "c3"]);
    assert_eq!((metrics.get(Metric::ContactRecords), metrics.get(Metric::RowsSaved)), (3, 3));
    assert_eq!(metrics.get(Metric::RecordsRejected), 0);
    assert!(metrics.get(Metric::DatabaseRoundTrips) > 0);
    let shown = bench
        .query(
            "SELECT interval_start || ' ' || queue_name || ' ' || offered || ' ' || answered AS shown FROM queue_intervals \
             WHERE zone = 'UTC' AND interval_minutes = 15",
        )
        .await;
    assert_eq!(shown.len(), 1, "{shown:?}");
    assert!(shown[0].starts_with("2026-11-02T10:00") && shown[0].ends_with(" Sales 3 3"), "{shown:?}");
}

#[tokio::test]
async fn what_comes_again_changes_nothing_and_the_newest_copy_counts() {
    let bench = Bench::new().await;
    bench.done(&shard(&[record("c", 20, INSTANCE)])).await;
    let metrics = bench.done(&shard(&[record("c", 10, INSTANCE), record("c", 20, INSTANCE)])).await;
    assert_eq!((metrics.get(Metric::RowsSaved), metrics.get(Metric::RowsUnchanged)), (0, 2));
    let metrics = bench.done(&shard(&[record("c", 30, INSTANCE)])).await;
    assert_eq!((metrics.get(Metric::RowsSaved), metrics.get(Metric::RowsUnchanged)), (1, 0));
    assert_eq!(
        bench.query("SELECT contacts AS shown FROM interval_sums WHERE attribution = 'enqueue'").await,
        ["1"]
    );
}

#[tokio::test]
async fn records_of_other_instances_are_passed_over() {
    let bench = Bench::new().await;
    let without = ours("c3").replace("InstanceARN", "Instance");
    let analysis = r#"{"ContactId":"c4","EventType":"SEGMENTS","InstanceId":"i","Segments":[]}"#.to_owned();
    let metrics = bench.done(&shard(&[ours("c1"), record("c2", 0, OTHER_INSTANCE), without, analysis])).await;
    assert_eq!(bench.contacts().await, ["c1"]);
    assert_eq!(metrics.get(Metric::RecordsOfOtherInstances), 2);
    assert_eq!(metrics.get(Metric::RecordsOfOtherKinds), 1);
    assert_eq!(metrics.get(Metric::RecordsRejected), 0);
}

#[tokio::test]
async fn attributes_are_kept_by_name_alone() {
    let attributes = "SELECT COALESCE(attributes, 'none') AS shown FROM contact_record_personal";
    let bench = Bench::new().await;
    bench.done(&ours("c")).await;
    assert_eq!(bench.query(attributes).await, ["none"]);
    let bench = Bench::with(&[("RECORD_ATTRIBUTES", "language,country")]).await;
    bench.done("{}").await;
    bench.done(&ours("c")).await;
    assert_eq!(bench.query(attributes).await, [r#"{"language":"sv"}"#]);
}

#[tokio::test]
async fn a_migration_sets_targets_and_fills_the_calendar() {
    let settings = [
        (
            "SERVICE_LEVEL_TARGETS",
            r#"[{"seconds":10,"target_percent":80},{"seconds":30,"target_percent":90.5,"channel":"VOICE"}]"#,
        ),
        ("RECORD_TIME_ZONES", "UTC,Australia/Sydney"),
    ];
    let bench = Bench::with(&settings).await;
    bench.done("{}").await;
    let targets = "SELECT seconds || ' ' || channel || ' ' || target_percent AS shown FROM service_level_targets ORDER BY seconds";
    assert_eq!(bench.query(targets).await, ["10  80.0", "30 VOICE 90.5"]);
    bench.done(&shard(&[ours("c")])).await;
    let levels = "SELECT seconds || ' ' || answered_within AS shown FROM interval_service_levels WHERE attribution = 'enqueue' ORDER BY 1";
    assert_eq!(bench.query(levels).await, ["10 0", "30 1"]);
    let days = "SELECT zone || ' ' || MIN(local_date) || ' ' || MAX(local_date) AS shown FROM calendar WHERE interval_minutes = 1440 \
                GROUP BY zone ORDER BY 1";
    assert_eq!(
        bench.query(days).await,
        ["Australia/Sydney 2026-11-02 2026-11-16", "UTC 2026-11-02 2026-11-16"]
    );
    // The same again changes nothing; nothing is to be recomputed for it.
    bench.done(r#"{"task":"migrate"}"#).await;
    assert_eq!(bench.query(targets).await.len(), 2);
    assert_eq!(bench.query("SELECT COUNT(*) AS shown FROM contact_changes").await, ["0"]);
}

#[tokio::test]
async fn upkeep_adds_the_days_of_data_and_those_ahead() {
    let bench = Bench::new().await;
    let old = ours("old").replace("2026-11-02T", "2026-10-20T");
    bench.done(&shard(&[old])).await;
    let later: Timestamp = "2026-11-05T12:00:00Z".parse().unwrap();
    let upkeep = bench.handler.handle(r#"{"task":"upkeep"}"#, later, soon()).await.unwrap();
    assert_eq!(upkeep.reply, Reply::Done(()));
    let days = "SELECT MIN(local_date) || ' ' || MAX(local_date) || ' ' || COUNT(*) AS shown FROM calendar WHERE interval_minutes = 1440";
    assert_eq!(bench.query(days).await, ["2026-10-20 2026-11-19 20"]);
}

/// An agent who logged in and is available.
fn agent_event(id: &str, instance: &str) -> String {
    serde_json::json!({
        "AgentARN": format!("{instance}/agent/{id}"), "InstanceARN": instance, "EventId": "e", "EventType": "LOGIN",
        "EventTimestamp": "2026-11-02T09:00:00.000Z", "Version": "2017-10-01",
        "CurrentAgentSnapshot": {
            "AgentStatus": {"Name": "Available", "Type": "ROUTABLE", "StartTimestamp": "2026-11-02T09:00:00.000Z"},
            "Configuration": {"Username": "rachel"}, "Contacts": [],
        },
    })
    .to_string()
}

#[tokio::test]
async fn agent_events_are_rows_of_their_own_unless_that_is_off() {
    let agents = "SELECT DISTINCT agent_id AS shown FROM agent_time ORDER BY 1";
    let events = [agent_event("a1", INSTANCE), agent_event("a2", OTHER_INSTANCE), ours("c1")];
    let bench = Bench::new().await;
    let metrics = bench.done(&shard(&events)).await;
    assert_eq!(bench.query(agents).await, ["a1"]);
    assert_eq!(bench.contacts().await, ["c1"]);
    assert_eq!((metrics.get(Metric::AgentEvents), metrics.get(Metric::RecordsOfOtherInstances)), (1, 1));
    let bench = Bench::with(&[("AGENT_TIME", "off")]).await;
    bench.done("{}").await;
    let metrics = bench.done(&shard(&events)).await;
    assert_eq!(bench.query(agents).await, Vec::<String>::new());
    assert_eq!((metrics.get(Metric::AgentEvents), metrics.get(Metric::RecordsRejected)), (0, 0));
}

/// A contact that waits.
fn contact_event(contact_id: &str, instance: &str) -> String {
    serde_json::json!({
        "id": contact_id, "detail-type": "Amazon Connect Contact Event", "source": "aws.connect", "time": "2026-11-02T10:00:01Z",
        "detail": {
            "contactId": contact_id, "eventType": "QUEUED", "channel": "VOICE", "initiationMethod": "INBOUND", "instanceArn": instance,
            "initiationTimestamp": "2026-11-02T10:00:00.000Z",
            "queueInfo": {"queueArn": format!("{instance}/queue/q"), "queueType": "STANDARD", "enqueueTimestamp": "2026-11-02T10:00:01.000Z"},
        },
    })
    .to_string()
}

#[tokio::test]
async fn a_contact_event_makes_a_row_that_the_record_replaces() {
    let bench = Bench::new().await;
    let shown = "SELECT offered || ' ' || waiting || ' ' || answered AS shown FROM queue_intervals \
                 WHERE zone = 'UTC' AND interval_minutes = 15";
    let messages = [contact_event("c1", INSTANCE), contact_event("c2", OTHER_INSTANCE)];
    let metrics = bench.done(&queue(&messages)).await;
    assert_eq!((metrics.get(Metric::ContactEvents), metrics.get(Metric::RecordsOfOtherInstances)), (1, 1));
    assert_eq!(bench.query(shown).await, ["1 1 0"]);
    bench.done(&shard(&[ours("c1")])).await;
    bench.done(&queue(&messages)).await;
    assert_eq!(bench.query(shown).await, ["1 0 1"]);
}
