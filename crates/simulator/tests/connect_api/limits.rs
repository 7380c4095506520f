//! The limits of the API, and what it refuses.

use serde_json::{Value, json};
use switchboard_simulator::connect_api::ConnectApi;

use crate::{
    api, minutes,
    raw::{get, post, queue_ids, user_ids},
};

/// Asserts that a body is refused in this way.
async fn refused(api: &ConnectApi, folder: &str, body: &Value, error: &str, message: &str) {
    let answer = post(api, folder, body).await;
    assert_eq!(answer.error, error, "{body}: {}", answer.text);
    let text = answer.json()["Message"].as_str().unwrap().to_owned();
    assert!(text.contains(message), "{text:?} doesn't say {message:?}");
}

/// A body with one member changed; the path is as in [`Value::pointer`].
fn with(body: &Value, path: &str, value: Value) -> Value {
    let mut body = body.clone();
    *body.pointer_mut(path).unwrap() = value;
    body
}

fn many(ids: &[String], count: usize) -> Value {
    ids.iter().cycle().take(count).cloned().collect()
}

const PARAMETER: &str = "InvalidParameterException";
const REQUEST: &str = "InvalidRequestException";
const NOT_FOUND: &str = "ResourceNotFoundException";

#[tokio::test]
async fn of_the_current_metrics() {
    let (api, _) = api(5, 20).await;
    let queues = queue_ids(&api).await;
    let body = json!({
        "Filters": { "Queues": queues, "RoutingProfiles": [], "Channels": ["VOICE", "CHAT", "TASK"] },
        "Groupings": ["QUEUE", "CHANNEL"],
        "CurrentMetrics": [{ "Name": "AGENTS_ONLINE", "Unit": "COUNT" }],
        "MaxResults": 100,
    });
    assert_eq!(post(&api, "current", &body).await.status, 200);
    let check = async |path, value, error, message| {
        refused(&api, "current", &with(&body, path, value), error, message).await;
    };
    check("/MaxResults", json!(101), PARAMETER, "1 to 100").await;
    check("/MaxResults", json!(0), PARAMETER, "1 to 100").await;
    check("/Filters/Queues", many(&queues, 101), PARAMETER, "100").await;
    check("/Filters/Queues", json!([]), PARAMETER, "needs").await;
    check("/Filters/RoutingProfiles", json!(["x"]), REQUEST, "both").await;
    check("/Filters/Queues", json!(["x"]), NOT_FOUND, "queue").await;
    check("/Filters/Channels", json!(["EMAIL"]), PARAMETER, "VOICE").await;
    check("/Filters/Channels", json!(["VOICE", "CHAT", "TASK", "VOICE"]), PARAMETER, "3").await;
    check("/Groupings", json!(["QUEUE", "ROUTING_PROFILE"]), REQUEST, "both").await;
    check("/Groupings", json!(["QUEUE", "CHANNEL", "CHANNEL"]), PARAMETER, "2").await;
    check("/CurrentMetrics", json!([]), PARAMETER, "empty").await;
    check("/CurrentMetrics/0/Name", json!("AGENTS_ASLEEP"), PARAMETER, "doesn't exist").await;
    check("/CurrentMetrics/0/Unit", json!("SECONDS"), PARAMETER, "COUNT").await;
    let waits = json!([{ "Name": "ESTIMATED_WAIT_TIME", "Unit": "SECONDS" }]);
    let body = with(&body, "/CurrentMetrics", waits);
    assert_eq!(post(&api, "current", &body).await.status, 200);
    refused(&api, "current", &with(&body, "/Groupings", json!(["QUEUE"])), REQUEST, "CHANNEL").await;
}

#[tokio::test]
async fn of_the_current_users() {
    let (api, _) = api(5, 20).await;
    let (queues, users) = (queue_ids(&api).await, user_ids(&api).await);
    let body =
        json!({ "Filters": { "Queues": [], "RoutingProfiles": [], "Agents": users }, "MaxResults": 100 });
    assert_eq!(post(&api, "userdata", &body).await.status, 200);
    let check = async |path, value, error, message| {
        refused(&api, "userdata", &with(&body, path, value), error, message).await;
    };
    check("/Filters/Queues", json!(queues), REQUEST, "exactly one").await;
    check("/Filters/Agents", json!([]), REQUEST, "exactly one").await;
    check("/Filters/Agents", many(&users, 101), PARAMETER, "100").await;
    check("/Filters/Agents", json!(["x"]), NOT_FOUND, "user").await;
    check("/MaxResults", json!(101), PARAMETER, "1 to 100").await;
    let states = json!({ "Agents": users, "ContactFilter": { "ContactStates": ["ASLEEP"] } });
    check("/Filters", states, PARAMETER, "ContactStates").await;
}

#[tokio::test]
async fn of_the_history() {
    let (api, _) = api(5, 20).await;
    let queues = queue_ids(&api).await;
    let body = json!({
        "StartTime": minutes(-10),
        "EndTime": minutes(-5),
        "Filters": { "Queues": queues, "Channels": [] },
        "Groupings": ["QUEUE", "CHANNEL"],
        "HistoricalMetrics": [{ "Name": "HANDLE_TIME", "Statistic": "AVG", "Unit": "SECONDS" }],
    });
    assert_eq!(post(&api, "historical", &body).await.status, 200);
    let check = async |path, value, message| {
        refused(&api, "historical", &with(&body, path, value), PARAMETER, message).await;
    };
    check("/StartTime", json!(minutes(-11)), "5 minutes").await;
    check("/EndTime", json!(minutes(-5) + 1), "5 minutes").await;
    check("/StartTime", json!(minutes(-24 * 60 - 5)), "24 hours").await;
    check("/EndTime", json!(minutes(-10)), "later").await;
    let whole_day = with(&with(&body, "/StartTime", json!(minutes(-24 * 60))), "/EndTime", json!(minutes(0)));
    refused(&api, "historical", &whole_day, PARAMETER, "less than 24 hours").await;
    check("/HistoricalMetrics/0/Statistic", json!("SUM"), "AVG").await;
    let level = |threshold: Value| json!([{ "Name": "SERVICE_LEVEL", "Statistic": "AVG", "Unit": "PERCENT", "Threshold": threshold }]);
    check("/HistoricalMetrics", level(Value::Null), "threshold").await;
    check("/HistoricalMetrics", level(json!({ "Comparison": "LT", "ThresholdValue": 0.0 })), "604800").await;
    check("/HistoricalMetrics", level(json!({ "Comparison": "GT", "ThresholdValue": 20.0 })), "LT").await;
    let fine = level(json!({ "Comparison": "LT", "ThresholdValue": 20.0 }));
    let levels: Vec<Value> = std::iter::repeat_n(fine[0].clone(), 21).collect();
    check("/HistoricalMetrics", json!(levels), "20 service levels").await;
    assert_eq!(post(&api, "historical", &with(&body, "/HistoricalMetrics", fine)).await.status, 200);
}

#[tokio::test]
async fn of_the_intervals() {
    let (api, _) = api(5, 20).await;
    let (queues, users) = (queue_ids(&api).await, user_ids(&api).await);
    let body = json!({
        "ResourceArn": api.instance_arn(),
        "StartTime": minutes(-60),
        "EndTime": minutes(0),
        "Interval": { "IntervalPeriod": "FIFTEEN_MIN", "TimeZone": "UTC" },
        "Filters": [{ "FilterKey": "QUEUE", "FilterValues": queues }],
        "Groupings": ["QUEUE", "CHANNEL"],
        "Metrics": [{ "Name": "CONTACTS_HANDLED" }],
    });
    assert_eq!(post(&api, "data", &body).await.status, 200);
    let check = async |path, value, error, message| {
        refused(&api, "data", &with(&body, path, value), error, message).await;
    };
    check(
        "/ResourceArn",
        json!("arn:aws:connect:ap-southeast-2:012345678910:instance/x"),
        NOT_FOUND,
        "instance",
    )
    .await;
    check("/StartTime", json!(minutes(-3 * 24 * 60)), PARAMETER, "3 days").await;
    check("/EndTime", json!(minutes(15)), PARAMETER, "future").await;
    check("/StartTime", json!(minutes(-59)), PARAMETER, "marks").await;
    check("/Interval/TimeZone", json!("Mars/Olympus"), PARAMETER, "UTC").await;
    check(
        "/Groupings",
        json!(["QUEUE", "CHANNEL", "AGENT", "ROUTING_PROFILE", "QUEUE"]),
        PARAMETER,
        "up to 4",
    )
    .await;
    check("/Filters/0/FilterValues", many(&queues, 101), PARAMETER, "100").await;
    check("/Filters/0/FilterValues", json!(["x"]), NOT_FOUND, "queue").await;
    let channel = json!([{ "FilterKey": "CHANNEL", "FilterValues": ["VOICE"] }]);
    check("/Filters", channel, PARAMETER, "one of QUEUE").await;
    let both = json!([
        { "FilterKey": "QUEUE", "FilterValues": many(&queues, 60) },
        { "FilterKey": "AGENT", "FilterValues": many(&users, 41) },
    ]);
    check("/Filters", both, PARAMETER, "in all").await;
    check("/Metrics/0/Name", json!("AGENT_OCCUPANCY"), PARAMETER, "QUEUE").await;
    check("/Metrics/0/Name", json!("SERVICE_LEVEL"), PARAMETER, "threshold").await;
    let metrics: Vec<Value> = std::iter::repeat_n(json!({ "Name": "CONTACTS_HANDLED" }), 21).collect();
    check("/Metrics", json!(metrics), PARAMETER, "1 to 20").await;
    let own =
        get(&api, "queues-summary", "?queueTypes=AGENT").await.json()["QueueSummaryList"][0]["Id"].clone();
    check("/Filters/0/FilterValues", json!([own]), PARAMETER, "agent queue").await;
    let mut month = with(
        &with(&body, "/StartTime", json!(minutes(-30 * 24 * 60))),
        "/Interval/IntervalPeriod",
        json!("TOTAL"),
    );
    assert_eq!(post(&api, "data", &month).await.status, 200);
    month["StartTime"] = json!(minutes(-100 * 24 * 60));
    month["EndTime"] = json!(minutes(-90 * 24 * 60));
    refused(&api, "data", &month, PARAMETER, "3 months").await;
}
