//! What decides where nothing else does: of two entries of one key, at the edges of what is a key, and within a second.

use super::*;

#[test]
fn of_two_entries_of_one_key_the_greater_is_kept() {
    let line = |flow: &str| {
        let line = json!({"ContactId": "c", "ContactFlowName": flow, "Timestamp": format!("{DAY}02.000Z")});
        flow_log("1", &line)
    };
    for order in [["A", "B"], ["B", "A"]] {
        let history = &fold(order.map(line))["c"].history;
        let bodies: Vec<_> = history.values().map(|entry| entry.body.contains(r#""B""#)).collect();
        assert_eq!(bodies, [true], "{order:?}");
    }
}

#[test]
fn events_without_an_id_are_told_apart_by_their_text() {
    let bare = |flow: &str| {
        let line = json!({"ContactId": "c", "ContactFlowName": flow, "Timestamp": format!("{DAY}02.000Z")})
            .to_string();
        Observation::of_flow_log(&FlowLog::parse(&line).unwrap(), &line, None, None, now()).unwrap()
    };
    assert_eq!(fold([bare("A"), bare("B"), bare("A")])["c"].history.len(), 2);
    let event = |reason: &str| {
        let detail = typed("QUEUED", &json!({"customerId": reason}));
        let document = json!({"time": format!("{DAY}02Z"), "detail": detail}).to_string();
        Observation::of_contact_event(&ContactEvent::parse(&document).unwrap(), &document, now()).unwrap()
    };
    assert_eq!(fold([event("A"), event("B"), event("A")])["c"].history.len(), 2);
}

#[test]
fn the_longest_contact_id_is_a_key() {
    let line = |bytes: usize| {
        json!({"ContactId": "x".repeat(bytes), "Timestamp": format!("{DAY}02.000Z")}).to_string()
    };
    let said = |bytes: usize| {
        let line = line(bytes);
        Observation::of_flow_log(&FlowLog::parse(&line).unwrap(), &line, Some("1"), None, now())
    };
    assert_eq!((said(256).is_some(), said(257).is_some()), (true, false));
}

#[test]
fn a_chain_is_its_own_until_it_is_named_and_then_stays_so() {
    let named = event("INITIATED", "00", &json!({"initialContactId": "first"}));
    let empty = event("QUEUED", "04", &json!({"initialContactId": ""}));
    assert_eq!(of([empty.clone()]).initial_contact_id(), "c");
    for events in [[named.clone(), empty.clone()], [empty, named]] {
        assert_eq!(of(events).initial_contact_id(), "first");
    }
}

#[test]
fn how_a_contact_began_says_what_it_is() {
    let flags = |method: &str| {
        let status = of([event("INITIATED", "00", &json!({"initiationMethod": method}))]);
        (status.flag(SystemAttribute::Transferred), status.flag(SystemAttribute::Callback))
    };
    let told = ["INBOUND", "TRANSFER", "QUEUE_TRANSFER", "CALLBACK"].map(flags);
    assert_eq!(told, [(false, false), (true, false), (true, false), (false, true)]);
}

#[test]
fn within_a_second_the_later_step_says_which_queue_it_is() {
    let in_queue = |queue: &str| json!({"queueInfo": {"queueArn": queue}});
    for (earlier, later) in [
        ("INITIATED", "CONNECTED_TO_SYSTEM"),
        ("CONNECTED_TO_SYSTEM", "QUEUED"),
        ("QUEUED", "CONNECTED_TO_AGENT"),
        ("QUEUED", "PAUSED"),
        ("QUEUED", "RESUMED"),
        ("CONNECTED_TO_AGENT", "DISCONNECTED"),
        ("DISCONNECTED", "COMPLETED"),
        ("CONTACT_DATA_UPDATED", "INITIATED"),
    ] {
        for _ in 0..2 {
            let both = [event(later, "04", &in_queue("late")), event(earlier, "04", &in_queue("early"))];
            assert_eq!(of(both).text(SystemAttribute::QueueArn), Some("late"), "{earlier}, {later}");
        }
    }
}

#[test]
fn within_a_second_the_agents_later_step_says_which_queue_it_is() {
    let seen = |state: &str, queue: &str| {
        let mut contact = held("c", state, "20");
        contact["Queue"] = json!({"ARN": queue});
        contact
    };
    let none = json!([]);
    for (earlier, later) in [("MISSED", "CONNECTED"), ("MISSED", "PAUSED"), ("CONNECTED_ONHOLD", "ENDED")] {
        let first = agent_change("1", "20", &none, &json!([seen(earlier, "early")]));
        let second = agent_change("2", "20", &none, &json!([seen(later, "late")]));
        let both = agent_event(&second).into_iter().chain(agent_event(&first));
        assert_eq!(of(both).text(SystemAttribute::QueueArn), Some("late"), "{earlier}, {later}");
    }
    let ended = agent_change("1", "20", &none, &json!([seen("ENDED", "early")]));
    let gone = agent_change("2", "20", &json!([seen("ENDED", "late")]), &none);
    let both = agent_event(&gone).into_iter().chain(agent_event(&ended));
    assert_eq!(of(both).text(SystemAttribute::QueueArn), Some("late"));
}

#[test]
fn a_batch_tells_all_names_that_its_events_tell() {
    let change = &fold(answered_call())["c"];
    let told = crate::names::names_in_change(change).into_iter().map(|named| (named.arn, named.name));
    let told: Vec<_> = told.collect();
    let pair = |arn: &str, name: &str| (arn.to_owned(), name.to_owned());
    assert_eq!(told, [pair("agent/1", "ann"), pair("queue/1", "Sales")]);
}

#[test]
fn a_step_that_is_carried_along_is_as_old_as_it_is() {
    let agent = json!({"agentInfo": {"agentArn": "a", "connectedToAgentTimestamp": format!("{DAY}10.500Z")}});
    let update = event("CONTACT_DATA_UPDATED", "50", &agent);
    let on_hold = agent_change("h", "20.100", &json!([]), &json!([held("c", "CONNECTED_ONHOLD", "20.100")]));
    let status = of(agent_event(&on_hold).into_iter().chain([update]));
    assert_eq!(
        status.text(SystemAttribute::Status),
        Some("ON_HOLD"),
        "the update says again when the agent took it"
    );
}

#[test]
fn nothing_is_wrapped_up_that_is_completed() {
    let completed = event("COMPLETED", "40", &json!({"disconnectTimestamp": format!("{DAY}40.000Z")}));
    let late = agent_change("e", "44", &json!([]), &json!([held("c", "ENDED", "44")]));
    let late = agent_event(&late);
    assert!(of(late.clone()).flag(SystemAttribute::AfterContactWork));
    let status = of(late.into_iter().chain([completed]));
    assert!(!status.flag(SystemAttribute::AfterContactWork) && !status.is_worked_on());
}
