//! What is shown of agents: a table that is alive on a terminal, or a line for each change.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;
use rta_feed::read::{self, StreamDocument};
use switchboard_runtime::batch::KinesisEventRecord;
use switchboard_wfm::agent_state::{
    Agent, Agents, ChangeDetector, StateChange, StateMode, Username, WfmState, has_timed_out,
};

use crate::table::{Screen, TextTable, wrapped};

/// How agents stand, as far as this program has heard of them.
#[derive(Debug)]
pub(super) struct AgentTable {
    states: StateMode,
    detector: ChangeDetector,
    rows: BTreeMap<Username, TableRow>,
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
    /// These agents, as they are known from before. Of them nothing is told.
    pub(super) fn stdout(states: StateMode, agents: &BTreeMap<Username, Agent>) -> Self {
        let screen = Screen::stdout();
        let table = screen.width.map(|_| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stdout());
            let style = ProgressStyle::with_template("{msg}");
            (screen, bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner())))
        });
        let (mut detector, mut rows) = (ChangeDetector::default(), BTreeMap::new());
        let newest = agents.values().filter_map(Agent::last_event_at).max().unwrap_or(Timestamp::MIN);
        for StateChange { username, state, since, .. } in detector.merge(agents.clone().into(), states) {
            let last_event_at = agents.get(&username).and_then(Agent::last_event_at).unwrap_or(since);
            rows.insert(username, TableRow { state, since, last_event_at });
        }
        Self { states, detector, rows, newest, table }
    }

    /// Shows what these records change.
    pub(super) fn note(&mut self, records: &[KinesisEventRecord]) {
        let (mut agents, mut last_event_at) = (Agents::default(), Vec::new());
        let (mut budget, now) = (read::budget(), Timestamp::now());
        let read = |record: &KinesisEventRecord| read::record(&record.kinesis.data, &mut budget, now);
        for document in records.iter().flat_map(read) {
            if let Ok(StreamDocument::Agent(told)) = document {
                last_event_at.extend(told.username.clone().zip(told.agent.last_event_at()));
                agents.add(*told);
            }
        }
        for change in self.detector.merge(agents, self.states) {
            self.show(change);
        }
        for (username, last_event_at) in last_event_at {
            self.newest = self.newest.max(last_event_at);
            if let Some(row) = self.rows.get_mut(&username) {
                row.last_event_at = row.last_event_at.max(last_event_at);
            }
        }
    }

    fn show(&mut self, change: StateChange) {
        let StateChange { username, state, since, at } = change;
        if self.table.is_none() {
            // Nobody reads it any more, it seems; the service goes before.
            drop(writeln!(io::stdout(), "{}", line(&username, &state, since)));
        } else {
            self.rows.insert(username, TableRow { state, since, last_event_at: at });
        }
    }

    /// Draws the table, if there is one.
    pub(super) fn draw(&self, now: Timestamp) {
        if let Some((screen, bar)) = &self.table {
            bar.set_message(self.table(*screen, now));
        }
    }

    /// The latest change first.
    fn table(&self, screen: Screen, now: Timestamp) -> String {
        let has_timed_out = |row: &TableRow| has_timed_out(row.last_event_at, self.newest, now);
        let logged_on =
            self.rows.values().filter(|row| row.state.is_logged_on && !has_timed_out(row)).count();
        let mut sheet = TextTable::new(screen, &["agent", "logged", "state", "since", "heard of"], 0..0);
        sheet.heading(&format!("{} agents, {logged_on} logged on, at {}", self.rows.len(), clock(now)));
        let mut rows: Vec<_> = self.rows.iter().collect();
        rows.sort_by_key(|(_, row)| std::cmp::Reverse(row.since));
        for (username, row) in rows {
            let logged = match row.state.is_logged_on {
                true if has_timed_out(row) => "silent",
                true => "on",
                false => "off",
            };
            let cells = [text(username.as_str()), logged.to_owned(), text(&row.state.description)];
            sheet.row(cells.into_iter().chain([clock(row.since), clock(row.last_event_at)]));
        }
        sheet.to_string()
    }
}

/// A change as one line of text, its parts with a tab between them.
fn line(username: &Username, state: &WfmState, since: Timestamp) -> String {
    let logged = if state.is_logged_on { "on" } else { "off" };
    format!("{}\t{}\t{logged}\t{}", clock(since), text(username.as_str()), text(&state.description))
}

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
    use switchboard_simulator::AgentEventGenerator;

    use super::*;

    fn records(count: usize) -> Vec<KinesisEventRecord> {
        let shift = AgentEventGenerator::new(5, 2, "2026-11-06T05:00:00Z".parse().unwrap()).take(count);
        let record = |event: switchboard_simulator::SimulatedAgentEvent| KinesisEventRecord {
            event_id: String::new(),
            kinesis: KinesisRecord { sequence_number: "1".to_owned(), data: STANDARD.encode(event.json) },
        };
        shift.map(record).collect()
    }

    fn board(known: &BTreeMap<Username, Agent>) -> AgentTable {
        let screen = Screen { width: Some(80), colours: false };
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        AgentTable { table: Some((screen, bar)), ..AgentTable::stdout(StateMode::Status, known) }
    }

    #[test]
    fn the_table_has_a_row_for_each_agent() {
        let mut board = board(&BTreeMap::new());
        board.note(&records(60));
        let newest = board.newest;
        let table = board.table(Screen { width: Some(80), colours: false }, newest);
        let lines: Vec<_> = table.lines().collect();
        assert_eq!(lines.len(), 4, "{table}");
        assert!(lines[1].starts_with("2 agents, 2 logged on"), "{table}");
        assert!(
            table.contains("james") && table.contains("rachel") && table.contains("Available"),
            "{table}"
        );
        let later = newest + jiff::SignedDuration::from_mins(30);
        let table = board.table(Screen { width: Some(80), colours: false }, later);
        assert!(table.contains("0 logged on") && table.contains("silent"), "{table}");
    }

    #[test]
    fn it_begins_with_who_is_known() {
        let told = records(60)
            .into_iter()
            .flat_map(|record| read::record(&record.kinesis.data, &mut read::budget(), Timestamp::MAX));
        let mut agents = Agents::default();
        for told in told {
            if let Ok(StreamDocument::Agent(told)) = told {
                agents.add(*told);
            }
        }
        let mut board = board(&agents.into_named());
        let table =
            |board: &AgentTable| board.table(Screen { width: Some(80), colours: false }, board.newest);
        let before = table(&board);
        assert!(before.contains("2 agents, 2 logged on") && before.contains("rachel"), "{before}");
        board.note(&records(60));
        assert_eq!(table(&board), before, "it knew that");
    }

    #[test]
    fn a_line_tells_a_change() {
        let username = Username::new("ann").unwrap();
        let state =
            WfmState { is_logged_on: true, code: "c".to_owned(), description: "Lu\u{1b}nch".to_owned() };
        let line = line(&username, &state, "2026-11-06T05:00:00.5Z".parse().unwrap());
        assert_eq!(line, "2026-11-06T05:00:00Z\tann\ton\tLu nch");
    }
}
