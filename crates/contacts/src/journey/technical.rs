//! What the system did.

use jiff::Timestamp;
use switchboard_core::{contact_event::ContactEvent, ctr::Ctr, flow_log::FlowLog, json::Raw};

use super::{
    Detail, Journey, Line,
    format::{millis_between, text_of},
};
use crate::{facts::AgentBody, history::HistoryEntry, version::Source};

/// The journey's lines: one an entry.
pub(super) fn lines(journey: &Journey) -> Vec<Line> {
    let entries = &journey.entries;
    entries
        .iter()
        .enumerate()
        .map(|(at, entry)| {
            let later = entries.get(at + 1..).unwrap_or_default();
            let next = later.iter().find(|next| {
                next.contact_id == entry.contact_id && next.source == Source::FlowLog && next.at >= entry.at
            });
            line(journey, entry, next.map(|next| next.at))
        })
        .collect()
}

/// One entry as a line. `next` is when the contact's next block ran.
fn line(journey: &Journey, entry: &HistoryEntry, next: Option<Timestamp>) -> Line {
    let mut line =
        journey.line(&entry.contact_id, entry.at, format!("{} {}", entry.source.name(), entry.kind));
    line.raw = Some(entry.body.clone());
    match entry.source {
        Source::FlowLog => {
            if let Ok(log) = FlowLog::parse(&entry.body) {
                flow_log(&mut line, &log, entry.at, next);
            }
        }
        Source::ContactEvent => {
            if let Ok(event) = ContactEvent::parse(&entry.body) {
                named(&mut line, "Queue", event.queue().arn, journey);
                named(&mut line, "Agent", event.agent().arn, journey);
                detail(&mut line, "UpdatedProperties", event.updated_properties);
                detail(&mut line, "DisconnectReason", event.disconnect_reason);
            }
        }
        Source::AgentEvent => {
            if let Some(event) = AgentBody::parse(&entry.body) {
                named(&mut line, "Agent", event.agent_arn, journey);
                if let Some(before) = event.before {
                    detail(&mut line, "Before", before.state);
                }
            }
        }
        Source::FlowCall => members(&mut line, "Data", &entry.body),
        Source::ContactRecord => {
            if let Ok(ctr) = Ctr::parse(&entry.body) {
                detail(&mut line, "InitiationMethod", ctr.initiation_method);
                named(&mut line, "Queue", ctr.queue().arn, journey);
                named(&mut line, "Agent", ctr.agent().arn, journey);
                detail(&mut line, "DisconnectReason", ctr.disconnect_reason);
            }
        }
    }
    if let Some(original_bytes) = entry.original_bytes {
        let value = format!("{original_bytes} bytes");
        line.details.push(Detail { name: "Truncated".to_owned(), value });
    }
    line
}

/// What a flow's block did: an attribute set, a function invoked, or its type alone.
fn flow_log(line: &mut Line, log: &FlowLog<'_>, at: Timestamp, next: Option<Timestamp>) {
    let block = log.contact_flow_module_type.text().unwrap_or_default().into_owned();
    let parameter = |name: &str| {
        let mut found = None;
        log.parameters.members(|member| {
            if member.name == name {
                found = member.value.text();
            }
        });
        found
    };
    let function = parameter("FunctionArn").or_else(|| parameter("LambdaFunctionARN"));
    line.text = match (block.as_str(), function, parameter("Key")) {
        ("InvokeExternalResource" | "InvokeLambdaFunction", function, _) => {
            // The flow goes on when the function has answered, so the next block's time tells how long it
            // took.
            line.duration_ms = next.map(|next| millis_between(at, next));
            let name = function.map(|arn| function_name(&arn)).unwrap_or_default();
            format!("Lambda {name}").trim().to_owned()
        }
        ("SetAttributes", _, Some(key)) => format!("Attribute {key} set"),
        _ => format!("Block {block}").trim().to_owned(),
    };
    detail(line, "Flow", log.contact_flow_name);
    detail(line, "Block", log.identifier);
    members(line, "Parameters", log.parameters.json());
    if log.results.is_object() {
        members(line, "Results", log.results.json());
    } else {
        detail(line, "Results", log.results);
    }
    members(line, "ExternalResults", log.external_results.json());
    detail(line, "Error", log.error);
}

/// The name in a function's ARN, without a version or an alias.
fn function_name(arn: &str) -> String {
    arn.split(':').nth(6).unwrap_or(arn).to_owned()
}

fn named(line: &mut Line, name: &str, arn: Raw<'_>, journey: &Journey) {
    if let Some(arn) = arn.text() {
        line.details.push(Detail { name: name.to_owned(), value: journey.names.name(&arn) });
    }
}

fn detail(line: &mut Line, name: &str, value: Raw<'_>) {
    if value.json() != Raw::ABSENT.json() {
        line.details.push(Detail { name: name.to_owned(), value: text_of(value) });
    }
}

/// Each member of an object as a detail; nothing for another value.
fn members(line: &mut Line, prefix: &str, object: &str) {
    switchboard_core::json::members(object, |member| {
        detail(line, &format!("{prefix}.{}", member.name), member.value);
    })
    .unwrap_or_default();
}
