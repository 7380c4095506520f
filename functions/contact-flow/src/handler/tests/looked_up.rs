//! What a customer did before.

use super::*;

/// An answer to somebody of whom nothing is known.
const NOTHING: [(&str, &str); 16] = [
    ("Result", "Ok"),
    ("CallbackPending", "false"),
    ("CallbackContactId", ""),
    ("ActiveVoice", "false"),
    ("ActiveVoiceContactId", ""),
    ("ActiveChat", "false"),
    ("ActiveChatContactId", ""),
    ("LastContactId", ""),
    ("LastContactChannel", ""),
    ("LastContactAgeSeconds", ""),
    ("LastContactQueue", ""),
    ("LastContactQueueArn", ""),
    ("LastContactAgent", ""),
    ("LastContactAgentArn", ""),
    ("ContactsInWindow", "0"),
    ("ChainDisconnected", "true"),
];

#[tokio::test]
async fn a_first_contact_and_one_without_a_number() {
    let centre = Centre::open().await;
    let first = centre.ask("c").await;
    assert_says(&first, &NOTHING);
    assert_eq!(first.len(), NOTHING.len());
    let anonymous = sample("look-up-anonymous");
    for _ in 0..2 {
        assert_says(&centre.answer(&anonymous).await, &NOTHING);
    }
    let no_endpoint = call("d", &json!({"Action": "Lookup"})).replace("CustomerEndpoint", "Other");
    assert_says(&centre.answer(&no_endpoint).await, &NOTHING);
}

#[tokio::test]
async fn the_last_contact_with_its_age_queue_and_agent() {
    let centre = Centre::open().await;
    centre.call("old", "VOICE", "01:00:00").await;
    centre.end("old", "01:30:00").await;
    centre.call("last", "CHAT", "02:00:00").await;
    let more = json!({
        "queueInfo": {"queueArn": "queue/1", "enqueueTimestamp": "2026-11-02T02:01:00Z"},
        "agentInfo": {"agentArn": "agent/1", "connectedToAgentTimestamp": "2026-11-02T02:02:00Z"},
    });
    centre.event("last", "CONNECTED_TO_AGENT", "02:02:00", &more).await;
    centre.end("last", "02:10:00").await;
    let answer = centre.ask("c").await;
    assert_says(
        &answer,
        &[
            ("LastContactId", "last"),
            ("LastContactChannel", "CHAT"),
            ("LastContactAgeSeconds", "13800"),
            ("LastContactQueueArn", "queue/1"),
            ("LastContactAgentArn", "agent/1"),
            ("ContactsInWindow", "2"),
            ("ActiveVoice", "false"),
            ("ActiveChat", "false"),
        ],
    );
    for (minutes, count) in [("229", "0"), ("230", "1"), ("270", "2")] {
        let asked = call("c", &json!({"Action": "Lookup", "WindowMinutes": minutes}));
        assert_says(&centre.answer(&asked).await, &[("ContactsInWindow", count), ("LastContactId", "last")]);
    }
}

#[tokio::test]
async fn another_call_and_another_chat_that_go_on() {
    let centre = Centre::open().await;
    centre.call("call", "VOICE", "05:00:00").await;
    centre.call("chat", "CHAT", "05:10:00").await;
    centre.call("over", "CHAT", "05:20:00").await;
    centre.end("over", "05:30:00").await;
    let answer = centre.ask("c").await;
    assert_says(
        &answer,
        &[
            ("ActiveVoice", "true"),
            ("ActiveVoiceContactId", "call"),
            ("ActiveChat", "true"),
            ("ActiveChatContactId", "chat"),
            ("ChainDisconnected", "true"),
        ],
    );
    assert_says(&centre.ask("call").await, &[("ActiveVoice", "true"), ("ActiveVoiceContactId", "c")]);
}

#[tokio::test]
async fn a_callback_that_waits_has_no_number_of_its_own_and_is_found() {
    let centre = Centre::open().await;
    centre.call("asked", "VOICE", "05:00:00").await;
    let of_asked = json!({
        "channel": "VOICE", "initiationMethod": "CALLBACK", "initialContactId": "asked", "previousContactId": "asked",
    });
    centre.event("callback", "INITIATED", "05:01:00", &of_asked).await;
    centre.end("asked", "05:01:10").await;
    let waits = [
        ("CallbackPending", "true"),
        ("CallbackContactId", "callback"),
        ("ActiveVoice", "false"),
        ("LastContactId", "asked"),
        ("ContactsInWindow", "2"),
    ];
    assert_says(&centre.ask("c").await, &waits);
    // An agent rings back.
    let more = json!({"agentInfo": {"agentArn": "a", "connectedToAgentTimestamp": "2026-11-02T05:40:00Z"}});
    centre.event("callback", "CONNECTED_TO_AGENT", "05:40:00", &more).await;
    assert_says(&centre.ask("c").await, &[("CallbackPending", "true"), ("ActiveVoiceContactId", "callback")]);
    centre.end("callback", "05:45:00").await;
    let over = [("CallbackPending", "false"), ("ActiveVoice", "false"), ("LastContactId", "callback")];
    assert_says(&centre.ask("c").await, &over);
}

#[tokio::test]
async fn a_chain_is_one_conversation() {
    let centre = Centre::open().await;
    centre.call("first", "VOICE", "05:00:00").await;
    let leg = call("leg", &json!({"Action": "Lookup"}))
        .replace(r#""InitialContactId":"leg""#, r#""InitialContactId":"first""#);
    let answer = centre.answer(&leg).await;
    assert_says(
        &answer,
        &[
            ("ChainDisconnected", "false"),
            ("ActiveVoice", "false"),
            ("LastContactId", ""),
            ("ContactsInWindow", "0"),
        ],
    );
    centre.end("first", "05:10:00").await;
    assert_says(&centre.answer(&leg).await, &[("ChainDisconnected", "true")]);
    // From another contact both legs are the customer's, the second too, which goes on.
    assert_says(&centre.ask("c").await, &[("ActiveVoiceContactId", "leg"), ("ContactsInWindow", "2")]);
}

#[tokio::test]
async fn other_customers_are_others() {
    let centre = Centre::open().await;
    centre.call("c", "VOICE", "05:00:00").await;
    let other = call("d", &json!({"Action": "Lookup"})).replace(NUMBER, "+61491570157");
    assert_says(&centre.answer(&other).await, &NOTHING);
}

#[tokio::test]
async fn a_look_up_makes_the_customer_known_and_leaves_no_trace_in_the_history() {
    let centre = Centre::open().await;
    centre.ask("c").await;
    assert_eq!(centre.status("c").await.text(Known::CustomerIdentifier), Some(NUMBER));
    assert_eq!(centre.flows.store.history("c", now()).await, Ok(Vec::new()));
}

#[tokio::test]
async fn the_most_that_can_be_told_fits_in_what_connect_takes() {
    let centre = Centre::open().await;
    let long = "é".repeat(40_000);
    centre.call("last", "VOICE", "05:00:00").await;
    let more = json!({
        "channel": &long,
        "queueInfo": {"queueArn": &long, "enqueueTimestamp": "2026-11-02T05:01:00Z"},
        "agentInfo": {"agentArn": &long, "connectedToAgentTimestamp": "2026-11-02T05:02:00Z"},
    });
    centre.event("last", "CONNECTED_TO_AGENT", "05:02:00", &more).await;
    let answer = centre.ask("c").await;
    assert_says(&answer, &[("Result", "Ok"), ("LastContactId", "last")]);
    let bytes = serde_json::to_vec(&answer).unwrap().len();
    assert!((3_000..32_000).contains(&bytes), "{bytes}");
}
