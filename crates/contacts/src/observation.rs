//! What one event says about one contact.
//!
//! Each source has its reading: [contact events](Observation::of_contact_event), [flow
//! logs](Observation::of_flow_log), [agent events](Observation::of_agent_event), [contact
//! records](Observation::of_contact_record), and [data recorded by a flow](Observation::of_flow_call).

pub mod agent_event;
mod contact_event;
pub mod contact_record;
pub mod flow;

use jiff::Timestamp;
use switchboard_core::json::Raw;

use crate::{
    attribute::{Attribute, Known},
    history::HistoryEntry,
    status::{Register, State, Status, Value},
    version::{Class, Moment, Source, Stage, digest},
};

/// The longest contact id that Connect gives out, in bytes.
const CONTACT_ID_MAX_BYTES: usize = 256;

/// What one event says about one contact: facts for its status, and an entry for its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    status: Status,
    entry: HistoryEntry,
    moment: Moment,
}

impl Observation {
    /// Begins an observation that says no more than that the event was.
    ///
    /// `id` tells the event from every other of its source; a repeat has the same. [`None`] if the contact id
    /// is empty or longer than Connect's are (256 bytes), as both would be no key.
    fn begin(contact_id: &str, happened: Happened, id: &str, kind: &str, body: &str) -> Option<Self> {
        let Happened { at, stage, source } = happened;
        // What is kept has milliseconds; what compares must be what is kept.
        let at = Timestamp::from_millisecond(at.as_millisecond()).ok()?;
        let fits = !contact_id.is_empty() && contact_id.len() <= CONTACT_ID_MAX_BYTES;
        fits.then(|| {
            // Of the text too: ids are used again, in examples at least, and equal versions are to be
            // equal values.
            let tie = digest(id.as_bytes()) ^ digest(body.as_bytes());
            let moment = Moment { at, stage, source, tie };
            let mut observation = Self {
                status: Status::new(contact_id),
                entry: HistoryEntry::new(contact_id, at, source, id, kind, body),
                moment,
            };
            observation.set(Known::latest(source), Value::Time(at));
            if source != Source::FlowLog {
                observation.set(Known::Updated, Value::Time(at));
            }
            observation
        })
    }

    /// The contact it is about.
    pub fn contact_id(&self) -> &str {
        self.status.contact_id()
    }

    /// Where it came from.
    pub fn source(&self) -> Source {
        self.moment.source
    }

    /// When it happened, by the event's own times.
    pub fn at(&self) -> Timestamp {
        self.moment.at
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
    fn set(&mut self, attribute: impl Into<Attribute>, value: Value) {
        self.say(self.moment, Class::Passing, attribute, value);
    }

    /// Says a fact of some moment and class.
    fn say(&mut self, moment: Moment, class: Class, attribute: impl Into<Attribute>, value: Value) {
        self.status.keep(attribute.into(), Register { version: moment.version(class), value });
    }

    /// Says a text, if there is one.
    fn text(&mut self, attribute: Known, text: Raw<'_>) {
        if let Some(text) = text.text().filter(|text| !text.is_empty()) {
            self.set(attribute, Value::Text(text.into_owned()));
        }
    }

    /// Says a time, if there is one, to the millisecond.
    fn time(&mut self, attribute: Known, time: Option<Timestamp>) {
        let time = time.and_then(|time| Timestamp::from_millisecond(time.as_millisecond()).ok());
        if let Some(time) = time {
            self.set(attribute, Value::Time(time));
        }
    }

    /// Says a flag.
    fn flag(&mut self, attribute: Known, flag: bool) {
        self.set(attribute, Value::Flag(flag));
    }

    /// Says that the contact came into this state at that time. Of several, the one that counts stays.
    fn state(&mut self, state: State, at: Timestamp) {
        let moment = Moment { at, stage: state.stage(), ..self.moment };
        self.say(moment, state.class(), Known::Status, Value::Text(state.name().to_owned()));
    }

    /// Says that the contact came into this state, if there is a time.
    fn state_since(&mut self, state: State, at: Option<Timestamp>) {
        if let Some(at) = at {
            self.state(state, at);
        }
    }

    /// Says which contact the chain began with. One that names none is taken for its own, until it is named.
    fn chain(&mut self, initial_contact_id: Raw<'_>) {
        let own = self.contact_id().to_owned();
        let (class, id) = match initial_contact_id.text().filter(|id| !id.is_empty()) {
            Some(id) => (Class::Settled, id.into_owned()),
            None => (Class::Passing, own),
        };
        self.say(self.moment, class, Known::InitialContactId, Value::Text(id));
    }

    /// Says how the contact began, and what follows from it.
    fn begun(&mut self, initiation_method: Raw<'_>) {
        self.text(Known::InitiationMethod, initiation_method);
        match initiation_method.text().as_deref() {
            Some("TRANSFER" | "QUEUE_TRANSFER") => self.flag(Known::Transferred, true),
            Some("CALLBACK") => self.flag(Known::Callback, true),
            _ => {}
        }
    }

    /// Says that it entered a queue, if it did.
    fn queued(&mut self, since: Option<Timestamp>) {
        if since.is_some() {
            self.flag(Known::Queued, true);
            self.time(Known::EnqueuedAt, since);
            self.state_since(State::Queued, since);
        }
    }

    /// Says that an agent took it, if one did.
    fn with_agent(&mut self, agent_arn: Raw<'_>, since: Option<Timestamp>) {
        if since.is_some() {
            self.flag(Known::ConnectedToAgent, true);
            self.text(Known::AgentArn, agent_arn);
            self.time(Known::ConnectedToAgentAt, since);
            self.state_since(State::ConnectedToAgent, since);
        }
    }

    /// Says that it ended: nothing takes that back, and it is not on hold any more.
    fn ended(&mut self, at: Timestamp) {
        self.flag(Known::Disconnected, true);
        self.say(self.moment, Class::Settled, Known::OnHold, Value::Flag(false));
        self.state(State::Disconnected, at);
    }

    /// Says that all work on it is over.
    fn closed(&mut self, at: Timestamp) {
        self.say(self.moment, Class::Closed, Known::AfterContactWork, Value::Flag(false));
        self.state(State::Completed, at);
    }
}

/// When an event happened, how far the contact had come, and where the event came from.
#[derive(Debug, Clone, Copy)]
struct Happened {
    at: Timestamp,
    stage: Stage,
    source: Source,
}

/// The id of an event that has none: a repeat is the same text.
fn id_of_text(document: &str) -> String {
    format!("{:08x}", digest(document.as_bytes()))
}

#[cfg(test)]
mod tests;
