//! Rows of agent events as parameters of statements.

use std::collections::{BTreeMap, btree_map::Entry};

use jiff::Timestamp;
use serde_json::json;

use crate::{
    agent_time::{AgentEventRows, AgentKey, AgentTimeRow, ChangeKey},
    time::{five_minutes_of, time_text},
};

/// The bytes of an empty parameter.
const EMPTY_BYTES: usize = r#"{"changes":[],"events":[]}"#.len();

/// The newest row of each key and the times of each agent's events, sorted by key, in JSON objects of at most so many bytes;
/// and how many rows of `agent_time` there are in all.
pub(crate) fn parameters(events: Vec<AgentEventRows>, max_bytes: usize) -> (Vec<String>, u64) {
    let mut changes: BTreeMap<ChangeKey, AgentTimeRow> = BTreeMap::new();
    let mut heard: BTreeMap<(AgentKey, Timestamp), (Timestamp, Timestamp)> = BTreeMap::new();
    for AgentEventRows { agent, at, changes: rows } in events {
        let (first, last) = heard.entry((agent, five_minutes_of(at))).or_insert((at, at));
        (*first, *last) = (at.min(*first), at.max(*last));
        for row in rows {
            match changes.entry(row.key.clone()) {
                Entry::Vacant(entry) => _ = entry.insert(row),
                Entry::Occupied(mut held) if held.get().version() < row.version() => _ = held.insert(row),
                Entry::Occupied(_) => {}
            }
        }
    }
    let count = u64::try_from(changes.len()).unwrap_or(u64::MAX);
    let mut batches =
        Batches { parameters: Vec::new(), changes: String::new(), events: String::new(), max_bytes };
    for row in changes.values() {
        batches.add(&row.json().to_string(), |batches| &mut batches.changes);
    }
    for ((agent, interval), (first, last)) in &heard {
        let AgentKey { aws_region, instance_id, agent_id } = agent;
        let times = [*interval, *first, *last].map(time_text);
        let row = json!([aws_region, instance_id, agent_id, times[0], times[1], times[2]]);
        batches.add(&row.to_string(), |batches| &mut batches.events);
    }
    batches.close();
    (batches.parameters, count)
}

/// Parameters, and what the next has so far.
struct Batches {
    parameters: Vec<String>,
    changes: String,
    events: String,
    max_bytes: usize,
}

impl Batches {
    fn add(&mut self, row: &str, list: impl Fn(&mut Self) -> &mut String) {
        if self.changes.len() + self.events.len() + row.len() + EMPTY_BYTES + 1 > self.max_bytes {
            self.close();
        }
        let list = list(self);
        if !list.is_empty() {
            list.push(',');
        }
        list.push_str(row);
    }

    fn close(&mut self) {
        if self.changes.is_empty() && self.events.is_empty() {
            return;
        }
        let Self { changes, events, .. } = &*self;
        self.parameters.push(format!(r#"{{"changes":[{changes}],"events":[{events}]}}"#));
        self.changes.clear();
        self.events.clear();
    }
}
