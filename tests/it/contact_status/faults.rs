//! Stores that refuse a contact, or everything.

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use base64::{Engine, engine::general_purpose::STANDARD};
use switchboard_contacts::attribute::SystemAttribute;
use switchboard_tests::throttling::Throttling;

use super::*;

fn contact_event(contact: &str) -> Value {
    json!({"id": contact, "detail-type": "Amazon Connect Contact Event", "time": "2026-11-02T01:00:00Z",
        "detail": {"contactId": contact, "eventType": "INITIATED"}})
}

fn messages(contacts: &[&str]) -> String {
    let records = contacts.iter().enumerate();
    let records: Vec<_> = records
        .map(|(n, contact)| json!({"messageId": n.to_string(), "body": contact_event(contact).to_string()}))
        .collect();
    json!({ "Records": records }).to_string()
}

/// Contact records of a shard, by the numbers 98 and on.
fn records(contacts: &[&str]) -> String {
    let records = contacts.iter().enumerate().map(|(n, contact)| {
        let ctr = json!({"ContactId": contact, "InitiationMethod": "API", "DisconnectTimestamp": "2026-11-02T08:00:00Z"});
        let ctr = ctr.to_string();
        json!({"kinesis": {"sequenceNumber": (98 + n).to_string(), "data": STANDARD.encode(ctr)}})
    });
    json!({"Records": records.collect::<Vec<_>>()}).to_string()
}

fn failures(ids: &[&str]) -> Value {
    let ids: Vec<_> = ids.iter().map(|id| json!({"itemIdentifier": id})).collect();
    json!({ "batchItemFailures": ids })
}

/// Stores something of this contact that the function does not understand, so that it does not write over it.
async fn spoil(table: &str, contact: &str) {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let put = client().await.put_item().table_name(table);
    let put = put.item("Connect_ContactId", text(contact)).item("Entry", text("STATUS"));
    let format_to_come = AttributeValue::B(Blob::new([0xff]));
    put.item("Registers", format_to_come).send().await.expect("an item");
}

#[tokio::test]
async fn what_touches_a_contact_that_can_not_be_stored_comes_again() {
    let table = "contact-status-spoilt";
    let place = Place::dynamodb(table).await;
    spoil(table, "spoilt").await;
    let lambda = place.start(NAME);
    let event = messages(&["good", "spoilt", "other", "spoilt"]);
    assert_eq!(answer(&lambda, &event), Ok(failures(&["1", "3"])));
    assert_eq!(place.status("other").await.text(SystemAttribute::Status), Some("INITIATED"));
    // Of 99 and 100, the lower; the records around them are stored.
    let event = records(&["first", "spoilt", "spoilt", "last"]);
    assert_eq!(answer(&lambda, &event), Ok(failures(&["99"])));
    assert_eq!(place.status("first").await.text(SystemAttribute::Status), Some("COMPLETED"));
    assert_eq!(place.status("last").await.text(SystemAttribute::Status), Some("COMPLETED"));
    // Without a batch, the invocation fails, so that it is made again; its metrics are told all the same.
    assert_eq!(answer(&lambda, &contact_event("spoilt").to_string()), Err("Retry".to_owned()));
    let is_told = |line: &String| line.contains(r#""ContactsFailed":1"#);
    assert_eq!(lambda.logs().iter().filter(|line| is_told(line)).count(), 3);
}

#[tokio::test]
async fn without_a_table_nothing_is_lost() {
    let mut env = DynamoDbLocal::shared().env();
    env.push(("CONTACTS", "dynamodb://nowhere"));
    let lambda = Lambda::start(NAME, &env);
    assert_eq!(answer(&lambda, &messages(&["a", "b"])), Ok(failures(&["0", "1"])));
    assert_eq!(answer(&lambda, &records(&["a", "b", "c"])), Ok(failures(&["98"])));
    for sample in ["flow-logs/answered-call.json", "contact-events/pascal-case.json"] {
        assert_eq!(answer(&lambda, &events(sample)[0]), Err("Retry".to_owned()));
    }
    // Nothing in it to store.
    assert_eq!(answer(&lambda, &events("flow-logs/control-message.json")[0]), Ok(Value::Null));
}

#[tokio::test]
async fn a_second_of_throttling_puts_back_no_contact() {
    let place = Place::dynamodb("contact-status-throttled").await;
    let throttling = Throttling::start(DynamoDbLocal::shared().port(), Duration::from_secs(1));
    let lambda = place.start_with(NAME, &[("AWS_ENDPOINT_URL_DYNAMODB", &throttling.endpoint())]);
    let contacts: Vec<_> = (0..100).map(|n| format!("contact-{n}")).collect();
    let contacts: Vec<_> = contacts.iter().map(String::as_str).collect();
    assert_eq!(answer(&lambda, &messages(&contacts)), Ok(failures(&[])));
    assert!(throttling.throttled() > 0);
    for contact in contacts {
        assert_eq!(place.status(contact).await.text(SystemAttribute::Status), Some("INITIATED"));
    }
}

#[tokio::test]
async fn what_is_something_else_is_refused() {
    let place = Place::sqlite().await;
    let lambda = place.start(NAME);
    for event in ["{}", "[]", r#"{"Records":[{"s3":{}}]}"#, r#"{"awslogs":{"data":"AAAA"}}"#] {
        assert_eq!(answer(&lambda, event), Err("UnexpectedEvent".to_owned()), "{event}");
    }
    hand_over(&lambda, "contact-events/pascal-case.json");
}
