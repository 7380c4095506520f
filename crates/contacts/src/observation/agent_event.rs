//! What an agent event says about the agent's contacts.

use jiff::Timestamp;
use switchboard_core::agent_event::{AgentContact, AgentEvent, Snapshot};

use super::{Happened, Observation, id_of_text};
use crate::{
    attribute::Known,
    facts::{Clock, Sight, What},
    status::Value,
    version::{Source, Stage},
};

/// The kind of an entry for a contact that the agent does not have any more.
pub const LEFT: &str = "LEFT";

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
            let seen = Seen { event, document, clock, snapshot: current, now: Some(contact), before };
            if is_same { None } else { seen.held(contact) }
        });
        let left = had.iter().filter(|contact| find(contact, &held).is_none()).filter_map(|contact| {
            Seen { event, document, clock, snapshot: previous, now: None, before: Some(contact) }
                .left(contact)
        });
        changed.chain(left).collect()
    }
}

/// The same contact in the other snapshot.
fn find<'s, 'a>(contact: &AgentContact<'_>, others: &'s [AgentContact<'a>]) -> Option<&'s AgentContact<'a>> {
    others.iter().find(|other| other.contact_id.text() == contact.contact_id.text())
}

/// One contact in an agent event.
struct Seen<'e, 'a> {
    event: &'e AgentEvent<'a>,
    document: &'e str,
    clock: &'e Clock,
    snapshot: Snapshot<'a>,
    now: Option<&'e AgentContact<'a>>,
    before: Option<&'e AgentContact<'a>>,
}

impl Seen<'_, '_> {
    /// A contact that the agent has.
    fn held(&self, contact: &AgentContact<'_>) -> Option<Observation> {
        let kind = contact.state.text()?;
        let stage = match &*kind {
            "CONNECTED" | "CONNECTED_ONHOLD" | "PAUSED" => Stage::WithAgent,
            "ENDED" => Stage::AfterContactWork,
            // Offered, missed, refused: it still waits, if it ever queued.
            _ => Stage::Any,
        };
        self.observed(contact, stage, &kind)
    }

    /// A contact that the agent had and has no more.
    fn left(&self, contact: &AgentContact<'_>) -> Option<Observation> {
        self.sight().at?;
        let was_ended = contact.state.text().as_deref() == Some("ENDED");
        self.observed(contact, if was_ended { Stage::AgentLeft } else { Stage::Any }, LEFT)
    }

    fn sight(&self) -> Sight<'_> {
        let at = self.clock.known(self.event.at());
        let at = at.and_then(|at| Timestamp::from_millisecond(at.as_millisecond()).ok());
        Sight { agent_arn: self.event.agent_arn, at, now: self.now.copied(), before: self.before.copied() }
    }

    fn observed(&self, contact: &AgentContact<'_>, stage: Stage, kind: &str) -> Option<Observation> {
        let event = self.event;
        let sight = self.sight();
        let facts = sight.facts(self.clock);
        let id = event.event_id.text().filter(|id| !id.is_empty());
        let id = id.map_or_else(|| id_of_text(self.document), std::borrow::Cow::into_owned);
        let at = sight.at.or_else(|| sight.since(self.clock)).unwrap_or(Timestamp::UNIX_EPOCH);
        let happened = Happened { at, stage, source: Source::AgentEvent, clock: self.clock };
        let mut said = Observation::begin(&contact.contact_id.text()?, happened, &id, kind, &self.body())?;
        if contact.initial_contact_id.text().is_some_and(|id| !id.is_empty()) {
            said.chain(contact.initial_contact_id);
        }
        if let Some(channel) = contact.channel() {
            said.set(Known::Channel, Value::Text(channel));
        }
        said.begun(contact.initiation_method);
        said.text(Known::QueueArn, contact.queue_arn);
        said.text(Known::QueueName, contact.queue_name);
        said.facts(&facts);
        if facts.iter().any(|fact| fact.what == What::Answered) {
            said.text(Known::AgentArn, event.agent_arn);
            said.text(Known::AgentUsername, self.snapshot.username);
        }
        Some(said)
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
