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
    attribute::{Attribute, Known},
    facts::{Clock, Fact, What},
    history::HistoryEntry,
    status::{Register, Status, Value},
    version::{Class, Moment, Source, Stage, digest, order_of_log_event},
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
    fn begin(contact_id: &str, happened: Happened<'_>, id: &str, kind: &str, body: &str) -> Option<Self> {
        let mut observation = Self::quiet(contact_id, happened, id, kind, body)?;
        let Happened { source, .. } = happened;
        let at = observation.moment.at;
        observation.set(Known::latest(source), Value::Time(at));
        if source != Source::FlowLog {
            observation.set(Known::Updated, Value::Time(at));
        }
        Some(observation)
    }

    /// Begins one that does not even say that.
    fn quiet(contact_id: &str, happened: Happened<'_>, id: &str, kind: &str, body: &str) -> Option<Self> {
        let Happened { at, stage, source, clock } = happened;
        // What is kept has milliseconds; what compares must be what is kept.
        let at = Timestamp::from_millisecond(at.as_millisecond()).ok()?;
        let fits = !contact_id.is_empty() && contact_id.len() <= CONTACT_ID_MAX_BYTES;
        fits.then(|| {
            // Of the text too: ids are used again, in examples at least, and equal versions are to be
            // equal values.
            let tie = digest(id.as_bytes()) ^ digest(body.as_bytes());
            let order = if source == Source::FlowLog { order_of_log_event(id) } else { 0 };
            let mut entry = HistoryEntry::new(contact_id, at, source, id, kind, body);
            entry.ahead_of = clock.ahead_of();
            let moment = Moment { at, stage, source, order, tie };
            Self { status: Status::new(contact_id), entry, moment }
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

    /// Says a flag.
    fn flag(&mut self, attribute: Known, flag: bool) {
        self.set(attribute, Value::Flag(flag));
    }

    /// Says what happened, each thing with its time, its flags and the state that the contact came into by it. Of several
    /// words about one thing, the one that counts stays.
    fn facts(&mut self, facts: &[Fact]) {
        for fact in facts {
            if let Some(attribute) = fact.what.attribute() {
                let register = Register { version: fact.version(), value: Value::Time(fact.at) };
                self.status.keep(attribute.into(), register);
            }
            if let Some(state) = fact.what.state() {
                let moment = Moment { at: fact.at, stage: state.stage(), ..self.moment };
                self.say(moment, state.class(), Known::Status, Value::Text(state.name().to_owned()));
                self.flags(fact, moment);
            } else if fact.what == What::Transferred {
                self.flag(Known::Transferred, true);
            }
        }
    }

    /// The flags that a thing sets, and who did it. What is true once and for all is as new as the event that says it, since
    /// each later one says it again.
    fn flags(&mut self, fact: &Fact, moment: Moment) {
        match fact.what {
            What::Queued => self.flag(Known::Queued, true),
            What::Answered => self.flag(Known::ConnectedToAgent, true),
            What::Held => self.flag_since(moment, Known::OnHold, true),
            What::Connected => self.flag_since(moment, Known::OnHold, false),
            What::WrapUp => {
                self.flag_since(moment, Known::OnHold, false);
                self.flag_since(moment, Known::AfterContactWork, true);
            }
            What::WrappedUp => self.flag_since(moment, Known::AfterContactWork, false),
            // Nothing takes the end back, and what has ended is not on hold any more.
            What::Ended => {
                self.flag(Known::Disconnected, true);
                self.say(self.moment, Class::Settled, Known::OnHold, Value::Flag(false));
            }
            What::Completed => {
                self.say(self.moment, Class::Closed, Known::AfterContactWork, Value::Flag(false));
            }
            _ => {}
        }
        if let (What::Answered | What::Connected, Some(agent)) = (fact.what, &fact.who) {
            self.set(Known::AgentArn, Value::Text(agent.clone()));
        }
    }

    fn flag_since(&mut self, moment: Moment, attribute: Known, flag: bool) {
        self.say(moment, Class::Passing, attribute, Value::Flag(flag));
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
}

/// When an event happened, how far the contact had come, and where the event came from.
#[derive(Debug, Clone, Copy)]
struct Happened<'a> {
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
