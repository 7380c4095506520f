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
use crate::connect_api::{
    centre::{AgentTime, CentreModel, Contact, Totals},
    error::ApiError,
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
pub(super) fn answer(centre: &CentreModel, now: Timestamp, input: &Input) -> Result<Answer, ApiError> {
    let now = now.as_second();
    let span = input.span(now)?;
    let service_levels = input.historical_metrics.iter().filter(|metric| metric.is_service_level()).count();
    if input.historical_metrics.is_empty() || service_levels > MAX_SERVICE_LEVELS {
        return Err(ApiError::parameter("HistoricalMetrics is empty, or has more than 20 service levels"));
    }
    for metric in &input.historical_metrics {
        metric.check()?;
    }
    let groupings = groupings(&input.groupings)?;
    let scope = input.filters.scope(centre)?;
    let sums = sums(centre, &scope, &groupings, span, now);
    let rows = sums.into_iter().map(|(group, totals)| {
        let time = agent_time(centre, &scope, group, span);
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

fn sums(
    centre: &CentreModel,
    scope: &Scope,
    groupings: &[Grouping],
    (start, end): (i64, i64),
    now: i64,
) -> BTreeMap<Group, Totals> {
    let mut sums: BTreeMap<Group, Totals> = BTreeMap::new();
    let mut count = |contact: &Contact| {
        if !scope.queues.contains(&contact.queue)
            || !scope.channels.contains(&contact.channel)
            || contact.known > now
        {
            return;
        }
        let profile = contact.agent.and_then(|agent| centre.users.get(agent)).map(|user| user.profile);
        let by = |grouping| groupings.contains(&grouping);
        let group = Group {
            queue: by(Grouping::Queue).then_some(contact.queue),
            profile: profile.filter(|_| by(Grouping::RoutingProfile)),
            agent: None,
            channel: by(Grouping::Channel).then_some(contact.channel),
        };
        // Without an agent there is no routing profile.
        if !by(Grouping::RoutingProfile) || group.profile.is_some() {
            sums.entry(group).or_default().add(contact);
        }
    };
    for (place, _) in
        centre.users.iter().enumerate().filter(|(_, user)| scope.profiles.contains(&user.profile))
    {
        centre.handled(place, start, end).for_each(|contact| count(&contact));
    }
    for &queue in &scope.queues {
        centre.abandoned(queue, start, end).iter().for_each(&mut count);
    }
    sums
}

/// The time of the agents who serve a group.
fn agent_time(centre: &CentreModel, scope: &Scope, group: Group, (start, end): (i64, i64)) -> AgentTime {
    let of_queue =
        group.queue.and_then(|queue| centre.queues.get(queue)).map(|queue| queue.profiles.as_slice());
    let of_profile = group.profile.map(|profile| vec![profile]);
    let profiles = of_profile.as_deref().or(of_queue).unwrap_or(&scope.profiles);
    let mut sum = AgentTime::default();
    for (place, _) in centre.users.iter().enumerate().filter(|(_, user)| profiles.contains(&user.profile)) {
        sum += centre.agent_time(place, start, end);
    }
    sum
}
