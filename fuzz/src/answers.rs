//! What a contact flow asks, and what a service answers.

use contact_flow::call::Action;
use switchboard_core::flow_call::FlowCall;
use switchboard_wfm::rta::soap_answer as answer;

/// What a contact flow asks.
pub fn flow_call(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(call) = FlowCall::parse(text) else { return };
    match Action::of(&call) {
        Ok(Action::Record(data)) => {
            assert!(!data.is_empty(), "something to record");
            for (name, value) in &data {
                assert!(
                    (1..=128).contains(&name.len()) && !name.contains(char::is_control),
                    "a name to keep"
                );
                assert!(!name.eq_ignore_ascii_case("Action") && value.is_string(), "a text to keep");
            }
        }
        Ok(Action::LookUp { window_minutes }) => assert_ne!(window_minutes, Some(0), "a window"),
        Err(reason) => assert!(reason.word().chars().all(char::is_alphanumeric), "one word to branch on"),
    }
}

/// The answer of an RTA service: the first byte says the status, the rest is the body.
pub fn soap_answer(bytes: &[u8]) {
    let Some((&first, body)) = bytes.split_first() else { return };
    let status = [200, 202, 302, 400, 401, 403, 404, 500, 503][usize::from(first % 9)];
    let read = answer(status, body);
    if read.is_ok() {
        assert_eq!(status, 200, "accepted with success alone");
        assert!(std::str::from_utf8(body).is_ok_and(|body| body.contains("Result")), "a result");
    }
}
