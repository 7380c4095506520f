//! The compiled `board` behind the Runtime API: its settings, and what it answers to who has no session.

use std::{fs, time::Duration};

use board::dead_letters::DeadLetterQueues;
use serde_json::{Value, json};
use switchboard_board::UndeliveredCounter as _;
use switchboard_tests::{emulator::Emulator, lambda::Lambda, wait::until};

const MINUTE: Duration = Duration::from_mins(1);

fn asked(lambda: &Lambda, method: &str, path: &str, headers: &Value) -> Value {
    let event = json!({"version": "2.0", "rawPath": path, "rawQueryString": "", "headers": headers,
        "requestContext": {"http": {"method": method, "path": path}}, "isBase64Encoded": false});
    let answer = lambda.invoke(event.to_string(), MINUTE).result.expect("an answer");
    serde_json::from_slice(&answer).expect("JSON")
}

#[test]
fn nobody_sees_anything_without_a_session() {
    let folder = tempfile::tempdir().expect("a folder");
    let secret = folder.path().join("secret");
    fs::write(&secret, "by which customers have keys").expect("a file");
    let lambda = Lambda::start(
        "board",
        &[
            ("CONTACTS", &format!("sqlite://{}", folder.path().join("contacts.db").display())),
            ("CUSTOMER_SECRET", &format!("file://{}", secret.display())),
            ("AUDIT_STREAM", "looks"),
            ("BOARD_URL", "https://board.example"),
            ("SIGN_IN_URL", "http://127.0.0.1:9"),
            ("SIGN_IN_ISSUER", "http://127.0.0.1:9/pool"),
            ("SIGN_IN_CLIENT", "people"),
            ("AWS_LAMBDA_LOG_LEVEL", "TRACE"),
        ],
    );
    let none = json!({});
    for path in ["/", "/contacts/4fab6e40-99d5-43ce-8a75-e058ee62b1b4"] {
        let answer = asked(&lambda, "GET", path, &none);
        assert_eq!((&answer["statusCode"], &answer["body"]), (&json!(303), &json!("")));
        assert!(answer["headers"]["location"].as_str().expect("an address").starts_with("/sign-in?to=%2F"));
    }
    let problem = asked(&lambda, "GET", "/api/v1/board", &none);
    assert_eq!(
        (&problem["statusCode"], &problem["headers"]["cache-control"]),
        (&json!(401), &json!("no-store"))
    );
    assert_eq!(problem["headers"]["content-type"], "application/problem+json");
    let begun = asked(&lambda, "GET", "/sign-in", &none);
    let location = begun["headers"]["location"].as_str().expect("an address");
    assert!(location.starts_with("http://127.0.0.1:9/oauth2/authorize?response_type=code&client_id=people&"));
    let cookie = begun["cookies"][0].as_str().expect("a cookie");
    assert!(
        cookie.starts_with("__Host-board-sign-in=") && cookie.ends_with("; Secure; HttpOnly; SameSite=Lax")
    );
    assert_eq!(asked(&lambda, "GET", "/assets/board.js", &none)["statusCode"], 200);
    // The server of the sign-in does not answer: nobody is let in, and no token is in the log.
    let bearer =
        json!({"authorization": "Bearer eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.eyJzdWIiOiJhIn0.c2lnbmF0dXJl"});
    assert_eq!(asked(&lambda, "GET", "/api/v1/board", &bearer)["statusCode"], 503);
    let said = lambda.logs().concat();
    assert!(said.contains("sign_in_failed") && !said.contains("eyJ"), "{said}");
}

#[test]
fn a_board_without_a_sign_in_does_not_start() {
    let lambda = Lambda::start("board", &[("CONTACTS", "sqlite:///tmp/contacts.db")]);
    assert!(!until("the end", MINUTE, || lambda.exited()).success());
    let said = lambda.logs().concat();
    assert!(said.contains("SIGN_IN_CLIENT is not set") && said.contains("AUDIT_STREAM is not set"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_are_counted_and_a_queue_that_is_not_there_is_not_an_empty_one() {
    let sqs = aws_sdk_sqs::Client::new(&Emulator::shared().sdk_config().await);
    for (name, messages) in [("contact-events", 3), ("schedules", 0)] {
        let queue =
            sqs.create_queue().queue_name(format!("board-it-{name}-dlq")).send().await.expect("a queue");
        for _ in 0..messages {
            let url = queue.queue_url().expect("a URL");
            sqs.send_message().queue_url(url).message_body("failed").send().await.expect("a message");
        }
    }
    // As the CDK app gives it.
    let urls =
        "https://sqs.us-east-1.amazonaws.com/000000000000/board-it-{contact-events,gone,schedules}-dlq";
    let queues = DeadLetterQueues::new(sqs.clone(), urls.parse().expect("addresses"));
    let counted = queues.count().await;
    let counted: Vec<_> = counted.iter().map(|place| (place.name.as_str(), place.count)).collect();
    assert_eq!(counted, [("contact-events", Some(3)), ("gone", None), ("schedules", Some(0))]);
    // One that somebody has in hand is still one that failed.
    let url = "https://sqs.us-east-1.amazonaws.com/000000000000/board-it-contact-events-dlq";
    let received = sqs.receive_message().queue_url(url).send().await.expect("an answer");
    assert_eq!(received.messages().len(), 1);
    assert_eq!(queues.count().await[0].count, Some(3));
}
