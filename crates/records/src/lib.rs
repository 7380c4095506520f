#![doc = include_str!("../README.md")]

mod agent_batch;
pub mod agent_intervals;
#[cfg(test)]
mod agent_laws;
mod agent_statement;
mod agent_store;
mod agent_time;
mod batch;
mod calendar;
mod calendar_store;
pub mod contact;
mod document;
mod event_batch;
mod event_columns;
mod event_row;
mod event_statement;
mod forget;
pub mod intervals;
mod migrations;
mod recomputation;
#[cfg(feature = "aws")]
pub mod reconcile;
mod reconciled;
mod retention;
mod roles;
mod service_level;
mod sqlite_statement;
mod statement;
mod store;
mod time;

pub use agent_time::{AgentEventRows, NotAgentTime};
pub use batch::BATCH_MAX_BYTES;
pub use document::{DocumentRows, NotRows};
pub use event_row::EventRow;
pub use forget::Forgotten;
pub use reconciled::ReconciledHour;
pub use retention::Retention;
pub use service_level::ServiceLevelTarget;
pub use store::{RecordTables, SaveReport};
