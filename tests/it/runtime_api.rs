//! That the stand-in for the Runtime API keeps Lambda's protocol, tried with a function written in shell and curl.

use std::time::Duration;

use serde_json::json;
use switchboard_tests::lambda::Lambda;
use switchboard_tests::wait::until;
use switchboard_tests::workspace;
use tempfile::TempDir;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);

#[test]
fn events_go_in_and_answers_come_out() {
    let (lambda, _folder) = start("function.sh");
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
    let (lambda, _folder) = start("function.sh");
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
    let (lambda, _folder) = start("function.sh");
    let error = lambda.invoke("large", MINUTE).result.expect_err("too large");
    assert_eq!(error["errorType"], "Function.ResponseSizeTooLarge");
    let refused = "answered, status 413".to_owned();
    until("the function to be told", 5 * SECOND, || lambda.logs().contains(&refused).then_some(()));
    assert_eq!(lambda.invoke("1", MINUTE).result, Ok(b"1".to_vec()));
}

#[test]
fn a_function_that_takes_too_long_is_killed() {
    let (lambda, _folder) = start("function.sh");
    let invocation = lambda.invoke("sleep", SECOND);
    assert_eq!(invocation.result.expect_err("no answer")["errorType"], "Sandbox.Timedout");
    assert!(lambda.exited().is_some());
}

#[test]
fn a_function_that_exits_is_an_error() {
    let (lambda, _folder) = start("function.sh");
    let error = lambda.invoke("exit", MINUTE).result.expect_err("no answer");
    assert_eq!(error, json!({"errorType": "Runtime.ExitError", "errorMessage": "Error: exit status: 3"}));
}

#[test]
fn a_function_that_refuses_to_start_says_why() {
    let (lambda, _folder) = start("refuses_its_settings.sh");
    let error = json!({"errorType": "Settings", "errorMessage": "CALLERS is invalid"});
    assert_eq!(lambda.invoke("{}", MINUTE).result, Err(error.clone()));
    assert_eq!(lambda.init_error(), Some(error));
    assert_eq!(lambda.exited().and_then(|status| status.code()), Some(1));
}

/// The folder is the function's own, and goes when it is dropped. The scripts are files of the repository: one that was
/// written just now could not be run while another thread's fork still has it open.
fn start(script: &str) -> (Lambda, TempDir) {
    let folder = TempDir::new().expect("a temporary folder");
    let program = workspace::root().join("tests/it/runtime_api").join(script);
    let work = folder.path().to_str().expect("a temporary folder with a UTF-8 name");
    (Lambda::start_program("shell", &program, &[("GREETING", "hello"), ("WORK", work)]), folder)
}
