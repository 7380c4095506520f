//! The data of a record into what it tells of agents. Pure.

use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::Timestamp;
use switchboard_core::{
    agent_event::{AgentEvent, NotAnAgentEvent},
    framing::{self, Fault, Piece},
    kind::Kind,
    payload::{Budget, PayloadError},
};
use switchboard_wfm::agent_state::{self, InvalidAgentEvent};

/// What a compressed record may unpack to, in bytes. A stream takes records of 1 MiB.
const MAX_UNPACKED_BYTES: u64 = 16 * 1024 * 1024;

/// What all compressed records of a batch may unpack to, in bytes. Lambda takes 6 MB of them.
const MAX_BATCH_UNPACKED_BYTES: u64 = 64 * 1024 * 1024;

/// What one batch of records may unpack.
pub fn budget() -> Budget {
    Budget::new(MAX_BATCH_UNPACKED_BYTES, MAX_UNPACKED_BYTES)
}

/// Why a record, or a part of it, tells nothing. It would not the next time either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Its data can't be unpacked.
    #[error("{0}")]
    Payload(#[from] PayloadError),
    /// It is not JSON, or not all of it.
    #[error("{0}")]
    NotJson(Fault),
    /// It is JSON, and neither an agent event nor a contact record.
    #[error("neither an agent event nor a contact record")]
    NotAnEvent,
    /// It is an agent event, and can't be said of whom or as of when.
    #[error("{0}")]
    InvalidAgentEvent(InvalidAgentEvent),
    /// A defect of ours.
    #[error("the handler panicked on it")]
    Panic,
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
    let unpacked = match catch_panic(|| Ok(budget.unpack(data)?)) {
        Ok(unpacked) => unpacked,
        Err(rejection) => return vec![Err(rejection)],
    };
    let mut read: Vec<_> = framing::pieces(&unpacked.bytes)
        .map(|piece| match piece {
            Piece::Document { text, .. } => catch_panic(|| document(text, now)),
            Piece::Damage { fault, .. } => Err(Rejection::NotJson(fault)),
        })
        .collect();
    read.extend(unpacked.fault.map(|fault| Err(PayloadError::from(fault).into())));
    if read.is_empty() {
        read.push(Err(Rejection::NotJson(Fault::NotAnObject)));
    }
    read
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
        Err(NotAnAgentEvent::NotAnObject) => Err(Rejection::NotJson(Fault::NotAnObject)),
        Err(NotAnAgentEvent::Other) if Kind::of(text) == Ok(Kind::ContactRecord) => {
            Ok(StreamDocument::ContactRecord)
        }
        Err(NotAnAgentEvent::Other) => Err(Rejection::NotAnEvent),
    }
}

/// Runs the work on one record so that a defect in it costs this record alone.
fn catch_panic<T>(work: impl FnOnce() -> Result<T, Rejection>) -> Result<T, Rejection> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(Rejection::Panic))
}
