//! What the files hold of agents.

use std::io::{self, Write};

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    limits::push_bounded,
    replay::file_reports::{FileColumns, FileCounts, FileReports},
    table::{Screen, TextTable, wrapped},
};

/// What the files hold of agents.
#[derive(Debug, Default, Serialize)]
pub(crate) struct AgentsReport {
    /// The files; in their sum, an agent that is in several files is one.
    #[serde(flatten)]
    pub(crate) by_file: FileReports<AgentCounts>,
    /// The changes, up to a number, in the order in which the feed would send them.
    pub(crate) changes: Vec<ListedChange>,
    /// How many more there were.
    pub(crate) changes_not_listed: u64,
}

/// How much there is about agents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct AgentCounts {
    /// Agent events.
    pub(crate) events: u64,
    /// Agents that they name.
    pub(crate) agents: u64,
    /// Changes that the feed would send.
    pub(crate) changes: u64,
}

/// A change and the file that brought it about.
#[derive(Debug, Serialize)]
pub(crate) struct ListedChange {
    /// The file.
    pub(crate) path: String,
    /// The change.
    #[serde(flatten)]
    pub(crate) change: StateChange,
}

/// An agent's new state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct StateChange {
    /// Since when.
    pub(crate) since: Timestamp,
    /// The user name.
    pub(crate) agent: String,
    /// Whether the agent is logged on.
    pub(crate) is_logged_on: bool,
    /// The state, for people.
    pub(crate) state: String,
    /// The same for the WFM to map.
    pub(crate) code: String,
}

impl AgentsReport {
    /// Lists a change, up to a number of them.
    pub(crate) fn list_change(&mut self, path: &str, change: StateChange) {
        let change = ListedChange { path: path.to_owned(), change };
        push_bounded(&mut self.changes, &mut self.changes_not_listed, change);
    }

    /// Writes the table of changes, if there are any; `folder` is the folder of results.
    ///
    /// # Errors
    /// When `out` fails.
    pub(crate) fn write_changes(&self, folder: &str, screen: Screen, out: &mut impl Write) -> io::Result<()> {
        if self.changes.is_empty() {
            return Ok(());
        }
        let mut table = TextTable::new(screen, &["changes", "agent", "logged", "state", "since"], 0..0);
        for ListedChange { path, change } in &self.changes {
            table.group(path);
            // Names are somebody's text: nothing in them may drive the terminal.
            let text = |text: &str| wrapped(text, usize::MAX).concat();
            let logged = if change.is_logged_on { "on" } else { "off" };
            let since = change.since.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
            table.row([String::new(), text(&change.agent), logged.to_owned(), text(&change.state), since]);
        }
        write!(out, "\n{table}")?;
        if self.changes_not_listed > 0 {
            writeln!(out, "… and {} more, all in {folder}/agent-states", self.changes_not_listed)?;
        }
        Ok(())
    }
}

impl FileCounts for AgentCounts {
    const COLUMNS: FileColumns = FileColumns {
        header: &["agents", "events", "agents", "changes"],
        content: "what it is",
        width: 30,
        wide_width: 58,
        alert: None,
    };

    fn numbers(&self) -> Vec<u64> {
        vec![self.events, self.agents, self.changes]
    }

    fn add(&mut self, other: &Self) {
        self.events += other.events;
        self.agents += other.agents;
        self.changes += other.changes;
    }
}
