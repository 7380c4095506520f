//! What one event says about one contact.
//!
//! Each source has its reading: [contact events](Observation::of_contact_event), [flow
//! logs](Observation::of_flow_log), [agent events](Observation::of_agent_event), [contact
//! records](Observation::of_contact_record), and [data recorded by a flow](Observation::of_flow_call). What happened and
//! when is read from it as facts (`crate::facts`), by the same functions that the journey reads them with.
//!
//! A time that is more than five minutes ahead of when the event came is no time, and decides nothing.

pub mod agent_event;
mod contact_event;
pub mod contact_record;
pub mod flow;
pub mod successor;

use jiff::Timestamp;
use switchboard_core::json::Raw;

use crate::{
    attribute::{Attribute, SystemAttribute},
    facts::{Clock, Fact, FactKind},
    history::HistoryEntry,
    status::{Register, Status, Value},
    version::{EventStamp, Finality, Source, Stage, digest, order_of_log_event},
};

/// The longest contact id that Connect gives out, in bytes.
const CONTACT_ID_MAX_BYTES: usize = 256;

/// What one event says about one contact: facts for its status, and an entry for its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    status: Status,
    entry: HistoryEntry,
    stamp: EventStamp,
}

impl Observation {
    /// Begins an observation that says no more than that the event was.
    ///
    /// `id` tells the event from every other of its source; a repeat has the same. [`None`] if the contact id
    /// is empty or longer than Connect's are (256 bytes), as both would be no key.
    fn begin(contact_id: &str, context: EventContext<'_>, id: &str, kind: &str, body: &str) -> Option<Self> {
        let mut observation = Self::without_event_time(contact_id, context, id, kind, body)?;
        let EventContext { source, .. } = context;
        let at = observation.stamp.at;
        observation.record_provisional(SystemAttribute::latest(source), Value::Time(at));
        if source != Source::FlowLog {
            observation.record_provisional(SystemAttribute::Updated, Value::Time(at));
        }
        Some(observation)
    }

    /// Begins one that does not even say that.
    fn without_event_time(
        contact_id: &str,
        context: EventContext<'_>,
        id: &str,
        kind: &str,
        body: &str,
    ) -> Option<Self> {
        let EventContext { at, stage, source, clock } = context;
        // What is kept has milliseconds; what compares must be what is kept.
        let at = Timestamp::from_millisecond(at.as_millisecond()).ok()?;
        let fits = !contact_id.is_empty() && contact_id.len() <= CONTACT_ID_MAX_BYTES;
        fits.then(|| {
            // Of the text too: ids are used again, in examples at least, and equal versions are to be
            // equal values.
            let tie_breaker = digest(id.as_bytes()) ^ digest(body.as_bytes());
            let order = if source == Source::FlowLog { order_of_log_event(id) } else { 0 };
            let mut entry = HistoryEntry::new(contact_id, at, source, id, kind, body);
            entry.ahead_of = clock.ahead_of();
            let stamp = EventStamp { at, stage, source, order, tie_breaker };
            Self { status: Status::new(contact_id), entry, stamp }
        })
    }

    /// The contact it is about.
    pub fn contact_id(&self) -> &str {
        self.status.contact_id()
    }

    /// Where it came from.
    pub fn source(&self) -> Source {
        self.stamp.source
    }

    /// When it happened, by the event's own times.
    pub fn at(&self) -> Timestamp {
        self.stamp.at
    }

    /// What it says about the contact.
    pub fn status(&self) -> &Status {
        &self.status
    }

    /// What it adds to the contact's history.
    pub fn entry(&self) -> &HistoryEntry {
        &self.entry
    }

    /// Its two parts, to keep.
    pub fn into_parts(self) -> (Status, HistoryEntry) {
        (self.status, self.entry)
    }

    /// Says a fact that holds while nothing newer says otherwise.
    fn record_provisional(&mut self, attribute: impl Into<Attribute>, value: Value) {
        self.record(self.stamp, Finality::Provisional, attribute, value);
    }

    /// Records a fact with a stamp and a finality.
    fn record(
        &mut self,
        stamp: EventStamp,
        finality: Finality,
        attribute: impl Into<Attribute>,
        value: Value,
    ) {
        self.status.set_if_newer(attribute.into(), Register { version: stamp.version(finality), value });
    }

    /// Says a text, if there is one.
    fn text(&mut self, attribute: SystemAttribute, text: Raw<'_>) {
        if let Some(text) = text.text().filter(|text| !text.is_empty()) {
            self.record_provisional(attribute, Value::Text(text.into_owned()));
        }
    }

    /// Says a flag.
    fn flag(&mut self, attribute: SystemAttribute, flag: bool) {
        self.record_provisional(attribute, Value::Flag(flag));
    }

    /// Says what happened, each thing with its time, its flags and the state that the contact came into by it. Of several
    /// words about one thing, the one that counts stays.
    fn facts(&mut self, facts: &[Fact]) {
        for fact in facts {
            if let Some(attribute) = fact.kind.attribute() {
                let register = Register { version: fact.version(), value: Value::Time(fact.at) };
                self.status.set_if_newer(attribute.into(), register);
            }
            if let Some(state) = fact.kind.state() {
                let stamp = EventStamp { at: fact.at, stage: state.stage(), ..self.stamp };
                self.record(
                    stamp,
                    state.finality(),
                    SystemAttribute::Status,
                    Value::Text(state.name().to_owned()),
                );
                self.flags(fact, stamp);
            } else if fact.kind == FactKind::Transferred {
                self.flag(SystemAttribute::Transferred, true);
            }
        }
    }

    /// The flags that a thing sets, and who did it. What is true once and for all is as new as the event that says it, since
    /// each later one says it again.
    fn flags(&mut self, fact: &Fact, stamp: EventStamp) {
        match fact.kind {
            FactKind::Queued => self.flag(SystemAttribute::Queued, true),
            FactKind::Answered => self.flag(SystemAttribute::ConnectedToAgent, true),
            FactKind::Held => self.flag_since(stamp, SystemAttribute::OnHold, true),
            FactKind::Connected => self.flag_since(stamp, SystemAttribute::OnHold, false),
            FactKind::WrapUp => {
                self.flag_since(stamp, SystemAttribute::OnHold, false);
                self.flag_since(stamp, SystemAttribute::AfterContactWork, true);
            }
            FactKind::WrappedUp => self.flag_since(stamp, SystemAttribute::AfterContactWork, false),
            // Nothing takes the end back, and what has ended is not on hold any more.
            FactKind::Ended => {
                self.flag(SystemAttribute::Disconnected, true);
                self.record(self.stamp, Finality::Definite, SystemAttribute::OnHold, Value::Flag(false));
            }
            FactKind::Completed => {
                self.record(
                    self.stamp,
                    Finality::Closed,
                    SystemAttribute::AfterContactWork,
                    Value::Flag(false),
                );
            }
            _ => {}
        }
        if let (FactKind::Answered | FactKind::Connected, Some(agent)) = (fact.kind, &fact.subject) {
            self.record_provisional(SystemAttribute::AgentArn, Value::Text(agent.clone()));
        }
    }

    fn flag_since(&mut self, stamp: EventStamp, attribute: SystemAttribute, flag: bool) {
        self.record(stamp, Finality::Provisional, attribute, Value::Flag(flag));
    }

    /// Says which contact the chain began with. One that names none is taken for its own, until it is named.
    fn chain(&mut self, initial_contact_id: Raw<'_>) {
        let own = self.contact_id().to_owned();
        let (finality, id) = match initial_contact_id.text().filter(|id| !id.is_empty()) {
            Some(id) => (Finality::Definite, id.into_owned()),
            None => (Finality::Provisional, own),
        };
        self.record(self.stamp, finality, SystemAttribute::InitialContactId, Value::Text(id));
    }

    /// Says how the contact began, and what follows from it.
    fn begun(&mut self, initiation_method: Raw<'_>) {
        self.text(SystemAttribute::InitiationMethod, initiation_method);
        match initiation_method.text().as_deref() {
            Some("TRANSFER" | "QUEUE_TRANSFER") => self.flag(SystemAttribute::Transferred, true),
            Some("CALLBACK") => self.flag(SystemAttribute::Callback, true),
            _ => {}
        }
    }
}

/// When an event happened, how far the contact had come, and where the event came from.
#[derive(Debug, Clone, Copy)]
struct EventContext<'a> {
    at: Timestamp,
    stage: Stage,
    source: Source,
    clock: &'a Clock,
}

/// The id of an event that has none: a repeat is the same text.
fn id_of_text(document: &str) -> String {
    format!("{:08x}", digest(document.as_bytes()))
}

#[cfg(test)]
mod tests;
