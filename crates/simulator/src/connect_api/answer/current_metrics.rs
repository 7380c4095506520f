//! `GetCurrentMetricData`.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    Answer, Rows,
    filters::{Filters, Group, Grouping, Scope, groupings, groups},
    number,
};
use crate::connect_api::{
    error::ApiError,
    live::{LiveCentre, RealTime, RealTimeCounts},
};

/// The body.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    #[serde(default)]
    filters: Filters,
    #[serde(default)]
    groupings: Vec<String>,
    current_metrics: Vec<Metric>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Metric {
    name: String,
    unit: Option<String>,
}

/// What each metric is of a tally; `None`: one that has no value in this group.
fn value(name: &str, tally: &RealTimeCounts) -> Option<i64> {
    Some(match name {
        "AGENTS_ONLINE" => tally.online,
        "AGENTS_AVAILABLE" => tally.available,
        "AGENTS_STAFFED" => tally.staffed,
        "AGENTS_ON_CALL" | "AGENTS_ON_CONTACT" => tally.on_contact,
        "AGENTS_AFTER_CONTACT_WORK" => tally.after_contact_work,
        "AGENTS_NON_PRODUCTIVE" => tally.non_productive,
        "AGENTS_ERROR" => tally.error,
        "CONTACTS_IN_QUEUE" => tally.waiting,
        "CONTACTS_SCHEDULED" => tally.scheduled,
        "OLDEST_CONTACT_AGE" => tally.oldest,
        "SLOTS_ACTIVE" => tally.slots_active,
        "SLOTS_AVAILABLE" => tally.slots_available,
        // Nobody can tell while nobody is there to answer.
        "ESTIMATED_WAIT_TIME" if tally.online == 0 => return None,
        "ESTIMATED_WAIT_TIME" => tally.waiting * 120 / tally.online,
        _ => return None,
    })
}

const COUNTS: [&str; 12] = [
    "AGENTS_ONLINE",
    "AGENTS_AVAILABLE",
    "AGENTS_STAFFED",
    "AGENTS_ON_CALL",
    "AGENTS_ON_CONTACT",
    "AGENTS_AFTER_CONTACT_WORK",
    "AGENTS_NON_PRODUCTIVE",
    "AGENTS_ERROR",
    "CONTACTS_IN_QUEUE",
    "CONTACTS_SCHEDULED",
    "SLOTS_ACTIVE",
    "SLOTS_AVAILABLE",
];
const SECONDS: [&str; 2] = ["OLDEST_CONTACT_AGE", "ESTIMATED_WAIT_TIME"];

impl Metric {
    fn check(&self, groupings: &[Grouping]) -> Result<(), ApiError> {
        let unit = match self.name.as_str() {
            name if COUNTS.contains(&name) => "COUNT",
            name if SECONDS.contains(&name) => "SECONDS",
            _ => return Err(ApiError::parameter("CurrentMetrics names a metric that doesn't exist")),
        };
        if self.unit.as_deref() != Some(unit) {
            return Err(ApiError::parameter(format_args!("{} has the unit {unit}", self.name)));
        }
        let both = groupings.contains(&Grouping::Queue) && groupings.contains(&Grouping::Channel);
        if self.name == "ESTIMATED_WAIT_TIME" && !both {
            return Err(ApiError::request("ESTIMATED_WAIT_TIME needs the groupings QUEUE and CHANNEL"));
        }
        Ok(())
    }
}

/// How the queues stand.
pub(super) fn answer(centre: &LiveCentre, now: Timestamp, input: &Input) -> Result<Answer, ApiError> {
    if input.current_metrics.is_empty() {
        return Err(ApiError::parameter("CurrentMetrics is empty"));
    }
    let groupings = groupings(&input.groupings)?;
    for metric in &input.current_metrics {
        metric.check(&groupings)?;
    }
    let scope = input.filters.scope(centre)?;
    let real_time = RealTime::now(centre, &scope.channels);
    let rows = groups(&scope, &groupings).into_iter().filter_map(|group| {
        let tally = tally(centre, &scope, &real_time, group);
        (!tally.is_idle()).then(|| row(centre, group, &tally, &input.current_metrics))
    });
    let mut answer = Answer::counted("MetricResults", Rows::Made(rows.collect()), "ApproximateTotalCount");
    answer.beside.insert("DataSnapshotTime".to_owned(), number(now.as_second()).into());
    Ok(answer)
}

/// The contacts of the group's queues, and the agents of the routing profiles that serve them.
fn tally(centre: &LiveCentre, scope: &Scope, real_time: &RealTime, group: Group) -> RealTimeCounts {
    let queues = match (group.queue, group.profile) {
        (Some(queue), _) => vec![queue],
        (None, Some(profile)) => centre.queues_of(&[profile]),
        (None, None) => scope.queues.clone(),
    };
    let profiles = match (group.queue, group.profile) {
        (Some(queue), _) => centre.profiles_of(&[queue]),
        (None, Some(profile)) => vec![profile],
        (None, None) => scope.profiles.clone(),
    };
    let mut sum = real_time.agents(&profiles, group.channel);
    let channels = group.channel.as_ref().map_or(scope.channels.as_slice(), std::slice::from_ref);
    for &queue in &queues {
        for &channel in channels {
            sum += real_time.queue(queue, channel);
        }
    }
    sum
}

fn row(centre: &LiveCentre, group: Group, tally: &RealTimeCounts, metrics: &[Metric]) -> Value {
    let collection = |metric: &Metric| {
        let mut value = value(&metric.name, tally);
        // Without a grouping the API tells it in milliseconds, and still calls them seconds.
        if metric.name == "OLDEST_CONTACT_AGE" && group == Group::default() {
            value = value.map(|seconds| seconds * 1000);
        }
        let mut collection = json!({ "Metric": { "Name": metric.name, "Unit": metric.unit } });
        if let (Some(value), Some(collection)) = (value, collection.as_object_mut()) {
            collection.insert("Value".to_owned(), number(value).into());
        }
        collection
    };
    let collections: Vec<_> = metrics.iter().map(collection).collect();
    json!({ "Dimensions": dimensions(centre, group), "Collections": collections })
}

/// The dimensions of a group as the two older operations tell them.
pub(super) fn dimensions(centre: &LiveCentre, group: Group) -> Value {
    let mut dimensions = Map::new();
    let directory = centre.directory();
    if let Some(queue) = group.queue.and_then(|queue| directory.queues.get(queue)) {
        let reference = json!({ "Id": queue.id, "Arn": queue.arn });
        dimensions.insert("Queue".to_owned(), reference);
    }
    if let Some(profile) = group.profile.and_then(|profile| directory.profiles.get(profile)) {
        let reference = json!({ "Id": profile.id, "Arn": profile.arn });
        dimensions.insert("RoutingProfile".to_owned(), reference);
    }
    if let Some(channel) = group.channel {
        dimensions.insert("Channel".to_owned(), channel.name().into());
    }
    Value::Object(dimensions)
}
