//! What of a flow the customer noticed: prompts heard, questions asked, answers given.

use std::collections::BTreeSet;

use switchboard_core::{arn, flow_log::FlowLog, json::Raw};

use super::words::is_no_answer;
use crate::{history::HistoryEntry, version::Source};

/// The default flows that only an agent hears.
const FLOWS_OF_AGENTS: [&str; 2] = ["default agent whisper", "default agent hold"];

/// The flows that were set to be played to agents: `SetContactFlow` with the type `AgentWhisper` or `AgentHold`.
///
/// An agent whisper is played before the customer leaves the queue, and an agent's hold while the customer has another.
pub(super) fn flows_of_agents(entries: &[HistoryEntry]) -> BTreeSet<String> {
    let logs = entries.iter().filter(|entry| entry.source == Source::FlowLog);
    let set = logs.filter(|entry| entry.kind == "SetContactFlow").filter_map(|entry| {
        let log = FlowLog::parse(&entry.body).ok()?;
        let (mut kind, mut flow) = (None, None);
        log.parameters.members(|member| match &*member.name {
            "Type" => kind = member.value.text(),
            "ContactFlowId" => flow = member.value.text(),
            _ => {}
        });
        let is_agents = ["AgentWhisper", "AgentHold"].iter().any(|one| kind.as_deref() == Some(*one));
        flow.filter(|_| is_agents).map(|flow| arn::last_segment(&flow).to_owned())
    });
    set.collect()
}

/// A prompt heard, a question asked, an answer given; [`None`] for a block that the customer does not notice.
pub(super) fn noticed(
    log: &FlowLog<'_>,
    is_written: bool,
    agents_flows: &BTreeSet<String>,
) -> Option<String> {
    if is_to_the_agent(log, agents_flows) {
        return None;
    }
    let block = log.contact_flow_module_type.text()?;
    let prompt = prompt(log.parameters);
    let asks =
        ["GetUserInput", "GetCustomerInput", "GetParticipantInput", "StoreUserInput", "StoreCustomerInput"]
            .contains(&&*block);
    let answer = log.results.text().filter(|answer| asks && !answer.is_empty());
    match (answer, prompt) {
        (Some(none), _) if is_no_answer(&none) => Some("Gave no answer the flow knows".to_owned()),
        // What is stored is a card number as often as not, and its answer says no more than that it was
        // given.
        (Some(_), _) if block.starts_with("Store") => Some("Gave an answer that was stored".to_owned()),
        (Some(answer), _) => Some(format!("Chose {answer}")),
        (None, Some(prompt)) if asks => Some(format!("Was asked {prompt}")),
        (None, Some(prompt)) if is_written => Some(format!("Was sent {prompt}")),
        (None, Some(prompt)) => Some(format!("Heard {prompt}")),
        (None, None) => None,
    }
}

fn is_to_the_agent(log: &FlowLog<'_>, agents_flows: &BTreeSet<String>) -> bool {
    let is_set = log.contact_flow_id.text().is_some_and(|id| agents_flows.contains(arn::last_segment(&id)));
    let name = log.contact_flow_name.text().unwrap_or_default().to_lowercase();
    is_set || FLOWS_OF_AGENTS.contains(&&*name)
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
        .or_else(|| recorded.map(|id| format!("recorded prompt {}", arn::last_segment(&id))))
}
