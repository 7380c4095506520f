use super::*;

const OURS: &str =
    "arn:aws:connect:ap-southeast-2:111122223333:instance/00000000-0000-4000-8000-000000000001";

impl Centre {
    async fn serving(instance: &str) -> Self {
        let mut centre = Self::open().await;
        centre.tracker = centre.tracker.serving(instance.parse().unwrap());
        centre
    }
}

fn of(contact: &str, instance: &str) -> String {
    contact_record(contact).replacen('{', &format!(r#"{{"InstanceARN":"{instance}","#), 1)
}

fn event_of(contact: &str, instance: &str) -> String {
    json!({"detail-type": "Amazon Connect Contact Event", "detail": {
        "contactId": contact, "channel": "VOICE", "instanceArn": instance, "initiationMethod": "INBOUND", "eventType": "INITIATED",
        "initiationTimestamp": "2026-11-02T01:00:00Z", "updatedPropertiesTimestamp": "2026-11-02T01:00:00Z",
    }})
    .to_string()
}

#[tokio::test]
async fn records_of_other_instances_and_kinds_are_neither_stored_nor_rejected() {
    let centre = Centre::serving(OURS).await;
    let other = OURS.replace("-8000-", "-9000-");
    let analysis = r#"{"ContactId":"d","EventType":"SEGMENTS","InstanceId":"i","Segments":[]}"#;
    let handled = centre.handle(&records([of("a", OURS), of("b", &other), analysis.to_owned()])).await;
    assert_eq!(handled.reply, Reply::Batch(BatchResponse::default()));
    let counts = [Metric::RecordsOfOtherInstances, Metric::RecordsOfOtherKinds, Metric::RejectedNotAnEvent];
    assert_eq!(counts.map(|metric| handled.metrics.get(metric)), [1, 1, 0]);
    assert_eq!(handled.metrics.get(Metric::ContactsWritten), 1);
    centre.status("a").await;
}

#[tokio::test]
async fn a_message_of_another_instance_is_done() {
    let centre = Centre::serving(OURS).await;
    let other = OURS.replace("-8000-", "-9000-");
    let messages = [event_of("a", OURS), event_of("b", &other)].into_iter().enumerate();
    let messages = messages.map(|(n, body)| json!({"messageId": n.to_string(), "body": body}));
    let handled = centre.handle(&json!({"Records": messages.collect::<Value>()}).to_string()).await;
    assert_eq!(handled.reply, Reply::Batch(BatchResponse::default()));
    assert_eq!(handled.metrics.get(Metric::RecordsOfOtherInstances), 1);
    assert_eq!(handled.metrics.get(Metric::ContactsWritten), 1);
}

#[tokio::test]
async fn flow_log_lines_come_in_a_stream_as_well() {
    let centre = Centre::open().await;
    let line = json!({"ContactId": "a", "ContactFlowId": format!("{OURS}/contact-flow/f"), "ContactFlowName": "Main",
        "ContactFlowModuleType": "PlayPrompt", "Timestamp": "2026-11-02T01:00:00.000Z"});
    let lines = json!({"messageType": "DATA_MESSAGE", "logEvents": [
        {"id": "1", "timestamp": 1_793_581_200_000_i64, "message": line.to_string()},
        {"id": "2", "timestamp": 1_793_581_200_000_i64, "message": "not a flow's"},
    ]});
    let control = json!({"messageType": "CONTROL_MESSAGE", "logEvents": []});
    let handled = centre
        .handle(&records([gzip(lines.to_string().as_bytes()), gzip(control.to_string().as_bytes())]))
        .await;
    assert_eq!(handled.reply, Reply::Batch(BatchResponse::default()));
    assert_eq!(
        (handled.metrics.get(Metric::FlowLogLines), handled.metrics.get(Metric::RejectedNotJson)),
        (1, 1)
    );
    assert_eq!(centre.history("a").await.len(), 1);
}
