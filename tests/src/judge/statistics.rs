//! Interval statistics, as `switchboard wfm stats` makes them of records and reports, held against the truth's.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;
use switchboard_core::ctr::Ctr;
use switchboard_core::ctr_version::CtrVersion;
use switchboard_simulator::model::emit::EmittedKind;
use switchboard_wfm::stats::agent_report::AgentReport;
use switchboard_wfm::stats::{
    ContactFacts, DEFAULT_SHORT_CALL_SECS, IntervalLength, Settings, Statistics, Table,
};

use super::day::Item;
use super::report::Report;

/// After less than so many seconds a contact is answered in time.
const SERVICE_LEVEL_SECS: u64 = 20;
/// Columns of reports, by the figure of the truth.
const AGENT_FIGURES: [(&str, &str); 3] = [
    ("tot_work_dur", "online_seconds"),
    ("pause_dur", "non_productive_seconds"),
    ("wait_dur", "idle_seconds"),
];

/// The statistics of a day. In memory are the facts of all of its contacts.
#[derive(Debug)]
pub(super) struct DayStatistics {
    contacts: Statistics,
    /// By the half hour, which is what reports have.
    agents: Statistics,
}

/// What a line of figures is of: when it begins, and the agent, the queue and the channel where they apply.
type Key = (Timestamp, String, String, String);

impl Default for DayStatistics {
    fn default() -> Self {
        let of_minutes = |minutes| {
            Statistics::new(Settings {
                interval: IntervalLength::from_minutes(minutes).expect("a length that there is"),
                time_zone: TimeZone::UTC,
                service_level_secs: SERVICE_LEVEL_SECS,
                short_call_secs: DEFAULT_SHORT_CALL_SECS,
                channels: Vec::new(),
                from: None,
                to: None,
            })
        };
        Self { contacts: of_minutes(15), agents: of_minutes(30) }
    }
}

impl DayStatistics {
    /// Takes what was emitted until now.
    pub(super) fn take(&mut self, items: &[Item], now: Timestamp, report: &mut Report) {
        for item in items {
            match item.kind {
                EmittedKind::ContactRecord => {
                    let text = std::str::from_utf8(&item.bytes).expect("JSON");
                    let ctr = Ctr::parse(text).expect("a contact record");
                    let facts = ContactFacts::read(&ctr, CtrVersion::of(&ctr, text, now));
                    self.contacts.add_contact(facts.expect("a record with an id"));
                }
                EmittedKind::Report => {
                    for row in AgentReport::new(&*item.bytes).expect("a report") {
                        match row {
                            Ok(row) => self.agents.add_agent_row(row),
                            Err(error) => report.differ(format!("agent report {}: {error}", item.key)),
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// Compares them with the lines of `intervals.ndjson`: each figure of each line, and no other line.
    pub(super) fn compare(self, intervals: &[u8], report: &mut Report) {
        let mut truth: [BTreeMap<Key, Value>; 2] = Default::default();
        let mut half_hours: BTreeMap<Key, BTreeMap<&str, i64>> = BTreeMap::new();
        for line in intervals.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let line: Value = serde_json::from_slice(line).expect("a line of the truth");
            let text = |member: &str| line[member].as_str().unwrap_or_default().to_owned();
            let from: Timestamp = text("from").parse().expect("a time of the truth");
            let [queues, agent_queues] = &mut truth;
            if line["channel"].is_null() {
                let from = from.as_second().div_euclid(1800) * 1800;
                let from = Timestamp::from_second(from).expect("a time of the truth");
                let sums = half_hours.entry((from, text("agent"), String::new(), String::new())).or_default();
                for (_, figure) in AGENT_FIGURES {
                    *sums.entry(figure).or_default() += line[figure].as_i64().unwrap_or_default();
                }
                continue;
            }
            let (of, count) = if line["agent"].is_null() {
                (queues, "wfm_offd_call_cnt")
            } else {
                (agent_queues, "wfm_answ_call_cnt")
            };
            if line[count].as_u64().unwrap_or_default() > 0 {
                of.insert((from, text("agent"), text("queue"), text("channel")), line);
            }
        }
        let [queues, agent_queues] = truth;
        let tables = self.contacts.finish();
        compare_table("queue statistics", &tables.queue_table(), queues, report);
        compare_table("agent-queue statistics", &tables.agent_queue_table(), agent_queues, report);
        let table = self.agents.finish().agent_table();
        for row in &table.rows {
            let cells = cells(&table, row);
            let key = key(&cells);
            let Some(sums) = half_hours.get(&key) else {
                report.differ(format!("agent statistics of {key:?}: there is nothing"));
                continue;
            };
            for (column, figure) in AGENT_FIGURES {
                let sum = sums.get(figure).map(i64::to_string).unwrap_or_default();
                let cell = cells.get(column).copied().unwrap_or_default();
                report.compare("agent statistics", format!("{key:?}"), column, (cell, sum.as_str()));
            }
        }
    }
}

fn compare_table(kind: &'static str, table: &Table, mut truth: BTreeMap<Key, Value>, report: &mut Report) {
    for row in &table.rows {
        let cells = cells(table, row);
        let key = key(&cells);
        let Some(line) = truth.remove(&key) else {
            report.differ(format!("{kind} of {key:?}: there is nothing"));
            continue;
        };
        let members = line.as_object().into_iter().flatten();
        for (name, figure) in members.filter_map(|(name, figure)| Some((name.strip_prefix("wfm_")?, figure)))
        {
            let figure = figure.as_i64().map(|figure| figure.to_string()).unwrap_or_default();
            let cell = cells.get(name).copied().unwrap_or_default();
            report.compare(kind, format!("{key:?}"), name, (cell, figure.as_str()));
        }
    }
    let missing: BTreeSet<Key> = truth.into_keys().collect();
    for key in missing {
        report.differ(format!("{kind} of {key:?}: there is no row"));
    }
}

fn cells<'a>(table: &Table, row: &'a [String]) -> BTreeMap<&'static str, &'a str> {
    table.header.iter().copied().zip(row.iter().map(String::as_str)).collect()
}

fn key(cells: &BTreeMap<&str, &str>) -> Key {
    let text = |column: &str| cells.get(column).copied().unwrap_or_default().to_owned();
    let from = text("interval_start").parse().expect("a time of a table");
    (from, text("agent"), text("queue_id"), text("channel"))
}
