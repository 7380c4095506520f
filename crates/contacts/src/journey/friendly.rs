//! What the customer went through.

use std::collections::BTreeSet;

use switchboard_core::flow_log::FlowLog;

use super::{
    Detail, Journey, Line,
    contact::ContactJourney,
    format::{millis_between, text_of},
    prompts,
};
use crate::{facts::FactKind, history::HistoryEntry, version::Source};

/// The journey's lines, in order of time.
pub(super) fn lines(journey: &Journey) -> Vec<Line> {
    let agents_flows = prompts::flows_of_agents(&journey.entries);
    let entries = journey.entries.iter();
    let mut lines: Vec<_> = entries.filter_map(|entry| entry_line(journey, entry, &agents_flows)).collect();
    for (contact_id, steps) in &journey.steps {
        let contact = ContactJourney::new(journey, contact_id, steps);
        lines.extend((0..steps.len()).filter_map(|at| step_line(&contact, at)));
    }
    lines.sort_by(|one, other| one.at.cmp(&other.at));
    lines
}

/// A step as a line, with how long the state lasted that it led to, or that it goes on.
fn step_line(contact: &ContactJourney<'_>, place: usize) -> Option<Line> {
    let step = contact.steps.get(place)?;
    let end = contact.end_of(place);
    let goes_on = end.is_none() && !contact.has_ended();
    let text = contact.text_of(place, goes_on)?;
    let duration_ms = end.map(|end| millis_between(step.at, end));
    // What took no time was not.
    if step.kind == FactKind::WrapUp && duration_ms == Some(0) {
        return None;
    }
    let mut line = contact.journey.line(contact.id, step.at, text);
    line.duration_ms = duration_ms;
    Some(line)
}

/// What a flow did that the customer noticed, or what it recorded.
fn entry_line(journey: &Journey, entry: &HistoryEntry, agents_flows: &BTreeSet<String>) -> Option<Line> {
    match entry.source {
        Source::FlowLog => {
            let log = FlowLog::parse(&entry.body).ok()?;
            let is_written = journey.status(&entry.contact_id).is_some_and(is_written);
            let text = prompts::noticed(&log, is_written, agents_flows)?;
            Some(journey.line(&entry.contact_id, entry.at, text))
        }
        Source::FlowCall => {
            let mut line = journey.line(&entry.contact_id, entry.at, "The flow recorded data".to_owned());
            switchboard_core::json::members(&entry.body, |member| {
                line.details.push(Detail { name: member.name.into_owned(), value: text_of(member.value) });
            })
            .ok()?;
            Some(line)
        }
        Source::AgentEvent | Source::ContactEvent | Source::ContactRecord => None,
    }
}

/// True for a contact whose customer reads and does not listen.
fn is_written(status: &crate::status::Status) -> bool {
    matches!(status.text(crate::attribute::SystemAttribute::Channel), Some("CHAT" | "EMAIL" | "TASK"))
}
