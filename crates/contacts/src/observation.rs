//! What one event says about one contact.

use jiff::Timestamp;

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
    pub(crate) fn begin(
        contact_id: &str,
        happened: Happened,
        id: &str,
        kind: &str,
        body: &str,
    ) -> Option<Self> {
        let Happened { at, stage, source } = happened;
        // What is kept has milliseconds; what compares must be what is kept.
        let at = Timestamp::from_millisecond(at.as_millisecond()).ok()?;
        let fits = !contact_id.is_empty() && contact_id.len() <= CONTACT_ID_MAX_BYTES;
        fits.then(|| {
            let moment = Moment { at, stage, source, tie: digest(id.as_bytes()) };
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
    pub(crate) fn set(&mut self, attribute: impl Into<Attribute>, value: Value) {
        self.set_as(Class::Passing, attribute, value);
    }

    /// Says a fact of a class.
    pub(crate) fn set_as(&mut self, class: Class, attribute: impl Into<Attribute>, value: Value) {
        let register = Register { version: self.moment.version(class), value };
        self.status.keep(attribute.into(), register);
    }

    /// Says a text, if there is one.
    pub(crate) fn text(&mut self, attribute: Known, text: Option<impl Into<String>>) {
        if let Some(text) = text.map(Into::into).filter(|text| !text.is_empty()) {
            self.set(attribute, Value::Text(text));
        }
    }

    /// Says a time, if there is one, to the millisecond.
    pub(crate) fn time(&mut self, attribute: Known, time: Option<Timestamp>) {
        let time = time.and_then(|time| Timestamp::from_millisecond(time.as_millisecond()).ok());
        if let Some(time) = time {
            self.set(attribute, Value::Time(time));
        }
    }

    /// Says a flag.
    pub(crate) fn flag(&mut self, attribute: Known, flag: bool) {
        self.set(attribute, Value::Flag(flag));
    }

    /// Says that the contact came into this state at that time. Of several, the one that counts stays.
    pub(crate) fn state(&mut self, state: State, at: Timestamp) {
        let moment = Moment { at, stage: state.stage(), ..self.moment };
        let value = Value::Text(state.name().to_owned());
        let register = Register { version: moment.version(state.class()), value };
        self.status.keep(Known::Status.into(), register);
    }
}

/// When an event happened, how far the contact had come, and where the event came from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Happened {
    pub(crate) at: Timestamp,
    pub(crate) stage: Stage,
    pub(crate) source: Source,
}
