//! Agent-performance reports, as Connect's scheduled reports are: CSV, a row for each agent and half hour.

use std::{collections::BTreeMap, fmt::Write};

use crate::model::{
    activity::{Stretch, Stretches},
    agent::Agent,
    agent_time::{AgentTime, cut},
    contact::Contact,
    directory::Directory,
    iso::IsoSeconds,
    step::{AgentStep, ContactStep},
    time::{MINUTE, Millis},
};

/// What a row is of.
pub(super) const INTERVAL: Millis = 30 * MINUTE;
const HEADER: &str = "Agent,StartInterval,EndInterval,Online time,Non-Productive Time,Agent idle time,Contacts handled,\
                      After contact work time,Agent interaction time,Agent Hierarchy\n";

/// What a row has, in seconds.
#[derive(Debug, Default, Clone, Copy)]
struct Row {
    online: i64,
    non_productive: i64,
    idle: i64,
    handled: u32,
    work: i64,
    interaction: i64,
}

/// Counts what the next report has.
#[derive(Debug)]
pub(super) struct Reports {
    stretches: Stretches,
    rows: BTreeMap<usize, Row>,
    /// When the half hour began.
    begin: Millis,
    text: String,
}

impl Reports {
    /// The reports of a history that begins then.
    pub(super) fn new(begin: Millis) -> Self {
        let begin = begin.div_euclid(INTERVAL) * INTERVAL;
        Self { stretches: Stretches::default(), rows: BTreeMap::new(), begin, text: String::new() }
    }

    /// When the half hour is over.
    pub(super) fn end(&self) -> Millis {
        self.begin + INTERVAL
    }

    pub(super) fn take_agent(&mut self, at: Millis, step: AgentStep, agent: &Agent) {
        if let Some(stretch) = self.stretches.take(at, step, agent) {
            self.count(&stretch, at);
        }
    }

    pub(super) fn take_contact(&mut self, step: ContactStep, contact: &Contact) {
        if let (ContactStep::Completed, Some(agent), Some(seconds)) =
            (step, contact.agent, contact.interaction_seconds())
        {
            let row = self.rows.entry(agent).or_default();
            row.handled += 1;
            row.interaction += seconds;
            row.work += contact.work_seconds().unwrap_or(0);
        }
    }

    fn count(&mut self, stretch: &Stretch, until: Millis) {
        let time = AgentTime::of(stretch.status, stretch.activity);
        let row = self.rows.entry(stretch.agent).or_default();
        for (_, seconds) in cut(stretch.from.max(self.begin), until, INTERVAL) {
            let add = |to: &mut i64, is_it: bool| *to += if is_it { seconds } else { 0 };
            add(&mut row.online, time.is_online);
            add(&mut row.non_productive, time.is_non_productive);
            add(&mut row.idle, time.is_idle);
        }
    }

    /// The report of the half hour that is over: its name and its text; [`None`] if nobody was there. The next one begins.
    pub(super) fn finish(&mut self, directory: &Directory) -> Option<(String, &str)> {
        let (begin, end) = (self.begin, self.end());
        let open: Vec<_> = self.stretches.open().copied().collect();
        for stretch in &open {
            self.count(stretch, end);
        }
        self.begin = end;
        let rows = std::mem::take(&mut self.rows);
        self.text.clear();
        self.text.push_str(HEADER);
        let interval = format!("{},{}", IsoSeconds(begin), IsoSeconds(end));
        for (agent, row) in rows.iter().filter(|(_, row)| row.online > 0) {
            let Some(person) = directory.people.get(*agent) else { continue };
            let team = directory.teams.get(person.team).map_or("", |team| &team.name);
            let Row { online, non_productive, idle, handled, work, interaction } = row;
            // Writing into a text does not fail.
            _ = writeln!(
                self.text,
                "{},{interval},{online},{non_productive},{idle},{handled},{work},{interaction},\"Australia\n{team}\"",
                person.username
            );
        }
        let has_rows = self.text.len() > HEADER.len();
        has_rows.then(|| (format!("Agent Performance-{}.csv", IsoSeconds(end)), &*self.text))
    }
}
