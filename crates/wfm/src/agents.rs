//! Where agents are kept: what is known of each, and what the WFM has acknowledged.
//!
//! One [`Store`], two backends, one contract: a record is [read, changed and written](Store::update) under the condition
//! that nobody wrote it meanwhile, and that again until it is written. So whoever writes has seen all that was written
//! before, and the newer state wins by [`Agent::merge`](crate::agent_state::Agent::merge), whoever comes first.
//!
//! No error and no log line holds a user name.

mod backend;
mod record;
mod sqlite;
mod store;

#[cfg(feature = "aws")]
pub mod dynamodb;

pub(crate) use self::{record::ArnAlias, store::RecordCache};
pub use self::{
    record::{FeedState, Lease, RETENTION, Record, RejectedState, ShardWatermark},
    store::Store,
};

#[cfg(test)]
mod tests;
