//! What the answers tell of the centre.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde_json::{Value, json};
use switchboard_simulator::connect_api::ConnectApi;

use crate::{
    api, minutes, noon,
    raw::{get, post, queue_ids, user_ids},
};

fn rows(answer: &Value, member: &str) -> Vec<Value> {
    answer[member].as_array().unwrap().clone()
}

/// The value of a metric in a row of metrics; null where there is none.
fn value(row: &Value, name: &str) -> Value {
    let collections = row["Collections"].as_array().unwrap();
    let found = collections.iter().find(|collection| collection["Metric"]["Name"] == name);
    found.unwrap()["Value"].clone()
}

async fn current(
    api: &ConnectApi,
    queues: &[String],
    groupings: &[&str],
    metrics: &[(&str, &str)],
) -> Vec<Value> {
    let metrics: Vec<Value> =
        metrics.iter().map(|(name, unit)| json!({ "Name": name, "Unit": unit })).collect();
    let body = json!({ "Filters": { "Queues": queues }, "Groupings": groupings, "CurrentMetrics": metrics });
    let answer = post(api, "current", &body).await.json();
    assert_eq!(answer["ApproximateTotalCount"], rows(&answer, "MetricResults").len());
    rows(&answer, "MetricResults")
}

async fn history(api: &ConnectApi, queues: &[String], from: i64, to: i64) -> BTreeMap<(String, String), f64> {
    let body = json!({
        "StartTime": from,
        "EndTime": to,
        "Filters": { "Queues": queues },
        "Groupings": ["QUEUE", "CHANNEL"],
        "HistoricalMetrics": [{ "Name": "CONTACTS_HANDLED", "Statistic": "SUM", "Unit": "COUNT" }],
    });
    let answer = post(api, "historical", &body).await.json();
    let entry = |row: Value| {
        let queue = row["Dimensions"]["Queue"]["Id"].as_str().unwrap().to_owned();
        let channel = row["Dimensions"]["Channel"].as_str().unwrap().to_owned();
        ((queue, channel), value(&row, "CONTACTS_HANDLED").as_f64().unwrap())
    };
    rows(&answer, "MetricResults").into_iter().map(entry).collect()
}

#[tokio::test]
async fn without_a_grouping_the_oldest_contact_is_in_milliseconds() {
    let (api, _) = api(10, 40).await;
    let queues = queue_ids(&api).await;
    let metrics = [("OLDEST_CONTACT_AGE", "SECONDS")];
    let grouped = current(&api, &queues, &["QUEUE"], &metrics).await;
    let oldest =
        grouped.iter().filter_map(|row| value(row, "OLDEST_CONTACT_AGE").as_f64()).fold(0.0, f64::max);
    let all = current(&api, &queues, &[], &metrics).await;
    assert!(oldest > 0.0);
    assert_eq!(value(&all[0], "OLDEST_CONTACT_AGE"), oldest * 1000.0);
    assert_eq!(all[0]["Dimensions"], json!({}));
}

#[tokio::test]
async fn queues_and_users_vanish_when_there_is_nothing_to_tell() {
    let (api, clock) = api(40, 60).await;
    let (queues, users) = (queue_ids(&api).await, user_ids(&api).await);
    let metrics = [("AGENTS_ONLINE", "COUNT")];
    let online = async || {
        let answer = post(&api, "userdata", &json!({ "Filters": { "Agents": users } })).await.json();
        rows(&answer, "UserDataList").len()
    };
    let (by_day, users_by_day) = (current(&api, &queues, &["QUEUE"], &metrics).await, online().await);
    clock.set(noon() - SignedDuration::from_hours(10));
    let (by_night, users_by_night) = (current(&api, &queues, &["QUEUE"], &metrics).await, online().await);
    assert_eq!(by_day.len(), 40);
    assert!((1..40).contains(&by_night.len()), "{}", by_night.len());
    assert!(0 < users_by_night && users_by_night < users_by_day && users_by_day < 60);
}

#[tokio::test]
async fn agents_are_counted_as_the_users_tell() {
    let (api, _) = api(12, 60).await;
    let (queues, users) = (queue_ids(&api).await, user_ids(&api).await);
    let answer = post(&api, "userdata", &json!({ "Filters": { "Agents": users } })).await.json();
    let users = rows(&answer, "UserDataList");
    let names = [("AGENTS_ONLINE", "COUNT"), ("AGENTS_ON_CONTACT", "COUNT"), ("SLOTS_ACTIVE", "COUNT")];
    let all = current(&api, &queues, &[], &names).await;
    assert_eq!(value(&all[0], "AGENTS_ONLINE"), users.len() as f64);
    let state = |contact: &Value| contact["AgentContactState"].as_str().unwrap().to_owned();
    // On a contact is who has one in after-contact work, too, and who calls a customer.
    let is_active = |contact: &&Value| match state(contact).as_str() {
        "CONNECTED" | "CONNECTED_ONHOLD" | "ENDED" => true,
        "CONNECTING" => {
            contact["InitiationMethod"] == "CALLBACK" || contact["InitiationMethod"] == "OUTBOUND"
        }
        _ => false,
    };
    let active = |row: &Value| row["Contacts"].as_array().unwrap().iter().filter(is_active).count();
    let busy = |row: &&Value| active(row) > 0;
    assert_eq!(value(&all[0], "AGENTS_ON_CONTACT"), users.iter().filter(busy).count() as f64);
    for row in &users {
        let (by_channel, most) = (&row["ActiveSlotsByChannel"], &row["MaxSlotsByChannel"]);
        let slots: i64 = by_channel.as_object().unwrap().values().map(|slots| slots.as_i64().unwrap()).sum();
        assert_eq!(usize::try_from(slots), Ok(active(row)));
        for (channel, active) in by_channel.as_object().unwrap() {
            // A paused task keeps its slot active, and leaves room for another.
            assert!(channel == "TASK" || active.as_i64() <= most[channel].as_i64());
        }
        assert!(row["Status"]["StatusStartTimestamp"].as_i64() <= Some(minutes(0)));
    }
}

#[tokio::test]
async fn late_contacts_settle_within_two_hours() {
    let (api, clock) = api(12, 60).await;
    let queues = queue_ids(&api).await;
    let sum = async |after: i64| {
        clock.set(noon() + SignedDuration::from_mins(after));
        history(&api, &queues, minutes(-60), minutes(0)).await.values().sum::<f64>()
    };
    let (at_once, later, last, settled) = (sum(0).await, sum(20).await, sum(100).await, sum(120).await);
    assert!(0.0 < at_once && at_once < later && later < settled, "{at_once} {later} {settled}");
    assert_eq!(last, settled);
}

#[tokio::test]
async fn both_histories_tell_the_same() {
    let (api, clock) = api(12, 60).await;
    let queues = queue_ids(&api).await;
    clock.set(noon() + SignedDuration::from_mins(30));
    let mut of_five_minutes = BTreeMap::new();
    for from in [0, 5, 10] {
        for (key, count) in history(&api, &queues, minutes(from), minutes(from + 5)).await {
            *of_five_minutes.entry(key).or_insert(0.0) += count;
        }
    }
    assert_eq!(of_five_minutes, history(&api, &queues, minutes(0), minutes(15)).await);
    let body = json!({
        "ResourceArn": api.instance_arn(),
        "StartTime": minutes(0),
        "EndTime": minutes(30),
        "Interval": { "IntervalPeriod": "FIFTEEN_MIN" },
        "Filters": [
            { "FilterKey": "QUEUE", "FilterValues": queues },
            { "FilterKey": "CHANNEL", "FilterValues": ["VOICE", "CHAT", "TASK"] },
        ],
        "Groupings": ["QUEUE", "CHANNEL"],
        "Metrics": [
            { "Name": "CONTACTS_HANDLED" },
            { "Name": "AVG_HANDLE_TIME" },
            { "Name": "SERVICE_LEVEL", "Threshold": [{ "Comparison": "LT", "ThresholdValue": 20.0 }] },
        ],
    });
    let answer = post(&api, "data", &body).await.json();
    let mut of_intervals = BTreeMap::new();
    for row in rows(&answer, "MetricResults") {
        assert_eq!(row["MetricInterval"]["Interval"], "FIFTEEN_MIN");
        let handled = value(&row, "CONTACTS_HANDLED").as_f64().unwrap();
        assert_eq!(value(&row, "AVG_HANDLE_TIME").is_null(), handled == 0.0);
        if row["MetricInterval"]["StartTime"] == minutes(0) as f64 {
            let name = |key: &str| row["Dimensions"][key].as_str().unwrap().to_owned();
            of_intervals.insert((name("QUEUE"), name("CHANNEL")), handled);
        }
    }
    assert_eq!(of_intervals, of_five_minutes);
}

#[tokio::test]
async fn agents_have_their_own_intervals() {
    let (api, _) = api(12, 60).await;
    let users = user_ids(&api).await;
    let body = json!({
        "ResourceArn": api.instance_arn(),
        "StartTime": minutes(-30),
        "EndTime": minutes(0),
        "Interval": { "IntervalPeriod": "FIFTEEN_MIN" },
        "Filters": [{ "FilterKey": "AGENT", "FilterValues": users }],
        "Groupings": ["AGENT"],
        "Metrics": [
            { "Name": "SUM_ONLINE_TIME_AGENT" },
            { "Name": "AGENT_OCCUPANCY" },
            { "Name": "CONTACTS_HANDLED" },
        ],
    });
    let answer = post(&api, "data", &body).await.json();
    let rows = rows(&answer, "MetricResults");
    assert!(rows.iter().any(|row| value(row, "CONTACTS_HANDLED").as_f64() > Some(0.0)));
    for row in rows {
        assert!(users.iter().any(|user| row["Dimensions"]["AGENT"] == *user));
        assert!(value(&row, "SUM_ONLINE_TIME_AGENT").as_f64().unwrap() <= 900.0);
        assert!(value(&row, "AGENT_OCCUPANCY").as_f64().is_none_or(|share| share <= 100.0));
    }
}

#[tokio::test]
async fn agent_queues_are_listed_unless_a_type_is_asked_for() {
    let (api, _) = api(3, 5).await;
    let all = rows(&get(&api, "queues-summary", "").await.json(), "QueueSummaryList");
    assert_eq!(all.len(), 8);
    assert!(
        all.iter().filter(|queue| queue["QueueType"] == "AGENT").all(|queue| queue.get("Name").is_none())
    );
    assert_eq!(queue_ids(&api).await.len(), 3);
    let custom = get(&api, "agent-status", "?AgentStatusTypes=CUSTOM&AgentStatusTypes=OFFLINE").await.json();
    assert_eq!(rows(&custom, "AgentStatusSummaryList").len(), 4);
}
