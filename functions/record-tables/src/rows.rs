//! One document into a row. Pure.

use jiff::Timestamp;
use switchboard_core::{framing::Fault, kind::RecordKind, served_instances::ServedInstances};
use switchboard_records::{
    AgentEventRows, DocumentRows, EventRow, NotRows,
    contact::{AttributeSelection, ContactRow},
};
use switchboard_runtime::{
    handler::catch_panic,
    intake::{Intake, PassedOver},
    metrics::{Metric, Metrics},
    records::Unreadable,
};

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
    /// Nothing: it is of another kind, of an instance that is not served, or of none.
    PassedOver(PassedOver),
}

/// The kinds that make rows.
const KINDS: [RecordKind; 3] = [RecordKind::ContactRecord, RecordKind::ContactEvent, RecordKind::AgentEvent];

/// What decides which rows documents make.
#[derive(Debug, Clone)]
pub struct RowReader {
    intake: Intake,
    attributes: AttributeSelection,
    has_agent_time: bool,
}

impl RowReader {
    /// Rows of these instances' contacts, with these of their attributes, and of what their agents did, unless that is off.
    pub fn new(instances: ServedInstances, attributes: AttributeSelection, has_agent_time: bool) -> Self {
        let intake = Intake::new(&KINDS, instances);
        Self { intake, attributes, has_agent_time }
    }

    /// Reads one document, `now`. A defect of ours costs this document alone.
    ///
    /// # Errors
    /// When it makes no row.
    pub fn read(&self, text: &str, now: Timestamp) -> Result<ReadDocument, Rejection> {
        catch_panic(Unreadable::Panic.into(), || {
            let kind = RecordKind::of(text).map_err(|_| Unreadable::NotJson(Fault::NotAnObject))?;
            if let Some(reason) = self.intake.passed_over_as(kind, text) {
                return Ok(ReadDocument::PassedOver(reason));
            }
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
        let (region, id) = rows.instance();
        // What names no instance is of no served one.
        let is_served = self.intake.names(region, id);
        Ok(if is_served {
            ReadDocument::Rows(rows)
        } else {
            ReadDocument::PassedOver(PassedOver::OtherInstance)
        })
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
    /// How many documents were passed over, by the reason's metric.
    pub passed_over: Metrics,
}

impl EventRows {
    /// Takes one document of an item.
    pub fn add(&mut self, item: usize, document: Result<ReadDocument, Rejection>) {
        match document {
            Ok(ReadDocument::Rows(DocumentRows::Contact(row))) => self.contacts.push((item, *row)),
            Ok(ReadDocument::Rows(DocumentRows::ContactEvent(row))) => self.events.push((item, row)),
            Ok(ReadDocument::Rows(DocumentRows::AgentEvent(rows))) => self.agents.push((item, rows)),
            Ok(ReadDocument::Off) => {}
            Ok(ReadDocument::PassedOver(reason)) => self.passed_over.add(reason.metric(), 1),
            Err(rejection) => self.rejected.push((item, rejection)),
        }
    }
}
