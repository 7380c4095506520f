//! An invented contact centre that emits the real event shapes.
//!
//! For trying things out and for tests. The same seed gives the same bytes on every machine: nothing here reads a clock
//! but the simulated Connect API, and logarithms are computed by the crate `libm`.
//!
//! | module | what it is for |
//! |---|---|
//! | [`model`] | a whole contact centre as one history: what it emits, and what really happened |
//! | [`CtrGenerator`] | contact records alone, without end: every member, its order and its time format |
//! | [`AgentEventGenerator`] | what some agents do in a day, as events of the agent event stream |
//! | `connect_api` | a simulated Connect API (feature `connect-api`) |
//! | `aws` | an AWS service that a test invents (feature `aws-client`) |
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
