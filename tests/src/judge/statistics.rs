//! Interval statistics, as `switchboard wfm stats` makes them of records and reports, held against the truth's while the day
//! goes on.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;
use switchboard_core::ctr::Ctr;
use switchboard_core::ctr_version::CtrVersion;
use switchboard_simulator::model::emit::EmittedKind;
use switchboard_simulator::model::{MINUTE, Millis};
use switchboard_wfm::stats::agent_report::AgentReport;
use switchboard_wfm::stats::{
    ContactFacts, DEFAULT_SHORT_CALL_SECS, IntervalLength, Settings, Statistics, Table,
};

use super::day::Item;
use super::news::{CountedContact, News};
use super::report::Report;

/// After less than so many seconds a contact is answered in time.
const SERVICE_LEVEL_SECS: u64 = 20;
/// How long an interval of contacts is, and one of agents' time, which is what reports have.
const OF_CONTACTS: Millis = 15 * MINUTE;
const OF_AGENTS: Millis = 30 * MINUTE;
/// After so long an interval has no line that has none yet: in it there are legs alone that are in no statistics.
const WITHOUT_A_LINE_AFTER: Millis = 12 * 60 * MINUTE;
/// Columns of reports, by the figure of the truth.
const AGENT_FIGURES: [(&str, &str); 3] = [
    ("tot_work_dur", "online_seconds"),
    ("pause_dur", "non_productive_seconds"),
    ("wait_dur", "idle_seconds"),
];

/// What a line of figures is of: when it begins, and the agent, the queue and the channel where they apply.
type Key = (Timestamp, String, String, String);

/// The figures of the truth for one agent and half hour.
type AgentSums = BTreeMap<&'static str, i64>;

/// The statistics of a day. In memory are the facts of contacts whose intervals are not compared yet.
#[derive(Debug, Default)]
pub(super) struct DayStatistics {
    contacts: BTreeMap<String, HeldContact>,
    /// The contacts of which figures are made.
    members: BTreeMap<Key, Members>,
    /// Contacts that go on from another one, which is held.
    followers: BTreeMap<String, BTreeSet<String>>,
    /// Lines of the truth that are not compared yet, with the step in which they came.
    lines: VecDeque<(u64, Key, Value)>,
    /// The truth's figures of agents.
    agent_sums: BTreeMap<Timestamp, BTreeMap<Key, AgentSums>>,
    /// What reports say of half hours, with the step in which it was said first.
    reports: BTreeMap<Timestamp, (u64, Statistics)>,
    step: u64,
}

/// The contacts of one line.
#[derive(Debug, Default)]
struct Members {
    ids: BTreeSet<String>,
    /// False if none of them is in the statistics.
    is_counted: bool,
}

/// A contact that is over.
#[derive(Debug, Default)]
struct HeldContact {
    /// What its newest record says.
    record: Option<(CtrVersion, ContactFacts)>,
    /// As what it went on, if nobody answered it.
    next: Option<String>,
    /// From what it goes on.
    previous: Option<String>,
    /// How many lines are to be compared that it is in.
    lines_left: usize,
}

impl DayStatistics {
    /// Takes what happened and what was emitted in a step.
    pub(super) fn take(&mut self, news: &News, items: &[Item], now: Timestamp, report: &mut Report) {
        self.step += 1;
        news.counted.iter().for_each(|contact| self.take_contact(contact));
        for line in news.intervals.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            self.take_line(serde_json::from_slice(line).expect("a line of the truth"));
        }
        for item in items {
            match item.kind {
                EmittedKind::ContactRecord => self.take_record(&item.bytes, now),
                EmittedKind::Report => self.take_report(item, report),
                _ => {}
            }
        }
    }

    fn take_contact(&mut self, contact: &CountedContact) {
        let held = self.contacts.entry(contact.id.clone()).or_default();
        let is_answered = contact.moments.iter().any(|moment| !moment.agent.is_empty());
        held.next = contact.next.clone().filter(|_| !is_answered);
        for moment in &contact.moments {
            let from = interval(moment.at, OF_CONTACTS);
            let key = (from, moment.agent.clone(), moment.queue.clone(), moment.channel.to_owned());
            let members = self.members.entry(key).or_default();
            members.is_counted |= contact.is_counted;
            held.lines_left += usize::from(members.ids.insert(contact.id.clone()));
        }
        if held.lines_left == 0 {
            self.contacts.remove(&contact.id);
        }
    }

    fn take_line(&mut self, line: Value) {
        let text = |member: &str| line[member].as_str().unwrap_or_default().to_owned();
        let from: Timestamp = text("from").parse().expect("a time of the truth");
        if line["channel"].is_null() {
            let from = interval(from.as_millisecond(), OF_AGENTS);
            let key = (from, text("agent"), String::new(), String::new());
            let sums = self.agent_sums.entry(from).or_default().entry(key).or_default();
            for (_, figure) in AGENT_FIGURES {
                *sums.entry(figure).or_default() += line[figure].as_i64().unwrap_or_default();
            }
            return;
        }
        let count = if line["agent"].is_null() { "wfm_offd_call_cnt" } else { "wfm_answ_call_cnt" };
        if line[count].as_u64().unwrap_or_default() > 0 {
            let key = (from, text("agent"), text("queue"), text("channel"));
            self.lines.push_back((self.step, key, line));
        }
    }

    fn take_record(&mut self, record: &[u8], now: Timestamp) {
        let text = std::str::from_utf8(record).expect("JSON");
        let ctr = Ctr::parse(text).expect("a contact record");
        let version = CtrVersion::of(&ctr, text, now);
        let id = ctr.contact_id.text().expect("a record with an id").into_owned();
        let previous = ctr.previous_contact_id.text().map(std::borrow::Cow::into_owned);
        let follows = previous.filter(|previous| self.contacts.contains_key(previous));
        if !self.contacts.contains_key(&id) && follows.is_none() {
            // Its figures are compared, and nobody's who is held.
            return;
        }
        let held = self.contacts.entry(id.clone()).or_default();
        if held.record.as_ref().is_none_or(|(newest, _)| *newest < version) {
            let facts = ContactFacts::read(&ctr, version).expect("a record with an id");
            held.record = Some((version, facts));
        }
        if let Some(previous) = follows {
            held.previous = Some(previous.clone());
            self.followers.entry(previous).or_default().insert(id);
        }
    }

    fn take_report(&mut self, item: &Item, report: &mut Report) {
        for row in AgentReport::new(&*item.bytes).expect("a report") {
            match row {
                Ok(row) => {
                    let from = interval(row.during.start().as_millisecond(), OF_AGENTS);
                    let new = || (self.step, Statistics::new(settings(30)));
                    self.reports.entry(from).or_insert_with(new).1.add_agent_row(row);
                }
                Err(error) => report.differ(format!("agent report {}: {error}", item.key)),
            }
        }
    }

    /// Compares the lines of which nothing more was told for so many steps, and forgets what they are made of.
    pub(super) fn compare(&mut self, now: Timestamp, rest: u64, report: &mut Report) {
        let (due, waiting): (VecDeque<_>, VecDeque<_>) = std::mem::take(&mut self.lines)
            .into_iter()
            .partition(|(step, key, _)| rest == 0 || (step + rest <= self.step && self.is_whole(key)));
        self.lines = waiting;
        let mut lines: BTreeMap<Key, Option<Value>> =
            due.into_iter().map(|(_, key, line)| (key, Some(line))).collect();
        let has_none = |(key, members): &(&Key, &Members)| {
            let is_old = now.as_millisecond() - key.0.as_millisecond() > WITHOUT_A_LINE_AFTER;
            !lines.contains_key(*key) && (rest == 0 || (is_old && !members.is_counted))
        };
        let without: Vec<Key> = self.members.iter().filter(has_none).map(|(key, _)| key.clone()).collect();
        lines.extend(without.into_iter().map(|key| (key, None)));
        if !lines.is_empty() {
            self.compare_lines(&lines, report);
        }
        let is_due = |(from, (step, _)): &(&Timestamp, &(u64, Statistics))| {
            let is_over = from.as_millisecond() + OF_AGENTS <= now.as_millisecond();
            rest == 0 || (is_over && step + rest <= self.step)
        };
        let half_hours: Vec<Timestamp> = self.reports.iter().filter(is_due).map(|(from, _)| *from).collect();
        for from in half_hours {
            let (Some((_, rows)), Some(sums)) = (self.reports.remove(&from), self.agent_sums.remove(&from))
            else {
                report.differ(format!("agent statistics of {from}: there is nothing"));
                continue;
            };
            compare_agents(&rows.finish().agent_table(), sums, report);
        }
    }

    /// True if the contacts are there as which those of a line went on that nobody answered: by them it is known why.
    fn is_whole(&self, key: &Key) -> bool {
        let goes_on = |id: &String| self.contacts.get(id)?.next.as_ref();
        let is_there = |next: &String| self.contacts.get(next).is_some_and(|next| next.record.is_some());
        let ids = self.members.get(key).map(|members| &members.ids);
        ids.into_iter().flatten().filter_map(goes_on).all(is_there)
    }

    /// Compares the rows of these lines, of which some are to have none.
    fn compare_lines(&mut self, lines: &BTreeMap<Key, Option<Value>>, report: &mut Report) {
        let mut ids = BTreeSet::new();
        for key in lines.keys() {
            let Some(members) = self.members.get(key) else { continue };
            ids.extend(members.ids.iter().cloned());
        }
        let followers: Vec<String> =
            ids.iter().filter_map(|id| self.followers.get(id)).flatten().cloned().collect();
        ids.extend(followers);
        let mut statistics = Statistics::new(settings(15));
        for id in &ids {
            if let Some((_, facts)) = self.contacts.get(id).and_then(|contact| contact.record.as_ref()) {
                statistics.add_contact(facts.clone());
            }
        }
        let tables = statistics.finish();
        for (kind, table) in [
            ("queue statistics", tables.queue_table()),
            ("agent-queue statistics", tables.agent_queue_table()),
        ] {
            let is_of_queues = kind == "queue statistics";
            let of_kind = lines.iter().filter(|((_, agent, ..), _)| agent.is_empty() == is_of_queues);
            compare_table(kind, &table, of_kind.collect(), report);
        }
        for key in lines.keys() {
            for id in self.members.remove(key).map(|members| members.ids).unwrap_or_default() {
                if let Some(contact) = self.contacts.get_mut(&id) {
                    contact.lines_left = contact.lines_left.saturating_sub(1);
                }
                self.forget(&id);
            }
        }
    }

    /// Forgets a contact that no line is made of, and then those that went on from it.
    fn forget(&mut self, id: &str) {
        let is_held = |contact: &HeldContact| {
            let previous = contact.previous.as_ref();
            contact.lines_left > 0 || previous.is_some_and(|previous| self.contacts.contains_key(previous))
        };
        if self.contacts.get(id).is_some_and(is_held) {
            return;
        }
        self.contacts.remove(id);
        for follower in self.followers.remove(id).unwrap_or_default() {
            self.forget(&follower);
        }
    }

    /// How many contacts are in memory.
    pub(super) fn contacts_held(&self) -> usize {
        self.contacts.len()
    }
}

fn settings(minutes: u64) -> Settings {
    Settings {
        interval: IntervalLength::from_minutes(minutes).expect("a length that there is"),
        time_zone: TimeZone::UTC,
        service_level_secs: SERVICE_LEVEL_SECS,
        short_call_secs: DEFAULT_SHORT_CALL_SECS,
        channels: Vec::new(),
        // With limits no interval is left out, whatever comes again in it.
        from: Some(Timestamp::UNIX_EPOCH),
        to: None,
    }
}

/// When the interval began of a moment.
fn interval(at: Millis, length: Millis) -> Timestamp {
    Timestamp::from_millisecond(at.div_euclid(length) * length).expect("a time of the history")
}

fn compare_table(kind: &'static str, table: &Table, lines: Vec<(&Key, &Option<Value>)>, report: &mut Report) {
    let rows: Vec<_> = table.rows.iter().map(|row| cells(table, row)).collect();
    let mut rows: BTreeMap<Key, _> = rows.into_iter().map(|cells| (key(&cells), cells)).collect();
    for (key, line) in lines {
        let row = rows.remove(key);
        let (Some(line), Some(cells)) = (line, &row) else {
            report.compare(kind, format!("{key:?}"), "there being any", (row.is_some(), line.is_some()));
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
}

fn compare_agents(table: &Table, mut sums: BTreeMap<Key, AgentSums>, report: &mut Report) {
    for row in &table.rows {
        let cells = cells(table, row);
        let key = key(&cells);
        let Some(sums) = sums.remove(&key) else {
            report.differ(format!("agent statistics of {key:?}: there is nothing"));
            continue;
        };
        for (column, figure) in AGENT_FIGURES {
            let sum = sums.get(figure).map(i64::to_string).unwrap_or_default();
            let cell = cells.get(column).copied().unwrap_or_default();
            report.compare("agent statistics", format!("{key:?}"), column, (cell, sum.as_str()));
        }
    }
    for (key, sums) in sums {
        let online = sums.get("online_seconds").copied().unwrap_or_default();
        report.compare("agent statistics", format!("{key:?}"), "seconds without a row", (online, 0));
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
