#![doc = include_str!("../README.md")]

mod batch;
mod calendar;
pub mod contact;
mod forget;
pub mod intervals;
mod migrations;
pub mod reconcile;
mod retention;
mod roles;
mod service_level;
mod statement;
mod store;
mod time;

pub use batch::BATCH_MAX_BYTES;
pub use forget::Forgotten;
pub use retention::Retention;
pub use service_level::ServiceLevelTarget;
pub use store::{RecordTables, SaveReport};
