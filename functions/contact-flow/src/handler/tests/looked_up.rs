//! What a customer did before.

use super::*;

/// An answer to somebody of whom nothing is known.
const NOTHING: [(&str, &str); 17] = [
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
    ("LastDataLeftOut", "0"),
    ("ConversationsInWindow", "0"),
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
            ("ConversationsInWindow", "2"),
            ("ActiveVoice", "false"),
            ("ActiveChat", "false"),
        ],
    );
    for (minutes, count) in [("229", "0"), ("230", "1"), ("270", "2")] {
        let asked = call("c", &json!({"Action": "Lookup", "WindowMinutes": minutes}));
        assert_says(
            &centre.answer(&asked).await,
            &[("ConversationsInWindow", count), ("LastContactId", "last")],
        );
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
        ("ConversationsInWindow", "1"),
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
            ("ConversationsInWindow", "0"),
        ],
    );
    centre.end("first", "05:10:00").await;
    assert_says(&centre.answer(&leg).await, &[("ChainDisconnected", "true")]);
    // From another contact both legs are the customer's, the second too, which goes on.
    let both = [("ActiveVoiceContactId", "leg"), ("ConversationsInWindow", "1"), ("LastContactId", "leg")];
    assert_says(&centre.ask("c").await, &both);
}

/// A leg of a conversation, with its agent and queue, from its beginning to its end.
async fn leg(centre: &Centre, contact: &str, method: &str, agent: &str, (from, to): (&str, &str)) {
    let time = |time: &str| format!("2026-11-02T{time}Z");
    let more = json!({
        "channel": "VOICE", "initiationMethod": method, "initialContactId": "first",
        "queueInfo": {"queueArn": format!("queue/{agent}"), "enqueueTimestamp": time(from)},
        "agentInfo": {"agentArn": format!("agent/{agent}"), "connectedToAgentTimestamp": time(from)},
    });
    centre.event(contact, "CONNECTED_TO_AGENT", from, &more).await;
    centre.end(contact, to).await;
}

#[tokio::test]
async fn legs_that_are_not_the_customers_are_in_no_answer() {
    for method in ["MONITOR", "EXTERNAL_OUTBOUND"] {
        let centre = Centre::open().await;
        centre.call("first", "VOICE", "05:00:00").await;
        leg(&centre, "first", "INBOUND", "mira", ("05:01:00", "05:09:30")).await;
        leg(&centre, "other", method, "lee", ("05:05:00", "05:10:05")).await;
        let told = [
            ("LastContactId", "first"),
            ("LastContactAgentArn", "agent/mira"),
            ("LastContactQueueArn", "queue/mira"),
            ("LastContactAgeSeconds", "3030"),
            ("ConversationsInWindow", "1"),
        ];
        assert_says(&centre.ask("c").await, &told);
        // A window that only their end is in has no conversation of the customer's.
        let asked = call("c", &json!({"Action": "Lookup", "WindowMinutes": "50"}));
        assert_says(&centre.answer(&asked).await, &[("ConversationsInWindow", "0")]);
        // It may go on for long.
        let more = json!({"channel": "VOICE", "initiationMethod": method, "initialContactId": "first"});
        centre.event("goes-on", "INITIATED", "05:06:00", &more).await;
        assert_says(&centre.ask("c").await, &[("ActiveVoice", "false"), ("LastContactId", "first")]);
        let of_chain = call("new", &json!({"Action": "Lookup"}))
            .replace(r#""InitialContactId":"new""#, r#""InitialContactId":"first""#);
        assert_says(&centre.answer(&of_chain).await, &[("ChainDisconnected", "true")]);
    }
}

#[tokio::test]
async fn a_conversation_transferred_twice_is_one_and_its_last_agent_counts() {
    let centre = Centre::open().await;
    centre.call("first", "VOICE", "05:00:00").await;
    leg(&centre, "first", "INBOUND", "mira", ("05:01:00", "05:10:00")).await;
    leg(&centre, "second", "TRANSFER", "jonas", ("05:10:00", "05:20:00")).await;
    let more = json!({
        "channel": "VOICE", "initiationMethod": "TRANSFER", "initialContactId": "first",
        "queueInfo": {"queueArn": "queue/late", "enqueueTimestamp": "2026-11-02T05:20:00Z"},
    });
    centre.event("third", "QUEUED", "05:20:00", &more).await;
    centre.end("third", "05:30:00").await;
    let told = [
        ("ConversationsInWindow", "1"),
        ("LastContactId", "third"),
        ("LastContactQueueArn", "queue/late"),
        ("LastContactAgentArn", "agent/jonas"),
    ];
    assert_says(&centre.ask("c").await, &told);
}

/// Lets a flow record data on a contact.
async fn record(centre: &Centre, contact: &str, time: &str, data: &Value) {
    let mut parameters = json!({"Action": "Record"});
    parameters.as_object_mut().unwrap().extend(data.as_object().unwrap().clone());
    let context = CallContext { now: format!("2026-11-02T{time}Z").parse().unwrap(), ..now() };
    assert_says(&centre.flows.answer(&call(contact, &parameters), context).await.answer, &[("Result", "Ok")]);
}

#[tokio::test]
async fn the_data_of_the_last_conversation_is_told_and_of_no_other() {
    let centre = Centre::open().await;
    centre.call("old", "VOICE", "01:00:00").await;
    record(&centre, "old", "01:01:00", &json!({"old": "1"})).await;
    centre.end("old", "01:30:00").await;
    centre.call("first", "VOICE", "05:00:00").await;
    record(&centre, "first", "05:01:00", &json!({"reason": "delivery", "colour": "red"})).await;
    leg(&centre, "first", "INBOUND", "mira", ("05:02:00", "05:10:00")).await;
    leg(&centre, "second", "TRANSFER", "jonas", ("05:10:00", "05:20:00")).await;
    let of_chain = call("second", &json!({"Action": "Record", "colour": "blue"}))
        .replace(r#""InitialContactId":"second""#, r#""InitialContactId":"first""#);
    assert_says(&centre.answer(&of_chain).await, &[("Result", "Ok")]);
    record(&centre, "c", "05:59:00", &json!({"mine": "1"})).await;
    let answer = centre.ask("c").await;
    let data: Vec<_> = answer.iter().filter(|(name, _)| name.starts_with("LastData_")).collect();
    let told = [("LastData_colour", "blue"), ("LastData_reason", "delivery")];
    assert!(data.into_iter().map(|(name, value)| (&**name, value.as_str())).eq(told), "{answer:?}");
}

#[tokio::test]
async fn so_many_names_of_a_conversation_are_told_and_no_more() {
    let centre = Centre::open().await;
    centre.call("first", "VOICE", "05:00:00").await;
    for (contact, prefix) in [("first", "a"), ("second", "b")] {
        let pairs = (0..30).map(|n| (format!("{prefix}{n:02}"), json!("1")));
        let mut parameters = json!({"Action": "Record"});
        parameters.as_object_mut().unwrap().extend(pairs);
        let own = format!(r#""InitialContactId":"{contact}""#);
        let asked = call(contact, &parameters).replace(&own, r#""InitialContactId":"first""#);
        assert_says(&centre.answer(&asked).await, &[("Recorded", "30")]);
    }
    let answer = centre.ask("c").await;
    assert_says(&answer, &[("LastDataLeftOut", "10"), ("LastData_a29", "1"), ("LastData_b19", "1")]);
    assert_eq!(answer.keys().filter(|name| name.starts_with("LastData_")).count(), 50);
}

#[tokio::test]
async fn an_end_of_a_clock_that_is_ahead_is_no_age() {
    let centre = Centre::open().await;
    centre.call("first", "VOICE", "05:00:00").await;
    centre.end("first", "06:03:00").await;
    assert_says(&centre.ask("c").await, &[("LastContactId", "first"), ("LastContactAgeSeconds", "0")]);
}

#[tokio::test]
async fn data_that_there_is_no_room_for_is_counted() {
    let centre = Centre::open().await;
    centre.call("first", "VOICE", "05:00:00").await;
    centre.call("second", "VOICE", "05:00:00").await;
    // Each control character is six in JSON text.
    let data = |prefix: &str| {
        let pair = |n| (format!("{prefix}{n:02}"), json!("\u{1}".repeat(150)));
        Value::from((0..40).map(pair).collect::<serde_json::Map<_, _>>())
    };
    record(&centre, "first", "05:01:00", &data("a")).await;
    centre.end("first", "05:30:00").await;
    let answer = centre.ask("c").await;
    let told = answer.keys().filter(|name| name.starts_with("LastData_")).count();
    assert_eq!(
        told,
        crate::customer_history::LAST_DATA_MAX_BYTES / (150 * 6 + 2 + "\"LastData_a00\"".len() + 2)
    );
    assert_says(&answer, &[("Result", "Ok"), ("LastDataLeftOut", &(40 - told).to_string())]);
    assert!(serde_json::to_vec(&answer).unwrap().len() < 32 * 1024);
}

#[tokio::test(start_paused = true)]
async fn a_look_up_whose_own_write_hangs_is_answered() {
    let answer = || Ok(FlowResponse::from([("LastContactId".into(), "c".to_owned())]));
    let began = Instant::now();
    let (told, is_known) = beside(async { answer() }, future::pending()).await;
    assert_eq!((told, is_known), (answer(), false));
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    // One that fails, and one that is done first, wait for nothing.
    let began = Instant::now();
    let late = async || {
        tokio::time::sleep(Duration::from_millis(600)).await;
        answer()
    };
    assert_eq!(beside(late(), async { Err(Reason::Deadline) }).await, (answer(), false));
    assert_eq!(beside(late(), async { Ok(()) }).await, (answer(), true));
    assert_eq!(began.elapsed(), Duration::from_millis(1_200));
    assert_eq!(
        beside(async { Err(Reason::Deadline) }, future::pending()).await,
        (Err(Reason::Deadline), false)
    );
    assert_eq!(began.elapsed(), Duration::from_millis(1_200));
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
    assert_eq!(centre.status("c").await.text(SystemAttribute::CustomerIdentifier), Some(NUMBER));
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

#[tokio::test]
async fn a_flow_sees_the_contacts_of_its_own_instance_alone() {
    let centre = Centre::open().await;
    let of = |contact: &str, instance: &str| {
        let arn = format!(r#""InstanceARN":"arn:aws:connect:eu-west-2:111122223333:instance/{instance}","#);
        let asked = call(contact, &json!({"Action": "Lookup"}));
        asked.replacen(r#""Attributes":"#, &format!(r#"{arn}"Attributes":"#), 1)
    };
    for (contact, instance) in [("a1", "one"), ("b1", "other")] {
        assert_says(&centre.answer(&of(contact, instance)).await, &NOTHING);
    }
    assert_says(&centre.answer(&of("a2", "one")).await, &[("LastContactId", "a1")]);
    assert_says(&centre.answer(&of("b2", "other")).await, &[("LastContactId", "b1")]);
}
