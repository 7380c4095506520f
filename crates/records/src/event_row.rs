//! A contact event as what it adds to the provisional row of its contact.

use std::{borrow::Cow, fmt};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use switchboard_core::{
    arn::{instance_arn, last_segment},
    contact_event::ContactEvent,
    contact_life::longest_life,
    instant::{instant, is_ahead},
    json::Raw,
    leg::Leg,
    outcome::{QueueStay, Successor},
};

use crate::{
    contact::{
        ContactKey, NotARow,
        derived::{leg_name, outcome_name, successor_rank},
        key_text,
    },
    event_columns::EVENT_COLUMNS,
    time::{five_minutes_of, time_text},
};

/// What a contact event says of its contact, or several of the same one do.
#[derive(Clone, PartialEq, Eq)]
pub struct EventRow {
    key: ContactKey,
    /// The values of [`EVENT_COLUMNS`], in their order.
    values: Vec<Value>,
}

impl fmt::Debug for EventRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventRow").field("key", &self.key).finish_non_exhaustive()
    }
}

impl EventRow {
    /// Reads a contact event that came `now`, in its envelope or its detail alone. A time that is too far ahead is none.
    ///
    /// # Errors
    /// When the document is no contact event, or names no instance: no contact record would ever replace its row.
    pub fn read(document: &str, now: Timestamp) -> Result<Self, NotARow> {
        let event = ContactEvent::parse(document)?;
        let queue_arn = event.queue().arn.text();
        let agent_arn = event.agent().arn.text();
        let arns = [event.instance_arn.text(), queue_arn, agent_arn];
        let instance = arns.iter().flatten().find_map(|arn| instance_arn(arn)).ok_or(NotARow::Instance)?;
        let key = ContactKey::new(instance, &event.contact_id.text().unwrap_or_default())?;
        let told = EventTold::of(&event, now);
        let values = EVENT_COLUMNS
            .iter()
            .map(|(name, _)| if *name == "instance_arn" { instance.into() } else { told.value(name) });
        let values = values.collect();
        Ok(Self { key, values })
    }

    /// The contact's key.
    pub fn key(&self) -> &ContactKey {
        &self.key
    }

    /// Adds what another event of the same contact says.
    pub(crate) fn merge(&mut self, other: &Self) {
        let rules = EVENT_COLUMNS.iter().enumerate();
        self.values = rules.map(|(at, (_, rule))| rule.merged(at, &self.values, &other.values)).collect();
    }

    /// The row as it is in a statement's parameter: a JSON array.
    pub(crate) fn json(&self) -> String {
        let key = [&self.key.aws_region, &self.key.instance_id, &self.key.contact_id];
        let key = key.into_iter().map(|part| Value::from(part.as_str()));
        key.chain(self.values.iter().cloned()).collect::<Value>().to_string()
    }

    /// A column's value; null if there is none.
    #[cfg(test)]
    pub(crate) fn get(&self, column: &str) -> Value {
        crate::event_columns::place(column).and_then(|at| self.values.get(at).cloned()).unwrap_or_default()
    }
}

/// What an event says, by column.
struct EventTold<'e, 'a> {
    event: &'e ContactEvent<'a>,
    method: Option<Cow<'a, str>>,
    reason: Option<Cow<'a, str>>,
    channel: Option<String>,
    began: Option<Timestamp>,
    enqueued: Option<Timestamp>,
    connected: Option<Timestamp>,
    ended: Option<Timestamp>,
    has_ended: bool,
    /// When it happened.
    at: Option<Timestamp>,
    now: Timestamp,
}

impl<'e, 'a> EventTold<'e, 'a> {
    fn of(event: &'e ContactEvent<'a>, now: Timestamp) -> Self {
        let told = |raw: Raw<'a>| raw.text().filter(|text| !text.is_empty());
        let known = |raw: Raw<'_>| instant(raw).filter(|at| !is_ahead(*at, now));
        let event_type = event.event_type.text().unwrap_or_default().to_ascii_uppercase();
        let at = event.own_time().filter(|at| !is_ahead(*at, now)).or_else(|| known(event.envelope_time));
        // Where an event does not say the time that belongs to its type, its own stands in.
        let time = |types: &[&str], raw: Raw<'_>| {
            known(raw).or_else(|| at.filter(|_| types.contains(&event_type.as_str())))
        };
        let ended = time(&["DISCONNECTED", "COMPLETED"], event.disconnect_timestamp);
        let reason = told(event.disconnect_reason);
        let is_of_end = matches!(event_type.as_str(), "DISCONNECTED" | "COMPLETED");
        Self {
            event,
            method: told(event.initiation_method),
            channel: event.channel().filter(|channel| !channel.is_empty()),
            began: time(&["INITIATED"], event.initiation_timestamp),
            enqueued: time(&["QUEUED"], event.queue().enqueue_timestamp),
            connected: time(&["CONNECTED_TO_AGENT"], event.agent().connected_to_agent_timestamp),
            has_ended: is_of_end || ended.is_some() || reason.is_some(),
            ended,
            reason,
            at,
            now,
        }
    }

    fn value(&self, column: &str) -> Value {
        let (event, queue, agent) = (self.event, self.event.queue(), self.event.agent());
        let interval = |at: Option<Timestamp>| at.map(five_minutes_of).map(time_text).into();
        match column {
            "initial_contact_id" => text(event.initial_contact_id),
            "previous_contact_id" => text(event.previous_contact_id),
            "next_contact_id" => text(event.next_contact_id),
            "related_contact_id" => text(event.related_contact_id),
            "channel" => self.channel.as_deref().map(key_text).into(),
            "initiation_method" => text(event.initiation_method),
            "initiation_timestamp" => self.began.map(time_text).into(),
            "connected_to_system_timestamp" => self.time(event.connected_to_system_timestamp),
            "scheduled_timestamp" => instant(event.scheduled_timestamp).map(time_text).into(),
            "disconnect_timestamp" => self.ended.map(time_text).into(),
            "disconnect_reason" => text(event.disconnect_reason),
            "last_paused_timestamp" => self.time(event.last_paused_timestamp),
            "last_resumed_timestamp" => self.time(event.last_resumed_timestamp),
            "answering_machine_detection_status" => text(event.answering_machine_detection_status),
            "queue_enqueue_timestamp" => self.enqueued.map(time_text).into(),
            "queue_arn" => text(queue.arn),
            "queue_id" => id(queue.arn),
            "queue_type" => queue_type(queue.arn, queue.kind).into(),
            "queue_dequeue_timestamp" => self.dequeued().map(time_text).into(),
            "queue_duration_ms" => self.waited_ms().into(),
            "agent_connected_to_agent_timestamp" => self.connected.map(time_text).into(),
            "agent_arn" => text(agent.arn),
            "agent_id" | "agent" => id(agent.arn),
            "agent_after_contact_work_start_timestamp" => self.time(agent.after_contact_work_start_timestamp),
            "agent_after_contact_work_end_timestamp" => self.time(agent.after_contact_work_end_timestamp),
            "agent_after_contact_work_duration_ms" => {
                let seconds = agent.after_contact_work_duration.integer().filter(|secs| *secs >= 0);
                seconds.and_then(|secs| secs.checked_mul(1000)).into()
            }
            "leg" => leg_name(Leg::of(self.method.as_deref(), None)).into(),
            "outcome_alone" => self.outcome(None),
            "outcome_if_unknown" => self.outcome(Some(Successor::Unknown)),
            "outcome_if_transfer" => self.outcome(Some(Successor::Transfer)),
            "outcome_if_callback" => self.outcome(Some(Successor::Callback)),
            "successor_rank" => Successor::of(self.method.as_deref()).map(successor_rank).into(),
            "initiated_interval" => interval(self.began),
            "enqueued_interval" => interval(self.enqueued),
            "connected_interval" => interval(self.connected),
            "disconnected_interval" => interval(self.ended),
            "open_until_timestamp" => self.open_until().map(time_text).into(),
            _ => Value::Null,
        }
    }

    fn time(&self, raw: Raw<'_>) -> Value {
        instant(raw).filter(|at| !is_ahead(*at, self.now)).map(time_text).into()
    }

    /// When it left the queue, as far as this event knows.
    fn dequeued(&self) -> Option<Timestamp> {
        self.enqueued.and(self.connected.or(self.ended))
    }

    /// The wait as a record has it: between two whole seconds.
    fn waited_ms(&self) -> Option<i64> {
        let seconds = self.dequeued()?.as_second() - self.enqueued?.as_second();
        (seconds >= 0).then(|| seconds.checked_mul(1000))?
    }

    /// How its stay in a queue ended if nobody answered it and it goes on so.
    fn outcome(&self, successor: Option<Successor>) -> Value {
        let stay = QueueStay {
            initiation_method: self.method.as_deref(),
            disconnect_reason: self.reason.as_deref(),
            interaction_secs: None,
            is_answered: false,
            has_ended: self.has_ended,
            successor,
        };
        stay.outcome().map(outcome_name).into()
    }

    /// When it is over though nobody says so.
    fn open_until(&self) -> Option<Timestamp> {
        let began = self.began.or(self.at).max(instant(self.event.scheduled_timestamp)).unwrap_or(self.now);
        let life: SignedDuration = longest_life(self.channel.as_deref(), self.method.as_deref());
        began.checked_add(life).ok()
    }
}

/// A text that says something, without what PostgreSQL can't store.
fn text(raw: Raw<'_>) -> Value {
    raw.text().filter(|text| !text.is_empty()).map(|text| key_text(&text)).into()
}

/// The id in an ARN.
fn id(arn: Raw<'_>) -> Value {
    arn.text().filter(|arn| !arn.is_empty()).map(|arn| key_text(last_segment(&arn))).into()
}

/// `STANDARD` or `AGENT`; [`None`] without a queue.
fn queue_type(arn: Raw<'_>, kind: Raw<'_>) -> Option<&'static str> {
    let arn = arn.text()?;
    let is_of_an_agent =
        arn.contains("/queue/agent/") || kind.text().is_some_and(|kind| kind.eq_ignore_ascii_case("AGENT"));
    Some(if is_of_an_agent { "AGENT" } else { "STANDARD" })
}

#[cfg(test)]
mod tests;
