//! An agent event as rows of `agent_time`: when a status began, and when a contact came into a state.

use std::{collections::BTreeMap, fmt};

use jiff::Timestamp;
use serde_json::{Value, json};
use switchboard_core::{
    activity::Activity,
    agent_event::{AgentContact, AgentEvent, NotAnAgentEvent, Snapshot},
    arn::{instance_arn, last_segment, region},
    instant::{instant, is_ahead},
    json::Raw,
};

use crate::{
    contact::key_text,
    time::{five_minutes_of, time_text},
};

/// The type of the status of an agent who is logged off.
const LOGGED_OFF: &str = "LOGGED_OFF";
/// The state of a contact that an agent no longer has.
const CLEARED: &str = "CLEARED";

/// Why a document makes no rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAgentTime {
    /// It is no agent event.
    #[error(transparent)]
    Event(#[from] NotAnAgentEvent),
    /// It has no time, or one that is ahead of now.
    #[error("an agent event without a time, or of the future")]
    Time,
    /// It names no instance of Connect.
    #[error("an agent event without the ARN of a Connect instance")]
    Instance,
}

/// What identifies an agent: ids are unique within an instance.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct AgentKey {
    pub(crate) aws_region: String,
    pub(crate) instance_id: String,
    pub(crate) agent_id: String,
}

/// What began, and when.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ChangeKey {
    pub(crate) agent: AgentKey,
    /// The contact; empty for the status.
    pub(crate) contact_id: String,
    pub(crate) start: Timestamp,
}

/// How an event tells of something. Of several events that tell of the same, those with the greatest count, and of these the
/// newest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Telling {
    /// As how it was before.
    Previous,
    /// As how it is.
    Current,
    /// As the end of everything: heartbeats may have a status of that moment.
    LogOff,
}

/// An agent event as rows.
#[derive(Clone, PartialEq, Eq)]
pub struct AgentEventRows {
    pub(crate) agent: AgentKey,
    /// When it happened.
    pub(crate) at: Timestamp,
    /// The agent's user name, if it has one.
    pub(crate) username: Option<String>,
    /// What it tells of, each key once.
    pub(crate) changes: Vec<AgentTimeRow>,
}

/// A status or a contact's state, and when it began.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct AgentTimeRow {
    pub(crate) key: ChangeKey,
    /// How it was told, by which event.
    version: (Telling, Timestamp, String),
    username: Option<String>,
    status_name: Option<String>,
    status_type: Option<String>,
    state: Option<String>,
    channel: Option<String>,
    initiation_method: Option<String>,
    queue_id: Option<String>,
    activity: Option<Activity>,
    /// Later events tell of it again, as long as it goes on.
    is_told_again: bool,
}

impl fmt::Debug for AgentEventRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentEventRows")
            .field("agent", &self.agent)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

impl AgentEventRows {
    /// Reads an agent event `now`. Every event tells of all that goes on, and of what went on before, so what an event that was
    /// lost began is told by the next; and the same begins at the same time, whichever event tells of it.
    ///
    /// # Errors
    /// When the document is no agent event, or one without time or instance.
    pub fn read(document: &str, now: Timestamp) -> Result<Self, NotAgentTime> {
        let event = AgentEvent::parse(document)?;
        let at = event.at().filter(|at| !is_ahead(*at, now)).ok_or(NotAgentTime::Time)?;
        let arn = event.agent_arn.text().unwrap_or_default();
        let named = event.instance_arn.text();
        let instance = named.as_deref().and_then(instance_arn).or_else(|| instance_arn(&arn));
        let instance = instance.ok_or(NotAgentTime::Instance)?;
        let agent = AgentKey {
            aws_region: key_text(region(instance).unwrap_or_default()),
            instance_id: key_text(last_segment(instance)),
            agent_id: key_text(last_segment(&arn)),
        };
        let (current, previous) = (event.current(), event.previous());
        let username = owned(current.username).or_else(|| owned(previous.username));
        let reader = EventReader { agent, at, event_id: owned(event.event_id).unwrap_or_default(), username };
        let rows = match event.event_type.text().as_deref() {
            Some("LOGOUT") => vec![reader.log_off()],
            Some("LOGIN") => reader.log_in(&current),
            _ => reader.change(&previous, &current),
        };
        // What is told twice, the current snapshot tells last.
        let rows: BTreeMap<_, _> = rows.into_iter().map(|row| (row.key.clone(), row)).collect();
        let EventReader { agent, username, .. } = reader;
        Ok(Self { agent, at: millis(at), username, changes: rows.into_values().collect() })
    }

    /// The Region and the id of the instance that the event is of.
    pub fn instance(&self) -> (&str, &str) {
        (&self.agent.aws_region, &self.agent.instance_id)
    }

    /// The id of the agent.
    pub fn agent_id(&self) -> &str {
        &self.agent.agent_id
    }
}

impl AgentTimeRow {
    /// Which of two rows of a key counts: the greater.
    pub(crate) fn version(&self) -> (u8, Timestamp, &str) {
        let (telling, at, event_id) = &self.version;
        (*telling as u8, *at, event_id)
    }

    /// The row as it is in a statement's parameter, in the order of [`COLUMNS`].
    pub(crate) fn json(&self) -> Value {
        let AgentKey { aws_region, instance_id, agent_id } = &self.key.agent;
        let (telling, at, event_id) = self.version();
        json!([
            aws_region,
            instance_id,
            agent_id,
            self.key.contact_id,
            time_text(self.key.start),
            format!("{telling} {at:.9} {event_id}"),
            time_text(at),
            self.username,
            self.status_name,
            self.status_type,
            self.state,
            self.channel,
            self.initiation_method,
            self.queue_id,
            self.activity.map(Activity::code),
            time_text(five_minutes_of(self.key.start)),
            self.is_told_again.then(|| time_text(five_minutes_of(at))),
        ])
    }
}

/// The columns of `agent_time` in the order of a row, without `changed_at`, each with its type. The first five are the key.
pub(crate) const COLUMNS: [(&str, &str); 17] = [
    ("aws_region", "text"),
    ("instance_id", "text"),
    ("agent_id", "text"),
    ("contact_id", "text"),
    ("start_timestamp", "TIMESTAMP_UTC"),
    ("version", "text"),
    ("event_timestamp", "TIMESTAMP_UTC"),
    ("agent_username", "text"),
    ("status_name", "text"),
    ("status_type", "text"),
    ("state", "text"),
    ("channel", "text"),
    ("initiation_method", "text"),
    ("queue_id", "text"),
    ("activity", "text"),
    ("start_interval", "TIMESTAMP_UTC"),
    ("event_interval", "TIMESTAMP_UTC"),
];

/// What all rows of an event have.
struct EventReader {
    agent: AgentKey,
    at: Timestamp,
    event_id: String,
    username: Option<String>,
}

impl EventReader {
    fn row(&self, telling: Telling, contact_id: String, start: Timestamp) -> AgentTimeRow {
        AgentTimeRow {
            key: ChangeKey { agent: self.agent.clone(), contact_id, start: millis(start) },
            version: (telling, self.at, self.event_id.clone()),
            username: self.username.clone(),
            status_name: None,
            status_type: None,
            state: None,
            channel: None,
            initiation_method: None,
            queue_id: None,
            activity: None,
            is_told_again: true,
        }
    }

    fn log_off(&self) -> AgentTimeRow {
        let row = self.row(Telling::LogOff, String::new(), self.at);
        AgentTimeRow { status_type: Some(LOGGED_OFF.to_owned()), ..row }
    }

    /// Everything begins anew, as it may have gone on since before the agent logged off. Later events tell when it began.
    fn log_in(&self, current: &Snapshot<'_>) -> Vec<AgentTimeRow> {
        let anew = |row: AgentTimeRow| {
            let key = ChangeKey { start: millis(self.at), ..row.key };
            AgentTimeRow { key, is_told_again: false, ..row }
        };
        self.snapshot(Telling::Current, current).into_iter().map(anew).collect()
    }

    /// What went on, what goes on, and which contacts are over.
    fn change(&self, previous: &Snapshot<'_>, current: &Snapshot<'_>) -> Vec<AgentTimeRow> {
        let mut rows = self.snapshot(Telling::Previous, previous);
        let held = self.snapshot(Telling::Current, current);
        let is_held = |id: &str| held.iter().any(|row| row.key.contact_id == id);
        let over: Vec<_> = rows
            .iter()
            .map(|row| &row.key.contact_id)
            .filter(|id| !id.is_empty() && !is_held(id))
            .cloned()
            .collect();
        let cleared =
            |id| AgentTimeRow { state: Some(CLEARED.to_owned()), ..self.row(Telling::Current, id, self.at) };
        let cleared: Vec<_> = over.into_iter().map(cleared).collect();
        rows.extend(cleared.into_iter().chain(held));
        rows
    }

    /// A time of the event's, if it is not ahead of the event.
    fn time(&self, raw: Raw<'_>) -> Option<Timestamp> {
        instant(raw).filter(|at| !is_ahead(*at, self.at))
    }

    fn snapshot(&self, telling: Telling, snapshot: &Snapshot<'_>) -> Vec<AgentTimeRow> {
        let since = self.time(snapshot.status_start_timestamp).unwrap_or(self.at);
        let status =
            owned(snapshot.status_name).or_else(|| owned(snapshot.status_arn)).map(|name| AgentTimeRow {
                status_name: Some(name),
                status_type: owned(snapshot.status_type),
                activity: Activity::of_status(snapshot),
                ..self.row(telling, String::new(), since)
            });
        let contacts = snapshot.contacts();
        let contacts = contacts.iter().map(|contact| {
            let start = self.time(contact.state_start_timestamp).unwrap_or(since);
            self.contact(telling, contact, start)
        });
        status.into_iter().chain(contacts).collect()
    }

    fn contact(&self, telling: Telling, contact: &AgentContact<'_>, start: Timestamp) -> AgentTimeRow {
        let id = owned(contact.contact_id).unwrap_or_default();
        AgentTimeRow {
            state: owned(contact.state),
            channel: contact.channel().map(|channel| key_text(&channel)),
            initiation_method: owned(contact.initiation_method),
            queue_id: contact.queue_arn.text().map(|arn| key_text(last_segment(&arn))),
            activity: Activity::of_contact(contact),
            ..self.row(telling, id, start)
        }
    }
}

/// A time as agent events have it, in milliseconds.
fn millis(time: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(time.as_millisecond()).unwrap_or(time)
}

/// A text that is not empty, without what PostgreSQL can't store.
fn owned(raw: Raw<'_>) -> Option<String> {
    raw.text().filter(|text| !text.is_empty()).map(|text| key_text(&text))
}
