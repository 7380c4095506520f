//! What a contact event says.

use jiff::Timestamp;
use switchboard_core::contact_event::ContactEvent;

use super::{EventContext, Observation, id_of_text};
use crate::{
    attribute::SystemAttribute,
    facts::{self, Clock},
    status::Value,
    version::{Source, Stage},
};

impl Observation {
    /// What a contact event that came `now` says; `document` is its text. [`None`] if its contact id is none.
    ///
    /// It happened at the time in the detail that belongs to its type, or else at the envelope's, which
    /// has no more than the second, or else at the latest time it states. The times of other steps that
    /// it carries along are said of those steps, so that one event makes up for those that were lost.
    pub fn of_contact_event(event: &ContactEvent<'_>, document: &str, now: Timestamp) -> Option<Self> {
        let clock = Clock::at(Some(now));
        let kind = event.event_type.text()?.to_ascii_uppercase();
        let at = facts::time_of_contact_event(event, &clock);
        let said = facts::of_contact_event(event, &kind, at, &clock);
        let context = EventContext {
            // Without any time it is older than all others, whenever it arrives.
            at: at.unwrap_or(Timestamp::UNIX_EPOCH),
            stage: stage(&kind),
            source: Source::ContactEvent,
            clock: &clock,
        };
        let id = event.envelope_id.text().filter(|id| !id.is_empty());
        let id = id.map_or_else(|| id_of_text(document), std::borrow::Cow::into_owned);
        let mut observation = Self::begin(&event.contact_id.text()?, context, &id, &kind, document)?;
        observation.identity(event);
        observation.facts(&said);
        observation.queue_and_agent(event, &kind);
        Some(observation)
    }

    fn identity(&mut self, event: &ContactEvent<'_>) {
        self.chain(event.initial_contact_id);
        self.text(SystemAttribute::PreviousContactId, event.previous_contact_id);
        self.text(SystemAttribute::NextContactId, event.next_contact_id);
        self.text(SystemAttribute::RelatedContactId, event.related_contact_id);
        self.text(SystemAttribute::CustomerId, event.customer_id);
        self.text(SystemAttribute::InstanceArn, event.instance_arn);
        self.text(SystemAttribute::DisconnectReason, event.disconnect_reason);
        self.text(SystemAttribute::AnsweringMachine, event.answering_machine_detection_status);
        if let Some(channel) = event.channel().filter(|channel| !channel.is_empty()) {
            self.record_provisional(SystemAttribute::Channel, Value::Text(channel));
        }
        self.begun(event.initiation_method);
    }

    /// Who had it, where the event does not say since when: an older form of these events has no times there.
    fn queue_and_agent(&mut self, event: &ContactEvent<'_>, kind: &str) {
        let queue = event.queue();
        self.text(SystemAttribute::QueueArn, queue.arn);
        // An outbound call has a queue that it never waited in.
        let is_outbound = event.initiation_method.text().as_deref() == Some("OUTBOUND");
        let is_there = queue.arn.text().is_some_and(|arn| !arn.is_empty());
        if kind == "CONNECTED_TO_AGENT" && is_there && !is_outbound {
            self.flag(SystemAttribute::Queued, true);
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
        // CONTACT_DATA_UPDATED, AMD_DISABLED and those to come.
        _ => Stage::Any,
    }
}
