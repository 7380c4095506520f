//! What filters and groupings of the metric operations say.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::{
    connect_api::{
        error::ApiError,
        live::{LiveCentre, ResourceKind},
    },
    model::Channel,
};

/// The most values of one filter.
pub(super) const MAX_VALUES: usize = 100;

/// The filters of `GetCurrentMetricData` and `GetMetricData`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Filters {
    queues: Vec<String>,
    routing_profiles: Vec<String>,
    channels: Vec<String>,
    agent_statuses: Vec<String>,
    routing_step_expressions: Vec<String>,
    subtypes: Vec<String>,
}

/// What is asked for: places of queues and routing profiles, and channels.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Scope {
    /// Those of the filter, or those that the profiles of the filter serve.
    pub(super) queues: Vec<usize>,
    /// Those of the filter, or those that serve the queues of the filter.
    pub(super) profiles: Vec<usize>,
    pub(super) channels: Vec<Channel>,
    /// Whether the filter names routing profiles, and not queues.
    pub(super) is_by_profile: bool,
}

impl Filters {
    /// Checks the filters and finds what they name.
    pub(super) fn scope(&self, centre: &LiveCentre) -> Result<Scope, ApiError> {
        if !(self.agent_statuses.is_empty()
            && self.routing_step_expressions.is_empty()
            && self.subtypes.is_empty())
        {
            return Err(ApiError::parameter(
                "the invented centre filters by queue, routing profile and channel",
            ));
        }
        let channels = channels(centre, &self.channels)?;
        match (self.queues.as_slice(), self.routing_profiles.as_slice()) {
            ([], []) => Err(ApiError::parameter("Filters needs Queues or RoutingProfiles")),
            ([_, ..], [_, ..]) => {
                Err(ApiError::request("Filters can't have both Queues and RoutingProfiles"))
            }
            (queues, []) => {
                let queues = places(centre, ResourceKind::Queue, queues)?;
                let profiles = centre.profiles_of(&queues);
                Ok(Scope { queues, profiles, channels, is_by_profile: false })
            }
            ([], profiles) => {
                let profiles = places(centre, ResourceKind::RoutingProfile, profiles)?;
                let queues = centre.queues_of(&profiles);
                Ok(Scope { queues, profiles, channels, is_by_profile: true })
            }
        }
    }
}

/// Whether a filter lets a value pass: [`None`] lets all pass, a list those that it names, and never what there is not.
pub(super) fn lets<T: PartialEq>(filter: Option<&[T]>, value: Option<T>) -> bool {
    filter.is_none_or(|values| value.is_some_and(|value| values.contains(&value)))
}

/// The channel of that name.
pub(super) fn channel(name: &str) -> Option<Channel> {
    Channel::ALL.into_iter().find(|channel| channel.name() == name)
}

/// The channels of a filter: those that the two operations know, which e-mail may not be of.
fn channels(centre: &LiveCentre, names: &[String]) -> Result<Vec<Channel>, ApiError> {
    let mut all = vec![Channel::Voice, Channel::Chat, Channel::Task];
    all.extend(centre.email_metrics.then_some(Channel::Email));
    if names.is_empty() {
        return Ok(all);
    }
    if names.len() > all.len() {
        return Err(ApiError::parameter(format_args!("Channels can have {} values", all.len())));
    }
    let channel = |name: &String| channel(name).filter(|channel| all.contains(channel));
    let channels: Option<Vec<_>> = names.iter().map(channel).collect();
    channels.ok_or_else(|| ApiError::parameter("Channels has a value that is none of VOICE, CHAT, TASK"))
}

/// The places of what a filter names by id or ARN; those of agent queues have none among the queues, but are known.
pub(super) fn places(
    centre: &LiveCentre,
    kind: ResourceKind,
    names: &[String],
) -> Result<Vec<usize>, ApiError> {
    let what = match kind {
        ResourceKind::Queue | ResourceKind::AgentQueue => "queue",
        ResourceKind::RoutingProfile => "routing profile",
        ResourceKind::User => "user",
    };
    if names.len() > MAX_VALUES {
        return Err(ApiError::parameter(format_args!("a filter by {what} can have {MAX_VALUES} values")));
    }
    let mut places = BTreeSet::new();
    for name in names {
        let place = centre.place(kind, name);
        match place.filter(|&place| kind != ResourceKind::Queue || is_there(centre, place)) {
            Some(place) => drop(places.insert(place)),
            None if kind == ResourceKind::Queue && centre.place(ResourceKind::AgentQueue, name).is_some() => {
            }
            None => return Err(ApiError::not_found(what)),
        }
    }
    Ok(places.into_iter().collect())
}

/// Whether a queue is not deleted.
fn is_there(centre: &LiveCentre, queue: usize) -> bool {
    centre.directory().queues.get(queue).is_some_and(|queue| queue.deleted.is_none())
}

/// What a group of the answer is of; `None` where it is of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Group {
    pub(super) queue: Option<usize>,
    pub(super) profile: Option<usize>,
    pub(super) agent: Option<usize>,
    pub(super) channel: Option<Channel>,
}

/// By what an answer is grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Grouping {
    Queue,
    RoutingProfile,
    Channel,
}

/// Checks the groupings of the two older operations.
pub(super) fn groupings(names: &[String]) -> Result<Vec<Grouping>, ApiError> {
    if names.len() > 2 {
        return Err(ApiError::parameter("Groupings can have 2 values"));
    }
    let grouping = |name: &String| match name.as_str() {
        "QUEUE" => Ok(Grouping::Queue),
        "ROUTING_PROFILE" => Ok(Grouping::RoutingProfile),
        "CHANNEL" => Ok(Grouping::Channel),
        _ => Err(ApiError::parameter("the invented centre groups by QUEUE, ROUTING_PROFILE and CHANNEL")),
    };
    let groupings = names.iter().map(grouping).collect::<Result<Vec<_>, _>>()?;
    if groupings.contains(&Grouping::Queue) && groupings.contains(&Grouping::RoutingProfile) {
        return Err(ApiError::request("Groupings can't have both QUEUE and ROUTING_PROFILE"));
    }
    Ok(groupings)
}

/// The groups that a scope falls into, in order.
pub(super) fn groups(scope: &Scope, groupings: &[Grouping]) -> Vec<Group> {
    let options = |grouping, places: &[usize]| {
        if groupings.contains(&grouping) { places.iter().copied().map(Some).collect() } else { vec![None] }
    };
    let channels = if groupings.contains(&Grouping::Channel) {
        scope.channels.iter().copied().map(Some).collect()
    } else {
        vec![None]
    };
    let mut groups = Vec::new();
    for queue in options(Grouping::Queue, &scope.queues) {
        for profile in options(Grouping::RoutingProfile, &scope.profiles) {
            groups.extend(channels.iter().map(|&channel| Group { queue, profile, channel, agent: None }));
        }
    }
    groups
}
