//! An invented contact centre that emits the real event shapes.
//!
//! For trying things out and for tests: [`CtrGenerator`] is an endless iterator of contact trace records as
//! Amazon Connect writes them today, with every member, its key order and its time format, in a
//! plausible mix of answered and abandoned calls, chats, tasks, e-mails, transfers and re-deliveries.
//! [`AgentEventGenerator`] is what its agents do in a day, as the events of the agent event stream.
//! The same seed gives the same records on every machine: there is no clock and no floating-point
//! function in here.
//!
//! ```
//! use switchboard_simulator::CtrGenerator;
//! let now = "2026-11-06T05:00:00Z".parse().unwrap();
//! let first = CtrGenerator::new(7, Vec::new(), now).next().unwrap();
//! assert!(first.json.starts_with(r#"{"AWSAccountId":"012345678910","#));
//! ```

#[cfg(feature = "aws-client")]
pub mod aws;
mod centre;
#[cfg(feature = "connect-api")]
pub mod connect_api;
mod contact;
mod ctr;
mod fixtures;
pub mod model;
mod record;
mod rng;
mod shift;
mod times;

pub use centre::{CtrGenerator, SimulatedCtr};
pub use shift::{AgentEventGenerator, SimulatedAgentEvent};

#[cfg(test)]
mod tests;
