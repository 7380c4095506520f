//! Rows of agent events as parameters of statements.

use std::collections::{BTreeMap, btree_map::Entry};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    agent_time::{AgentEventRows, AgentKey, AgentTimeRow, ChangeKey},
    contact::RowSource,
    time::{five_minutes_of, time_text},
};

/// The lists of a parameter, by the table that each is for.
pub(crate) const CHANGES: &str = "changes";
/// Of `agent_event_times`.
pub(crate) const EVENTS: &str = "events";
/// Of `agent_names`.
pub(crate) const NAMES: &str = "names";

/// The bytes of an empty parameter.
const EMPTY_BYTES: usize = 64;

/// The newest row of each key, the times of each agent's events and the agents' newest names, sorted by key, in JSON objects of
/// at most so many bytes; and how many rows of `agent_time` there are in all.
pub(crate) fn parameters(events: Vec<AgentEventRows>, max_bytes: usize) -> (Vec<String>, u64) {
    let mut changes: BTreeMap<ChangeKey, AgentTimeRow> = BTreeMap::new();
    let mut times: BTreeMap<(AgentKey, Timestamp), (Timestamp, Timestamp)> = BTreeMap::new();
    let mut names: BTreeMap<AgentKey, (Timestamp, String)> = BTreeMap::new();
    for AgentEventRows { agent, at, username, changes: rows } in events {
        for row in rows {
            match changes.entry(row.key.clone()) {
                Entry::Vacant(entry) => _ = entry.insert(row),
                Entry::Occupied(mut held) if held.get().version() < row.version() => _ = held.insert(row),
                Entry::Occupied(_) => {}
            }
        }
        if let Some(name) = username {
            let newest = names.entry(agent.clone()).or_insert_with(|| (at, name.clone()));
            if *newest < (at, name.clone()) {
                *newest = (at, name);
            }
        }
        let (first, last) = times.entry((agent, five_minutes_of(at))).or_insert((at, at));
        (*first, *last) = (at.min(*first), at.max(*last));
    }
    let count = u64::try_from(changes.len()).unwrap_or(u64::MAX);
    let mut batches = Batches { parameters: Vec::new(), lists: BTreeMap::new(), bytes: 0, max_bytes };
    for row in changes.values() {
        batches.add(CHANGES, &row.json());
    }
    for ((agent, interval), (first, last)) in &times {
        let AgentKey { aws_region, instance_id, agent_id } = agent;
        let (interval, first, last) = (time_text(*interval), time_text(*first), time_text(*last));
        batches.add(EVENTS, &json!([aws_region, instance_id, agent_id, interval, first, last]));
    }
    for (AgentKey { aws_region, instance_id, agent_id }, (at, name)) in &names {
        // As new as a contact record of that time.
        let version = format!("{} {at:.9} {name}", RowSource::ContactRecord.rank());
        batches.add(NAMES, &json!([aws_region, instance_id, agent_id, name, version]));
    }
    batches.close();
    (batches.parameters, count)
}

/// Parameters, and the lists of the next.
struct Batches {
    parameters: Vec<String>,
    lists: BTreeMap<&'static str, String>,
    bytes: usize,
    max_bytes: usize,
}

impl Batches {
    fn add(&mut self, list: &'static str, row: &Value) {
        let row = row.to_string();
        if self.bytes + row.len() + 1 + EMPTY_BYTES > self.max_bytes {
            self.close();
        }
        self.bytes += row.len() + 1;
        let list = self.lists.entry(list).or_default();
        if !list.is_empty() {
            list.push(',');
        }
        list.push_str(&row);
    }

    /// Ends the parameter that is open, if there is anything in it.
    fn close(&mut self) {
        if self.bytes == 0 {
            return;
        }
        let list = |name| format!(r#""{name}":[{}]"#, self.lists.get(name).map_or("", |rows| rows));
        let lists = [CHANGES, EVENTS, NAMES].map(list);
        self.parameters.push(format!("{{{}}}", lists.join(",")));
        self.lists.clear();
        self.bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: &str = "2026-11-02T10:00:00Z";

    fn event(agent: &str, status: &str, second: u8) -> AgentEventRows {
        let event = json!({"AgentARN": format!("arn:aws:connect:r:1:instance/i/agent/{agent}"), "EventType": "STATE_CHANGE",
            "EventTimestamp": format!("2026-11-02T10:00:{second:02}Z"),
            "CurrentAgentSnapshot": {"Configuration": {"Username": agent}, "AgentStatus": {"Name": status, "StartTimestamp": AT}}});
        AgentEventRows::read(&event.to_string(), "2026-11-02T11:00:00Z".parse().unwrap()).unwrap()
    }

    #[test]
    fn each_key_comes_once_in_its_order_and_the_newest_counts() {
        let events = vec![
            event("b", "Lunch", 1),
            event("a", "Lunch", 2),
            event("b", "Dinner", 3),
            event("b", "Tea", 2),
        ];
        let (parameters, count) = parameters(events, 1_000_000);
        let [parameter] = &parameters[..] else { panic!("{parameters:?}") };
        let lists: Value = serde_json::from_str(parameter).unwrap();
        let column = |list: &str, at: usize| {
            let rows = lists[list].as_array().unwrap().iter();
            rows.map(|row| row[at].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(
            (count, column(CHANGES, 2), column(CHANGES, 8)),
            (2, vec!["a".into(), "b".into()], vec!["Lunch".into(), "Dinner".into()])
        );
        assert_eq!(column(EVENTS, 4)[1], "2026-11-02T10:00:01.000000Z");
        assert_eq!(column(EVENTS, 5)[1], "2026-11-02T10:00:03.000000Z");
        assert_eq!(column(NAMES, 3), ["a", "b"]);
    }

    #[test]
    fn a_batch_is_cut_by_its_size() {
        let events: Vec<_> = (0..10).map(|n| event(&n.to_string(), "Lunch", 1)).collect();
        let whole = parameters(events.clone(), 1_000_000).0[0].len();
        let (cut, _) = parameters(events, whole / 2);
        assert!(cut.len() >= 2 && cut.iter().all(|parameter| parameter.len() <= whole / 2), "{cut:?}");
        let rows = |parameter: &String| {
            let lists: Value = serde_json::from_str(parameter).unwrap();
            [CHANGES, EVENTS, NAMES].iter().map(|list| lists[*list].as_array().unwrap().len()).sum::<usize>()
        };
        assert_eq!(cut.iter().map(rows).sum::<usize>(), 30);
        assert!(parameters(Vec::new(), 1).0.is_empty());
    }
}
