//! The compiled `caller-api` behind the Runtime API.

use std::time::Duration;

use serde_json::{Value, json};
use switchboard_tests::{lambda::Lambda, wait::until, workspace};

const MINUTE: Duration = Duration::from_mins(1);

fn asked(lambda: &Lambda, method: &str, path: &str) -> (Value, Value) {
    let event = json!({"version": "2.0", "rawPath": path, "rawQueryString": "", "headers": {},
        "requestContext": {"http": {"method": method, "path": path}}, "isBase64Encoded": false});
    let answer = lambda.invoke(event.to_string(), MINUTE).result.expect("an answer");
    let answer: Value = serde_json::from_slice(&answer).expect("JSON");
    let body = serde_json::from_str(answer["body"].as_str().expect("a body")).expect("a JSON body");
    (answer["statusCode"].clone(), body)
}

#[test]
fn callers_are_named_over_http() {
    let callers = format!("file://{}", workspace::root().join("events/callers.csv").display());
    let lambda = Lambda::start("caller-api", &[("CALLERS", &callers), ("AWS_LAMBDA_LOG_LEVEL", "TRACE")]);
    assert_eq!(asked(&lambda, "GET", "/api/user/%2B61491570006"), (200.into(), "Avery Quill".into()));
    assert_eq!(asked(&lambda, "GET", "/api/user/%2B12025550199"), (200.into(), Value::Null));
    assert_eq!(asked(&lambda, "GET", "/api/user/anonymous").0, 400);
    let said = lambda.logs().concat();
    assert!(!said.contains("61491570006") && !said.contains("Quill"), "{said}");
}

#[test]
fn a_directory_must_be_set_and_be_no_http_one() {
    for (env, reason) in [
        (&[][..], "CALLERS is not set"),
        (
            &[("CALLERS", "https://crm.example/api/user/")],
            "CALLERS: expected dynamodb://TABLE or file:///PATH",
        ),
    ] {
        let lambda = Lambda::start("caller-api", env);
        assert!(!until("the end", MINUTE, || lambda.exited()).success());
        let said = lambda.logs().concat();
        assert!(said.contains(reason), "{said}");
    }
}
