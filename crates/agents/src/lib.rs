//! An agent's state and activity: how events are merged into it, where it is stored.
//!
//! An [`Agent`] is one agent as a set of registers of which the newest event wins, so that [merging](Agent::merge) is the same
//! in any order, however often and in whatever parts: the fold of a stream is the merge of the folds of its shards, batches and
//! replays. A [`Store`] holds agents, each by [Region, instance and user name](AgentKey).
//!
//! # Events
//!
//! | event | meaning |
//! |---|---|
//! | `LOGIN`, `STATE_CHANGE`, and types that come one day | the agent's status and contacts, if it has a snapshot |
//! | `LOGOUT` | logged off, whatever its snapshots hold |
//! | `HEART_BEAT` | the agent is alive; and the status and contacts, if nothing newer is known |
//!
//! Heartbeats go on for up to an hour after a logout ([`HEARTBEATS_AFTER_LOGOUT`]), so within that they log nobody on. A
//! `STATE_CHANGE` is a change of configuration too, which anybody may make of an agent who is gone: one whose status
//! began before the logout logs nobody on. A status of the type `OFFLINE` is logged off.
//!
//! A `LOGIN` or `LOGOUT` may come without any snapshot, and so without the user name. It counts for the agent whose
//! other events have the same ARN.
//!
//! The status that began last counts, and of one status the event with the newest `EventTimestamp`. Where that ties (old
//! events have whole seconds), by when the latest contact came into its state, and then by `EventId`: an order that is the
//! same everywhere, which sequence numbers of several shards are not. A logout counts before other events of the same instant.
//!
//! An event of more than five minutes later than now is rejected, and a time in one that is later than the event by as
//! much is ignored.
//!
//! # Instances
//!
//! An agent belongs to the instance of the event's `InstanceARN`, or of its `AgentARN` if that is absent. User names and ids of
//! other instances, and of the same instance id in another Region, are other agents. An event without instance is rejected.
//!
//! [`JoinedInstances`] says of which instances the agents with one user name are one all the same: those of a traffic distribution
//! group. [`joined_state`] is the one state of such an agent.
//!
//! # User names
//!
//! One ARN is one agent. If an ARN comes under a new user name, whoever has the old user name by that ARN is logged off.
//!
//! # Silence
//!
//! The stream has a heartbeat every 120 s of an agent without other events. [`has_timed_out`] says who is silent for
//! longer than that allows; [`Agent::time_out`] logs them off until their next event.
//!
//! # Assignment
//!
//! The newest event with a routing profile tells it, the groups of the agent's hierarchy, and the status that is to come
//! next. A routing profile is kept once for all of its agents, with its queues.
//!
//! # Storage
//!
//! One [`Store`], two backends, one contract: a record is [read, changed and written](Store::update) by compare-and-swap, and
//! that again until it is written. So whoever writes has seen all that was written before, and the newer state wins by
//! [`Agent::merge`], whoever comes first. A consumer keeps the state of its [`Delivery`] in the same records.
//!
//! No error and no log line holds a user name.

mod agent;
mod agents;
mod assignment;
mod backend;
#[cfg(feature = "aws")]
pub mod dynamodb;
mod joined;
mod key;
mod read;
mod record;
mod resolve;
mod sqlite;
mod store;
mod text;
mod timeout;

pub use self::{
    agent::{Agent, AgentState, Current, HEARTBEATS_AFTER_LOGOUT},
    agents::{Agents, fold},
    assignment::{Assignment, RoutingProfile, RoutingProfileKey},
    joined::{InvalidJoin, JoinedInstances, joined_state},
    key::{AgentArn, AgentKey, Instance, USERNAME_MAX_BYTES, Username},
    read::{AgentUpdate, InvalidAgentEvent, read},
    record::{Delivery, RETENTION, Record},
    resolve::{PendingUpdate, ResolvedBatch, resolve},
    store::{HeldRoster, RecordCache, Roster, Store},
    timeout::{MAX_SHARD_LAG, TIME_OUTS, has_timed_out},
};

#[cfg(test)]
mod tests;
