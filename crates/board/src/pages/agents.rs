//! The page of agents.

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
    /// The longest in their state first, whatever it is.
    pub(crate) is_by_time: bool,
}

#[derive(Template)]
#[template(path = "agents.html")]
struct AgentsPage<'a> {
    frame: Frame,
    counts: Vec<(AgentStanding, usize)>,
    rows: Vec<Row<'a>>,
    filter: &'a AgentFilter,
    has_store: bool,
}

/// An agent, with what a page computes of it.
struct Row<'a> {
    agent: &'a AgentRow,
    elapsed: Elapsed,
}

/// The page of these agents.
pub(crate) fn agents(frame: Frame, agents: &[AgentRow], filter: &AgentFilter, has_store: bool) -> String {
    let counts = AgentStanding::ALL
        .into_iter()
        .map(|standing| (standing, agents.iter().filter(|agent| agent.standing == standing).count()));
    let counts = counts.filter(|(_, count)| *count > 0).collect();
    let mut shown: Vec<&AgentRow> = agents.iter().filter(|agent| filter.shows(agent)).collect();
    if filter.is_by_time {
        shown.sort_by_key(|agent| agent.since);
    }
    let row = |agent: &'_ AgentRow| elapsed(agent.since, frame.now);
    let rows = shown.into_iter().map(|agent| Row { agent, elapsed: row(agent) }).collect();
    rendered(&AgentsPage { frame, counts, rows, filter, has_store })
}

impl AgentFilter {
    fn shows(&self, agent: &AgentRow) -> bool {
        let text = self.text.as_ref().map(|text| text.to_lowercase());
        let has_text = text.is_none_or(|text| {
            let queues = agent.contacts.iter().filter_map(|contact| contact.queue.as_ref());
            std::iter::once(&agent.username).chain(queues).any(|name| name.to_lowercase().contains(&text))
        });
        // Who is logged off is shown to who asks for it.
        has_text
            && match &self.standing {
                Some(standing) => agent.standing.code() == standing,
                None => agent.standing != AgentStanding::LoggedOff,
            }
    }

    fn text(&self) -> &str {
        self.text.as_deref().unwrap_or_default()
    }

    fn has_standing(&self, code: &str) -> bool {
        self.standing.as_deref() == Some(code)
    }
}
