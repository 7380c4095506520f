//! Which word about a contact counts.

use super::*;

fn at(text: &str) -> String {
    format!("{DAY}{text}Z")
}

#[test]
fn an_agent_and_a_queue_count_without_their_times() {
    let bare = json!({"agentInfo": {"agentArn": "a"}, "queueInfo": {"queueArn": "q"}});
    let status = of([event("CONNECTED_TO_AGENT", "10", &bare)]);
    assert_eq!(status.text(SystemAttribute::AgentArn), Some("a"));
    assert_eq!(status.time(SystemAttribute::ConnectedToAgentAt), Some(time("10")), "its own time stands in");
    assert!(status.flag(SystemAttribute::Queued) && status.flag(SystemAttribute::ConnectedToAgent));
    // An outbound call has a queue that it never waited in.
    let outbound = json!({"initiationMethod": "OUTBOUND", "agentInfo": {"agentArn": "a"}, "queueInfo": {"queueArn": "q"}});
    assert!(!of([event("CONNECTED_TO_AGENT", "10", &outbound)]).flag(SystemAttribute::Queued));
    // Its own time gives way to one that is stated, before or after it.
    let stated = json!({"agentInfo": {"agentArn": "a", "connectedToAgentTimestamp": at("09.200")}});
    for events in [
        [event("CONNECTED_TO_AGENT", "10", &bare), event("DISCONNECTED", "40", &stated)],
        [event("DISCONNECTED", "40", &stated), event("CONNECTED_TO_AGENT", "10", &bare)],
    ] {
        assert_eq!(of(events).time(SystemAttribute::ConnectedToAgentAt), Some(time("09.200")));
    }
}

#[test]
fn a_time_that_is_far_ahead_decides_nothing() {
    let later = "2126-11-26T10:00:05.000Z";
    let queued = json!({"id": "q", "time": later, "detail": {"eventType": "QUEUED", "contactId": "c",
        "initiationMethod": "INBOUND", "queueInfo": {"queueArn": "q", "enqueueTimestamp": later}}});
    let document = queued.to_string();
    let ahead =
        Observation::of_contact_event(&ContactEvent::parse(&document).unwrap(), &document, now()).unwrap();
    assert_eq!((ahead.at(), ahead.entry().ahead_of), (Timestamp::UNIX_EPOCH, Some(now())));
    let taken = json!({"agentInfo": {"agentArn": "a", "connectedToAgentTimestamp": at("10.000")}});
    let status = of([event("INITIATED", "00", &json!({})), ahead, event("CONNECTED_TO_AGENT", "10", &taken)]);
    assert_eq!(status.text(SystemAttribute::Status), Some("CONNECTED_TO_AGENT"));
    assert_eq!(status.last_event_at(), Some(time("10")));
    // Lines of logs, agent events and records, too; and a clock may be some minutes fast.
    let line = json!({"ContactId": "c", "Timestamp": later}).to_string();
    let log =
        Observation::of_flow_log(&FlowLog::parse(&line).unwrap(), &line, Some("1"), None, now()).unwrap();
    assert_eq!(log.at(), Timestamp::UNIX_EPOCH);
    let record = contact_record(
        &json!({"ContactId": "c", "InitiationMethod": "INBOUND", "LastUpdateTimestamp": later}),
    );
    assert!(!record.status().flag(SystemAttribute::Disconnected));
    let agent = agent_event(&json!({"AgentARN": "a", "EventType": "STATE_CHANGE", "EventTimestamp": later,
        "CurrentAgentSnapshot": {"Contacts": [{"ContactId": "c", "State": "CONNECTED"}]}}));
    assert_eq!(agent[0].status().text(SystemAttribute::Status), None);
    let soon = json!({"queueInfo": {"enqueueTimestamp": "2024-05-01T12:05:00.000Z"}});
    let soon = event("QUEUED", "10", &soon);
    assert_eq!((soon.entry().ahead_of, status_of([soon])), (None, "QUEUED".to_owned()));
}

#[test]
fn when_a_contact_is_to_begin_may_be_ahead() {
    let scheduled = event("INITIATED", "00", &json!({"scheduledTimestamp": "2024-05-09T09:00:00.000Z"}));
    assert_eq!(scheduled.entry().ahead_of, None);
    assert_eq!(of([scheduled]).time(SystemAttribute::ScheduledAt), "2024-05-09T09:00:00Z".parse().ok());
}

#[test]
fn lines_of_one_millisecond_are_in_the_order_of_their_log_events() {
    for contact in 0..10 {
        let lines = (0..3).map(|n| {
            let line = json!({"ContactId": "c", "ContactFlowModuleType": format!("Block{n}"), "Identifier": contact.to_string(),
                "Timestamp": at("02.000")});
            flow_log(&format!("{:056}", 3_700 + contact * 10 + n), &line)
        });
        let mut lines: Vec<_> = lines.collect();
        for _ in 0..3 {
            lines.rotate_left(1);
            assert_eq!(of(lines.clone()).text(SystemAttribute::LatestBlockType), Some("Block2"));
            let history = &fold(lines.clone())["c"].history;
            assert_eq!(history.values().next_back().unwrap().kind, "Block2", "and so has the history");
        }
    }
}

#[test]
fn nothing_takes_a_contact_back_on_its_way_in() {
    let taken = json!({"agentInfo": {"agentArn": "a", "connectedToAgentTimestamp": at("03.000")}});
    let reached = json!({"connectedToSystemTimestamp": at("12.000")});
    let both = [event("CONNECTED_TO_AGENT", "03", &taken), event("CONNECTED_TO_SYSTEM", "12", &reached)];
    assert_eq!(status_of(both.clone()), "CONNECTED_TO_AGENT");
    assert_eq!(of(both).time(SystemAttribute::ConnectedToSystemAt), Some(time("12")));
}

#[test]
fn a_record_without_a_time_ends_nothing() {
    let waits = event("QUEUED", "04", &json!({"queueInfo": {"enqueueTimestamp": at("04.505")}}));
    let record = contact_record(&json!({"ContactId": "c", "InitiationMethod": "INBOUND"}));
    let status = of([waits.clone(), record]);
    assert!(status.is_active() && status.text(SystemAttribute::Status) == Some("QUEUED"));
    for kind in ["DISCONNECTED", "COMPLETED"] {
        let document = typed(kind, &json!({})).to_string();
        let bare = Observation::of_contact_event(&ContactEvent::parse(&document).unwrap(), &document, now());
        assert!(of([waits.clone(), bare.unwrap()]).is_active(), "{kind}");
    }
}

#[test]
fn an_agent_who_was_only_asked_took_nothing_over() {
    let asked = event("INITIATED", "20", &json!({"initiationMethod": "TRANSFER"}));
    let updated = |secs: u64, updated: &str| {
        contact_record(
            &json!({"ContactId": "c", "InitiationMethod": "TRANSFER", "LastUpdateTimestamp": at(updated),
            "Agent": {"ARN": "a", "ConnectedToAgentTimestamp": at("21"), "AgentInteractionDuration": secs}}),
        )
    };
    let record = |secs| updated(secs, "59");
    let consulted = of([asked.clone(), record(0)]);
    assert!(!consulted.flag(SystemAttribute::Transferred) && !consulted.leg().is_customers());
    let taken = of([asked, record(7)]);
    assert!(taken.flag(SystemAttribute::Transferred) && taken.leg().is_customers());
    let corrected = of([updated(0, "58"), record(7)]);
    assert!(corrected.flag(SystemAttribute::Transferred) && corrected.leg().is_customers());
    let first = |completed: Json| {
        of([contact_record(
            &json!({"ContactId": "c", "InitiationMethod": "INBOUND", "LastUpdateTimestamp": at("59"),
            "TransferredToEndpoint": {"Type": "CONTACT_FLOW", "Address": "f"}, "TransferCompletedTimestamp": completed,
            "Agent": {"ARN": "a", "ConnectedToAgentTimestamp": at("10")}}),
        )])
    };
    assert!(!first(Json::Null).flag(SystemAttribute::Transferred));
    assert!(first(json!(at("30"))).flag(SystemAttribute::Transferred));
}

#[test]
fn the_first_time_of_a_beginning_stays() {
    let first = event("INITIATED", "00", &json!({"initiationTimestamp": at("00.000")}));
    let moved = event(
        "DISCONNECTED",
        "50",
        &json!({"initiationTimestamp": at("20.000"),
        "answeringMachineDetectionStatus": "VOICEMAIL_BEEP"}),
    );
    let status = of([moved, first]);
    assert_eq!(status.time(SystemAttribute::InitiatedAt), Some(time("00")));
    assert_eq!(status.text(SystemAttribute::AnsweringMachine), Some("VOICEMAIL_BEEP"));
}

/// What an event of the contact that follows says of `c`.
fn followed_by(method: &str, kind: &str, queue: &str) -> Option<Observation> {
    let document = json!({"id": "next", "time": at("41"), "detail": {"eventType": kind, "contactId": "d", "previousContactId": "c",
        "initiationMethod": method, "initiationTimestamp": at("39.900"), "queueInfo": {"queueArn": queue}}})
    .to_string();
    Observation::of_successors_event(&ContactEvent::parse(&document).unwrap(), now())
}

fn left_the_queue(reason: &str) -> Vec<Observation> {
    let queue =
        json!({"queueInfo": {"queueArn": "q", "enqueueTimestamp": at("04.505")}, "disconnectReason": reason});
    vec![event("QUEUED", "04", &queue), event("DISCONNECTED", "40", &queue)]
}

#[test]
fn how_a_contact_went_on_is_told_by_the_one_after_it() {
    let outcome = |more: Option<Observation>, reason: &str| {
        let status = of(left_the_queue(reason).into_iter().chain(more));
        assert_eq!(status.view()["Flag_Abandoned"], status.is_abandoned());
        status.view()["Queue_Outcome"].as_str().unwrap().to_owned()
    };
    let flow = "CONTACT_FLOW_DISCONNECT";
    assert_eq!(outcome(None, "CUSTOMER_DISCONNECT"), "abandoned");
    assert_eq!(outcome(None, flow), "ended_otherwise");
    assert_eq!(outcome(None, "EXPIRED"), "ended_otherwise");
    assert_eq!(outcome(followed_by("CALLBACK", "INITIATED", "x"), flow), "callback_requested");
    assert_eq!(outcome(followed_by("QUEUE_TRANSFER", "QUEUED", "x"), flow), "transferred_out_from_queue");
    for method in ["MONITOR", "API", "OUTBOUND", "DISCONNECT"] {
        assert_eq!(
            outcome(followed_by(method, "INITIATED", "x"), "CUSTOMER_DISCONNECT"),
            "abandoned",
            "{method}"
        );
    }
    assert_eq!(followed_by("CALLBACK", "CONNECTED_TO_AGENT", "x"), None, "it was said before");
    // A task that follows the call up later says nothing about it, whichever is heard of first.
    let task = json!({"id": "task", "time": at("59"), "detail": {"eventType": "INITIATED", "contactId": "e",
        "previousContactId": "c", "initiationMethod": "API", "initiationTimestamp": at("59.000")}})
    .to_string();
    let task = Observation::of_successors_event(&ContactEvent::parse(&task).unwrap(), now());
    let both = || followed_by("CALLBACK", "INITIATED", "x").into_iter().chain(task.clone());
    let called_back = of(left_the_queue(flow).into_iter().chain(both()));
    assert_eq!(called_back.view()["Queue_Outcome"], "callback_requested");
    assert_eq!(called_back.text(SystemAttribute::NextContactId), Some("d"));
    assert_eq!(of(both().collect::<Vec<_>>().into_iter().rev()), of(both()));
    // Alone it makes nobody active.
    assert!(!of(followed_by("CALLBACK", "INITIATED", "x")).is_active());
}
