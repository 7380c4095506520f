//! The JSON body.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::agent_state::Change;

/// A call's body; without states and `is_complete`, the end of a snapshot.
pub(super) fn body(batch_id: Timestamp, is_snapshot: bool, is_complete: bool, states: &[Change]) -> Vec<u8> {
    let states: Vec<Value> = states.iter().map(state).collect();
    let body = json!({
        "batchId": batch_id.to_string(),
        "isSnapshot": is_snapshot,
        "isComplete": is_complete,
        "states": states,
    });
    body.to_string().into_bytes()
}

fn state(change: &Change) -> Value {
    json!({
        "userCode": change.username.as_str(),
        "isLoggedOn": change.shown.is_logged_on,
        "stateCode": change.shown.code,
        "stateDescription": change.shown.description,
        "secondsInState": change.seconds_in_state(),
        "timestamp": change.at.to_string(),
    })
}
