//! What Amazon Connect emits of the history, byte for byte in its shapes and in the order of its members.
//!
//! [`Emission`] takes the history and hands each [`Emitted`] to an [`Output`] as it is delivered: contact records when they
//! are written, contact events and agent events when they happen, flow logs in batches, reports when their half hour is over.
//! In memory are the last snapshot of each agent and a batch of log lines.

mod agent_event;
mod agent_faults;
mod chat_metrics;
mod contact_event;
mod contact_record;
mod emission;
mod faults;
mod flow_log;
mod gzip;
mod item;
mod json;
mod report;

pub(crate) use self::chat_metrics::ChatMetrics;
#[cfg(feature = "connect-api")]
pub(crate) use self::contact_record::members_of_both;
pub use self::{
    agent_faults::{AgentFaultCounts, AgentFaults},
    emission::Emission,
    faults::{FaultCounts, Faults, WorldFaults},
    item::{Emitted, EmittedKind, Output},
};
