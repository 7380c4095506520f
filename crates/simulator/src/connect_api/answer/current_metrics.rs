//! `GetCurrentMetricData`.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    Answer,
    filters::{Filters, Group, Grouping, Scope, groupings, groups},
    number,
};
use crate::connect_api::{
    centre::{CentreModel, Channel, RealTimeCounts},
    error::ApiError,
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
pub(super) fn answer(centre: &CentreModel, now: Timestamp, input: &Input) -> Result<Answer, ApiError> {
    if input.current_metrics.is_empty() {
        return Err(ApiError::parameter("CurrentMetrics is empty"));
    }
    let groupings = groupings(&input.groupings)?;
    for metric in &input.current_metrics {
        metric.check(&groupings)?;
    }
    let scope = input.filters.scope(centre)?;
    let at = now.as_second();
    let agents = Agents::at(centre, &scope, at);
    let rows = groups(&scope, &groupings).into_iter().filter_map(|group| {
        let tally = tally(centre, &scope, &agents, group, at);
        (!tally.is_idle()).then(|| row(centre, group, &tally, &input.current_metrics))
    });
    let mut answer = Answer::counted("MetricResults", rows.collect());
    answer.beside.insert("DataSnapshotTime".to_owned(), number(at).into());
    Ok(answer)
}

/// What the agents of each routing profile are, by profile and channel: agents are few and groups many.
struct Agents(Vec<(usize, Option<Channel>, RealTimeCounts)>);

impl Agents {
    fn at(centre: &CentreModel, scope: &Scope, at: i64) -> Self {
        let mut sums = Vec::new();
        let channels = scope.channels.iter().map(|&channel| (Some(channel), vec![channel]));
        let channels: Vec<_> = channels.chain([(None, scope.channels.clone())]).collect();
        for &profile in &scope.profiles {
            let users = centre.users.iter().enumerate().filter(|(_, user)| user.profile == profile);
            let users: Vec<usize> = users.map(|(place, _)| place).collect();
            for (key, channels) in &channels {
                let mut sum = RealTimeCounts::default();
                for &user in &users {
                    sum += centre.agent_tally(user, channels, at);
                }
                sums.push((profile, *key, sum));
            }
        }
        Self(sums)
    }

    fn of(&self, profiles: &[usize], channel: Option<Channel>) -> RealTimeCounts {
        let mut sum = RealTimeCounts::default();
        for (_, _, tally) in self.0.iter().filter(|(p, c, _)| profiles.contains(p) && *c == channel) {
            sum += *tally;
        }
        sum
    }
}

fn tally(centre: &CentreModel, scope: &Scope, agents: &Agents, group: Group, at: i64) -> RealTimeCounts {
    let queues = match (group.queue, group.profile.and_then(|profile| centre.profiles.get(profile))) {
        (Some(queue), _) => vec![queue],
        (None, Some(profile)) => profile.queues.clone(),
        (None, None) => scope.queues.clone(),
    };
    let channels = group.channel.map_or_else(|| scope.channels.clone(), |channel| vec![channel]);
    let mut sum = RealTimeCounts::default();
    let mut served = false;
    for &queue in &queues {
        for &channel in &channels {
            served |= centre.queues.get(queue).is_some_and(|queue| queue.channels.contains(&channel));
            sum += centre.waiting(queue, channel, at);
        }
    }
    if served {
        let of_queue =
            group.queue.and_then(|queue| centre.queues.get(queue)).map(|queue| queue.profiles.as_slice());
        let of_profile = group.profile.map(|profile| vec![profile]);
        let profiles = of_profile.as_deref().or(of_queue).unwrap_or(&scope.profiles);
        sum += agents.of(profiles, group.channel);
    }
    sum
}

fn row(centre: &CentreModel, group: Group, tally: &RealTimeCounts, metrics: &[Metric]) -> Value {
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
pub(super) fn dimensions(centre: &CentreModel, group: Group) -> Value {
    let mut dimensions = Map::new();
    if let Some(queue) = group.queue.and_then(|queue| centre.queues.get(queue)) {
        let reference = json!({ "Id": queue.resource.id, "Arn": queue.resource.arn });
        dimensions.insert("Queue".to_owned(), reference);
    }
    if let Some(profile) = group.profile.and_then(|profile| centre.profiles.get(profile)) {
        let reference = json!({ "Id": profile.resource.id, "Arn": profile.resource.arn });
        dimensions.insert("RoutingProfile".to_owned(), reference);
    }
    if let Some(channel) = group.channel {
        dimensions.insert("Channel".to_owned(), channel.name().into());
    }
    Value::Object(dimensions)
}
