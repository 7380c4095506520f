//! What went wrong in earlier projects of the kind, each a test.

use super::*;

#[tokio::test]
async fn a_transferred_contact_names_the_first_of_its_chain() {
    let centre = Centre::open().await;
    let more =
        json!({"initialContactId": "first", "previousContactId": "first", "initiationMethod": "TRANSFER"});
    centre.handle(&contact_event("second", "INITIATED", &more).to_string()).await;
    let status = centre.status("second").await;
    assert_eq!(status.initial_contact_id(), "first");
    assert!(status.flag(SystemAttribute::Transferred));
}

#[tokio::test]
async fn a_flow_log_may_come_before_all_else() {
    let centre = Centre::open().await;
    let line = json!({
        "ContactId": "c", "ContactFlowModuleType": "SetQueue", "Timestamp": "2026-11-02T01:00:01.000Z"
    });
    centre.handle(&log_payload(&[line])).await;
    let queue = json!({"queueInfo": {"queueArn": "q", "enqueueTimestamp": "2026-11-02T01:00:02.500Z"}});
    centre.handle(&messages(&[contact_event("c", "QUEUED", &queue)])).await;
    let status = centre.status("c").await;
    assert_eq!(status.text(SystemAttribute::Status), Some("QUEUED"));
    assert_eq!(status.text(SystemAttribute::LatestBlockType), Some("SetQueue"));
}

#[tokio::test]
async fn events_of_one_second_have_their_rank() {
    let none = json!({});
    // All of 01:00:02, one with milliseconds that sort before as text.
    let exact = json!({"connectedToSystemTimestamp": "2026-11-02T01:00:02.442Z"});
    let events = [
        contact_event("c", "QUEUED", &none),
        contact_event("c", "CONNECTED_TO_SYSTEM", &exact),
        contact_event("c", "INITIATED", &none),
    ];
    for rotated in 0..events.len() {
        let centre = Centre::open().await;
        for event in events.iter().cycle().skip(rotated).take(events.len()) {
            centre.handle(&event.to_string()).await;
        }
        assert_eq!(centre.status("c").await.text(SystemAttribute::Status), Some("QUEUED"), "from {rotated}");
    }
}

#[tokio::test]
async fn retention_is_minutes() {
    let centre = Centre::keeping(60).await;
    centre.handle(&contact_event("open", "INITIATED", &json!({})).to_string()).await;
    // Last, as a write sweeps away what has expired by today's clock.
    centre.handle(&contact_event("c", "DISCONNECTED", &json!({})).to_string()).await;
    // After the event, whenever it was handled.
    let happened: jiff::Timestamp = "2026-11-02T01:00:02Z".parse().unwrap();
    let later = |minutes| CallContext { now: happened + Duration::from_mins(minutes), ..soon() };
    let store = &centre.tracker.store;
    assert!(store.status("c", later(59)).await.unwrap().is_some());
    assert_eq!(store.status("c", later(60)).await, Ok(None));
    assert_eq!(store.history("c", later(60)).await, Ok(Vec::new()));
    // What has not ended is kept for as long as a call may last.
    assert!(store.status("open", later(60)).await.unwrap().is_some());
}

#[tokio::test]
async fn two_sources_at_once_overwrite_nothing_of_each_other() {
    let centre = Centre::open().await;
    let line = json!({"ContactId": "c", "ContactFlowModuleType": "PlayPrompt"});
    let none = json!({});
    let kinds = ["INITIATED", "CONNECTED_TO_SYSTEM", "QUEUED", "CONNECTED_TO_AGENT"];
    let mut events = Vec::from(kinds.map(|kind| messages(&[contact_event("c", kind, &none)])));
    events.extend((0..8).map(|_| log_payload(std::slice::from_ref(&line))));
    let handling = events.iter().map(|event| centre.handle(event));
    for handled in futures_util::future::join_all(handling).await {
        assert_eq!(handled.metrics.get(Metric::ContactsWritten), 1);
    }
    let status = centre.status("c").await;
    assert_eq!(status.text(SystemAttribute::Status), Some("CONNECTED_TO_AGENT"));
    assert_eq!(status.text(SystemAttribute::LatestBlockType), Some("PlayPrompt"));
    assert_eq!(centre.history("c").await.len(), 4 + 1);
}

#[tokio::test]
async fn what_comes_twice_is_there_once() {
    let centre = Centre::open().await;
    for _ in 0..3 {
        centre.sample("contact-events/abandoned-call.ndjson").await;
        centre.sample("flow-logs/unreadable-lines.json").await;
    }
    assert_eq!(centre.history(ABANDONED).await.len(), 5 + 2);
}

#[tokio::test]
async fn numbers_of_any_kind_survive_in_the_history() {
    let centre = Centre::open().await;
    let more = json!({"routingCriteria": {"steps": [{"proficiency": 4.5, "weight": 1e-3}]}});
    let event = contact_event("c", "QUEUED", &more).to_string();
    centre.handle(&event).await;
    assert_eq!(centre.history("c").await[0].body, event);
}

#[tokio::test]
async fn nobody_who_was_transferred_is_left_queued() {
    let centre = Centre::open().await;
    for name in ["chat-transferred-twice.ndjson", "callback.ndjson"] {
        centre.sample(&format!("contact-events/{name}")).await;
    }
    for id in CHAT.into_iter().chain(CALLBACK) {
        assert_eq!(centre.status(id).await.text(SystemAttribute::Status), Some("COMPLETED"), "{id}");
    }
}

#[tokio::test]
async fn contact_events_may_come_by_a_stream() {
    let centre = Centre::open().await;
    let data = ["INITIATED", "QUEUED"].map(|kind| contact_event("c", kind, &json!({})).to_string());
    let handled = centre.handle(&records([data[0].clone(), data.concat()])).await;
    assert_eq!(failures(&handled), [""; 0]);
    assert_eq!(handled.metrics.get(Metric::ContactEvents), 3);
    assert_eq!(centre.status("c").await.text(SystemAttribute::Status), Some("QUEUED"));
    assert_eq!(centre.history("c").await.len(), 2);
}

#[tokio::test]
async fn what_follows_tells_how_a_contact_went_on() {
    let centre = Centre::open().await;
    let left = json!({"disconnectReason": "CONTACT_FLOW_DISCONNECT", "disconnectTimestamp": "2026-11-02T01:02:00Z",
        "queueInfo": {"queueArn": "q", "enqueueTimestamp": "2026-11-02T01:00:05Z"}});
    let next = json!({"initiationMethod": "CALLBACK", "previousContactId": "c", "initiationTimestamp": "2026-11-02T01:02:00Z"});
    let batch = [contact_event("d", "INITIATED", &next), contact_event("c", "DISCONNECTED", &left)];
    centre.handle(&messages(&batch)).await;
    let view = centre.view("c").await;
    assert_eq!(
        (&view["Queue_Outcome"], &view["Flag_Abandoned"]),
        (&json!("callback_requested"), &json!(false))
    );
}
