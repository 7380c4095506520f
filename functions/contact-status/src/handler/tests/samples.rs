//! What the sample events come to, as `events/README.md` says.

use super::*;

#[tokio::test]
async fn an_answered_call_from_all_sources() {
    let centre = Centre::open().await;
    for name in
        ["contact-events/answered-call.ndjson", "flow-logs/answered-call.json", "agents/answered-call.json"]
    {
        centre.sample(name).await;
    }
    let view = centre.view(ANSWERED).await;
    for (name, expected) in [
        ("Status", json!("COMPLETED")),
        ("Customer_Identifier", json!("+61491570156")),
        ("Connect_QueueName", json!("Support")),
        ("Connect_AgentUsername", json!("emily")),
        ("Connect_LatestFlowName", json!("Warteschlange")),
        ("Connect_LatestBlockType", json!("AddToPlayLoop")),
        // The contact record has the seconds alone, and does not replace what is known better.
        ("Connect_AfterContactWorkMs", json!(5005)),
        ("Flag_Queued", json!(true)),
        ("Flag_ConnectedToAgent", json!(true)),
        ("Flag_OnHold", json!(false)),
        ("Flag_AfterContactWork", json!(false)),
        ("Flag_Abandoned", json!(false)),
        ("Flag_Disconnected", json!(true)),
    ] {
        assert_eq!(view[name], expected, "{name}");
    }
    // 6 contact events, 11 lines, 6 changes and a heartbeat with the agent, the contact record.
    assert_eq!(centre.history(ANSWERED).await.len(), 6 + 11 + 6 + 1 + 1);
}

#[tokio::test]
async fn an_abandoned_call_a_transferred_chat_a_callback_and_a_task() {
    let centre = Centre::open().await;
    for name in [
        "contact-events/abandoned-call.ndjson",
        "contact-events/chat-transferred-twice.ndjson",
        "contact-events/callback.ndjson",
        "contact-events/callback-waiting.ndjson",
        "contact-events/task.ndjson",
        "agents/chat-transferred-twice.json",
        "agents/task.json",
        "agents/contact-records.json",
        "flow-logs/chat-transferred-twice.json",
        "flow-logs/callback.json",
    ] {
        centre.sample(name).await;
    }
    let abandoned = centre.status(ABANDONED).await;
    assert!(abandoned.is_abandoned());
    assert_eq!(abandoned.text(SystemAttribute::CustomerIdentifier), Some("+61491570313"));

    let chain = centre.tracker.store.chain(CHAT[0], soon()).await.unwrap();
    let mut ids: Vec<_> = chain.iter().map(Status::contact_id).collect();
    ids.sort_unstable_by_key(|id| CHAT.iter().position(|one| one == id));
    assert_eq!(ids, CHAT);
    assert!(chain.iter().all(|leg| !leg.is_active()));
    let last = centre.status(CHAT[2]).await;
    assert_eq!(last.text(SystemAttribute::AgentUsername), Some("rachel"));
    assert_eq!(last.text(SystemAttribute::PreviousContactId), Some(CHAT[1]));

    let callback = centre.status(CALLBACK[1]).await;
    assert!(callback.flag(SystemAttribute::Callback) && !callback.is_active());
    assert_eq!(callback.text(SystemAttribute::CustomerIdentifier), Some("+61491571491"));
    let waiting = centre.status("d55ee5fc-3265-4ecd-8651-f5a4f26e0a45").await;
    assert!(waiting.flag(SystemAttribute::Callback) && waiting.is_active());
    assert_eq!(waiting.text(SystemAttribute::Status), Some("QUEUED"));

    let task = centre.status(TASK).await;
    assert_eq!(task.text(SystemAttribute::Channel), Some("TASK"));
    assert_eq!(task.text(SystemAttribute::Status), Some("COMPLETED"));
    let kinds = centre.history(TASK).await.into_iter().map(|entry| entry.kind).collect::<Vec<_>>();
    assert!(kinds.iter().any(|kind| kind == "PAUSED") && kinds.iter().any(|kind| kind == "RESUMED"));
}

#[tokio::test]
async fn out_of_order_and_repeated_comes_to_the_same() {
    let (ordered, mixed) = (Centre::open().await, Centre::open().await);
    for name in [
        "contact-events/answered-call.ndjson",
        "contact-events/abandoned-call.ndjson",
        "contact-events/chat-transferred-twice.ndjson",
        "contact-events/callback.ndjson",
        "contact-events/task.ndjson",
        "flow-logs/answered-call.json",
        "flow-logs/callback.json",
        "agents/chat-transferred-twice.json",
        "agents/task.json",
    ] {
        ordered.sample(name).await;
    }
    // Without the contact record that it ends with.
    let mut agents: Value = serde_json::from_str(&sample("agents/answered-call.json")).unwrap();
    agents["Records"].as_array_mut().unwrap().pop();
    ordered.handle(&agents.to_string()).await;
    for name in ["agents", "flow-logs", "contact-events"] {
        mixed.sample(&format!("{name}/out-of-order-and-repeated.json")).await;
    }
    for id in [ANSWERED, ABANDONED, TASK].into_iter().chain(CHAT).chain(CALLBACK) {
        assert_eq!(mixed.status(id).await, ordered.status(id).await, "{id}");
        assert_eq!(mixed.history(id).await, ordered.history(id).await, "{id}");
    }
}

#[tokio::test]
async fn messages_that_are_no_contact_events_fail_alone() {
    let centre = Centre::open().await;
    let event = sample("contact-events/unreadable-messages.json");
    let handled = centre.handle(&event).await;
    let event: Value = serde_json::from_str(&event).unwrap();
    let id = |at: usize| event["Records"][at]["messageId"].as_str().unwrap();
    assert_eq!(failures(&handled), [id(0), id(2), id(3)]);
    assert_eq!(centre.status(ABANDONED).await.text(SystemAttribute::Status), Some("INITIATED"));
    let counted = [
        (Metric::ContactEvents, 1),
        (Metric::RejectedNotJson, 1),
        (Metric::RejectedNotAnEvent, 2),
        (Metric::MessagesFailed, 3),
        (Metric::ContactsWritten, 1),
        (Metric::ContactsFailed, 0),
    ];
    for (metric, count) in counted {
        assert_eq!(handled.metrics.get(metric), count, "{metric:?}");
    }
}

#[tokio::test]
async fn lines_that_are_no_flow_logs_cost_themselves() {
    let centre = Centre::open().await;
    let handled = centre.handle(&sample("flow-logs/unreadable-lines.json")).await;
    assert_eq!(handled.reply, Reply::Done(()));
    assert_eq!(handled.metrics.get(Metric::FlowLogLines), 2);
    assert_eq!(handled.metrics.get(Metric::RejectedNotJson), 3);
    assert_eq!(handled.metrics.get(Metric::RejectedNotAnEvent), 1);
    // The malformed time of 2017 is stood in for by the log's own.
    let history = centre.history(ABANDONED).await;
    assert_eq!(history.len(), 2);
    assert_eq!(history[1].at, "2026-11-02T06:00:07.898Z".parse().unwrap());

    let control = centre.handle(&sample("flow-logs/control-message.json")).await;
    assert_eq!((control.reply, control.metrics.get(Metric::FlowLogLines)), (Reply::Done(()), 0));
}

#[tokio::test]
async fn records_that_can_not_be_read_do_not_hold_up_their_shard() {
    let centre = Centre::open().await;
    let handled = centre.handle(&sample("agents/unreadable-records.json")).await;
    assert_eq!(handled.reply, Reply::Batch(BatchResponse::default()));
    let counted = [
        (Metric::AgentEvents, 1),
        // One of them stands before the damage of its gzip.
        (Metric::ContactRecords, 2),
        (Metric::RejectedNotBase64, 1),
        (Metric::RejectedGzip, 1),
        // Plain text, nothing at all, and the record that is cut off behind a good one.
        (Metric::RejectedNotJson, 3),
        (Metric::RecordsOfOtherKinds, 1),
    ];
    for (metric, count) in counted {
        assert_eq!(handled.metrics.get(metric), count, "{metric:?}");
    }
    let kinds = centre.history(ANSWERED).await.into_iter().map(|entry| entry.kind).collect::<Vec<_>>();
    assert_eq!(kinds, ["MISSED", "CONTACT_RECORD"]);
}

#[tokio::test]
async fn spelling_does_not_matter_and_a_time_not_set_is_none() {
    let centre = Centre::open().await;
    for name in ["pascal-case", "times-not-set", "disconnected-without-times"] {
        centre.sample(&format!("contact-events/{name}.json")).await;
    }
    let pascal = centre.status("f0da0815-e9ff-4e03-82f3-5d412640dfb6").await;
    assert_eq!(pascal.text(SystemAttribute::Status), Some("CONNECTED_TO_AGENT"));
    assert_eq!(pascal.text(SystemAttribute::Channel), Some("VOICE"));
    let not_set = centre.status("0924c15f-1c5b-414a-841a-eee3bf4bf9a8").await;
    assert_eq!(not_set.text(SystemAttribute::Status), Some("QUEUED"));
    assert!(!not_set.flag(SystemAttribute::ConnectedToAgent) && not_set.is_active());
    let timeless = centre.status("d03b4379-a6d1-4cca-8e3a-28a2dd1232d7").await;
    assert_eq!(timeless.time(SystemAttribute::DisconnectedAt), "2026-11-02T05:20:44Z".parse().ok());
}
