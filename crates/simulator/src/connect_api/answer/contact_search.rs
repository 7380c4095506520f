//! `SearchContacts`.

use std::cmp::Ordering;

use serde::Deserialize;
use serde_json::Value;
use switchboard_core::arn::last_segment;

use super::{
    Answer, EpochSeconds, Rows,
    filters::{MAX_VALUES, channel, lets},
    history::require_kept,
};
use crate::{
    connect_api::{
        error::ApiError,
        live::{LiveCentre, ResourceKind, written_id},
    },
    fixtures::INSTANCE_ARN,
    model::{Channel, Contact, DAY, InitiationMethod, Millis, QueueRef},
};

/// The longest time that one search covers: eight weeks.
const LONGEST: Millis = 56 * DAY;

/// The body.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    instance_id: String,
    time_range: TimeRange,
    #[serde(default)]
    search_criteria: Criteria,
    sort: Option<Sort>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TimeRange {
    r#type: Field,
    start_time: EpochSeconds,
    end_time: EpochSeconds,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Criteria {
    agent_ids: Vec<String>,
    channels: Vec<String>,
    initiation_methods: Vec<String>,
    queue_ids: Vec<String>,
    additional_time_range: Option<AdditionalTimeRange>,
    /// Those that the invented centre does not know.
    #[serde(flatten)]
    others: serde_json::Map<String, Value>,
}

/// Further times that contacts are searched by.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdditionalTimeRange {
    criteria: Vec<TimeCriterion>,
    match_type: MatchType,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum MatchType {
    MatchAll,
    MatchAny,
}

/// A time that a moment is within, or a moment that there is not.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TimeCriterion {
    time_range: Option<TimeRange>,
    timestamp_condition: Option<TimestampCondition>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TimestampCondition {
    r#type: Field,
    condition_type: ConditionType,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum ConditionType {
    NotExists,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Sort {
    field_name: Field,
    order: Order,
}

/// What a search is within, and what contacts are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Field {
    InitiationTimestamp,
    ScheduledTimestamp,
    ConnectedToAgentTimestamp,
    DisconnectTimestamp,
    EnqueueTimestamp,
    ExpiryTimestamp,
    InitiationMethod,
    Channel,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Order {
    Ascending,
    Descending,
}

/// Who and what contacts are searched for; [`None`] is all.
#[derive(Debug, Default)]
struct Wanted {
    agents: Option<Vec<usize>>,
    channels: Option<Vec<Channel>>,
    methods: Option<Vec<&'static str>>,
    queues: Option<Vec<QueueRef>>,
}

/// The contacts of a time, the latest first where nothing else is asked for.
pub(super) fn answer(centre: &LiveCentre, input: &Input) -> Result<Answer, ApiError> {
    if last_segment(&input.instance_id) != last_segment(INSTANCE_ARN) {
        return Err(ApiError::not_found("instance"));
    }
    let TimeRange { r#type, start_time, end_time } = &input.time_range;
    let (Some(start), Some(end)) = (start_time.millis(), end_time.millis()) else {
        return Err(ApiError::parameter("StartTime and EndTime must be times"));
    };
    if end <= start || end - start > LONGEST {
        return Err(ApiError::parameter("EndTime must be later than StartTime, by 8 weeks at most"));
    }
    if matches!(r#type, Field::ExpiryTimestamp | Field::InitiationMethod | Field::Channel) {
        return Err(ApiError::request("TimeRange has a Type that doesn't exist"));
    }
    let sort =
        input.sort.unwrap_or(Sort { field_name: Field::InitiationTimestamp, order: Order::Descending });
    if sort.field_name == Field::EnqueueTimestamp {
        return Err(ApiError::request("Sort has a FieldName that doesn't exist"));
    }
    let wanted = Wanted::of(centre, &input.search_criteria)?;
    let more_times = input.search_criteria.additional_time_range.as_ref();
    require_kept(centre, start)?;
    let over = centre.history().contacts().map(|ended| &ended.contact);
    let in_progress = centre.contacts_in_progress().filter(|contact| is_shown(contact));
    let mut found: Vec<&Contact> = over
        .chain(in_progress)
        .filter(|contact| r#type.moment(contact).is_some_and(|at| (start..end).contains(&at)))
        .filter(|contact| wanted.has(contact))
        .filter(|contact| more_times.is_none_or(|times| times.has(contact)))
        .collect();
    found.sort_unstable_by(|one, other| sort.compare(one, other));
    let rows = Rows::Contacts(found.into_iter().map(written_id).collect());
    Ok(Answer::counted("Contacts", rows, "TotalCount"))
}

/// Whether a contact in progress is found: a call, queued callbacks too, once an agent is connected or it is over; a chat
/// once the system is connected; others at once.
fn is_shown(contact: &Contact) -> bool {
    match contact.channel {
        Channel::Voice => contact.connected.is_some() || contact.disconnected.is_some(),
        Channel::Chat => contact.connected_to_system.is_some() || contact.enqueued.is_some(),
        Channel::Task | Channel::Email => true,
    }
}

impl AdditionalTimeRange {
    fn has(&self, contact: &Contact) -> bool {
        let has = |criterion: &TimeCriterion| {
            let is_within = criterion.time_range.as_ref().is_none_or(|range| range.has(contact));
            let is_absent = criterion.timestamp_condition.is_none_or(|condition| {
                let ConditionType::NotExists = condition.condition_type;
                condition.r#type.moment(contact).is_none()
            });
            is_within && is_absent
        };
        match self.match_type {
            MatchType::MatchAll => self.criteria.iter().all(has),
            MatchType::MatchAny => self.criteria.iter().any(has),
        }
    }
}

impl TimeRange {
    fn has(&self, contact: &Contact) -> bool {
        let at = self.r#type.moment(contact);
        let (start, end) = (self.start_time.millis(), self.end_time.millis());
        at.zip(start.zip(end)).is_some_and(|(at, (start, end))| (start..end).contains(&at))
    }
}

impl Wanted {
    fn of(centre: &LiveCentre, criteria: &Criteria) -> Result<Self, ApiError> {
        if criteria.others.values().any(|value| !value.is_null()) {
            return Err(ApiError::parameter(
                "the invented centre searches by AgentIds, Channels, InitiationMethods, QueueIds and times",
            ));
        }
        if criteria.agent_ids.len() > MAX_VALUES || criteria.queue_ids.len() > MAX_VALUES {
            return Err(ApiError::parameter("AgentIds and QueueIds can have 100 values each"));
        }
        let agent =
            |id: &String| centre.place(ResourceKind::User, id).ok_or_else(|| ApiError::not_found("user"));
        let queue = |id: &String| {
            let standard = centre.place(ResourceKind::Queue, id).map(QueueRef::Standard);
            let own = || centre.place(ResourceKind::AgentQueue, id).map(QueueRef::OfAgent);
            standard.or_else(own).ok_or_else(|| ApiError::not_found("queue"))
        };
        let channel =
            |name: &String| channel(name).ok_or_else(|| ApiError::parameter("there is no such channel"));
        let method = |name: &String| {
            METHODS
                .into_iter()
                .find(|method| method == name)
                .ok_or_else(|| ApiError::parameter("there is no such initiation method"))
        };
        Ok(Self {
            agents: values(&criteria.agent_ids, agent)?,
            channels: values(&criteria.channels, channel)?,
            methods: values(&criteria.initiation_methods, method)?,
            queues: values(&criteria.queue_ids, queue)?,
        })
    }

    fn has(&self, contact: &Contact) -> bool {
        let agent = contact.agent.filter(|_| contact.connected.is_some());
        let queue = contact.queue.filter(|_| contact.enqueued.is_some());
        lets(self.agents.as_deref(), agent)
            && lets(self.channels.as_deref(), Some(contact.channel))
            && lets(self.methods.as_deref(), Some(contact.method.name()))
            && lets(self.queues.as_deref(), queue)
    }
}

/// Connect's ways to begin, those that the invented centre has no contacts of included.
const METHODS: [&str; 12] = [
    InitiationMethod::Inbound.name(),
    InitiationMethod::Outbound.name(),
    InitiationMethod::Transfer.name(),
    InitiationMethod::QueueTransfer.name(),
    InitiationMethod::Callback.name(),
    InitiationMethod::Api.name(),
    InitiationMethod::ExternalOutbound.name(),
    InitiationMethod::Monitor.name(),
    "AGENT_REPLY",
    "DISCONNECT",
    "FLOW",
    "WEBRTC_API",
];

/// The values of a list; [`None`] of an empty one.
fn values<T>(
    names: &[String],
    value: impl Fn(&String) -> Result<T, ApiError>,
) -> Result<Option<Vec<T>>, ApiError> {
    let values = names.iter().map(value).collect::<Result<Vec<_>, _>>()?;
    Ok(Some(values).filter(|values| !values.is_empty()))
}

impl Field {
    /// The moment that it is of a contact.
    fn moment(self, contact: &Contact) -> Option<Millis> {
        match self {
            Self::InitiationTimestamp => Some(contact.initiated),
            Self::ConnectedToAgentTimestamp => contact.connected.filter(|_| contact.agent.is_some()),
            Self::DisconnectTimestamp => contact.disconnected.filter(|_| contact.is_completed()),
            Self::EnqueueTimestamp => contact.enqueued,
            _ => None,
        }
    }
}

impl Sort {
    /// Contacts that have nothing to be sorted by come last.
    fn compare(self, one: &Contact, other: &Contact) -> Ordering {
        let turned = |ordering: Ordering| {
            if self.order == Order::Ascending { ordering } else { ordering.reverse() }
        };
        let ordering = match self.field_name {
            Field::InitiationMethod => turned(one.method.name().cmp(other.method.name())),
            Field::Channel => turned(one.channel.name().cmp(other.channel.name())),
            field => match (field.moment(one), field.moment(other)) {
                (Some(one), Some(other)) => turned(one.cmp(&other)),
                (one, other) => one.is_none().cmp(&other.is_none()),
            },
        };
        ordering.then_with(|| one.id.cmp(&other.id))
    }
}
