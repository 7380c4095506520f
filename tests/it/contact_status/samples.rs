//! The samples, through the function, into both stores.

use switchboard_contacts::attribute::SystemAttribute;
use switchboard_tests::wait::until;

use super::*;

#[tokio::test]
async fn every_source_into_sqlite() {
    every_source_into(Place::sqlite().await).await;
}

#[tokio::test]
async fn every_source_into_dynamodb() {
    every_source_into(Place::dynamodb("contact-status-samples").await).await;
}

async fn every_source_into(place: Place) {
    let lambda = place.start(NAME);
    for sample in SAMPLES {
        hand_over(&lambda, sample);
    }
    let answered = place.status("4fab6e40-99d5-43ce-8a75-e058ee62b1b4").await;
    assert_eq!(answered.text(SystemAttribute::Status), Some("COMPLETED"));
    assert_eq!(answered.text(SystemAttribute::CustomerIdentifier), Some("+61491570156"));
    assert_eq!(answered.text(SystemAttribute::AgentUsername), Some("emily"));
    assert_eq!(answered.text(SystemAttribute::LatestFlowName), Some("Warteschlange"));
    let history = place.store.history(answered.contact_id(), soon()).await.expect("an answer");
    // 6 contact events, 11 lines, 7 states with the agent and a missed offer, the contact record.
    assert_eq!(history.len(), 6 + 11 + 7 + 1 + 1);
    assert!(place.status("fddd4fc1-2afc-4fe2-86c1-5020ef472d5d").await.is_abandoned());
    let waiting = place.status("d55ee5fc-3265-4ecd-8651-f5a4f26e0a45").await;
    assert!(waiting.flag(SystemAttribute::Callback) && waiting.is_active());
    let chat = place.store.chain("156c83a3-4d7c-4f43-835a-a64dc56f12ac", soon()).await.expect("an answer");
    assert_eq!(chat.iter().filter(|leg| leg.text(SystemAttribute::Status) == Some("COMPLETED")).count(), 3);
}

#[tokio::test]
async fn messages_are_answered_one_by_one() {
    let place = Place::sqlite().await;
    let lambda = place.start(NAME);
    let event = events("contact-events/unreadable-messages.json").remove(0);
    let failed = answer(&lambda, &event).expect("an answer");
    let event: Value = serde_json::from_str(&event).expect("JSON");
    let id = |at: usize| json!({"itemIdentifier": event["Records"][at]["messageId"]});
    assert_eq!(failed, json!({"batchItemFailures": [id(0), id(2), id(3)]}));
    let metrics = lambda.logs().into_iter().find(|line| line.contains("CloudWatchMetrics"));
    let metrics: Value = serde_json::from_str(&metrics.expect("the metrics")).expect("JSON");
    for (name, count) in [("ContactEvents", 1), ("ContactsWritten", 1), ("MessagesFailed", 3)] {
        assert_eq!(metrics[name], count, "{name}");
    }
}

#[test]
fn settings_that_are_missing_or_wrong_are_named_at_the_start() {
    for (env, problem) in [
        (vec![], "CONTACTS is not set"),
        (vec![("CONTACTS", "postgres://x"), ("CONTACT_RETENTION_MINUTES", "0")], "CONTACT_RETENTION_MINUTES"),
        (vec![("CONTACTS", "postgres://x"), ("CONTACT_RETENTION_MINUTES", "0")], "CONTACTS is invalid"),
    ] {
        let lambda = Lambda::start(NAME, &env);
        let status = until("the end", MINUTE, || lambda.exited());
        assert!(!status.success());
        assert!(lambda.logs().iter().any(|line| line.contains(problem)), "{problem}: {:?}", lambda.logs());
    }
}
