//! A store that refuses something, or all, and events that are something else.

use super::*;

#[tokio::test]
async fn only_the_messages_of_a_contact_that_fails_come_again() {
    let centre = Centre::open().await;
    centre.refuse("bad").await;
    let none = json!({});
    let batch = [
        contact_event("good", "INITIATED", &none),
        contact_event("bad", "INITIATED", &none),
        json!("nothing"),
        contact_event("other", "QUEUED", &none),
        contact_event("bad", "QUEUED", &none),
    ];
    let handled = centre.handle(&messages(&batch)).await;
    assert_eq!(failures(&handled), ["m1", "m2", "m4"]);
    assert_eq!(handled.metrics.get(Metric::ContactsWritten), 2);
    assert_eq!(handled.metrics.get(Metric::ContactsFailed), 1);
    assert_eq!(centre.status("good").await.text(SystemAttribute::Status), Some("INITIATED"));
    assert_eq!(centre.status("other").await.text(SystemAttribute::Status), Some("QUEUED"));
    assert_eq!(centre.tracker.store.status("bad", soon()).await, Ok(None));
}

#[tokio::test]
async fn a_stream_goes_on_from_the_first_record_of_a_contact_that_fails() {
    let centre = Centre::open().await;
    centre.refuse("bad").await;
    // By their numbers: 8 unreadable, 9 bad among others, 10 bad, 11 good. As text 10 is before 9.
    let glued = [contact_record("good"), contact_record("bad")].concat();
    let data = ["?".to_owned(), glued, contact_record("bad"), contact_record("last")];
    let handled = centre.handle(&records(data)).await;
    assert_eq!(failures(&handled), ["9"]);
    for stored in ["good", "last"] {
        assert_eq!(centre.status(stored).await.text(SystemAttribute::Status), Some("COMPLETED"));
    }
}

#[tokio::test]
async fn what_is_told_of_a_contact_that_is_refused_for_good_is_put_aside() {
    let centre = Centre::open().await;
    centre.is_too_large("large").await;
    let data = ["good", "large", "last"].map(contact_record);
    let handled = centre.handle(&records(data)).await;
    assert_eq!(failures(&handled), Vec::<String>::new(), "the shard goes on");
    assert_eq!(handled.metrics.get(Metric::ContactsWritten), 2);
    assert_eq!(handled.metrics.get(Metric::ContactsFailed), 1);
    for stored in ["good", "last"] {
        assert_eq!(centre.status(stored).await.text(SystemAttribute::Status), Some("COMPLETED"));
    }
    // One that may be stored later still holds up what comes after it.
    centre.refuse("bad").await;
    let handled = centre.handle(&records(["large", "bad"].map(contact_record))).await;
    assert_eq!(failures(&handled), ["9"]);
    // A message has a queue to be put aside in.
    let batch = ["good", "large"].map(|contact| contact_event(contact, "INITIATED", &json!({})));
    let handled = centre.handle(&messages(&batch)).await;
    assert_eq!(failures(&handled), ["m1"]);
    assert_eq!(handled.metrics.get(Metric::MessagesFailed), 1);
    // Lines come as a whole, and would fail as a whole for ever.
    let line = |contact: &str| json!({"ContactId": contact, "ContactFlowModuleType": "PlayPrompt"});
    let handled = centre.handle(&log_payload(&[line("good"), line("large")])).await;
    assert_eq!(handled.answer, Answer::Done);
}

#[tokio::test]
async fn lines_and_events_that_can_not_be_stored_are_asked_for_again() {
    let centre = Centre::open().await;
    centre.refuse("bad").await;
    let line = |contact: &str| json!({"ContactId": contact, "ContactFlowModuleType": "PlayPrompt"});
    let handled = centre.handle(&log_payload(&[line("good"), json!("text"), line("bad")])).await;
    assert_eq!(handled.answer, Answer::Again);
    assert_eq!(centre.history("good").await.len(), 1);
    let event = contact_event("bad", "INITIATED", &json!({})).to_string();
    assert_eq!(centre.handle(&event).await.answer, Answer::Again);
}

#[tokio::test]
async fn a_store_that_is_locked_fails_everything_by_the_deadline() {
    let centre = Centre::open().await;
    let options = SqliteConnectOptions::new().filename(&centre.file);
    let mut other = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql("BEGIN EXCLUSIVE").execute(&mut other).await.unwrap();
    let at_once = || CallContext { deadline: Instant::now() + Duration::from_millis(200), ..soon() };
    let batch = messages(&[contact_event("c", "INITIATED", &json!({}))]);
    let handled = centre.tracker.handle(&batch, at_once()).await.unwrap();
    assert_eq!(failures(&handled), ["m0"]);
    let batch = records([contact_record("c"), contact_record("d")]);
    let handled = centre.tracker.handle(&batch, at_once()).await.unwrap();
    assert_eq!(failures(&handled), ["8"]);
}

#[tokio::test]
async fn an_event_that_is_something_else_is_refused_as_a_whole() {
    let centre = Centre::open().await;
    for event in [
        "{}",
        "[]",
        "7",
        r#"{"Records":[{"s3":{}}]}"#,
        r#"{"Details":{}}"#,
        r#"{"detail":{"contactId":"c"}}"#,
    ] {
        assert!(centre.tracker.handle(event, soon()).await.is_err(), "{event}");
    }
    let empty = centre.handle(r#"{"Records":[]}"#).await;
    assert_eq!(empty.answer, Answer::Batch(BatchResponse::default()));
}

#[tokio::test]
async fn a_record_may_be_compressed_and_hold_several_documents() {
    let centre = Centre::open().await;
    let several = [contact_record("a"), contact_record("b")].join("\n");
    let handled = centre.handle(&records([gzip(several.as_bytes()), contact_record("c").into_bytes()])).await;
    assert_eq!(failures(&handled), [""; 0]);
    assert_eq!(handled.metrics.get(Metric::ContactRecords), 3);
    for contact in ["a", "b", "c"] {
        assert_eq!(
            centre.status(contact).await.text(SystemAttribute::CustomerIdentifier),
            Some("+61491570156")
        );
    }
}
