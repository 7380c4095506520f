//! How each agent stands, folded from agent events. Pure.
//!
//! An [`Agent`] is what is known of one agent, by registers of which the newest event wins, so that
//! [merging](Agent::merge) is the same in any order, however often and in whatever parts: the fold of a stream is
//! the merge of the folds of its shards, batches and replays. [`ChangeDetector`] passes on what changes in it.
//!
//! # What an event says
//!
//! | event | what it says |
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
//! same everywhere, which sequence numbers of several shards are not. A logout counts before what else is told of the same
//! instant. An agent of two regions has heartbeats in the one that was left, and these tell of an older status.
//!
//! An event of more than five minutes later than now is not used, and a time in one that is later than the event by as
//! much is none.
//!
//! # Names
//!
//! One ARN is one agent. If an ARN comes under a new user name, whoever has the old name by that ARN is logged off.
//!
//! # Silence
//!
//! The stream has a heartbeat every 120 s of an agent of whom nothing else is told. [`has_timed_out`] says who is silent for
//! longer than that allows; [`Agent::time_out`] logs them off until their next event.

mod activity;
mod agent;
mod agents;
mod change_detector;
mod read;
mod timeout;

pub use self::activity::Activity;
pub use self::agent::{
    Agent, Current, HEARTBEATS_AFTER_LOGOUT, State, StateMode, StateModeError, USERNAME_MAX_BYTES, Username,
    WfmState,
};
#[cfg(feature = "rta")]
pub(crate) use self::agents::retire;
pub use self::agents::{Agents, fold};
pub use self::change_detector::{ChangeDetector, StateChange};
pub use self::read::{AgentUpdate, InvalidAgentEvent, read};
pub use self::timeout::{HEARTBEAT_TIMEOUT, MAX_SHARD_LAG, has_timed_out};

#[cfg(test)]
mod tests;
