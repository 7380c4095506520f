//! `GetMetricDataV2`: what each interval adds up to.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use switchboard_core::arn::last_segment;

use super::{
    Answer, EpochSeconds,
    filters::{Group, MAX_VALUES, places},
    metric_v2::Metric,
    number,
};
use crate::{
    connect_api::{
        centre::{AgentTime, CentreModel, Channel, Contact, ResourceKind, Totals},
        error::ApiError,
    },
    fixtures::INSTANCE_ARN,
};

const DAY: i64 = 24 * 60 * 60;
/// How long history is kept, in days: three months.
const KEPT_DAYS: i64 = 92;
const MAX_METRICS: usize = 20;
const MAX_FILTERS: usize = 5;
const MAX_GROUPINGS: usize = 4;

/// The body.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    resource_arn: String,
    start_time: EpochSeconds,
    end_time: EpochSeconds,
    interval: Option<Interval>,
    filters: Vec<Filter>,
    #[serde(default)]
    groupings: Vec<String>,
    metrics: Vec<Metric>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Interval {
    time_zone: Option<String>,
    interval_period: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Filter {
    filter_key: String,
    filter_values: Vec<String>,
}

/// From when to when, and how long each interval is, in seconds.
#[derive(Debug, Clone, Copy)]
struct Span {
    start: i64,
    end: i64,
    step: i64,
}

impl Input {
    /// Checks the times. Intervals must begin on their own marks, in UTC: the API's description leaves open what
    /// happens otherwise.
    fn span(&self, now: i64) -> Result<(Span, &str), ApiError> {
        let period = self.interval.as_ref().and_then(|interval| interval.interval_period.as_deref());
        let period = period.unwrap_or("TOTAL");
        let zone = self.interval.as_ref().and_then(|interval| interval.time_zone.as_deref());
        if zone.is_some_and(|zone| !matches!(zone, "UTC" | "Etc/UTC" | "GMT")) {
            return Err(ApiError::parameter("the invented centre knows the time zone UTC alone"));
        }
        let (Some(start), Some(end)) = (self.start_time.whole(), self.end_time.whole()) else {
            return Err(ApiError::parameter("StartTime and EndTime must be whole seconds"));
        };
        let (step, days) = match period {
            "FIFTEEN_MIN" => (15 * 60, 3),
            "THIRTY_MIN" => (30 * 60, 3),
            "HOUR" => (60 * 60, 3),
            "DAY" => (DAY, 35),
            "WEEK" => (7 * DAY, 35),
            "TOTAL" => (end - start, 35),
            _ => return Err(ApiError::parameter("there is no such IntervalPeriod")),
        };
        if end <= start || end > now {
            return Err(ApiError::parameter("EndTime must be later than StartTime and not in the future"));
        }
        if end - start >= days * DAY {
            return Err(ApiError::parameter(format_args!("{period} spans less than {days} days")));
        }
        if start < now - KEPT_DAYS * DAY {
            return Err(ApiError::parameter("history is kept for 3 months"));
        }
        if period != "TOTAL" && (start % step.min(DAY) != 0 || end % step.min(DAY) != 0) {
            return Err(ApiError::parameter("StartTime and EndTime must be marks of the IntervalPeriod"));
        }
        Ok((Span { start, end, step }, period))
    }

    fn check(&self) -> Result<(), ApiError> {
        // The account and region may be the asker's own: the invented instance is wherever it is deployed beside.
        if last_segment(&self.resource_arn) != last_segment(INSTANCE_ARN) {
            return Err(ApiError::not_found("instance"));
        }
        if !(1..=MAX_METRICS).contains(&self.metrics.len()) {
            return Err(ApiError::parameter("Metrics has 1 to 20 values"));
        }
        if !(1..=MAX_FILTERS).contains(&self.filters.len()) || self.groupings.len() > MAX_GROUPINGS {
            return Err(ApiError::parameter("Filters has 1 to 5 values and Groupings up to 4"));
        }
        let keys: Vec<&str> = self.filters.iter().map(|filter| filter.filter_key.as_str()).collect();
        let keys: Vec<&str> = keys.into_iter().chain(self.groupings.iter().map(String::as_str)).collect();
        if keys.iter().any(|key| !["QUEUE", "ROUTING_PROFILE", "AGENT", "CHANNEL"].contains(key)) {
            let message =
                "the invented centre filters and groups by QUEUE, ROUTING_PROFILE, AGENT and CHANNEL";
            return Err(ApiError::parameter(message));
        }
        self.metrics.iter().try_for_each(|metric| metric.check(&keys))
    }
}

/// What the filters let through.
#[derive(Debug, Default)]
struct Scope {
    queues: Option<Vec<usize>>,
    profiles: Option<Vec<usize>>,
    agents: Option<Vec<usize>>,
    channels: Option<Vec<Channel>>,
}

impl Scope {
    fn of(centre: &CentreModel, filters: &[Filter]) -> Result<Self, ApiError> {
        let mut scope = Self::default();
        let mut values = 0;
        for Filter { filter_key, filter_values } in filters {
            if filter_values.is_empty() {
                return Err(ApiError::parameter("a filter has no values"));
            }
            // Channels don't count.
            values += if filter_key == "CHANNEL" { 0 } else { filter_values.len() };
            if values > MAX_VALUES {
                return Err(ApiError::parameter("Filters can have 100 values in all"));
            }
            match filter_key.as_str() {
                "QUEUE" => {
                    let own = |name: &String| centre.place(ResourceKind::AgentQueue, name).is_some();
                    if filter_values.iter().any(own) {
                        return Err(ApiError::parameter("an agent queue can't be filtered by"));
                    }
                    scope.queues = Some(places(centre, ResourceKind::Queue, filter_values)?);
                }
                "ROUTING_PROFILE" => {
                    scope.profiles = Some(places(centre, ResourceKind::RoutingProfile, filter_values)?);
                }
                "AGENT" => scope.agents = Some(places(centre, ResourceKind::User, filter_values)?),
                _ => {
                    let channels: Option<Vec<_>> =
                        filter_values.iter().map(|name| Channel::parse(name)).collect();
                    scope.channels =
                        Some(channels.ok_or_else(|| ApiError::parameter("there is no such channel"))?);
                }
            }
        }
        if scope.queues.is_none() && scope.profiles.is_none() && scope.agents.is_none() {
            return Err(ApiError::parameter("Filters needs one of QUEUE, ROUTING_PROFILE and AGENT"));
        }
        Ok(scope)
    }

    /// The places of the users whose contacts or time may be within.
    fn users<'a>(&'a self, centre: &'a CentreModel) -> impl Iterator<Item = (usize, usize)> + 'a {
        let serving = self.queues.as_ref().map(|queues| {
            let queues = queues.iter().filter_map(|&queue| centre.queues.get(queue));
            super::filters::distinct(queues.flat_map(|queue| &queue.profiles))
        });
        let users = centre.users.iter().enumerate().map(|(place, user)| (place, user.profile));
        users.filter(move |(place, profile)| {
            lets(self.agents.as_deref(), place)
                && lets(self.profiles.as_deref(), profile)
                && lets(serving.as_deref(), profile)
        })
    }

    fn has(&self, contact: &Contact) -> bool {
        lets(self.queues.as_deref(), &contact.queue) && lets(self.channels.as_deref(), &contact.channel)
    }
}

fn lets<T: PartialEq>(filter: Option<&[T]>, value: &T) -> bool {
    filter.is_none_or(|values| values.contains(value))
}

/// What went on; a group without contacts and agents has no row in an interval.
pub(super) fn answer(centre: &CentreModel, now: Timestamp, input: &Input) -> Result<Answer, ApiError> {
    input.check()?;
    let now = now.as_second();
    let (span, period) = input.span(now)?;
    let scope = Scope::of(centre, &input.filters)?;
    let groups = Groups(&input.groupings);
    let rows =
        groups.sums(centre, &scope, span, now).into_iter().map(|((interval, group), (totals, time))| {
            let start = span.start + interval * span.step;
            let collection =
                |metric: &Metric| json!({ "Metric": metric, "Value": metric.value(&totals, &time) });
            let collections: Vec<Value> = input.metrics.iter().map(collection).collect();
            json!({
                "Dimensions": dimensions(centre, group),
                "MetricInterval": {
                    "Interval": period,
                    "StartTime": number(start),
                    "EndTime": number((start + span.step).min(span.end)),
                },
                "Collections": collections,
            })
        });
    Ok(Answer::new("MetricResults", rows.collect()))
}

/// By what is grouped.
#[derive(Debug, Clone, Copy)]
struct Groups<'a>(&'a [String]);

/// Sums by interval, counted from 0, and group.
type Sums = BTreeMap<(i64, Group), (Totals, AgentTime)>;

impl Groups<'_> {
    fn by(self, key: &str) -> bool {
        self.0.iter().any(|grouping| grouping == key)
    }

    fn sums(self, centre: &CentreModel, scope: &Scope, span: Span, now: i64) -> Sums {
        let mut sums = Sums::new();
        for (user, profile) in scope.users(centre) {
            for contact in centre.handled(user, span.start, span.end) {
                self.count(&mut sums, scope, (span, now), &contact, Some((user, profile)));
            }
            // Agents' time is of no queue and no channel.
            if !self.by("QUEUE") && !self.by("CHANNEL") {
                self.time(&mut sums, centre, span, (user, profile));
            }
        }
        // Nobody's contacts: of no agent and of no routing profile.
        if scope.agents.is_none()
            && scope.profiles.is_none()
            && !self.by("AGENT")
            && !self.by("ROUTING_PROFILE")
        {
            for queue in 0..centre.queues.len() {
                if lets(scope.queues.as_deref(), &queue) {
                    for contact in centre.abandoned(queue, span.start, span.end) {
                        self.count(&mut sums, scope, (span, now), &contact, None);
                    }
                }
            }
        }
        sums
    }

    fn count(
        self,
        sums: &mut Sums,
        scope: &Scope,
        (span, now): (Span, i64),
        contact: &Contact,
        agent: Option<(usize, usize)>,
    ) {
        if contact.known > now || !scope.has(contact) {
            return;
        }
        let group = Group {
            queue: self.by("QUEUE").then_some(contact.queue),
            profile: agent.map(|(_, profile)| profile).filter(|_| self.by("ROUTING_PROFILE")),
            agent: agent.map(|(user, _)| user).filter(|_| self.by("AGENT")),
            channel: self.by("CHANNEL").then_some(contact.channel),
        };
        let interval = (contact.closed - span.start) / span.step;
        sums.entry((interval, group)).or_default().0.add(contact);
    }

    fn time(self, sums: &mut Sums, centre: &CentreModel, span: Span, (user, profile): (usize, usize)) {
        let group = Group {
            queue: None,
            profile: self.by("ROUTING_PROFILE").then_some(profile),
            agent: self.by("AGENT").then_some(user),
            channel: None,
        };
        for interval in 0..(span.end - span.start + span.step - 1) / span.step {
            let start = span.start + interval * span.step;
            let time = centre.agent_time(user, start, (start + span.step).min(span.end));
            if time.online > 0 {
                sums.entry((interval, group)).or_default().1 += time;
            }
        }
    }
}

/// The dimensions of a group: ids by the names of the groupings.
fn dimensions(centre: &CentreModel, group: Group) -> Value {
    let mut dimensions = Map::new();
    let mut enter = |key: &str, value: Option<&str>| {
        if let Some(value) = value {
            dimensions.insert(key.to_owned(), value.into());
        }
    };
    let queue = group.queue.and_then(|place| centre.queues.get(place));
    enter("QUEUE", queue.map(|queue| queue.resource.id.as_str()));
    let profile = group.profile.and_then(|place| centre.profiles.get(place));
    enter("ROUTING_PROFILE", profile.map(|profile| profile.resource.id.as_str()));
    let agent = group.agent.and_then(|place| centre.users.get(place));
    enter("AGENT", agent.map(|user| user.resource.id.as_str()));
    enter("CHANNEL", group.channel.map(Channel::name));
    Value::Object(dimensions)
}
