//! What the function refuses as a whole.

use switchboard_tests::wait::until;

use super::*;

#[test]
fn wrong_settings_are_told_at_start_all_at_once() {
    let lambda = Lambda::start(
        NAME,
        &[("CALLERS", "ftp://callers"), ("CALLERS_TIMEOUT_MS", "soon"), ("CALLERS_SECRET", "hunter2")],
    );
    let status = until("the end", MINUTE, || lambda.exited());
    assert!(!status.success());
    let said = lambda.logs();
    assert_eq!(said.len(), 1, "{said:?}");
    let line: Value = serde_json::from_str(&said[0]).expect("a JSON line");
    let error = line["error"].as_str().expect("an error");
    for name in ["CALLERS is invalid", "CALLERS_TIMEOUT_MS is invalid", "CALLERS_SECRET is invalid"] {
        assert!(error.contains(name), "{error}");
    }
    assert!(!said[0].contains("hunter2"));
}

#[test]
fn an_event_that_is_none_fails_and_the_next_is_served() {
    let lambda = Lambda::start(NAME, &[]);
    for none in ["{}", "[]", r#"{"records":7}"#] {
        let error = lambda.invoke(none, MINUTE).result.expect_err("no Firehose event");
        assert_eq!(error["errorType"], "UnexpectedEvent", "{none}");
    }
    assert_eq!(answers(&lambda, &event([call(&number(1))]), MINUTE)[0].result, "Ok");
    assert!(answers(&lambda, &event([]), MINUTE).is_empty());
}

#[test]
fn without_a_directory_records_still_get_their_timestamp() {
    let lambda = Lambda::start(NAME, &[]);
    let all = answers(&lambda, &event([call(&number(1))]), MINUTE);
    assert_eq!(all[0].document()["@timestamp"], "2026-11-02T07:00:12");
    assert_eq!(all[0].endpoint().as_object().map(serde_json::Map::len), Some(2));
}
