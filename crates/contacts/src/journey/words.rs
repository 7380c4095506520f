//! What Connect's codes mean in words, for somebody who knows none of them.

use switchboard_core::leg::Leg;

/// What a contact of this channel is called.
pub(super) fn noun(channel: Option<&str>) -> &'static str {
    match channel {
        Some("VOICE") => "call",
        Some("CHAT") => "chat",
        Some("TASK") => "task",
        Some("EMAIL") => "e-mail",
        _ => "contact",
    }
}

/// How a contact began.
pub(super) fn began(channel: Option<&str>, method: Option<&str>) -> String {
    let noun = noun(channel);
    let Some(method) = method else { return "Began".to_owned() };
    let (before, after) = match method {
        "INBOUND" => ("incoming ", ""),
        "OUTBOUND" => ("outgoing ", ""),
        "TRANSFER" => ("", " that an agent transferred"),
        "QUEUE_TRANSFER" => ("", " that was moved from another queue"),
        "API" => ("", " that a program began"),
        "WEBRTC_API" => ("incoming ", " from an app or a website"),
        "DISCONNECT" => ("", " after another one ended"),
        "CAMPAIGN_PREVIEW" => ("campaign's ", ", shown to the agent first"),
        "FLOW" => ("", " that a flow began"),
        "AGENT_REPLY" => ("", " that an agent wrote as a reply"),
        "CALLBACK" => return "Began as a callback".to_owned(),
        "MONITOR" => return "Began as a supervisor's listening".to_owned(),
        "EXTERNAL_OUTBOUND" => return "Began as a call to an outside party".to_owned(),
        other => return format!("Began as a {noun} ({})", spelled(other)),
    };
    let article = if before.starts_with(['i', 'o']) || (before.is_empty() && noun.starts_with('e')) {
        "an"
    } else {
        "a"
    };
    format!("Began as {article} {before}{noun}{after}")
}

/// What an agent did with a contact, and does while `goes_on`.
pub(super) fn with_agent(channel: Option<&str>, leg: Leg, agent: &str, goes_on: bool) -> String {
    match (leg, channel, goes_on) {
        (Leg::Monitor, _, true) => format!("{agent} listens"),
        (Leg::Monitor, _, false) => format!("{agent} listened"),
        (Leg::Consult, _, true) => format!("{agent} is consulted"),
        (Leg::Consult, _, false) => format!("{agent} was consulted"),
        (Leg::ThirdParty, _, true) => format!("The outside party talks with {agent}"),
        (Leg::ThirdParty, _, false) => format!("The outside party talked with {agent}"),
        (Leg::Customer, Some("TASK" | "EMAIL"), true) => format!("{agent} works on it"),
        (Leg::Customer, Some("TASK" | "EMAIL"), false) => format!("{agent} worked on it"),
        (Leg::Customer, Some("CHAT"), true) => format!("Chats with {agent}"),
        (Leg::Customer, Some("CHAT"), false) => format!("Chatted with {agent}"),
        (Leg::Customer, _, true) => format!("Talks with {agent}"),
        (Leg::Customer, _, false) => format!("Talked with {agent}"),
    }
}

/// Why a contact ended. `answered_by` is the result of the answering-machine detection: Connect gives a call that rang out the
/// reason of one that could not be dialled.
pub(super) fn ended(channel: Option<&str>, reason: Option<&str>, answered_by: Option<&str>) -> String {
    let is_call = channel == Some("VOICE");
    let text = match reason {
        Some("OUTBOUND_ATTEMPT_FAILED") if answered_by == Some("AMD_UNANSWERED") => "Nobody picked up",
        None | Some("OTHER") => "Ended",
        Some("CUSTOMER_DISCONNECT") if is_call => "The customer hung up",
        Some("CUSTOMER_DISCONNECT") => "The customer left",
        Some("AGENT_DISCONNECT") if is_call => "The agent hung up",
        Some("AGENT_DISCONNECT") => "The agent ended it",
        Some("AGENT_COMPLETED") => "The agent completed it",
        Some("AGENT_NETWORK_DISCONNECT") => "The agent's connection broke",
        Some("THIRD_PARTY_DISCONNECT") => "The outside party hung up",
        Some("TELECOM_PROBLEM") => "Ended by a problem of the telephone network",
        Some("TELECOM_BUSY") => "The number was busy",
        Some("TELECOM_UNANSWERED") => "Nobody picked up",
        Some("TELECOM_NUMBER_INVALID" | "OUTBOUND_DESTINATION_ENDPOINT_ERROR") => {
            "The number could not be called"
        }
        Some("TELECOM_POTENTIAL_BLOCKING") => "The network may have blocked the call",
        Some("TELECOM_TIMEOUT") => "The telephone network did not answer in time",
        Some("TELECOM_ORIGINATOR_CANCEL") => "The caller hung up before the call was set up",
        Some("TELECOM_INCOMING_CALL_BLOCKED") => "The call was blocked",
        Some("CUSTOMER_NEVER_ARRIVED") => "The customer never arrived",
        Some("BARGED") => "A supervisor took over",
        Some("CONTACT_FLOW_DISCONNECT") => "Ended by its flow",
        Some("EXPIRED") => "Expired",
        Some("IDLE_DISCONNECT") => "Ended because nobody wrote any more",
        Some("DISCARDED" | "OUTBOUND_PREVIEW_DISCARDED") => "The agent discarded it",
        Some("API") => "Ended by a program",
        Some("OUTBOUND_ATTEMPT_FAILED" | "OUTBOUND_RESOURCE_ERROR") => "The call could not be made",
        Some(other) => return format!("Ended ({})", spelled(other)),
    };
    text.to_owned()
}

/// Who or what answered a call that the centre made, by the result of the answering-machine detection; [`None`] for a result
/// without that information.
pub fn answering_machine(status: &str) -> Option<String> {
    let text = match status {
        "HUMAN_ANSWERED" => "A person answered",
        "VOICEMAIL_BEEP" => "A voicemail answered, with a beep",
        "VOICEMAIL_NO_BEEP" => "A voicemail answered, without a beep",
        "AMD_UNANSWERED" => "Nobody answered",
        "AMD_UNRESOLVED" => "Somebody or something answered",
        "AMD_UNRESOLVED_SILENCE" => "Answered by silence",
        "SIT_TONE_BUSY" => "The number was busy",
        "SIT_TONE_INVALID_NUMBER" => "The number was not valid",
        "SIT_TONE_DETECTED" => "The network played a message",
        "FAX_MACHINE_DETECTED" => "A fax machine answered",
        "AMD_NOT_APPLICABLE" | "AMD_ERROR" => return None,
        other => return Some(format!("The call was answered by: {}", spelled(other))),
    };
    Some(text.to_owned())
}

/// A code that is not known here, so that it can be read at least.
fn spelled(code: &str) -> String {
    code.to_lowercase().replace('_', " ")
}

/// What a flow says where the customer gave no answer that it knows, in lower case and without spaces.
const NO_ANSWER: [&str; 12] = [
    "error",
    "timeout",
    "nomatch",
    "nomatchingcondition",
    "nomatchingintent",
    "inputtimelimitexceeded",
    "fallbackintent",
    "amazon.fallbackintent",
    "nopromptprovided",
    "noinput",
    "noresponse",
    "invalidinput",
];

/// True for a result of a block that means that there was no answer.
pub(super) fn is_no_answer(result: &str) -> bool {
    let result: String = result.chars().filter(|c| !c.is_whitespace() && *c != '_').collect();
    NO_ANSWER.contains(&&*result.to_lowercase())
}
