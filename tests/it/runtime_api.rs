//! That the stand-in for the Runtime API keeps Lambda's protocol, tried with a function written in shell and curl.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use serde_json::json;
use switchboard_tests::lambda::Lambda;
use switchboard_tests::wait::until;
use tempfile::TempDir;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);

/// The event says what to do.
const FUNCTION: &str = r#"#!/bin/bash
set -eu
api=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime
here=${0%/*}
echo "started with $GREETING, HOME=${HOME-unset}"
while :; do
    event=$(/usr/bin/curl -sS --noproxy '*' -D "$here/headers" "$api/invocation/next")
    id=$(/usr/bin/sed -n 's/^lambda-runtime-aws-request-id: //p' "$here/headers" | /usr/bin/tr -d '\r')
    case $event in
        headers) /usr/bin/tr -d '\r' <"$here/headers" | /usr/bin/sort >"$here/body" ;;
        sleep) exec /usr/bin/sleep 60 ;;
        exit) exit 3 ;;
        large) /usr/bin/head -c 6291557 /dev/zero >"$here/body" ;;
        *) printf '%s' "$event" >"$here/body" ;;
    esac
    kind=response
    [ "$event" != '{"errorType":"Bad","errorMessage":"no"}' ] || kind=error
    status=$(/usr/bin/curl -sS --noproxy '*' -o /dev/null -w '%{http_code}' --data-binary "@$here/body" \
        "$api/invocation/$id/$kind")
    echo "answered, status $status" >&2
done
"#;

const REFUSES_ITS_SETTINGS: &str = r#"#!/bin/bash
/usr/bin/curl -sS --noproxy '*' -d '{"errorType":"Settings","errorMessage":"CALLERS is invalid"}' \
    "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/init/error"
exit 1
"#;

#[test]
fn events_go_in_and_answers_come_out() {
    let (lambda, _folder) = start(FUNCTION);
    assert!(lambda.first_poll_after() > Duration::ZERO);
    for event in ["{\"a\":1}", "[]"] {
        let invocation = lambda.invoke(event, MINUTE);
        assert_eq!(invocation.result, Ok(event.as_bytes().to_vec()));
        assert!(invocation.took > Duration::ZERO && invocation.took < MINUTE);
    }
    let error = json!({"errorType": "Bad", "errorMessage": "no"});
    assert_eq!(lambda.invoke(r#"{"errorType":"Bad","errorMessage":"no"}"#, MINUTE).result, Err(error));
    assert_eq!(lambda.exited(), None);
    assert!(lambda.peak_memory_kb() > 100);
    let said = until("the last line", 5 * SECOND, || (lambda.logs().len() == 4).then(|| lambda.logs()));
    assert!(said.contains(&"started with hello, HOME=unset".to_owned()), "{said:?}");
    assert_eq!(said.iter().filter(|line| *line == "answered, status 202").count(), 3);
}

#[test]
fn an_event_comes_with_its_headers() {
    let (lambda, _folder) = start(FUNCTION);
    let headers = String::from_utf8(lambda.invoke("headers", MINUTE).result.expect("headers")).expect("text");
    let value = |name: &str| {
        headers.lines().find_map(|line| line.strip_prefix(name)).map(str::trim).expect("a header")
    };
    assert_eq!(value("lambda-runtime-aws-request-id:"), "00000000-0000-4000-8000-000000000001");
    let arn = "arn:aws:lambda:us-east-1:000000000000:function:shell";
    assert_eq!(value("lambda-runtime-invoked-function-arn:"), arn);
    assert!(value("lambda-runtime-trace-id:").starts_with("Root=1-"));
    let deadline_ms: u128 = value("lambda-runtime-deadline-ms:").parse().expect("milliseconds");
    let now_ms = std::time::UNIX_EPOCH.elapsed().expect("a clock after 1970").as_millis();
    assert!(deadline_ms > now_ms && deadline_ms <= now_ms + MINUTE.as_millis(), "{deadline_ms} at {now_ms}");
}

#[test]
fn a_response_over_six_megabytes_is_refused() {
    let (lambda, _folder) = start(FUNCTION);
    let error = lambda.invoke("large", MINUTE).result.expect_err("too large");
    assert_eq!(error["errorType"], "Function.ResponseSizeTooLarge");
    let refused = "answered, status 413".to_owned();
    until("the function to be told", 5 * SECOND, || lambda.logs().contains(&refused).then_some(()));
    assert_eq!(lambda.invoke("1", MINUTE).result, Ok(b"1".to_vec()));
}

#[test]
fn a_function_that_takes_too_long_is_killed() {
    let (lambda, _folder) = start(FUNCTION);
    let invocation = lambda.invoke("sleep", SECOND);
    assert_eq!(invocation.result.expect_err("no answer")["errorType"], "Sandbox.Timedout");
    assert!(lambda.exited().is_some());
}

#[test]
fn a_function_that_exits_is_an_error() {
    let (lambda, _folder) = start(FUNCTION);
    let error = lambda.invoke("exit", MINUTE).result.expect_err("no answer");
    assert_eq!(error, json!({"errorType": "Runtime.ExitError", "errorMessage": "Error: exit status: 3"}));
}

#[test]
fn a_function_that_refuses_to_start_says_why() {
    let (lambda, _folder) = start(REFUSES_ITS_SETTINGS);
    let error = json!({"errorType": "Settings", "errorMessage": "CALLERS is invalid"});
    assert_eq!(lambda.invoke("{}", MINUTE).result, Err(error.clone()));
    assert_eq!(lambda.init_error(), Some(error));
    assert_eq!(lambda.exited().and_then(|status| status.code()), Some(1));
}

/// The folder is the function's own, and goes when it is dropped.
fn start(script: &str) -> (Lambda, TempDir) {
    let folder = TempDir::new().expect("a temporary folder");
    let program = folder.path().join("bootstrap");
    fs::write(&program, script).expect("a script");
    fs::set_permissions(&program, Permissions::from_mode(0o755)).expect("permissions");
    (Lambda::start_program("shell", &program, &[("GREETING", "hello")]), folder)
}
