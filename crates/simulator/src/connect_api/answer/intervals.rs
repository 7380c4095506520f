//! `GetMetricDataV2`: what each interval adds up to.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use switchboard_core::arn::last_segment;

use super::{
    Answer, EpochSeconds,
    filters::{Group, MAX_VALUES, channel, lets, places},
    history::require_kept,
    metric_v2::Metric,
    number,
};
use crate::{
    connect_api::{
        error::ApiError,
        live::{AgentSeconds, LiveCentre, ResourceKind, Totals, counts, standard_queue},
    },
    fixtures::INSTANCE_ARN,
    model::{Channel, Contact, LegRole, Millis, QueueRef, SECOND},
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

impl Span {
    /// Which interval a moment is in, counted from 0.
    fn interval(self, at: Millis) -> i64 {
        (at.div_euclid(SECOND) - self.start).div_euclid(self.step)
    }

    /// When an interval begins.
    fn begin(self, interval: i64) -> Millis {
        (self.start + interval * self.step) * SECOND
    }
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
    fn of(centre: &LiveCentre, filters: &[Filter]) -> Result<Self, ApiError> {
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
                    let channels: Option<Vec<_>> = filter_values.iter().map(|name| channel(name)).collect();
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

    /// The routing profiles whose agents' time may be within: those that serve the queues of the filter, or all.
    fn serving(&self, centre: &LiveCentre) -> Option<Vec<usize>> {
        self.queues.as_deref().map(|queues| centre.profiles_of(queues))
    }

    /// Whether what happened in a queue, on a channel, to an agent is within. Without an agent there is no profile.
    fn has(&self, centre: &LiveCentre, queue: Option<usize>, channel: Channel, agent: Option<usize>) -> bool {
        let profile = agent.and_then(|agent| centre.profile_of(agent));
        lets(self.queues.as_deref(), queue)
            && lets(self.profiles.as_deref(), profile)
            && lets(self.agents.as_deref(), agent)
            && lets(self.channels.as_deref(), Some(channel))
    }
}

/// What went on; a group without contacts and agents has no row in an interval.
pub(super) fn answer(centre: &LiveCentre, now: Timestamp, input: &Input) -> Result<Answer, ApiError> {
    input.check()?;
    let (span, period) = input.span(now.as_second())?;
    require_kept(centre, span.start * SECOND)?;
    let scope = Scope::of(centre, &input.filters)?;
    let groups = Groups(&input.groupings);
    let counts_created = input.metrics.iter().any(Metric::is_of_beginning);
    let rows = groups.sums(centre, &scope, span, counts_created).into_iter().map(
        |((interval, group), (totals, time))| {
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
        },
    );
    Ok(Answer::new("MetricResults", rows.collect()))
}

/// By what is grouped.
#[derive(Debug, Clone, Copy)]
struct Groups<'a>(&'a [String]);

/// Sums by interval, counted from 0, and group.
type Sums = BTreeMap<(i64, Group), (Totals, AgentSeconds)>;

impl Groups<'_> {
    fn by(self, key: &str) -> bool {
        self.0.iter().any(|grouping| grouping == key)
    }

    fn sums(self, centre: &LiveCentre, scope: &Scope, span: Span, counts_created: bool) -> Sums {
        let (start, end) = (span.start * SECOND, span.end * SECOND);
        let history = centre.history();
        let mut sums = Sums::new();
        let mut enter = |at: Millis, contact: &Contact, add: &dyn Fn(&mut Totals)| {
            let queue = standard_queue(contact);
            if counts(contact)
                && scope.has(centre, queue, contact.channel, contact.agent)
                && let Some(group) = self.group(centre, queue, contact.channel, contact.agent)
            {
                add(&mut sums.entry((span.interval(at), group)).or_default().0);
            }
        };
        for ended in history.counted(start, end, centre.asked_at()) {
            if let Some(at) = ended.contact.disconnected {
                enter(at, &ended.contact, &|totals| totals.add(ended));
            }
        }
        let over = history.initiated(start, end).map(|ended| &ended.contact);
        let in_progress =
            centre.contacts_in_progress().filter(|contact| (start..end).contains(&contact.initiated));
        for contact in over.chain(in_progress).filter(|_| counts_created) {
            if contact.role == LegRole::Customer && standard_queue(contact).is_some() {
                enter(contact.initiated, contact, &|totals| totals.created += 1);
            }
        }
        for offer in history.not_taken(start, end) {
            let queue = match offer.queue {
                Some(QueueRef::Standard(place)) => Some(place),
                _ => None,
            };
            if scope.has(centre, queue, offer.channel, Some(offer.agent))
                && let Some(group) = self.group(centre, queue, offer.channel, Some(offer.agent))
            {
                sums.entry((span.interval(offer.at), group)).or_default().0.not_taken += 1;
            }
        }
        // Agents' time is of no queue and no channel.
        if !self.by("QUEUE") && !self.by("CHANNEL") {
            self.add_time(&mut sums, centre, scope, span);
        }
        sums
    }

    /// The group of what happened; [`None`] if it has none of what is grouped by.
    fn group(
        self,
        centre: &LiveCentre,
        queue: Option<usize>,
        channel: Channel,
        agent: Option<usize>,
    ) -> Option<Group> {
        let profile = agent.and_then(|agent| centre.profile_of(agent));
        let by = |key, place: Option<usize>| match (self.by(key), place) {
            (false, _) => Some(None),
            (true, None) => None,
            (true, place) => Some(place),
        };
        Some(Group {
            queue: by("QUEUE", queue)?,
            profile: by("ROUTING_PROFILE", profile)?,
            agent: by("AGENT", agent)?,
            channel: self.by("CHANNEL").then_some(channel),
        })
    }

    fn add_time(self, sums: &mut Sums, centre: &LiveCentre, scope: &Scope, span: Span) {
        let serving = scope.serving(centre);
        for piece in centre.history().pieces(span.start * SECOND, span.end * SECOND, centre.now()) {
            let Some(profile) = centre.profile_of(piece.agent) else { continue };
            let is_within = lets(scope.agents.as_deref(), Some(piece.agent))
                && lets(scope.profiles.as_deref(), Some(profile))
                && lets(serving.as_deref(), Some(profile));
            if !is_within || !piece.time.is_online {
                continue;
            }
            let group = Group {
                queue: None,
                profile: self.by("ROUTING_PROFILE").then_some(profile),
                agent: self.by("AGENT").then_some(piece.agent),
                channel: None,
            };
            // No piece is longer than the shortest interval but the one that goes on.
            for interval in span.interval(piece.from)..=span.interval(piece.to - 1) {
                let part = piece.within(span.begin(interval), span.begin(interval + 1));
                sums.entry((interval, group)).or_default().1 += AgentSeconds::of(&part);
            }
        }
    }
}

/// The dimensions of a group: ids by the names of the groupings.
fn dimensions(centre: &LiveCentre, group: Group) -> Value {
    let mut dimensions = Map::new();
    let mut enter = |key: &str, value: Option<&str>| {
        if let Some(value) = value {
            dimensions.insert(key.to_owned(), value.into());
        }
    };
    let directory = centre.directory();
    let queue = group.queue.and_then(|place| directory.queues.get(place));
    enter("QUEUE", queue.map(|queue| queue.id.as_str()));
    let profile = group.profile.and_then(|place| directory.profiles.get(place));
    enter("ROUTING_PROFILE", profile.map(|profile| profile.id.as_str()));
    let agent = group.agent.and_then(|place| directory.people.get(place));
    enter("AGENT", agent.map(|person| person.id.as_str()));
    enter("CHANNEL", group.channel.map(Channel::name));
    Value::Object(dimensions)
}
