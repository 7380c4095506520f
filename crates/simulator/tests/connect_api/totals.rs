//! History as the API tells it is the history of the model: every figure equals that of the model's truth.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use switchboard_simulator::{
    connect_api::ConnectApi,
    model::{
        Centre, Config, Step,
        truth::{Truth, TruthFiles},
    },
};

use crate::{config, noon, of, raw::post};

/// From when to when the figures are compared: a night and a day.
const HOURS: i64 = 24;
/// After so many hours everything has settled.
const SETTLED: i64 = 12;

type Key = (String, String, String);

/// A day with all that happens in one, and half a day after it in which what began is over.
fn day() -> (Config, Timestamp) {
    let from = noon() - SignedDuration::from_hours(36);
    let config = Config {
        from,
        contacts_per_day: 2_000,
        duration: SignedDuration::from_hours(HOURS + SETTLED),
        has_changes: true,
        ..config(4, 30)
    };
    (config, from + SignedDuration::from_hours(HOURS + SETTLED))
}

/// The lines of `intervals.ndjson` that begin within the compared time, by beginning, whose they are, and channel.
fn truth(config: Config, of: fn(&Value) -> Option<&str>) -> BTreeMap<Key, Vec<Value>> {
    let files = TruthFiles { contacts: Vec::new(), agents: Vec::new(), intervals: Vec::new() };
    let until = config.from + SignedDuration::from_hours(HOURS);
    let truth = Truth::new(files, config.end());
    let (_, truth, directory) = Centre::new(config, truth).unwrap().finish();
    let files = truth.finish(&directory).unwrap();
    let mut lines: BTreeMap<Key, Vec<Value>> = BTreeMap::new();
    for line in String::from_utf8(files.intervals).unwrap().lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let from = line["from"].as_str().unwrap().to_owned();
        if from.parse::<Timestamp>().unwrap() < until
            && let Some(whose) = of(&line)
        {
            let channel = line["channel"].as_str().unwrap_or_default().to_owned();
            lines.entry((from, whose.to_owned(), channel)).or_default().push(line);
        }
    }
    lines
}

fn queue_of(line: &Value) -> Option<&str> {
    line["queue"].as_str().filter(|_| line["agent"].is_null())
}

/// The sum of a figure over lines; null is nothing.
fn figure(lines: &[Value], name: &str) -> f64 {
    lines.iter().filter_map(|line| line[name].as_f64()).sum()
}

/// The metrics of one answer, by beginning, whose they are, and channel.
async fn metrics(
    api: &ConnectApi,
    from: Timestamp,
    filter: Value,
    groupings: &[&str],
    names: &[&str],
) -> BTreeMap<Key, BTreeMap<String, Value>> {
    let metric = |name: &&str| {
        let has_threshold = name.ends_with("_IN_X") || *name == "SERVICE_LEVEL";
        let threshold =
            if has_threshold { json!([{ "Comparison": "LT", "ThresholdValue": 20.0 }]) } else { json!([]) };
        json!({ "Name": name, "Threshold": threshold })
    };
    let mut body = json!({
        "ResourceArn": api.instance_arn(),
        "StartTime": from.as_second(),
        "EndTime": (from + SignedDuration::from_hours(HOURS)).as_second(),
        "Interval": { "IntervalPeriod": "FIFTEEN_MIN" },
        "Filters": [filter],
        "Groupings": groupings,
        "Metrics": names.iter().map(metric).collect::<Vec<_>>(),
    });
    let mut found = BTreeMap::new();
    loop {
        let answer = post(api, "data", &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let answer = answer.json();
        for row in answer["MetricResults"].as_array().unwrap() {
            let start = Timestamp::from_second(row["MetricInterval"]["StartTime"].as_f64().unwrap() as i64);
            let whose = row["Dimensions"][groupings[0]].as_str().unwrap().to_owned();
            let channel = row["Dimensions"]["CHANNEL"].as_str().unwrap_or_default().to_owned();
            let values = row["Collections"].as_array().unwrap().iter();
            let values =
                values.map(|one| (one["Metric"]["Name"].as_str().unwrap().to_owned(), one["Value"].clone()));
            let key = (format!("{:.3}", start.unwrap()), whose, channel);
            found.entry(key).or_insert_with(BTreeMap::new).extend(values.collect::<BTreeMap<_, _>>());
        }
        match answer.get("NextToken") {
            Some(token) => body["NextToken"] = token.clone(),
            None => return found,
        }
    }
}

/// Compares a metric with a figure for every interval in which either counts something; how many did.
fn compare(
    truth: &BTreeMap<Key, Vec<Value>>,
    told: &BTreeMap<Key, BTreeMap<String, Value>>,
    metric: &str,
    name: &str,
) -> usize {
    let mut counted = 0;
    let keys: std::collections::BTreeSet<_> = truth.keys().chain(told.keys()).collect();
    for key in keys {
        let expected = truth.get(key).map_or(0.0, |lines| figure(lines, name));
        let value = told.get(key).and_then(|values| values[metric].as_f64()).unwrap_or(0.0);
        assert_eq!(value, expected, "{metric} of {key:?}");
        counted += usize::from(expected > 0.0);
    }
    counted
}

#[tokio::test]
async fn quarters_of_queues_are_those_of_the_truth() {
    let (config, end) = day();
    let from = config.from;
    let truth = truth(config.clone(), queue_of);
    let (api, _) = of(config, end).await;
    let queues = crate::raw::queue_ids(&api).await;
    let filter = json!({ "FilterKey": "QUEUE", "FilterValues": queues });
    // No agents' own queues: customers do not wait in them.
    let truth: BTreeMap<_, _> = truth.into_iter().filter(|(key, _)| queues.contains(&key.1)).collect();
    let sums = [
        ("CONTACTS_CREATED", "connect_contacts_created"),
        ("CONTACTS_QUEUED", "connect_contacts_queued"),
        ("CONTACTS_HANDLED", "connect_contacts_handled"),
        ("CONTACTS_ABANDONED", "connect_contacts_abandoned"),
        ("CONTACTS_PUT_ON_HOLD", "connect_contacts_put_on_hold"),
        ("CONTACTS_HOLD_ABANDONS", "connect_contacts_hold_abandons"),
        ("CONTACTS_TRANSFERRED_OUT", "connect_contacts_transferred_out"),
        ("CONTACTS_TRANSFERRED_OUT_FROM_QUEUE", "connect_contacts_transferred_out_from_queue"),
        ("MAX_QUEUED_TIME", "connect_max_queued_time"),
        ("SUM_AFTER_CONTACT_WORK_TIME", "connect_sum_after_contact_work_time"),
        ("SUM_HANDLE_TIME", "connect_sum_handle_time"),
        ("SUM_HOLD_TIME", "connect_sum_hold_time"),
        ("SUM_INTERACTION_TIME", "connect_sum_interaction_time"),
        ("SUM_CONTACTS_ANSWERED_IN_X", "connect_sum_contacts_answered_in_20"),
        ("SUM_CONTACTS_ABANDONED_IN_X", "connect_sum_contacts_abandoned_in_20"),
        ("SUM_RETRY_CALLBACK_ATTEMPTS", "connect_sum_retry_callback_attempts"),
    ];
    let names: Vec<_> = sums.iter().map(|(metric, _)| *metric).collect();
    let told = metrics(&api, from, filter.clone(), &["QUEUE", "CHANNEL"], &names).await;
    for (metric, name) in sums {
        assert!(compare(&truth, &told, metric, name) > 0, "nothing counts for {metric}");
    }
    // Averages are the sums by what they are averages of.
    let averages = [
        ("AVG_QUEUE_ANSWER_TIME", "connect_sum_queue_answer_time", "connect_contacts_handled"),
        ("AVG_ABANDON_TIME", "connect_sum_abandon_time", "connect_contacts_abandoned"),
        ("AVG_HANDLE_TIME", "connect_sum_handle_time", "connect_contacts_handled"),
    ];
    let names: Vec<_> = averages.iter().map(|(metric, ..)| *metric).collect();
    let told = metrics(&api, from, filter, &["QUEUE", "CHANNEL"], &names).await;
    for (metric, sum, of) in averages {
        for (key, lines) in &truth {
            let (sum, of) = (figure(lines, sum), figure(lines, of));
            let value = told.get(key).and_then(|values| values[metric].as_f64());
            // The last digit is lost on the way.
            let expected = (of > 0.0).then(|| sum / of);
            let is_same = value.is_some() == expected.is_some()
                && (value.unwrap_or_default() - expected.unwrap_or_default()).abs() < 1e-9;
            assert!(is_same, "{metric} of {key:?}: {value:?}, not {expected:?}");
        }
    }
}

#[tokio::test]
async fn quarters_of_agents_are_those_of_the_truth() {
    let (config, end) = day();
    let from = config.from;
    let (api, _) = of(config.clone(), end).await;
    // Those who were deleted during the day, too.
    let (_, _, directory) = Centre::new(config.clone(), |_: &Step<'_>| {}).unwrap().finish();
    let people = directory.people.iter();
    let name_of: BTreeMap<_, _> = people.map(|person| (person.id.clone(), person.username.clone())).collect();
    let filter = json!({ "FilterKey": "AGENT", "FilterValues": name_of.keys().collect::<Vec<_>>() });
    let by_username =
        |told: BTreeMap<Key, BTreeMap<String, Value>>| -> BTreeMap<Key, BTreeMap<String, Value>> {
            told.into_iter()
                .map(|((from, id, channel), row)| ((from, name_of[&id].clone(), channel), row))
                .collect()
        };

    let of_contacts = [
        ("CONTACTS_HANDLED", "connect_contacts_handled"),
        ("AGENT_NON_RESPONSE", "not_taken"),
        ("CONTACTS_PUT_ON_HOLD", "connect_contacts_put_on_hold"),
        ("CONTACTS_TRANSFERRED_OUT_BY_AGENT", "connect_contacts_transferred_out_by_agent"),
        ("SUM_AFTER_CONTACT_WORK_TIME", "connect_sum_after_contact_work_time"),
        ("SUM_HANDLE_TIME", "connect_sum_handle_time"),
        ("SUM_HOLD_TIME", "connect_sum_hold_time"),
        ("SUM_INTERACTION_TIME", "connect_sum_interaction_time"),
    ];
    let names: Vec<_> = of_contacts.iter().map(|(metric, _)| *metric).collect();
    let lines = truth(config.clone(), |line| line["agent"].as_str().filter(|_| !line["channel"].is_null()));
    let told = by_username(metrics(&api, from, filter.clone(), &["AGENT", "CHANNEL"], &names).await);
    for (metric, name) in of_contacts {
        assert!(compare(&lines, &told, metric, name) > 0, "nothing counts for {metric}");
    }

    let of_time = [
        ("SUM_ONLINE_TIME_AGENT", "online_seconds"),
        ("SUM_NON_PRODUCTIVE_TIME_AGENT", "non_productive_seconds"),
        ("SUM_IDLE_TIME_AGENT", "idle_seconds"),
        ("SUM_CONTACT_TIME_AGENT", "contact_seconds"),
        ("SUM_ERROR_STATUS_TIME_AGENT", "error_seconds"),
    ];
    let names: Vec<_> = of_time.iter().map(|(metric, _)| *metric).collect();
    let lines = truth(config, |line| line["agent"].as_str().filter(|_| line["channel"].is_null()));
    let told = by_username(metrics(&api, from, filter, &["AGENT"], &names).await);
    for (metric, name) in of_time {
        assert!(compare(&lines, &told, metric, name) > 0, "nothing counts for {metric}");
    }
}

#[tokio::test]
async fn the_older_history_is_that_of_the_truth() {
    let (config, end) = day();
    let (api, clock) = of(config.clone(), end).await;
    // Those that are there all day: one that is not there at a moment can't be asked for then.
    let directory = Centre::new(config.clone(), |_: &Step<'_>| {}).unwrap().directory().clone();
    let queues: Vec<_> = directory.queues.into_iter().map(|queue| queue.id).collect();
    let truth = truth(config.clone(), queue_of);
    let mut counted = 0;
    for quarter in 0..HOURS * 4 {
        let from = config.from + SignedDuration::from_mins(quarter * 15);
        // It asks for the last 24 hours alone.
        clock.set(end.min(from + SignedDuration::from_hours(24)));
        let to = from + SignedDuration::from_mins(15);
        let metric = |name: &str| json!({ "Name": name, "Statistic": "SUM", "Unit": "COUNT" });
        let body = json!({
            "StartTime": from.as_second(),
            "EndTime": to.as_second(),
            "Filters": { "Queues": queues },
            "Groupings": ["QUEUE", "CHANNEL"],
            "HistoricalMetrics": [
                metric("CONTACTS_QUEUED"),
                metric("CONTACTS_HANDLED"),
                metric("CONTACTS_ABANDONED"),
                metric("CALLBACK_CONTACTS_HANDLED"),
            ],
        });
        // A clock that goes back costs the whole history: it goes on alone.
        let answer = post(&api, "historical", &body).await.json();
        let mut told = BTreeMap::new();
        for row in answer["MetricResults"].as_array().unwrap() {
            let key = (row["Dimensions"]["Queue"]["Id"].clone(), row["Dimensions"]["Channel"].clone());
            let values: Vec<_> = row["Collections"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["Value"].as_f64().unwrap())
                .collect();
            told.insert(format!("{key:?}"), values);
        }
        for queue in &queues {
            for channel in ["VOICE", "CHAT", "TASK"] {
                let key = (format!("{from:.3}"), queue.clone(), channel.to_owned());
                let lines = truth.get(&key).map_or(&[][..], Vec::as_slice);
                let expected = [
                    "connect_contacts_queued",
                    "connect_contacts_handled",
                    "connect_contacts_abandoned",
                    "connect_callback_contacts_handled",
                ]
                .map(|name| figure(lines, name));
                let key = format!("{:?}", (json!(queue), json!(channel)));
                let values = told.get(&key).cloned().unwrap_or_else(|| vec![0.0; 4]);
                assert_eq!(values, expected, "{from} {key}");
                counted += usize::from(expected[3] > 0.0);
            }
        }
    }
    assert!(counted > 0, "no callback was handled");
}
