//! Whoever knows Amazon Connect takes what is emitted for its own: every member is one that Connect has, with a value of its
//! type; every member that Connect has is emitted, or it is said why not.
//!
//! A file of `paths/` lists the members of a kind, from AWS's documentation and API model and from payloads that were seen.
//! A line has the member's path, the types that its value can have, the groups in which it is emitted, such as the types of
//! events (`all`, or `-` for none), and, if it is never emitted or never has one of the types, the reason. At least two
//! spaces are between. `[]` is an element of an array, `*` any name.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;
use switchboard_core::gzip::gunzip;

use super::emission::DAY_OF_SIXTY;
use crate::model::emit::EmittedKind;

/// Maps whose names are the centre's own.
const OPEN_MAPS: [&str; 4] = ["Attributes", "ContactDetails", "ContactEvaluations", "ExternalResults"];

/// What was found or is listed of a member.
#[derive(Debug, Default, PartialEq, Eq)]
struct Member {
    types: BTreeSet<String>,
    groups: BTreeSet<String>,
    reason: String,
}

type Members = BTreeMap<String, Member>;

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "integer",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
        Value::String(text) => type_of_text(text),
    }
}

fn type_of_text(text: &str) -> &'static str {
    let is_moment = text.ends_with('Z') && text.parse::<jiff::Timestamp>().is_ok();
    match text.len() {
        20 if is_moment => "seconds",
        24 if is_moment => "millis",
        36 if text.parse::<uuid::Uuid>().is_ok() => "uuid",
        _ if text.starts_with("arn:aws:") => "arn",
        _ => "string",
    }
}

fn walk(path: &str, value: &Value, group: &str, found: &mut Members) {
    if !path.is_empty() {
        let member = found.entry(path.to_owned()).or_default();
        member.types.insert(type_of(value).to_owned());
        member.groups.insert(group.to_owned());
    }
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let name = if OPEN_MAPS.contains(&path) { "*" } else { name };
                let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
                walk(&path, value, group, found);
            }
        }
        Value::Array(elements) => {
            let path = format!("{path}[]");
            for element in elements {
                walk(&path, element, group, found);
            }
        }
        _ => {}
    }
}

fn listed(text: &str) -> Members {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let words = |column: &str| column.split_whitespace().map(str::to_owned).collect();
    let member = |line: &str| {
        let mut columns = line.split("  ").map(str::trim).filter(|column| !column.is_empty());
        let mut column = || columns.next().unwrap_or_default();
        let (path, types, groups, reason) = (column(), column(), column(), column());
        assert!(!groups.is_empty(), "{line}");
        let groups = if groups == "-" { BTreeSet::new() } else { words(groups) };
        (path.to_owned(), Member { types: words(types), groups, reason: reason.to_owned() })
    };
    let members: Vec<_> = lines.map(member).collect();
    let count = members.len();
    let members = Members::from_iter(members);
    assert_eq!(members.len(), count, "a path is listed twice");
    members
}

fn join(words: &BTreeSet<String>) -> String {
    words.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// The members that are emitted are those of the list.
fn assert_listed(documents: impl IntoIterator<Item = (String, Value)>, list: &str) {
    let (mut found, mut groups) = (Members::new(), BTreeSet::new());
    for (group, document) in documents {
        walk("", &document, &group, &mut found);
        groups.insert(group);
    }
    for member in found.values_mut().filter(|member| member.groups == groups) {
        member.groups = BTreeSet::from(["all".to_owned()]);
    }
    let list = listed(list);
    let mut wrong = String::new();
    for (path, Member { types, groups, .. }) in &found {
        let is_right = list.get(path).is_some_and(|listed| {
            let is_explained = *types == listed.types || !listed.reason.is_empty();
            types.is_subset(&listed.types) && is_explained && *groups == listed.groups
        });
        if !is_right {
            writeln!(wrong, "{path}  {}  {}", join(types), join(groups)).unwrap();
        }
    }
    for (path, listed) in list.iter().filter(|(path, _)| !found.contains_key(*path)) {
        if !listed.groups.is_empty() || listed.reason.is_empty() {
            writeln!(wrong, "{path} is never emitted").unwrap();
        }
    }
    assert!(wrong.is_empty(), "listed otherwise or not at all:\n{wrong}");
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[test]
fn contact_records_have_connects_members() {
    let records = DAY_OF_SIXTY.0.parsed(EmittedKind::ContactRecord);
    let by_channel = records.into_iter().map(|record| (text(&record["Channel"]), record));
    assert_listed(by_channel, include_str!("paths/contact-record.txt"));
}

#[test]
fn contact_events_have_connects_members() {
    let events = DAY_OF_SIXTY.0.parsed(EmittedKind::ContactEvent);
    let by_type = events.into_iter().map(|event| (text(&event["detail"]["eventType"]), event));
    assert_listed(by_type, include_str!("paths/contact-event.txt"));
}

#[test]
fn agent_events_have_connects_members() {
    let events = DAY_OF_SIXTY.0.parsed(EmittedKind::AgentEvent);
    let by_type = events.into_iter().map(|event| (text(&event["EventType"]), event));
    assert_listed(by_type, include_str!("paths/agent-event.txt"));
}

/// The payloads that CloudWatch Logs sends, and the batches in them.
fn log_batches() -> Vec<(Value, Value)> {
    let payloads = DAY_OF_SIXTY.0.parsed(EmittedKind::FlowLogs).into_iter();
    let unpacked = payloads.map(|payload| {
        let packed = STANDARD.decode(payload["awslogs"]["data"].as_str().unwrap()).unwrap();
        let batch = serde_json::from_slice(&gunzip(&packed, 1 << 20).bytes).unwrap();
        (payload, batch)
    });
    unpacked.collect()
}

#[test]
fn log_batches_have_cloudwatchs_members() {
    let batches = log_batches().into_iter();
    let both =
        batches.flat_map(|(payload, batch)| [("payload".to_owned(), payload), ("batch".to_owned(), batch)]);
    assert_listed(both, include_str!("paths/log-batch.txt"));
}

#[test]
fn flow_logs_have_connects_members() {
    let mut lines = Vec::new();
    for (_, batch) in log_batches() {
        for event in batch["logEvents"].as_array().unwrap() {
            let line: Value = serde_json::from_str(event["message"].as_str().unwrap()).unwrap();
            lines.push((text(&line["ContactFlowModuleType"]), line));
        }
    }
    assert_listed(lines, include_str!("paths/flow-log.txt"));
}

#[test]
fn reports_have_connects_columns() {
    let mut rows = Vec::new();
    for report in DAY_OF_SIXTY.0.of(EmittedKind::Report) {
        let mut reader = csv::Reader::from_reader(report.as_bytes());
        let names = reader.headers().unwrap().clone();
        for row in reader.records() {
            let row = row.unwrap();
            let cell = |text: &str| text.parse::<i64>().map_or_else(|_| text.into(), Value::from);
            let cells = names.iter().zip(row.iter()).map(|(name, text)| (name.to_owned(), cell(text)));
            rows.push(("row".to_owned(), Value::Object(cells.collect())));
        }
    }
    assert_listed(rows, include_str!("paths/report.txt"));
}
