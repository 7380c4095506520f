//! Targets of service levels: of all, of an instance, of a queue; changed ones count for the days that are there.

use jiff::tz::TimeZone;
use serde_json::json;
use switchboard_records::{RecordTables, ServiceLevelTarget};

use super::{save, soon, tables_in};
use crate::metric_tables::places::Place;

/// A call to an instance's queue that was answered after so many seconds.
fn record(instance: &str, queue: &str, seconds: u32) -> String {
    let arn = format!("arn:aws:connect:ap-southeast-2:111122223333:instance/{instance}");
    json!({
        "ContactId": format!("{instance} {queue} {seconds}"), "InstanceARN": arn, "InitiationMethod": "INBOUND", "Channel": "VOICE",
        "DisconnectTimestamp": "2026-11-02T10:21:00Z",
        "Queue": {"ARN": format!("{arn}/queue/{queue}"), "Duration": seconds, "EnqueueTimestamp": "2026-11-02T10:01:00Z"},
        "Agent": {"Username": "ann", "ConnectedToAgentTimestamp": "2026-11-02T10:02:00Z", "AgentInteractionDuration": 60},
    })
    .to_string()
}

fn target(region: &str, instance: &str, queue: &str, seconds: u32) -> ServiceLevelTarget {
    ServiceLevelTarget {
        aws_region: region.to_owned(),
        instance_id: instance.to_owned(),
        queue_id: queue.to_owned(),
        channel: String::new(),
        seconds,
        target_percent: f64::from(seconds),
    }
}

async fn set(tables: &RecordTables, targets: &[ServiceLevelTarget]) {
    tables.set_service_level_targets(targets, soon()).await.expect("set");
    tables.recompute(soon()).await.expect("sums");
}

#[tokio::test]
async fn the_closest_targets_count_and_changed_ones_at_once() {
    for place in [Place::Sqlite(tempfile::tempdir().expect("a folder")), Place::postgres()] {
        let tables = tables_in(&place).await;
        let records = [record("one", "sales", 5), record("one", "support", 15), record("two", "sales", 25)];
        save(&tables, &records.each_ref().map(String::as_str)).await;
        tables.recompute(soon()).await.expect("sums");
        let [from, to] =
            ["2026-11-02T00:00:00Z", "2026-11-03T00:00:00Z"].map(|text| text.parse().expect("a time"));
        tables.add_to_calendar("UTC", &TimeZone::UTC, from, to, soon()).await.expect("a calendar");
        let levels = async || {
            place
                .sql(
                    "SELECT instance_id || ' ' || queue_id || ' ' || CAST(seconds AS text) || ' ' || CAST(answered_within AS text) \
                     || ' of ' || CAST(offered AS text) FROM queue_service_levels \
                     WHERE attribution = 'enqueue' AND zone = 'UTC' AND interval_minutes = 1440 ORDER BY 1",
                )
                .await
        };
        let of_all = ["one sales 20 1 of 1", "one support 20 1 of 1", "two sales 20 0 of 1"];
        assert_eq!(levels().await, of_all, "{}", place.kind());
        let mut targets = vec![
            target("", "", "", 20),
            target("", "one", "", 10),
            target("", "one", "", 30),
            target("", "", "support", 15),
        ];
        set(&tables, &targets).await;
        let expected =
            ["one sales 10 1 of 1", "one sales 30 1 of 1", "one support 15 0 of 1", "two sales 20 0 of 1"];
        assert_eq!(levels().await, expected, "{}", place.kind());
        // An instance's replica in another Region has targets of its own.
        targets.push(target("eu-central-1", "one", "", 40));
        targets.push(target("ap-southeast-2", "two", "", 26));
        set(&tables, &targets).await;
        let expected =
            ["one sales 10 1 of 1", "one sales 30 1 of 1", "one support 15 0 of 1", "two sales 26 1 of 1"];
        assert_eq!(levels().await, expected, "{}", place.kind());
    }
}
