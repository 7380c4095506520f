//! One document into a row. Pure.

use jiff::Timestamp;
use switchboard_core::{framing::Fault, instance::Instance, kind::RecordKind};
use switchboard_records::{
    AgentEventRows, DocumentRows, EventRow, NotRows,
    contact::{AttributeSelection, ContactRow},
};
use switchboard_runtime::{handler::catch_panic, metrics::Metric, records::Unreadable};

/// Why a document makes no row. It would not the next time either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// It can't be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// It makes no rows.
    #[error(transparent)]
    Rows(#[from] NotRows),
}

impl Rejection {
    /// The metric that counts it.
    pub fn metric(self) -> Metric {
        match self {
            Self::Unreadable(unreadable) => unreadable.metric(),
            Self::Rows(NotRows::OtherKind(_) | NotRows::AgentEvent(_)) => Metric::RejectedNotAnEvent,
            Self::Rows(NotRows::Contact(_)) => Metric::RejectedNotACtr,
        }
    }
}

/// What a document makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadDocument {
    /// Rows.
    Rows(DocumentRows),
    /// Nothing, as it is switched off.
    Off,
    /// Nothing: it is of another instance than the configured one, or of none.
    OtherInstance,
}

/// What decides which rows documents make.
#[derive(Debug, Clone)]
pub struct RowReader {
    instance: Instance,
    attributes: AttributeSelection,
    has_agent_time: bool,
}

impl RowReader {
    /// Rows of this instance's contacts, with these of their attributes, and of what its agents did, unless that is off.
    pub fn new(instance: Instance, attributes: AttributeSelection, has_agent_time: bool) -> Self {
        Self { instance, attributes, has_agent_time }
    }

    /// Reads one document, `now`. A defect of ours costs this document alone.
    ///
    /// # Errors
    /// When it makes no row.
    pub fn read(&self, text: &str, now: Timestamp) -> Result<ReadDocument, Rejection> {
        catch_panic(Unreadable::Panic.into(), || {
            let kind = RecordKind::of(text).map_err(|_| Unreadable::NotJson(Fault::NotAnObject))?;
            self.rows(kind, text, now)
        })
    }

    /// The same of a document whose kind was told already.
    ///
    /// # Errors
    /// When it makes no row.
    pub fn read_as(&self, kind: RecordKind, text: &str, now: Timestamp) -> Result<ReadDocument, Rejection> {
        catch_panic(Unreadable::Panic.into(), || self.rows(kind, text, now))
    }

    fn rows(&self, kind: RecordKind, text: &str, now: Timestamp) -> Result<ReadDocument, Rejection> {
        if kind == RecordKind::AgentEvent && !self.has_agent_time {
            return Ok(ReadDocument::Off);
        }
        let rows = DocumentRows::read(text, kind, &self.attributes, now)?;
        let is_ours = self.is_ours(rows.instance());
        Ok(if is_ours { ReadDocument::Rows(rows) } else { ReadDocument::OtherInstance })
    }

    /// A replica of an instance has its source's id in another Region.
    fn is_ours(&self, region_and_id: (&str, &str)) -> bool {
        (self.instance.region(), self.instance.id()) == region_and_id
    }
}

/// What the documents of an event make, each with the item that it came in: its message or record, by its place.
#[derive(Debug, Default)]
pub struct EventRows {
    /// The rows of contacts.
    pub contacts: Vec<(usize, ContactRow)>,
    /// What contact events say.
    pub events: Vec<(usize, EventRow)>,
    /// The rows of agents.
    pub agents: Vec<(usize, AgentEventRows)>,
    /// The documents that make no row.
    pub rejected: Vec<(usize, Rejection)>,
    /// How many documents of other instances there were.
    pub of_other_instances: u64,
}

impl EventRows {
    /// Takes one document of an item.
    pub fn add(&mut self, item: usize, document: Result<ReadDocument, Rejection>) {
        match document {
            Ok(ReadDocument::Rows(DocumentRows::Contact(row))) => self.contacts.push((item, *row)),
            Ok(ReadDocument::Rows(DocumentRows::ContactEvent(row))) => self.events.push((item, row)),
            Ok(ReadDocument::Rows(DocumentRows::AgentEvent(rows))) => self.agents.push((item, rows)),
            Ok(ReadDocument::Off) => {}
            Ok(ReadDocument::OtherInstance) => self.of_other_instances += 1,
            Err(rejection) => self.rejected.push((item, rejection)),
        }
    }
}
