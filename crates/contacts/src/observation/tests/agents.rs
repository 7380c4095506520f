//! What agent events say.

use super::*;

#[test]
fn after_contact_work_is_from_ended_to_gone() {
    let (talking, ended) = (json!([held("c", "CONNECTED", "21.021")]), json!([held("c", "ENDED", "27.027")]));
    let begun = agent_event(&agent_change("1", "27.027", &talking, &ended));
    let status = of(begun.clone());
    assert!(status.flag(SystemAttribute::AfterContactWork));
    assert_eq!(status.text(SystemAttribute::Status), Some("AFTER_CONTACT_WORK"));
    assert_eq!(status.after_contact_work_ms(), None);
    let done = agent_event(&agent_change("2", "32.032", &ended, &json!([])));
    for order in [[begun.clone(), done.clone()], [done, begun]] {
        let status = of(order.into_iter().flatten());
        assert!(!status.flag(SystemAttribute::AfterContactWork));
        assert_eq!(status.after_contact_work_ms(), Some(5_005));
        assert_eq!(status.text(SystemAttribute::Status), Some("AGENT_LEFT"));
    }
}

#[test]
fn of_several_ended_chats_each_has_its_own_work() {
    let (c, d, e) =
        (held("c", "ENDED", "10.000"), held("d", "ENDED", "20.000"), held("e", "CONNECTED", "05.000"));
    let cleared = agent_change("1", "30.500", &json!([c, d, e]), &json!([d, e]));
    let said = agent_event(&cleared);
    assert_eq!(
        said.iter().map(Observation::contact_id).collect::<Vec<_>>(),
        ["c"],
        "the others stand as before"
    );
    assert_eq!(said[0].status().after_contact_work_ms(), Some(20_500));
    let cleared_too = agent_event(&agent_change("2", "31.000", &json!([d, e]), &json!([e])));
    assert_eq!(cleared_too[0].contact_id(), "d");
    assert_eq!(cleared_too[0].status().after_contact_work_ms(), Some(11_000));
}

#[test]
fn a_contact_that_was_missed_and_is_gone_had_no_work() {
    let missed = json!([{"ContactId": "c", "Channel": "VOICE", "State": "ERROR", "InitiationMethod": "INBOUND",
        "StateStartTimestamp": format!("{DAY}54.054Z"), "QueueTimestamp": format!("{DAY}53.053Z")}]);
    let status = of(agent_event(&agent_change("1", "58.002", &missed, &json!([]))));
    assert_eq!(status.text(SystemAttribute::Status), Some("QUEUED"));
    assert!(
        !status.flag(SystemAttribute::AfterContactWork) && !status.flag(SystemAttribute::ConnectedToAgent)
    );
    assert_eq!(status.text(SystemAttribute::AgentUsername), None);
}

#[test]
fn a_heartbeat_ends_no_work_again() {
    let ended = json!([held("c", "ENDED", "27.027")]);
    let mut beat = agent_change("1", "59.000", &ended, &json!([held("e", "CONNECTED", "50.000")]));
    beat["EventType"] = json!("HEART_BEAT");
    let said = agent_event(&beat);
    assert_eq!(said.iter().map(Observation::contact_id).collect::<Vec<_>>(), ["e"]);
    assert_eq!(said[0].status().text(SystemAttribute::Status), Some("CONNECTED_TO_AGENT"));
}

#[test]
fn an_agent_event_keeps_of_others_nothing() {
    let (mine, other) = (held("c", "CONNECTED", "10.500"), held("d", "CONNECTED", "05.000"));
    let said = agent_event(&agent_change("1", "10.500", &json!([other]), &json!([other, mine])));
    let body: Json = serde_json::from_str(&said[0].entry().body).unwrap();
    assert_eq!(body["Now"]["ContactId"], "c");
    assert_eq!(body["Before"], Json::Null);
    assert!(!said[0].entry().body.contains("\"d\""));
}

#[test]
fn a_queue_name_of_before_is_not_the_next_queues() {
    let offered = agent_event(&agent_change(
        "1",
        "06.000",
        &json!([]),
        &json!([{"ContactId": "c", "State": "INCOMING",
        "Queue": {"ARN": "queue/1", "Name": "Sales"}, "QueueTimestamp": format!("{DAY}04.505Z")}]),
    ));
    assert_eq!(of(offered.clone()).text(SystemAttribute::QueueName), Some("Sales"));
    let next = event(
        "QUEUED",
        "20",
        &json!({"queueInfo": {"queueArn": "queue/2",
        "enqueueTimestamp": format!("{DAY}20.000Z")}}),
    );
    let status = of(offered.into_iter().chain([next]));
    assert_eq!(
        (status.text(SystemAttribute::QueueArn), status.text(SystemAttribute::QueueName)),
        (Some("queue/2"), None)
    );
    assert!(!status.view().contains_key("Connect_QueueName"));
}
