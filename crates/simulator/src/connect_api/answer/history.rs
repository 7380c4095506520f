//! `GetMetricData`: what a time of up to 24 hours adds up to.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Answer, EpochSeconds,
    current_metrics::dimensions,
    filters::{Filters, Group, Grouping, Scope, groupings},
    metric_v1::Metric,
};
use crate::{
    connect_api::{
        error::ApiError,
        live::{AgentSeconds, EndedContact, LiveCentre, NotTaken, Totals, counts, standard_queue},
    },
    model::{Channel, Millis, QueueRef, SECOND},
};

const FIVE_MINUTES: i64 = 300;
const DAY: i64 = 24 * 60 * 60;
/// The most service levels of one request.
const MAX_SERVICE_LEVELS: usize = 20;

/// The body.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    start_time: EpochSeconds,
    end_time: EpochSeconds,
    #[serde(default)]
    filters: Filters,
    #[serde(default)]
    groupings: Vec<String>,
    historical_metrics: Vec<Metric>,
}

impl Input {
    /// From when to when, in seconds since 1970.
    fn span(&self, now: i64) -> Result<(i64, i64), ApiError> {
        let mark = |time: EpochSeconds| time.whole().filter(|second| second % FIVE_MINUTES == 0);
        let (Some(start), Some(end)) = (mark(self.start_time), mark(self.end_time)) else {
            return Err(ApiError::parameter("StartTime and EndTime must be multiples of 5 minutes"));
        };
        if start < now - DAY {
            return Err(ApiError::parameter("StartTime is earlier than 24 hours ago"));
        }
        if end <= start || end - start >= DAY {
            return Err(ApiError::parameter("EndTime must be later than StartTime, by less than 24 hours"));
        }
        Ok((start, end))
    }
}

/// What went on; a group without contacts has no row.
pub(super) fn answer(centre: &LiveCentre, now: Timestamp, input: &Input) -> Result<Answer, ApiError> {
    let span = input.span(now.as_second())?;
    require_kept(centre, span.0 * SECOND)?;
    let service_levels = input.historical_metrics.iter().filter(|metric| metric.is_service_level()).count();
    if input.historical_metrics.is_empty() || service_levels > MAX_SERVICE_LEVELS {
        return Err(ApiError::parameter("HistoricalMetrics is empty, or has more than 20 service levels"));
    }
    for metric in &input.historical_metrics {
        metric.check()?;
    }
    let groupings = groupings(&input.groupings)?;
    let scope = input.filters.scope(centre)?;
    let sums = sums(centre, &scope, &groupings, span);
    let time = time_by_profile(centre, span);
    let rows = sums.into_iter().map(|(group, totals)| {
        let time = agent_time(centre, &scope, group, &time);
        let collection = |metric: &Metric| {
            let mut collection = json!({ "Metric": metric });
            if let (Some(value), Some(collection)) =
                (metric.value(&totals, &time), collection.as_object_mut())
            {
                collection.insert("Value".to_owned(), value.into());
            }
            collection
        };
        let collections: Vec<Value> = input.historical_metrics.iter().map(collection).collect();
        json!({ "Dimensions": dimensions(centre, group), "Collections": collections })
    });
    Ok(Answer::new("MetricResults", rows.collect()))
}

/// Refuses a time of which something is forgotten: the figures would be too small.
pub(crate) fn require_kept(centre: &LiveCentre, start: Millis) -> Result<(), ApiError> {
    let (kept, begin) = (centre.history().kept_since(), centre.begin());
    if kept > begin && start < kept {
        return Err(ApiError::parameter("the invented centre no longer keeps what happened at StartTime"));
    }
    Ok(())
}

fn sums(
    centre: &LiveCentre,
    scope: &Scope,
    groupings: &[Grouping],
    (start, end): (i64, i64),
) -> BTreeMap<Group, Totals> {
    let (start, end) = (start * SECOND, end * SECOND);
    let by = |grouping| groupings.contains(&grouping);
    // Without an agent there is no routing profile.
    let group = |queue: Option<usize>, channel: Channel, agent: Option<usize>| {
        let profile = agent.and_then(|agent| centre.profile_of(agent));
        let is_within = if scope.is_by_profile {
            profile.is_some_and(|profile| scope.profiles.contains(&profile))
        } else {
            queue.is_some_and(|queue| scope.queues.contains(&queue))
        };
        let is_grouped =
            (!by(Grouping::Queue) || queue.is_some()) && (!by(Grouping::RoutingProfile) || profile.is_some());
        (is_within && is_grouped && scope.channels.contains(&channel)).then(|| Group {
            queue: queue.filter(|_| by(Grouping::Queue)),
            profile: profile.filter(|_| by(Grouping::RoutingProfile)),
            agent: None,
            channel: by(Grouping::Channel).then_some(channel),
        })
    };
    let mut sums: BTreeMap<Group, Totals> = BTreeMap::new();
    for ended in centre.history().counted(start, end, centre.asked_at()) {
        let EndedContact { contact, .. } = ended;
        if counts(contact)
            && let Some(group) = group(standard_queue(contact), contact.channel, contact.agent)
        {
            sums.entry(group).or_default().add(ended);
        }
    }
    for NotTaken { agent, queue, channel, .. } in centre.history().not_taken(start, end) {
        let queue = match queue {
            Some(QueueRef::Standard(place)) => Some(*place),
            _ => None,
        };
        if let Some(group) = group(queue, *channel, Some(*agent)) {
            sums.entry(group).or_default().not_taken += 1;
        }
    }
    sums
}

/// What the agents of each routing profile did, by its place.
fn time_by_profile(centre: &LiveCentre, (start, end): (i64, i64)) -> BTreeMap<usize, AgentSeconds> {
    let mut time: BTreeMap<usize, AgentSeconds> = BTreeMap::new();
    for piece in centre.history().pieces(start * SECOND, end * SECOND, centre.now()) {
        if let Some(profile) = centre.profile_of(piece.agent) {
            *time.entry(profile).or_default() += AgentSeconds::of(&piece);
        }
    }
    time
}

/// The time of the agents who serve a group.
fn agent_time(
    centre: &LiveCentre,
    scope: &Scope,
    group: Group,
    time: &BTreeMap<usize, AgentSeconds>,
) -> AgentSeconds {
    let profiles = match (group.queue, group.profile) {
        (Some(queue), _) => centre.profiles_of(&[queue]),
        (None, Some(profile)) => vec![profile],
        (None, None) => scope.profiles.clone(),
    };
    let mut sum = AgentSeconds::default();
    for profile in profiles {
        sum += time.get(&profile).copied().unwrap_or_default();
    }
    sum
}
