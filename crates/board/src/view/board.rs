//! The board as a whole.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    agents::{AgentRow, AgentStanding, agents},
    feed::{Feed, feed},
    queues::{QueueTile, queues},
};
use crate::sources::Picture;

/// How many agents do what, by [`AgentStanding`].
pub type AgentCounts = BTreeMap<AgentStanding, usize>;

/// The queues, and what agents do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Board {
    /// Whether it is of now.
    pub feed: Feed,
    /// Contacts that wait, in all queues.
    pub waiting: usize,
    /// How many agents do what; each is counted once. [`None`] without a store of agents.
    pub agents: Option<AgentCounts>,
    /// The queues, the worst first.
    pub queues: Vec<QueueTile>,
}

/// The board of what was read.
pub fn board(picture: &Picture) -> Board {
    let queues = queues(picture);
    Board {
        feed: feed(picture),
        waiting: queues.iter().map(|queue| queue.waiting).sum(),
        agents: picture.agents.as_ref().map(|_| counts(&agents(picture))),
        queues,
    }
}

/// How many agents do what. Each standing has a count.
pub(crate) fn counts(agents: &[AgentRow]) -> AgentCounts {
    let mut counts: AgentCounts = AgentStanding::ALL.into_iter().map(|standing| (standing, 0)).collect();
    for agent in agents {
        *counts.entry(agent.standing).or_default() += 1;
    }
    counts
}
