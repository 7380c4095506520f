//! The agents on standard output: a live table on a terminal, or a line for each change.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;
use rta_feed::read::{self, StreamDocument};
use switchboard_agents::{Agent, AgentKey, Agents, Instance, has_timed_out};
use switchboard_core::served_instances::ServedInstances;
use switchboard_runtime::{batch::KinesisEventRecord, records};
use switchboard_wfm::agent_state::{ChangeDetector, StateChange, StateMode, WfmState};

use crate::table::{Screen, TextTable, wrapped};

/// The current states of agents, by the events that this program has read.
#[derive(Debug)]
pub(super) struct AgentTable {
    states: StateMode,
    detector: ChangeDetector,
    rows: BTreeMap<AgentKey, TableRow>,
    /// The instances of all agents. They are shown if there is more than one.
    instances: BTreeSet<Instance>,
    /// The newest event of all.
    newest: Timestamp,
    /// [`None`] where standard output is no terminal.
    table: Option<(Screen, ProgressBar)>,
}

/// An agent's row.
#[derive(Debug)]
struct TableRow {
    state: WfmState,
    since: Timestamp,
    last_event_at: Timestamp,
}

impl AgentTable {
    /// A table of these stored agents. They are the base that changes are told from, and are not shown as changes.
    ///
    /// Whether standard output is a terminal is decided here, once.
    pub(super) fn stdout(states: StateMode, agents: &BTreeMap<AgentKey, Agent>) -> Self {
        let screen = Screen::stdout();
        let table = screen.width.map(|_| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stdout());
            let style = ProgressStyle::with_template("{msg}");
            (screen, bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner())))
        });
        let (mut detector, mut rows) = (ChangeDetector::default(), BTreeMap::new());
        let newest = agents.values().filter_map(Agent::last_event_at).max().unwrap_or(Timestamp::MIN);
        for StateChange { agent, state, since, .. } in detector.merge(agents.clone().into(), states) {
            let last_event_at = agents.get(&agent).and_then(Agent::last_event_at).unwrap_or(since);
            rows.insert(agent, TableRow { state, since, last_event_at });
        }
        let instances = agents.keys().map(|agent| agent.instance.clone()).collect();
        Self { states, detector, rows, instances, newest, table }
    }

    /// Shows the changes of these records: at once as lines, or with the next [`draw`](Self::draw) of the table.
    ///
    /// A record that is no agent event is passed over; the handler reports it.
    pub(super) fn apply(&mut self, records: &[KinesisEventRecord]) {
        let (mut agents, mut last_event_at) = (Agents::default(), Vec::new());
        let (mut budget, now) = (records::budget(), Timestamp::now());
        let intake = read::intake(ServedInstances::default());
        let read =
            |record: &KinesisEventRecord| read::record(&record.kinesis.data, &intake, &mut budget, now);
        for document in records.iter().flat_map(read) {
            if let Ok(StreamDocument::Agent(update)) = document {
                last_event_at.extend(update.key().zip(update.agent.last_event_at()));
                agents.add(*update);
            }
        }
        self.instances.extend(last_event_at.iter().map(|(agent, _)| agent.instance.clone()));
        for change in self.detector.merge(agents, self.states) {
            self.show(change);
        }
        for (agent, last_event_at) in last_event_at {
            self.newest = self.newest.max(last_event_at);
            if let Some(row) = self.rows.get_mut(&agent) {
                row.last_event_at = row.last_event_at.max(last_event_at);
            }
        }
    }

    /// Prints the line of a change, or notes it for the table.
    fn show(&mut self, change: StateChange) {
        if self.table.is_none() {
            // If nobody reads it any more, the service is served all the same.
            drop(writeln!(io::stdout(), "{}", self.line(&change)));
        } else {
            let StateChange { agent, state, since, at } = change;
            self.rows.insert(agent, TableRow { state, since, last_event_at: at });
        }
    }

    /// A change as one line of text, its parts with a tab between them.
    fn line(&self, change: &StateChange) -> String {
        let StateChange { agent, state, since, .. } = change;
        let logged = if state.is_logged_on { "on" } else { "off" };
        let (username, state) = (text(agent.username.as_str()), text(&state.description));
        let line = format!("{}\t{username}\t{logged}\t{state}", clock(*since));
        if self.has_several_instances() { format!("{line}\t{}", agent.instance.as_str()) } else { line }
    }

    /// Whether user names alone may be ambiguous.
    fn has_several_instances(&self) -> bool {
        self.instances.len() > 1
    }

    /// Draws the table, if there is one.
    pub(super) fn draw(&self, now: Timestamp) {
        if let Some((screen, bar)) = &self.table {
            bar.set_message(self.table(*screen, now));
        }
    }

    /// The table's text, the latest change first. An agent whose heartbeats stopped is `silent`, and does not count as
    /// logged on.
    fn table(&self, screen: Screen, now: Timestamp) -> String {
        let has_timed_out = |row: &TableRow| has_timed_out(row.last_event_at, self.newest, now);
        let logged_on =
            self.rows.values().filter(|row| row.state.is_logged_on && !has_timed_out(row)).count();
        let headings = ["agent", "logged", "state", "since", "last event", "instance"];
        let shown = if self.has_several_instances() { headings.len() } else { headings.len() - 1 };
        let mut sheet = TextTable::new(screen, headings.get(..shown).unwrap_or_default(), 0..0);
        sheet.heading(&format!("{} agents, {logged_on} logged on, at {}", self.rows.len(), clock(now)));
        let mut rows: Vec<_> = self.rows.iter().collect();
        rows.sort_by_key(|(_, row)| std::cmp::Reverse(row.since));
        for (agent, row) in rows {
            let logged = match row.state.is_logged_on {
                true if has_timed_out(row) => "silent",
                true => "on",
                false => "off",
            };
            let cells = [
                text(agent.username.as_str()),
                logged.to_owned(),
                text(&row.state.description),
                clock(row.since),
                clock(row.last_event_at),
                agent.instance.as_str().to_owned(),
            ];
            sheet.row(cells.into_iter().take(shown));
        }
        sheet.to_string()
    }
}

/// A time to the second, in UTC, as ISO 8601 has it.
fn clock(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Somebody's text, with nothing in it that a terminal would obey.
fn text(text: &str) -> String {
    wrapped(text, usize::MAX).concat()
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::STANDARD};
    use switchboard_runtime::batch::KinesisRecord;
    use switchboard_simulator::{
        Item, View,
        model::{Config, Staffing, emit::EmittedKind},
    };

    use super::*;

    fn records(count: usize) -> Vec<KinesisEventRecord> {
        let config = Config { seed: 5, agents: 2, staffing: Staffing::Always, ..Config::default() };
        let shift = View::new(config, EmittedKind::AgentEvent).unwrap().take(count);
        let record = |event: Item| KinesisEventRecord {
            event_id: String::new(),
            event_source_arn: String::new(),
            kinesis: KinesisRecord { sequence_number: "1".to_owned(), data: STANDARD.encode(event.text) },
        };
        shift.map(record).collect()
    }

    fn agent_table(known: &BTreeMap<AgentKey, Agent>) -> AgentTable {
        let screen = Screen { width: Some(80), colours: false };
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        AgentTable { table: Some((screen, bar)), ..AgentTable::stdout(StateMode::Status, known) }
    }

    #[test]
    fn the_table_has_a_row_for_each_agent() {
        let mut agents = agent_table(&BTreeMap::new());
        agents.apply(&records(60));
        let newest = agents.newest;
        let table = agents.table(Screen { width: Some(80), colours: false }, newest);
        let lines: Vec<_> = table.lines().collect();
        assert_eq!(lines.len(), 4, "{table}");
        assert!(lines[1].starts_with("2 agents, 2 logged on"), "{table}");
        assert!(
            table.contains("agent00001") && table.contains("agent00002") && table.contains("Available"),
            "{table}"
        );
        let later = newest + jiff::SignedDuration::from_mins(30);
        let table = agents.table(Screen { width: Some(80), colours: false }, later);
        assert!(table.contains("0 logged on") && table.contains("silent"), "{table}");
    }

    #[test]
    fn it_begins_with_the_stored_agents() {
        let documents = records(60).into_iter().flat_map(|record| {
            read::record(
                &record.kinesis.data,
                &read::intake(ServedInstances::default()),
                &mut records::budget(),
                Timestamp::MAX,
            )
        });
        let mut agents = Agents::default();
        for document in documents {
            if let Ok(StreamDocument::Agent(update)) = document {
                agents.add(*update);
            }
        }
        let mut agents = agent_table(&agents.into_named());
        let table =
            |agents: &AgentTable| agents.table(Screen { width: Some(80), colours: false }, agents.newest);
        let before = table(&agents);
        assert!(before.contains("2 agents, 2 logged on") && before.contains("agent00002"), "{before}");
        agents.apply(&records(60));
        assert_eq!(table(&agents), before, "it knew that");
    }

    #[test]
    fn a_change_is_a_line_and_several_instances_are_told_apart() {
        let agent = AgentKey::from_text("eu-central-1/i/ann").unwrap();
        let state =
            WfmState { is_logged_on: true, code: "c".to_owned(), description: "Lu\u{1b}nch".to_owned() };
        let since = "2026-11-06T05:00:00.5Z".parse().unwrap();
        let change = StateChange { agent: agent.clone(), state: state.clone(), since, at: since };
        let mut agents = agent_table(&BTreeMap::from([(agent.clone(), Agent::default())]));
        assert_eq!(agents.line(&change), "2026-11-06T05:00:00Z\tann\ton\tLu nch");
        let screen = Screen { width: Some(120), colours: false };
        agents.show(change.clone());
        assert!(!agents.table(screen, since).contains("eu-central-1"));

        let replica = AgentKey::from_text("us-west-2/i/ann").unwrap();
        agents.instances.insert(replica.instance.clone());
        assert_eq!(agents.line(&change), "2026-11-06T05:00:00Z\tann\ton\tLu nch\teu-central-1/i");
        agents.show(StateChange { agent: replica, ..change });
        let table = agents.table(screen, since);
        assert!(table.contains("eu-central-1/i") && table.contains("us-west-2/i"), "{table}");
    }
}
