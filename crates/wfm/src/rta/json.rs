//! The JSON body.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::agent_state::StateChange;

/// A call's body; without states and `is_complete`, the end of a snapshot.
pub(super) fn body(
    batch_id: Timestamp,
    is_snapshot: bool,
    is_complete: bool,
    states: &[StateChange],
) -> Vec<u8> {
    let states: Vec<Value> = states.iter().map(state).collect();
    let body = json!({
        "batchId": batch_id.to_string(),
        "isSnapshot": is_snapshot,
        "isComplete": is_complete,
        "states": states,
    });
    body.to_string().into_bytes()
}

fn state(change: &StateChange) -> Value {
    json!({
        "userCode": change.agent.username.as_str(),
        "isLoggedOn": change.state.is_logged_on,
        "stateCode": change.state.code,
        "stateDescription": change.state.description,
        "secondsInState": change.seconds_in_state(),
        "timestamp": change.at.to_string(),
    })
}
