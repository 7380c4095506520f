//! No phone number, name or secret reaches a log line, whatever goes wrong and however much is logged.

use switchboard_tests::directory::{Behaviour, Directory, Instead};
use switchboard_tests::emulator::Emulator;
use switchboard_tests::wait::until;

use super::*;

/// Runs a batch with everything in it at the most talkative level and returns what was said.
fn said(env: &[(&str, &str)]) -> String {
    let mut env = env.to_vec();
    env.extend([("AWS_LAMBDA_LOG_LEVEL", "TRACE"), ("RUST_LOG", "trace"), ("CALLERS_TIMEOUT_MS", "200")]);
    let lambda = Lambda::start(NAME, &env);
    let secret = call("+12025550142");
    let mut batch = event([
        secret.clone(),
        secret.replace("INBOUND", "\\"),
        format!("{secret}{{"),
        secret.replace("ContactId", "EventType"),
        secret.replace("2026-11-02T07:00:12Z", "+12025550142"),
    ]);
    batch["records"][1]["data"] = "+12025550142 Jane Secretive".into();
    answers(&lambda, &batch, Duration::from_secs(20));
    // And an event that is none, with the same in it.
    assert!(lambda.invoke(json!({"records": "+12025550142"}).to_string(), MINUTE).result.is_err());
    let said = lambda.logs().join("\n");
    assert!(said.contains("CloudWatchMetrics") && said.contains("UnexpectedEvent"), "of both events: {said}");
    said
}

fn assert_private(said: &str) {
    for personal in ["2025550142", "Secretive", "sesame"] {
        assert!(!said.contains(personal), "{personal} in: {said}");
    }
}

#[test]
fn with_an_http_directory() {
    let knowing = Behaviour::knowing(&[("+12025550142", "Jane Secretive")]);
    for behaviour in [
        knowing.clone(),
        Behaviour { instead: Some(Instead::Status(500)), ..knowing.clone() },
        Behaviour { instead: Some(Instead::Hang), ..knowing.clone() },
        Behaviour { instead: Some(Instead::HtmlPage), ..knowing },
    ] {
        let directory = Directory::start(behaviour);
        assert_private(&said(&[("CALLERS", &directory.url())]));
        assert!(directory.requests() > 0);
    }
}

#[test]
fn with_a_directory_that_is_not_there() {
    assert_private(&said(&[("CALLERS", "http://127.0.0.1:1/api/user/")]));
}

#[test]
fn with_a_table_that_is_not_there() {
    let mut env = Emulator::shared().env();
    env.push(("CALLERS", "dynamodb://nowhere"));
    assert_private(&said(&env));
}

#[test]
fn with_a_file_that_is_no_directory() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("callers.csv");
    std::fs::write(&path, "Phone,Name\nJane Secretive,+12025550142\n").expect("a file");
    let callers = format!("file://{}", path.display());
    let lambda = Lambda::start(NAME, &[("CALLERS", &callers)]);
    until("the end", MINUTE, || lambda.exited());
    let said = lambda.logs().join("\n");
    assert!(said.contains("CALLERS"), "{said}");
    assert!(!said.contains("2025550142") && !said.contains("Secretive"), "{said}");
}
