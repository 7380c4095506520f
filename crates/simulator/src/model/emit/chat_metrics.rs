//! What a chat's record says of its messages. Nobody writes any here: they follow from the contact's id and its times, and
//! are the same in every version of the record.

use serde::Serialize;

use crate::model::{
    contact::Contact,
    directory::Person,
    iso::IsoSeconds,
    terms::Channel,
    time::{Millis, SECOND},
};

/// `ChatMetrics` of a contact record.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the names are Connect's")]
pub(crate) struct ChatMetrics {
    agent_metrics: ParticipantMetrics,
    contact_metrics: ContactMetrics,
    customer_metrics: ParticipantMetrics,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ContactMetrics {
    agent_first_response_time_in_millis: Millis,
    agent_first_response_timestamp: IsoSeconds,
    conversation_close_time_in_millis: Millis,
    conversation_turn_count: i64,
    multi_party: bool,
    total_bot_message_length_in_chars: i64,
    total_bot_messages: i64,
    total_messages: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ParticipantMetrics {
    conversation_abandon: bool,
    last_message_timestamp: IsoSeconds,
    max_response_time_in_millis: Millis,
    message_length_in_chars: i64,
    messages_sent: i64,
    num_responses: i64,
    participant_id: String,
    participant_type: &'static str,
    total_response_time_in_millis: Millis,
}

/// How long a turn takes: the customer writes, the agent answers.
const TURN: Millis = 45 * SECOND;

/// The metrics of a chat that an agent took.
pub(super) fn of(contact: &Contact, agent: Option<&Person>) -> Option<ChatMetrics> {
    let (connected, left) = (contact.connected?, contact.left?);
    let agent = agent.filter(|_| contact.channel == Channel::Chat)?;
    let lot = |shift: u32| i64::from(u8::try_from((contact.id.0 >> shift) & 0x3f).unwrap_or(0));
    let turns = ((left - connected) / TURN).max(1);
    let first = (SECOND + lot(0) * 250).min((left - connected) / 2);
    let close = (2 * SECOND + lot(8) * 100).min((left - connected) / 4);
    let side = |participant_type, participant_id: String, shift, answer: Millis, last| {
        let messages_sent = turns + lot(shift) / 16;
        ParticipantMetrics {
            conversation_abandon: false,
            last_message_timestamp: IsoSeconds(last),
            max_response_time_in_millis: answer,
            message_length_in_chars: messages_sent * (20 + lot(shift + 8)),
            messages_sent,
            num_responses: turns,
            participant_id,
            participant_type,
            total_response_time_in_millis: answer + (turns - 1) * (answer / 2),
        }
    };
    let agent_metrics = side("AGENT", agent.id.clone(), 16, first, left - close / 2);
    let customer_metrics =
        side("CUSTOMER", contact.id.to_string(), 32, (first + lot(48) * 50).min(TURN), left - close);
    Some(ChatMetrics {
        contact_metrics: ContactMetrics {
            agent_first_response_time_in_millis: first,
            agent_first_response_timestamp: IsoSeconds(connected + first),
            conversation_close_time_in_millis: close,
            conversation_turn_count: turns,
            multi_party: false,
            total_bot_message_length_in_chars: 86,
            total_bot_messages: 2,
            total_messages: agent_metrics.messages_sent + customer_metrics.messages_sent + 2,
        },
        agent_metrics,
        customer_metrics,
    })
}
