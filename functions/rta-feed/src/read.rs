//! The data of a record, read into updates of agents. Pure.

use jiff::Timestamp;
use switchboard_agents::{AgentUpdate, InvalidAgentEvent};
use switchboard_core::{
    agent_event::{AgentEvent, NotAnAgentEvent},
    framing::Fault,
    kind::RecordKind,
    payload::Budget,
};
use switchboard_runtime::records::{self, Unreadable};

/// Why a record, or a part of it, is rejected. It would be the next time too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// It can't be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// It is JSON, and neither an agent event nor a contact record.
    #[error("neither an agent event nor a contact record")]
    NotAnEvent,
    /// It is an agent event without a valid instance, user name or time.
    #[error("{0}")]
    InvalidAgentEvent(InvalidAgentEvent),
}

/// One document of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StreamDocument {
    /// An agent event.
    Agent(Box<AgentUpdate>),
    /// A contact record, which has nothing about agents that their own events don't have.
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
            let update = switchboard_agents::read(&event, now).map_err(Rejection::InvalidAgentEvent);
            update.map(|update| StreamDocument::Agent(Box::new(update)))
        }
        Err(NotAnAgentEvent::NotAnObject) => Err(Unreadable::NotJson(Fault::NotAnObject).into()),
        Err(NotAnAgentEvent::Other) if RecordKind::of(text) == Ok(RecordKind::ContactRecord) => {
            Ok(StreamDocument::ContactRecord)
        }
        Err(NotAnAgentEvent::Other) => Err(Rejection::NotAnEvent),
    }
}
