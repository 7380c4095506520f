//! The compiled `contact-flow` behind the Runtime API, over SQLite and over DynamoDB Local.

use std::time::Duration;

use serde_json::Value;
use switchboard_tests::dynamodb_local::DynamoDbLocal;
use switchboard_tests::figures::figure;
use switchboard_tests::lambda::Lambda;
use switchboard_tests::throttling::Throttling;

use crate::contact_status::{Place, events, hand_over};

const NAME: &str = "contact-flow";
/// What Connect waits for an answer.
const EIGHT_SECONDS: Duration = Duration::from_secs(8);

/// The answer to a flow, which is always a flat map of strings, in time and within 32 KB.
fn ask(lambda: &Lambda, call: &str) -> Value {
    let invocation = lambda.invoke(call, Duration::from_secs(10));
    let answer = invocation.result.expect("never an exception");
    assert!(invocation.took < EIGHT_SECONDS, "{:?}", invocation.took);
    assert!(answer.len() < 32 * 1024);
    let answer: Value = serde_json::from_slice(&answer).expect("JSON");
    let members = answer.as_object().expect("a map");
    assert!(members.values().all(Value::is_string), "{answer}");
    answer
}

fn sample(name: &str) -> String {
    events(&format!("contact-flow/{name}.json")).remove(0)
}

#[track_caller]
fn assert_says(answer: &Value, expected: &[(&str, &str)]) {
    for (name, value) in expected {
        assert_eq!(answer[*name], *value, "{name} in {answer}");
    }
}

#[tokio::test]
async fn flows_over_sqlite() {
    flows_over(&Place::sqlite().await);
}

#[tokio::test]
async fn flows_over_dynamodb() {
    let place = Place::dynamodb("contact-flow").await;
    flows_over(&place);
    let lambda = place.start(NAME);
    ask(&lambda, &sample("look-up"));
    let took = lambda.invoke(sample("look-up"), EIGHT_SECONDS).took;
    figure("contact-flow: a look-up on DynamoDB Local", format!("{took:.1?}"));
}

/// What `events/README.md` says.
fn flows_over(place: &Place) {
    let tracker = place.start("contact-status");
    for told in [
        "contact-events/answered-call.ndjson",
        "contact-events/callback-waiting.ndjson",
        "agents/answered-call.json",
        "agents/contact-records.json",
    ] {
        hand_over(&tracker, told);
    }
    let lambda = place.start(NAME);
    assert_says(&ask(&lambda, &sample("record")), &[("Result", "Ok"), ("Recorded", "4")]);
    assert_says(&ask(&lambda, &sample("record-nested")), &[("Result", "Ok"), ("Recorded", "2")]);
    assert_says(
        &ask(&lambda, &sample("look-up")),
        &[
            ("Result", "Ok"),
            ("CallbackPending", "true"),
            ("CallbackContactId", "d55ee5fc-3265-4ecd-8651-f5a4f26e0a45"),
            ("ActiveVoice", "false"),
            ("LastContactId", "a2c1acc6-a29d-4148-87c2-4dcf26205271"),
            ("ChainDisconnected", "true"),
        ],
    );
    assert_says(
        &ask(&lambda, &sample("look-up-window")),
        &[
            ("Result", "Ok"),
            ("LastContactId", "4fab6e40-99d5-43ce-8a75-e058ee62b1b4"),
            ("LastContactQueue", "Support"),
            ("LastContactAgent", "emily"),
            ("LastContactChannel", "VOICE"),
        ],
    );
    let anonymous = ask(&lambda, &sample("look-up-anonymous"));
    assert_says(&anonymous, &[("Result", "Ok"), ("CallbackPending", "false"), ("LastContactId", "")]);
    for (call, reason) in [
        (sample("record-nothing"), "NothingToRecord"),
        (sample("unknown-action"), "UnknownAction"),
        (sample("no-contact-id"), "NoContactId"),
        ("[]".to_owned(), "NotAFlowCall"),
    ] {
        assert_says(&ask(&lambda, &call), &[("Result", "Error"), ("Reason", reason)]);
    }
}

#[test]
fn a_store_that_is_not_there_is_an_answer_in_time() {
    let env = [("CONTACTS", "dynamodb://nowhere"), ("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1")];
    let lambda = Lambda::start(NAME, &env);
    for call in ["record", "look-up"] {
        let answer = ask(&lambda, &sample(call));
        assert_eq!(answer["Result"], "Error");
        assert!(["StoreUnavailable", "Deadline"].contains(&answer["Reason"].as_str().expect("a word")));
    }
}

#[tokio::test]
async fn what_flows_pass_is_in_no_log_line() {
    let place = Place::dynamodb("contact-flow-privacy").await;
    let lambda = place.start_with(NAME, &[("AWS_LAMBDA_LOG_LEVEL", "TRACE"), ("RUST_LOG", "trace")]);
    for call in ["record", "record-nested", "record-nothing", "look-up", "unknown-action", "no-contact-id"] {
        ask(&lambda, &sample(call));
    }
    ask(&lambda, r#""+61491572549 delivery""#);
    let said = lambda.logs().join("\n");
    assert!(said.contains("CloudWatchMetrics") && said.contains("NothingToRecord"), "{said}");
    for personal in ["6149157", "delivery", "4711", "FAX"] {
        assert!(!said.contains(personal), "{personal} in: {said}");
    }
}

#[tokio::test]
async fn a_second_of_throttling_costs_the_flow_no_answer() {
    let place = Place::dynamodb("contact-flow-throttled").await;
    let dynamodb = DynamoDbLocal::shared().port();
    for (call, expected) in [("record", ("Recorded", "4")), ("look-up", ("CallbackPending", "false"))] {
        let throttling = Throttling::start(dynamodb, Duration::from_secs(1));
        let lambda = place.start_with(NAME, &[("AWS_ENDPOINT_URL_DYNAMODB", &throttling.endpoint())]);
        assert_says(&ask(&lambda, &sample(call)), &[("Result", "Ok"), expected]);
        assert!(throttling.throttled() > 0);
    }
}
