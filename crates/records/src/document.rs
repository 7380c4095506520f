//! One document into rows, by what the classifier says it is. Pure.

use jiff::Timestamp;
use switchboard_core::kind::RecordKind;

use crate::{
    agent_time::{AgentEventRows, NotAgentTime},
    contact::{AttributeSelection, ContactRow, NotARow},
    event_row::EventRow,
};

/// The rows that one document makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DocumentRows {
    /// The row of a contact.
    Contact(Box<ContactRow>),
    /// What a contact event says of its contact.
    ContactEvent(EventRow),
    /// What an agent did.
    AgentEvent(AgentEventRows),
}

/// Why a document makes no rows. It would not the next time either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotRows {
    /// It is of a kind that makes none.
    #[error("{0}, which is not read here")]
    OtherKind(RecordKind),
    /// It is a contact record or event without what a row needs.
    #[error(transparent)]
    Contact(#[from] NotARow),
    /// It is an agent event without what rows need.
    #[error(transparent)]
    AgentEvent(#[from] NotAgentTime),
}

impl DocumentRows {
    /// Reads a document of that kind, `now`, with these of a contact's attributes.
    ///
    /// # Errors
    /// When it makes no rows.
    pub fn read(
        document: &str,
        kind: RecordKind,
        attributes: &AttributeSelection,
        now: Timestamp,
    ) -> Result<Self, NotRows> {
        Ok(match kind {
            RecordKind::ContactRecord => {
                Self::Contact(Box::new(ContactRow::read(document, attributes, now)?))
            }
            RecordKind::ContactEvent => Self::ContactEvent(EventRow::read(document, now)?),
            RecordKind::AgentEvent => Self::AgentEvent(AgentEventRows::read(document, now)?),
            kind => return Err(NotRows::OtherKind(kind)),
        })
    }

    /// The Region and the id of the instance; empty where a contact record names none.
    pub fn instance(&self) -> (&str, &str) {
        let key = match self {
            Self::Contact(row) => row.key(),
            Self::ContactEvent(row) => row.key(),
            Self::AgentEvent(rows) => return rows.instance(),
        };
        (&key.aws_region, &key.instance_id)
    }
}
