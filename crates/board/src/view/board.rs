//! The board as a whole.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;

use super::{
    agents::{AgentRow, AgentStanding, agents},
    feed::{Feed, feed},
    figures::FiguresFrom,
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
    /// From what the figures of the interval and of the day are; [`None`] if there are none.
    pub figures: Option<FiguresFrom>,
    /// True if there are record tables, and they have no intervals of the board's time zone now.
    pub lacks_intervals: bool,
    /// Contacts that wait, in all queues.
    pub waiting: usize,
    /// Since when the call or chat waits that has waited for the longest.
    pub longest_live_wait_since: Option<Timestamp>,
    /// The groups of the agents' hierarchy, by name.
    pub teams: Vec<String>,
    /// How many agents do what; each is counted once. [`None`] without a store of agents.
    pub agents: Option<AgentCounts>,
    /// The queues, the worst first.
    pub queues: Vec<QueueTile>,
}

/// The board of what was read; with a team its agents and their queues alone.
pub fn board(picture: &Picture, team: Option<&str>) -> Board {
    let mut agents = agents(picture);
    let teams: BTreeSet<String> = agents.iter().flat_map(|agent| agent.groups.iter().cloned()).collect();
    if let Some(team) = team {
        agents.retain(|agent| agent.groups.iter().any(|group| group == team));
    }
    let mut queues = queues(picture, &agents);
    if team.is_some() {
        let theirs: BTreeSet<&str> =
            agents.iter().flat_map(|agent| agent.queue_ids.iter().map(String::as_str)).collect();
        queues.retain(|queue| theirs.contains(&*queue.queue_id));
    }
    Board {
        feed: feed(picture),
        figures: FiguresFrom::of(picture),
        lacks_intervals: picture.figures.as_ref().is_some_and(|figures| figures.lacks_intervals),
        waiting: queues.iter().map(|queue| queue.waiting).sum(),
        longest_live_wait_since: queues.iter().filter_map(|queue| queue.longest_live_wait_since).min(),
        teams: teams.into_iter().collect(),
        agents: picture.agents.as_ref().map(|_| counts(&agents)),
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
