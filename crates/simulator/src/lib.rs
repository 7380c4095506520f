//! An invented contact centre that emits the real event shapes.
//!
//! For trying things out and for tests. The same seed gives the same bytes on every machine: nothing here reads a clock
//! but the simulated Connect API, and logarithms are computed by the crate `libm`.
//!
//! | module | what it is for |
//! |---|---|
//! | [`model`] | a whole contact centre as one history: what it emits, and what really happened |
//! | [`View`] | what the centre emits of one kind, as an iterator |
//! | `connect_api` | a simulated Connect API (feature `connect-api`) |
//! | `aws` | an AWS service that a test invents (feature `aws-client`) |
//!
//! ```
//! use switchboard_simulator::{View, model::{Config, emit::EmittedKind}};
//! let first = View::new(Config { seed: 7, ..Config::default() }, EmittedKind::ContactRecord)?.next().unwrap();
//! assert!(first.text.starts_with(r#"{"AWSAccountId":"012345678910","#));
//! # Ok::<(), switchboard_simulator::model::ConfigError>(())
//! ```

#[cfg(feature = "aws-client")]
pub mod aws;
#[cfg(feature = "connect-api")]
pub mod connect_api;
mod ctr;
mod fixtures;
pub mod model;
mod times;
mod view;

pub use fixtures::INSTANCE_ARN;
pub use view::{Item, View};
