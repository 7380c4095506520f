//! One document into a row. Pure.

use jiff::Timestamp;
use switchboard_core::{framing::Fault, instance::Instance, kind::RecordKind};
use switchboard_records::{
    AgentEventRows, EventRow, NotAgentTime,
    contact::{AttributeSelection, ContactRow, NotARow},
};
use switchboard_runtime::{handler::catch_panic, metrics::Metric, records::Unreadable};

/// Why a document makes no row. It would not the next time either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// It can't be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// It is of a kind that makes no row.
    #[error("{0}, which is not read here")]
    OtherKind(RecordKind),
    /// It is a contact record or event without what a row needs.
    #[error(transparent)]
    Contact(#[from] NotARow),
    /// It is an agent event without what rows need.
    #[error(transparent)]
    AgentEvent(#[from] NotAgentTime),
}

impl Rejection {
    /// The metric that counts it.
    pub fn metric(self) -> Metric {
        match self {
            Self::Unreadable(unreadable) => unreadable.metric(),
            Self::OtherKind(_) | Self::AgentEvent(_) => Metric::RejectedNotAnEvent,
            Self::Contact(_) => Metric::RejectedNotACtr,
        }
    }
}

/// What a document makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DocumentRows {
    /// The row of a contact.
    Contact(Box<ContactRow>),
    /// What a contact event says of its contact.
    Event(EventRow),
    /// What an agent did.
    Agent(AgentEventRows),
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
    pub fn read(&self, text: &str, now: Timestamp) -> Result<DocumentRows, Rejection> {
        catch_panic(Unreadable::Panic.into(), || {
            match RecordKind::of(text).map_err(|_| Unreadable::NotJson(Fault::NotAnObject))? {
                RecordKind::ContactRecord => {
                    let row = ContactRow::read(text, &self.attributes, now)?;
                    let key = row.key();
                    let is_ours = self.is_ours(&key.aws_region, &key.instance_id);
                    Ok(if is_ours {
                        DocumentRows::Contact(Box::new(row))
                    } else {
                        DocumentRows::OtherInstance
                    })
                }
                RecordKind::ContactEvent => {
                    let row = EventRow::read(text, now)?;
                    let key = row.key();
                    let is_ours = self.is_ours(&key.aws_region, &key.instance_id);
                    Ok(if is_ours { DocumentRows::Event(row) } else { DocumentRows::OtherInstance })
                }
                RecordKind::AgentEvent if !self.has_agent_time => Ok(DocumentRows::Off),
                RecordKind::AgentEvent => {
                    let rows = AgentEventRows::read(text, now)?;
                    let (region, id) = rows.instance();
                    let is_ours = self.is_ours(region, id);
                    Ok(if is_ours { DocumentRows::Agent(rows) } else { DocumentRows::OtherInstance })
                }
                kind => Err(Rejection::OtherKind(kind)),
            }
        })
    }

    /// A replica of an instance has its source's id in another Region.
    fn is_ours(&self, region: &str, id: &str) -> bool {
        (self.instance.region(), self.instance.id()) == (region, id)
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
    pub fn add(&mut self, item: usize, document: Result<DocumentRows, Rejection>) {
        match document {
            Ok(DocumentRows::Contact(row)) => self.contacts.push((item, *row)),
            Ok(DocumentRows::Event(row)) => self.events.push((item, row)),
            Ok(DocumentRows::Agent(rows)) => self.agents.push((item, rows)),
            Ok(DocumentRows::Off) => {}
            Ok(DocumentRows::OtherInstance) => self.of_other_instances += 1,
            Err(rejection) => self.rejected.push((item, rejection)),
        }
    }
}
