//! No phone number, name, attribute value or prompt reaches a log line, whatever goes wrong and however much is logged.

use super::*;

/// What the samples hold that is nobody else's business.
const PERSONAL: [&str; 7] =
    ["6149157", "Lindqvist", "Okafor", "parcel", "Welcome to", "press one", "maintenance"];

/// Hands everything over at the most talkative level, and returns what was said.
fn said(start: impl Fn(&[(&str, &str)]) -> Lambda) -> String {
    let lambda = start(&[("AWS_LAMBDA_LOG_LEVEL", "TRACE"), ("RUST_LOG", "trace")]);
    for sample in SAMPLES.into_iter().chain(["contact-events/unreadable-messages.json"]) {
        for event in events(sample) {
            // Done or failed, as the store is there or not.
            drop(lambda.invoke(event, MINUTE));
        }
    }
    assert!(lambda.invoke(r#"{"Records":"+61491570156 parcel"}"#, MINUTE).result.is_err());
    lambda.logs().join("\n")
}

fn assert_private(said: &str) {
    assert!(said.contains("CloudWatchMetrics") && said.contains("skipped"), "something was said: {said}");
    for personal in PERSONAL {
        assert!(!said.contains(personal), "{personal} in: {said}");
    }
}

#[tokio::test]
async fn with_a_file() {
    let place = Place::sqlite().await;
    assert_private(&said(|more| place.start_with(NAME, more)));
}

#[tokio::test]
async fn with_a_table() {
    let place = Place::dynamodb("contact-status-privacy").await;
    assert_private(&said(|more| place.start_with(NAME, more)));
}

#[test]
fn with_a_table_that_is_not_there() {
    let mut env = DynamoDbLocal::shared().env();
    env.push(("CONTACTS", "dynamodb://nowhere"));
    assert_private(&said(|more| Lambda::start(NAME, &[&env, more].concat())));
}
