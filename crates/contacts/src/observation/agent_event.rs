//! What an agent event says about the agent's contacts.

use jiff::Timestamp;
use switchboard_core::agent_event::{AgentContact, AgentEvent, Snapshot};

use super::{EventContext, Observation, id_of_text};
use crate::{
    attribute::SystemAttribute,
    facts::{AgentView, Clock, FactKind},
    status::Value,
    version::{Source, Stage},
};

/// The kind of an entry for a contact that the agent does not have any more.
pub const GONE: &str = "LEFT";

impl Observation {
    /// What an agent event that came `now` says, an observation per contact that it is about; `document` is its text.
    ///
    /// A contact is left out that stands as it stood before, because each change has an event of its own. A
    /// heartbeat says how all the agent's contacts stand now, in case that event was lost; what it says of
    /// before is the state before the last change and was said then.
    ///
    /// There is no event for after-contact work. It begins when the contact's state becomes `ENDED`, and ends
    /// at the event that does not have the contact any more while it was `ENDED` before.
    pub fn of_agent_event(event: &AgentEvent<'_>, document: &str, now: Timestamp) -> Vec<Self> {
        let clock = &Clock::at(Some(now));
        let is_heartbeat = event.event_type.text().as_deref() == Some("HEART_BEAT");
        let (current, previous) = (event.current(), event.previous());
        let (held, had) = (current.contacts(), if is_heartbeat { Vec::new() } else { previous.contacts() });
        let changed = held.iter().filter_map(|contact| {
            let before = find(contact, &had);
            let is_same = before.is_some_and(|before| before.document == contact.document);
            let shown =
                ContactSnapshot { event, document, clock, snapshot: current, now: Some(contact), before };
            if is_same { None } else { shown.in_hand(contact) }
        });
        let gone = had.iter().filter(|contact| find(contact, &held).is_none()).filter_map(|contact| {
            ContactSnapshot { event, document, clock, snapshot: previous, now: None, before: Some(contact) }
                .gone(contact)
        });
        changed.chain(gone).collect()
    }
}

/// The same contact in the other snapshot.
fn find<'s, 'a>(contact: &AgentContact<'_>, others: &'s [AgentContact<'a>]) -> Option<&'s AgentContact<'a>> {
    others.iter().find(|other| other.contact_id.text() == contact.contact_id.text())
}

/// One contact in an agent event.
struct ContactSnapshot<'e, 'a> {
    event: &'e AgentEvent<'a>,
    document: &'e str,
    clock: &'e Clock,
    snapshot: Snapshot<'a>,
    now: Option<&'e AgentContact<'a>>,
    before: Option<&'e AgentContact<'a>>,
}

impl ContactSnapshot<'_, '_> {
    /// A contact that the agent has.
    fn in_hand(&self, contact: &AgentContact<'_>) -> Option<Observation> {
        let kind = contact.state.text()?;
        let stage = match &*kind {
            "CONNECTED" | "CONNECTED_ONHOLD" | "PAUSED" => Stage::WithAgent,
            "ENDED" => Stage::AfterContactWork,
            // Offered, missed, refused: it still waits, if it ever queued.
            _ => Stage::Any,
        };
        self.observation(contact, stage, &kind)
    }

    /// A contact that the agent had and has no more.
    fn gone(&self, contact: &AgentContact<'_>) -> Option<Observation> {
        self.view().at?;
        let was_ended = contact.state.text().as_deref() == Some("ENDED");
        self.observation(contact, if was_ended { Stage::AgentLeft } else { Stage::Any }, GONE)
    }

    fn view(&self) -> AgentView<'_> {
        let at = self.clock.known(self.event.at());
        let at = at.and_then(|at| Timestamp::from_millisecond(at.as_millisecond()).ok());
        AgentView {
            agent_arn: self.event.agent_arn,
            at,
            now: self.now.copied(),
            before: self.before.copied(),
        }
    }

    fn observation(&self, contact: &AgentContact<'_>, stage: Stage, kind: &str) -> Option<Observation> {
        let event = self.event;
        let view = self.view();
        let facts = view.facts(self.clock);
        let id = event.event_id.text().filter(|id| !id.is_empty());
        let id = id.map_or_else(|| id_of_text(self.document), std::borrow::Cow::into_owned);
        let at = view.at.or_else(|| view.since(self.clock)).unwrap_or(Timestamp::UNIX_EPOCH);
        let context = EventContext { at, stage, source: Source::AgentEvent, clock: self.clock };
        let mut observation =
            Observation::begin(&contact.contact_id.text()?, context, &id, kind, &self.body())?;
        if contact.initial_contact_id.text().is_some_and(|id| !id.is_empty()) {
            observation.chain(contact.initial_contact_id);
        }
        if let Some(channel) = contact.channel() {
            observation.record_provisional(SystemAttribute::Channel, Value::Text(channel));
        }
        observation.text(SystemAttribute::InstanceArn, event.instance_arn);
        observation.begun(contact.initiation_method);
        observation.text(SystemAttribute::QueueArn, contact.queue_arn);
        observation.text(SystemAttribute::QueueName, contact.queue_name);
        observation.facts(&facts);
        if facts.iter().any(|fact| fact.kind == FactKind::Answered) {
            observation.text(SystemAttribute::AgentArn, event.agent_arn);
            observation.text(SystemAttribute::AgentUsername, self.snapshot.username);
        }
        Some(observation)
    }

    /// What the event says about this contact alone: the rest is about the agent and about other customers.
    fn body(&self) -> String {
        let event = self.event;
        let text = |contact: Option<&AgentContact<'_>>| {
            contact.map_or_else(|| "null".to_owned(), |contact| contact.document.json().to_owned())
        };
        format!(
            r#"{{"EventId":{},"EventType":{},"EventTimestamp":{},"AgentARN":{},"Username":{},"Now":{},"Before":{}}}"#,
            event.event_id.json(),
            event.event_type.json(),
            event.event_timestamp.json(),
            event.agent_arn.json(),
            self.snapshot.username.json(),
            text(self.now),
            text(self.before),
        )
    }
}
