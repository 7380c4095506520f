//! The page of agents.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;

use super::{
    frame::{Frame, rendered},
    moment::{Elapsed, elapsed},
};
use crate::view::{AgentRow, AgentStanding};

/// Which agents are shown, and in what order.
#[derive(Debug, Default)]
pub(crate) struct AgentFilter {
    /// A part of the user name or of a queue's.
    pub(crate) text: Option<String>,
    /// An [`AgentStanding`]'s code.
    pub(crate) standing: Option<String>,
    /// A group of the hierarchy.
    pub(crate) team: Option<String>,
    /// The name of a routing profile.
    pub(crate) profile: Option<String>,
    /// The id of a queue of the routing profile.
    pub(crate) queue: Option<String>,
    /// The longest in their state first, whatever it is.
    pub(crate) is_by_time: bool,
}

#[derive(Template)]
#[template(path = "agents.html")]
struct AgentsPage<'a> {
    frame: Frame,
    counts: Vec<Count>,
    all: String,
    logged_on: usize,
    rows: Vec<Row<'a>>,
    teams: BTreeSet<&'a str>,
    profiles: BTreeSet<&'a str>,
    queues: Vec<(&'a str, &'a str)>,
    filter: &'a AgentFilter,
    has_store: bool,
}

/// How many agents are in a state, with the address that shows them.
struct Count {
    standing: AgentStanding,
    agents: usize,
    href: String,
}

/// An agent, with what a page computes of it.
struct Row<'a> {
    agent: &'a AgentRow,
    elapsed: Elapsed,
    team: &'a str,
}

/// The page of these agents; `queues` are names by id, and [`None`] without a store of agents.
pub(crate) fn agents(
    frame: Frame,
    agents: &[AgentRow],
    filter: &AgentFilter,
    queues: Option<&BTreeMap<String, String>>,
) -> String {
    let within: Vec<&AgentRow> = agents.iter().filter(|agent| filter.is_within(agent)).collect();
    let counts = AgentStanding::ALL.into_iter().map(|standing| Count {
        standing,
        agents: within.iter().filter(|agent| agent.standing == standing).count(),
        href: filter.address(&frame.base, Some(standing.code())),
    });
    let mut shown: Vec<&AgentRow> = within.iter().copied().filter(|agent| filter.has_state(agent)).collect();
    if filter.is_by_time {
        shown.sort_by_key(|agent| agent.since);
    }
    let row = |agent: &'_ AgentRow| elapsed(agent.since, frame.now);
    let mut named: Vec<(&str, &str)> =
        queues.into_iter().flatten().map(|(id, name)| (&**id, &**name)).collect();
    named.sort_by_key(|(_, name)| *name);
    rendered(&AgentsPage {
        counts: counts.filter(|count| count.agents > 0).collect(),
        all: filter.address(&frame.base, None),
        logged_on: within.iter().filter(|agent| agent.standing != AgentStanding::LoggedOff).count(),
        rows: shown
            .into_iter()
            .map(|agent| Row {
                agent,
                elapsed: row(agent),
                team: agent.groups.last().map_or("", String::as_str),
            })
            .collect(),
        teams: agents.iter().flat_map(|agent| &agent.groups).map(String::as_str).collect(),
        profiles: agents.iter().filter_map(|agent| agent.routing_profile.as_deref()).collect(),
        queues: named,
        filter,
        has_store: queues.is_some(),
        frame,
    })
}

impl AgentFilter {
    /// Whatever the agent does.
    fn is_within(&self, agent: &AgentRow) -> bool {
        let text = self.text.as_ref().map(|text| text.to_lowercase());
        let has_text = text.is_none_or(|text| {
            let queues = agent.contacts.iter().filter_map(|contact| contact.queue.as_ref());
            std::iter::once(&agent.username).chain(queues).any(|name| name.to_lowercase().contains(&text))
        });
        has_text
            && self.team.as_ref().is_none_or(|team| agent.groups.contains(team))
            && self.profile.as_ref().is_none_or(|profile| agent.routing_profile.as_ref() == Some(profile))
            && self.queue.as_ref().is_none_or(|queue| agent.queue_ids.contains(queue))
    }

    /// Who is logged off is shown to who asks for it.
    fn has_state(&self, agent: &AgentRow) -> bool {
        match &self.standing {
            Some(standing) => agent.standing.code() == standing,
            None => agent.standing != AgentStanding::LoggedOff,
        }
    }

    /// The address of the same filter with that state.
    fn address(&self, base: &str, standing: Option<&str>) -> String {
        let mut query = url::form_urlencoded::Serializer::new(format!("{base}/agents?"));
        let order = self.is_by_time.then_some("time");
        for (name, value) in [
            ("state", standing),
            ("text", self.text.as_deref()),
            ("team", self.team.as_deref()),
            ("profile", self.profile.as_deref()),
            ("queue", self.queue.as_deref()),
            ("sort", order),
        ] {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        query.finish().replace("?&", "?")
    }

    fn text(&self) -> &str {
        self.text.as_deref().unwrap_or_default()
    }

    fn has_standing(&self, code: &str) -> bool {
        self.standing.as_deref() == Some(code)
    }

    fn has_team(&self, team: &str) -> bool {
        self.team.as_deref() == Some(team)
    }

    fn has_profile(&self, profile: &str) -> bool {
        self.profile.as_deref() == Some(profile)
    }

    fn has_queue(&self, id: &str) -> bool {
        self.queue.as_deref() == Some(id)
    }
}
