//! The data of a record, read into updates of agents. Pure.

use jiff::Timestamp;
use switchboard_agents::{AgentUpdate, InvalidAgentEvent};
use switchboard_core::{
    agent_event::{AgentEvent, NotAnAgentEvent},
    framing::Fault,
    kind::RecordKind,
    payload::Budget,
    served_instances::ServedInstances,
};
use switchboard_runtime::{
    intake::{Intake, PassedOver},
    records::{self, Unreadable},
};

/// Why a record, or a part of it, is rejected. It would be the next time too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// It can't be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// It is JSON of no known kind.
    #[error("no agent event")]
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
    /// What is not taken: another kind of record, or of an instance that is not served.
    PassedOver(PassedOver),
}

/// What is taken: agent events of these instances.
pub fn intake(instances: ServedInstances) -> Intake {
    Intake::new(&[RecordKind::AgentEvent], instances)
}

/// Reads the data of one record of a stream: any number of agent events and other documents, one after the other,
/// compressed or not. Each has its own result, and so has damage in what was compressed; data that can't be read at all
/// has one. `now` is the time.
pub fn record(
    data: &str,
    intake: &Intake,
    budget: &mut Budget,
    now: Timestamp,
) -> Vec<Result<StreamDocument, Rejection>> {
    records::documents(data, budget, |text| match intake.passed_over(text) {
        Some(reason) => Ok(StreamDocument::PassedOver(reason)),
        None => document(text, now),
    })
}

/// Reads one agent event, whatever its instance.
///
/// # Errors
/// When it is none, or can't be used.
pub fn document(text: &str, now: Timestamp) -> Result<StreamDocument, Rejection> {
    match AgentEvent::parse(text) {
        Ok(event) => {
            let update = switchboard_agents::read(&event, now).map_err(Rejection::InvalidAgentEvent);
            update.map(|update| StreamDocument::Agent(Box::new(update)))
        }
        Err(NotAnAgentEvent::NotAnObject) => Err(Unreadable::NotJson(Fault::NotAnObject).into()),
        Err(NotAnAgentEvent::Other) => Err(Rejection::NotAnEvent),
    }
}
