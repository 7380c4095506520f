//! What a contact event says.

use jiff::Timestamp;
use switchboard_core::{contact_event::ContactEvent, instant::instant};

use super::{Happened, Observation, id_of_text};
use crate::{
    attribute::Known,
    status::{State, Value},
    version::{Source, Stage},
};

impl Observation {
    /// What a contact event says; `document` is its text. [`None`] if its contact id is none.
    ///
    /// It happened at the time in the detail that belongs to its type, or else at the envelope's, which
    /// has no more than the second, or else at the latest time it states. The times of other steps that
    /// it carries along are said of those steps, so that one event makes up for those that were lost.
    pub fn of_contact_event(event: &ContactEvent<'_>, document: &str) -> Option<Self> {
        let kind = event.event_type.text()?.to_ascii_uppercase();
        let at = event.own_time().or_else(|| instant(event.envelope_time)).or_else(|| latest(event));
        let happened = Happened {
            // Without any time it is older than all others, whenever it arrives.
            at: at.unwrap_or(Timestamp::UNIX_EPOCH),
            stage: stage(&kind),
            source: Source::ContactEvent,
        };
        let id = event.envelope_id.text().filter(|id| !id.is_empty());
        let id = id.map_or_else(|| id_of_text(document), std::borrow::Cow::into_owned);
        let mut said = Self::begin(&event.contact_id.text()?, happened, &id, &kind, document)?;
        said.identity(event);
        // There are DISCONNECTED events without a single time in the detail.
        let ended_by_type = at.filter(|_| kind == "DISCONNECTED");
        said.steps(event, ended_by_type);
        said.type_says(&kind, happened.at);
        Some(said)
    }

    fn identity(&mut self, event: &ContactEvent<'_>) {
        self.chain(event.initial_contact_id);
        self.text(Known::PreviousContactId, event.previous_contact_id);
        self.text(Known::NextContactId, event.next_contact_id);
        self.text(Known::RelatedContactId, event.related_contact_id);
        self.text(Known::CustomerId, event.customer_id);
        self.text(Known::DisconnectReason, event.disconnect_reason);
        if let Some(channel) = event.channel().filter(|channel| !channel.is_empty()) {
            self.set(Known::Channel, Value::Text(channel));
        }
        self.begun(event.initiation_method);
    }

    /// The steps whose times it carries.
    fn steps(&mut self, event: &ContactEvent<'_>, ended_by_type: Option<Timestamp>) {
        let initiated = instant(event.initiation_timestamp);
        self.time(Known::InitiatedAt, initiated);
        self.state_since(State::Initiated, initiated);
        let connected = instant(event.connected_to_system_timestamp);
        self.time(Known::ConnectedToSystemAt, connected);
        self.state_since(State::ConnectedToSystem, connected);
        self.time(Known::ScheduledAt, instant(event.scheduled_timestamp));
        let queue = event.queue();
        self.text(Known::QueueArn, queue.arn);
        self.queued(instant(queue.enqueue_timestamp));
        let agent = event.agent();
        self.with_agent(agent.arn, instant(agent.connected_to_agent_timestamp));
        self.time(Known::AfterContactWorkStartedAt, instant(agent.after_contact_work_start_timestamp));
        self.time(Known::AfterContactWorkEndedAt, instant(agent.after_contact_work_end_timestamp));
        let disconnected = instant(event.disconnect_timestamp).or(ended_by_type);
        self.time(Known::DisconnectedAt, disconnected);
        if let Some(at) = disconnected {
            self.ended(at);
        }
    }

    /// What the type says, even where the time that belongs to it is missing.
    fn type_says(&mut self, kind: &str, at: Timestamp) {
        match kind {
            "INITIATED" => self.state(State::Initiated, at),
            "CONNECTED_TO_SYSTEM" => self.state(State::ConnectedToSystem, at),
            "QUEUED" => {
                self.flag(Known::Queued, true);
                self.state(State::Queued, at);
            }
            "CONNECTED_TO_AGENT" => {
                self.flag(Known::ConnectedToAgent, true);
                self.state(State::ConnectedToAgent, at);
            }
            "PAUSED" => self.state(State::Paused, at),
            "RESUMED" => self.state(State::Resumed, at),
            "DISCONNECTED" => self.ended(at),
            "COMPLETED" => {
                self.ended(at);
                self.closed(at);
            }
            // CONTACT_DATA_UPDATED, AMD_DISABLED and those to come.
            _ => {}
        }
    }
}

/// How far the contact had come at an event of this type.
fn stage(kind: &str) -> Stage {
    match kind {
        "INITIATED" => Stage::Initiated,
        "CONNECTED_TO_SYSTEM" => Stage::ConnectedToSystem,
        "QUEUED" => Stage::Queued,
        "CONNECTED_TO_AGENT" | "PAUSED" | "RESUMED" => Stage::WithAgent,
        "DISCONNECTED" => Stage::Disconnected,
        "COMPLETED" => Stage::Completed,
        _ => Stage::Any,
    }
}

/// The latest time that the event states.
fn latest(event: &ContactEvent<'_>) -> Option<Timestamp> {
    let (queue, agent) = (event.queue(), event.agent());
    [
        event.initiation_timestamp,
        event.connected_to_system_timestamp,
        queue.enqueue_timestamp,
        agent.connected_to_agent_timestamp,
        event.disconnect_timestamp,
        agent.after_contact_work_end_timestamp,
    ]
    .into_iter()
    .filter_map(instant)
    .max()
}
