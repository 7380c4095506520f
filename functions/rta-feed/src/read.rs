//! The data of a record into what it tells of agents. Pure.

use jiff::Timestamp;
use switchboard_core::{
    agent_event::{AgentEvent, NotAnAgentEvent},
    framing::Fault,
    kind::RecordKind,
    payload::Budget,
};
use switchboard_runtime::records::{self, Unreadable};
use switchboard_wfm::agent_state::{self, InvalidAgentEvent};

/// Why a record, or a part of it, tells nothing. It would not the next time either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// It can't be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// It is JSON, and neither an agent event nor a contact record.
    #[error("neither an agent event nor a contact record")]
    NotAnEvent,
    /// It is an agent event, and can't be said of whom or as of when.
    #[error("{0}")]
    InvalidAgentEvent(InvalidAgentEvent),
}

/// What one document tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StreamDocument {
    /// An agent event.
    Agent(Box<agent_state::AgentUpdate>),
    /// A contact record, which says nothing of agents that their own events don't.
    ContactRecord,
}

/// Reads the data of one record of a stream: any number of agent events and contact records, one after the other,
/// compressed or not. Each has its own result, and so has damage in what was compressed; data that can't be read at all
/// has one. `now` is the time.
pub fn record(data: &str, budget: &mut Budget, now: Timestamp) -> Vec<Result<StreamDocument, Rejection>> {
    records::documents(data, budget, |text| document(text, now))
}

/// Reads one document.
///
/// # Errors
/// When it is of another kind, or can't be used.
pub fn document(text: &str, now: Timestamp) -> Result<StreamDocument, Rejection> {
    match AgentEvent::parse(text) {
        Ok(event) => {
            let told = agent_state::read(&event, now).map_err(Rejection::InvalidAgentEvent);
            told.map(|told| StreamDocument::Agent(Box::new(told)))
        }
        Err(NotAnAgentEvent::NotAnObject) => Err(Unreadable::NotJson(Fault::NotAnObject).into()),
        Err(NotAnAgentEvent::Other) if RecordKind::of(text) == Ok(RecordKind::ContactRecord) => {
            Ok(StreamDocument::ContactRecord)
        }
        Err(NotAnAgentEvent::Other) => Err(Rejection::NotAnEvent),
    }
}
