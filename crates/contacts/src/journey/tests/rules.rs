//! What is told, and in which words.

use super::*;
use crate::{attribute::SystemAttribute, status::Status};

fn at(text: &str) -> String {
    format!("{DAY}{text}Z")
}

fn texts(observations: Vec<Observation>) -> Vec<String> {
    journey(observations).friendly().into_iter().map(|line| line.text).collect()
}

fn record(record: &Json) -> Vec<Observation> {
    let document = record.to_string();
    let ctr = Ctr::parse(&document).unwrap();
    let own = Observation::of_contact_record(&ctr, &document, came());
    own.into_iter().chain(Observation::of_successors_record(&ctr, came())).collect()
}

#[test]
fn a_pause_ends_what_was_before_it() {
    let queue =
        json!({"channel": "TASK", "queueInfo": {"queueArn": "x/queue/9", "enqueueTimestamp": at("04.000")}});
    let taken = json!({"channel": "TASK", "agentInfo": {"agentArn": "x/agent/1", "connectedToAgentTimestamp": at("20.000")}});
    let with = |time: &str| {
        let mut more = taken.clone();
        more["lastPausedTimestamp"] = json!(at(time));
        more
    };
    let task = vec![
        event("c", "QUEUED", "04", &queue),
        event("c", "PAUSED", "06", &json!({"channel": "TASK"})),
        event("c", "RESUMED", "10", &json!({"channel": "TASK"})),
        event("c", "CONNECTED_TO_AGENT", "20", &taken),
        event("c", "PAUSED", "30", &with("30.000")),
    ];
    let lines = journey(task.clone()).friendly();
    let expected = [
        (0, None, "Began as an incoming task"),
        (3_001, Some(2_000), "Waited in queue 9"),
        (5_001, Some(4_000), "Was paused"),
        (9_001, Some(10_000), "Was resumed"),
        (19_001, Some(10_000), "Agent 1 worked on it"),
        (29_001, None, "Is paused"),
    ];
    assert_eq!(told(&lines), expected);
}

#[test]
fn what_goes_on_is_told_in_the_present() {
    let queue = json!({"queueInfo": {"queueArn": "x/queue/9", "enqueueTimestamp": at("04.000")}});
    let waits = vec![event("c", "QUEUED", "04", &queue)];
    assert_eq!(texts(waits.clone()).last().unwrap(), "Waits in queue 9");
    let held = agent("20.100", &json!([]), &held("CONNECTED_ONHOLD", "20.100"));
    assert_eq!(texts(held), ["Waited in queue Sales", "Talks with agent ann", "Is on hold"]);
    let wraps_up = agent("40.310", &json!([]), &super::held("ENDED", "40.310"));
    let ended = event("c", "DISCONNECTED", "40", &json!({"disconnectTimestamp": at("40.300")}));
    let lines = texts(wraps_up.into_iter().chain([ended]).collect());
    assert_eq!(lines.last().unwrap(), "Agent ann wraps up");
    let own = json!({"queueInfo": {"queueArn": "x/queue/agent/1", "enqueueTimestamp": at("04.000")}});
    assert_eq!(texts(vec![event("c", "QUEUED", "04", &own)])[1], "Waits for agent 1");
}

#[test]
fn what_only_agents_hear_is_not_the_customers() {
    let flow = |id: &str, name: &str, time: &str| {
        block(
            "c",
            time,
            "PlayPrompt",
            &json!({"ContactFlowId": format!("x/contact-flow/{id}"), "ContactFlowName": name,
            "Parameters": {"Text": name}}),
        )
    };
    let set = |kind: &str, id: &str, time: &str| {
        block(
            "c",
            time,
            "SetContactFlow",
            &json!({"Parameters": {"Type": kind, "ContactFlowId": format!("x/contact-flow/{id}")}}),
        )
    };
    let lines = texts(vec![
        set("AgentWhisper", "w", "01.000"),
        set("AgentHold", "h", "01.001"),
        set("CustomerHold", "m", "01.002"),
        flow("w", "Our whisper", "02.000"),
        flow("h", "Our hold", "02.001"),
        flow("m", "Music", "02.002"),
        flow("d", "Default agent whisper", "02.003"),
        flow("d", "Default agent hold", "02.004"),
        flow("d", "Default customer whisper", "02.005"),
    ]);
    assert_eq!(lines, ["Heard \"Music\"", "Heard \"Default customer whisper\""]);
}

#[test]
fn no_answer_is_no_choice() {
    let answers = [
        "Fallbackintent",
        "FallbackIntent",
        "No prompt provided",
        "Timeout",
        "NoMatch",
        "AMAZON.FallbackIntent",
        "Error",
    ];
    for answer in answers {
        for kind in ["GetUserInput", "GetParticipantInput"] {
            let line = block("c", "02.000", kind, &json!({"Results": answer}));
            assert_eq!(texts(vec![line]), ["Gave no answer the flow knows"], "{answer}");
        }
    }
    let chosen = block("c", "02.000", "GetParticipantInput", &json!({"Results": "2"}));
    assert_eq!(texts(vec![chosen]), ["Chose 2"]);
}

#[test]
fn a_wait_is_as_long_as_the_record_says() {
    let callback = |dequeued: &str| {
        record(
            &json!({"ContactId": "c", "Channel": "VOICE", "InitiationMethod": "CALLBACK", "InitiationTimestamp": at("00"),
            "Queue": {"ARN": "x/queue/9", "EnqueueTimestamp": at("04"), "DequeueTimestamp": dequeued},
            "Agent": {"ARN": "x/agent/1", "ConnectedToAgentTimestamp": at("50"), "AgentInteractionDuration": 5},
            "DisconnectTimestamp": at("55"), "LastUpdateTimestamp": "2024-05-01T10:02:00Z"}),
        )
    };
    assert_eq!(told(&journey(callback(&at("25"))).friendly())[1], (4_000, Some(21_000), "Waited in queue 9"));
    // To the second, a better word is at hand.
    assert_eq!(told(&journey(callback(&at("49"))).friendly())[1], (4_000, Some(46_000), "Waited in queue 9"));
}

#[test]
fn who_listened_and_who_was_asked_did_not_talk() {
    let leg = |method: &str, secs: u64| {
        texts(record(
            &json!({"ContactId": "c", "Channel": "VOICE", "InitiationMethod": method, "InitiationTimestamp": at("00"),
            "Agent": {"ARN": "x/agent/1", "Username": "lee", "ConnectedToAgentTimestamp": at("10"), "AgentInteractionDuration": secs},
            "DisconnectTimestamp": at("40"), "LastUpdateTimestamp": at("50")}),
        ))
    };
    assert_eq!(leg("MONITOR", 30)[1], "Agent lee listened");
    assert_eq!(leg("TRANSFER", 0)[1], "Agent lee was consulted");
    assert_eq!(leg("TRANSFER", 30)[1], "Talked with agent lee");
}

#[test]
fn a_contact_that_goes_on_as_another_says_so() {
    let left = |method: &str, queue: &str| {
        let first = record(&json!({"ContactId": "c", "Channel": "VOICE", "InitiationMethod": "INBOUND",
            "InitiationTimestamp": at("00"), "Queue": {"ARN": "x/queue/1", "Name": "Sales", "EnqueueTimestamp": at("04")},
            "DisconnectReason": "CONTACT_FLOW_DISCONNECT", "NextContactId": "d", "DisconnectTimestamp": at("30"),
            "LastUpdateTimestamp": at("40")}));
        let next = record(
            &json!({"ContactId": "d", "PreviousContactId": "c", "InitiationMethod": method, "Channel": "VOICE",
            "InitiationTimestamp": at("30"), "Queue": {"ARN": "x/queue/2", "Name": queue}, "LastUpdateTimestamp": at("59")}),
        );
        let lines = journey(first.into_iter().chain(next).collect()).friendly();
        lines.into_iter().rfind(|line| line.contact_id == "c").unwrap().text
    };
    assert_eq!(left("QUEUE_TRANSFER", "Billing"), "Was moved to queue Billing");
    let passed_on = |queue: Json| {
        let talked = record(&json!({"ContactId": "c", "Channel": "VOICE", "InitiationMethod": "INBOUND",
            "InitiationTimestamp": at("00"), "Agent": {"ARN": "x/agent/1", "Username": "lee", "ConnectedToAgentTimestamp": at("10")},
            "DisconnectTimestamp": at("30"), "LastUpdateTimestamp": at("40")}));
        let next = record(
            &json!({"ContactId": "d", "PreviousContactId": "c", "InitiationMethod": "TRANSFER", "Channel": "VOICE",
            "InitiationTimestamp": at("30"), "Queue": queue, "Agent": {"ARN": "x/agent/2", "Username": "jonas", "ConnectedToAgentTimestamp": at("35")},
            "LastUpdateTimestamp": at("59")}),
        );
        let lines = journey(talked.into_iter().chain(next).collect()).friendly();
        lines.into_iter().rfind(|line| line.contact_id == "c").unwrap().text
    };
    assert_eq!(passed_on(json!({"ARN": "x/queue/agent/2", "Name": null})), "Was transferred to agent jonas");
    assert_eq!(passed_on(Json::Null), "Was transferred to agent jonas");
    assert_eq!(passed_on(json!({"ARN": "x/queue/7", "Name": "Sales"})), "Was transferred to queue Sales");
    assert_eq!(left("CALLBACK", "Callbacks"), "Asked to be called back, from queue Callbacks");
    assert_eq!(left("API", "Tasks"), "Ended by its flow while waiting", "a task follows it up");
}

#[test]
fn what_became_of_a_dial_is_told() {
    let dial = json!({"initiationMethod": "API", "connectedToSystemTimestamp": at("30.000"), "initiationTimestamp": at("20.000"),
        "disconnectTimestamp": at("50.000"), "disconnectReason": "CONTACT_FLOW_DISCONNECT",
        "answeringMachineDetectionStatus": "VOICEMAIL_BEEP"});
    let lines = journey(vec![
        event("c", "INITIATED", "01", &json!({"initiationMethod": "API"})),
        event("c", "DISCONNECTED", "50", &dial),
    ])
    .friendly();
    assert_eq!(
        told(&lines),
        [
            (0, None, "Began as a call that a program began"),
            (29_001, None, "A voicemail answered, with a beep"),
            (49_001, None, "Ended by its flow")
        ]
    );
}

#[test]
fn no_code_is_left_in_a_line() {
    for code in ["EXPIRED", "TELECOM_BUSY", "AGENT_COMPLETED", "IDLE_DISCONNECT", "ONE_TO_COME"] {
        let ended = json!({"disconnectTimestamp": at("30.000"), "disconnectReason": code});
        let lines = texts(vec![event("c", "DISCONNECTED", "30", &ended)]);
        assert!(!lines[1].contains('_') && !lines[1].contains(code), "{lines:?}");
    }
}

#[test]
fn an_event_without_a_time_has_none_anywhere() {
    let document =
        json!({"id": "e", "time": "not a time", "detail": {"eventType": "QUEUED", "contactId": "c"}});
    let document = document.to_string();
    let event = ContactEvent::parse(&document).unwrap();
    let change = fold(Observation::of_contact_event(&event, &document, came())).remove("c").unwrap();
    assert!(!Json::from(change.status.view()).to_string().contains("1970"), "{:?}", change.status.view());
    let journey = Journey::new(change.history.into_values(), [&change.status].map(Clone::clone).as_slice());
    for line in journey.friendly().into_iter().chain(journey.technical()) {
        assert_eq!((line.at, line.offset_ms), (None, None), "{}", line.text);
    }
}

#[test]
fn head_and_timeline_are_of_one_set_of_facts() {
    let call = call();
    let status = fold(call.clone())["c"].status.clone();
    let lines = journey(call).friendly();
    let at = |text: &str| lines.iter().find(|line| line.text.starts_with(text)).unwrap().at.clone().unwrap();
    let known = |known: SystemAttribute| crate::status::time_text(Status::time(&status, known).unwrap());
    for (text, attribute) in [
        ("Began", SystemAttribute::InitiatedAt),
        ("Waited", SystemAttribute::EnqueuedAt),
        ("Talked", SystemAttribute::ConnectedToAgentAt),
        ("The customer hung up", SystemAttribute::DisconnectedAt),
        ("Agent ann wrapped up", SystemAttribute::AfterContactWorkStartedAt),
    ] {
        assert_eq!(at(text), known(attribute), "{text}");
    }
}

#[test]
fn a_call_that_rang_out_was_made_and_nobody_picked_up() {
    let ended = |answered_by: &str| {
        let text = record(&json!({
            "ContactId": "c", "Channel": "VOICE", "InitiationMethod": "OUTBOUND", "InitiationTimestamp": at("00"),
            "ConnectedToSystemTimestamp": at("01"), "DisconnectTimestamp": at("30"), "LastUpdateTimestamp": at("40"),
            "AnsweringMachineDetectionStatus": answered_by, "DisconnectReason": "OUTBOUND_ATTEMPT_FAILED",
        }));
        texts(text).pop().unwrap()
    };
    assert_eq!(ended("AMD_UNANSWERED"), "Nobody picked up");
    assert_eq!(ended("AMD_ERROR"), "The call could not be made");
}
