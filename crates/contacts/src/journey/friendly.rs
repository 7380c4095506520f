//! What the customer went through.

use jiff::Timestamp;
use switchboard_core::{flow_log::FlowLog, json::Raw};

use super::{
    Detail, Journey, Line,
    steps::{Step, What},
    technical::text_of,
};
use crate::{history::HistoryEntry, version::Source};

/// What a flow says where the customer gave no answer that it knows.
const NO_ANSWER: [&str; 5] = ["Error", "Timeout", "NoMatch", "NoMatchingCondition", "InputTimeLimitExceeded"];

/// The journey's lines, in order of time.
pub(super) fn lines(journey: &Journey) -> Vec<Line> {
    let mut lines: Vec<_> = journey.entries.iter().filter_map(|entry| entry_line(journey, entry)).collect();
    for (contact, steps) in &journey.steps {
        lines.extend(steps.iter().enumerate().filter_map(|(at, step)| {
            let later = steps.get(at + 1..).unwrap_or_default();
            let before = steps.get(..at).unwrap_or_default();
            step_line(journey, contact, step, before, later)
        }));
    }
    lines.sort_by(|one, other| one.at.cmp(&other.at));
    lines
}

/// A step as a line, with how long the state lasted that it led to.
fn step_line(journey: &Journey, contact: &str, step: &Step, before: &[Step], later: &[Step]) -> Option<Line> {
    let who = step.who.as_deref().map_or_else(|| "unknown".to_owned(), |arn| journey.names.name(arn));
    let how = step.how.as_deref();
    let (text, until): (String, &[What]) = match step.what {
        What::Began => (begin_text(how), &[]),
        What::Queued => (format!("Waited in queue {who}"), &[What::Answered, What::Queued, What::Ended]),
        What::Offered => (format!("Agent {who} did not take it ({})", how.unwrap_or_default()), &[]),
        What::Answered => {
            (format!("Talked with agent {who}"), &[What::WrapUp, What::Transferred, What::Ended])
        }
        What::Held => ("Was put on hold".to_owned(), &[What::Resumed, What::WrapUp, What::Ended]),
        What::Resumed => ("Came back from hold".to_owned(), &[]),
        What::Transferred => ("Was transferred".to_owned(), &[]),
        What::Ended => (end_text(how, before, later), &[]),
        What::WrapUp => (format!("Agent {who} wrapped up"), &[What::WrappedUp]),
        // The line of its beginning has its length.
        What::WrappedUp if before.iter().any(|step| step.what == What::WrapUp) => return None,
        What::WrappedUp => (format!("Agent {who} was done wrapping up"), &[]),
    };
    let mut line = journey.line(contact, step.at, text);
    let end = later.iter().find(|step| until.contains(&step.what)).map(|step| step.at);
    line.duration_ms = end.map(|end| millis_between(step.at, end));
    Some(line)
}

fn begin_text(how: Option<&str>) -> String {
    how.map_or_else(|| "Began".to_owned(), |how| format!("Began ({how})"))
}

/// Ended how, and whether while still waiting.
fn end_text(why: Option<&str>, before: &[Step], later: &[Step]) -> String {
    let had = |what| before.iter().chain(later).any(|step| step.what == what);
    let text = if had(What::Queued) && !had(What::Answered) { "Ended while waiting" } else { "Ended" };
    why.map_or_else(|| text.to_owned(), |why| format!("{text} ({why})"))
}

pub(super) fn millis_between(start: Timestamp, end: Timestamp) -> i64 {
    (end.as_millisecond() - start.as_millisecond()).max(0)
}

/// What a flow did that the customer noticed, or what it recorded.
fn entry_line(journey: &Journey, entry: &HistoryEntry) -> Option<Line> {
    match entry.source {
        Source::FlowLog => {
            let log = FlowLog::parse(&entry.body).ok()?;
            Some(journey.line(&entry.contact_id, entry.at, noticed(&log)?))
        }
        Source::Flow => {
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

/// A prompt heard, a question asked, an answer given; [`None`] for a block that the customer does not notice.
fn noticed(log: &FlowLog<'_>) -> Option<String> {
    let block = log.contact_flow_module_type.text()?;
    let prompt = prompt(log.parameters);
    let asks =
        ["GetUserInput", "GetCustomerInput", "StoreUserInput", "StoreCustomerInput"].contains(&&*block);
    let answer = log.results.text().filter(|answer| asks && !answer.is_empty());
    match (answer, prompt) {
        (Some(none), _) if NO_ANSWER.contains(&&*none) => {
            Some(format!("Gave no answer the flow knows ({none})"))
        }
        // What is stored is a card number as often as not, and its answer says no more than that it was
        // given.
        (Some(_), _) if block.starts_with("Store") => Some("Gave an answer that was stored".to_owned()),
        (Some(answer), _) => Some(format!("Chose {answer}")),
        (None, Some(prompt)) if asks => Some(format!("Was asked {prompt}")),
        (None, Some(prompt)) => Some(format!("Heard {prompt}")),
        (None, None) => None,
    }
}

/// The prompt among a block's parameters.
fn prompt(parameters: Raw<'_>) -> Option<String> {
    let (mut spoken, mut recorded) = (None, None);
    parameters.members(|member| match &*member.name {
        "Text" | "SSML" | "PromptText" => spoken = member.value.text(),
        "AudioPrompt" | "Prompt" | "PromptId" | "PromptLocation" => recorded = member.value.text(),
        _ => {}
    });
    let quoted = |text: &str| format!("\"{}\"", text.split_whitespace().collect::<Vec<_>>().join(" "));
    let spoken = spoken.filter(|text| !text.trim().is_empty());
    spoken
        .map(|text| quoted(&text))
        .or_else(|| recorded.map(|id| format!("recorded prompt {}", id.rsplit('/').next().unwrap_or(&id))))
}
