use std::sync::atomic::AtomicU64;

use aws_sdk_connect::{
    config::{BehaviorVersion, Region, http::HttpResponse},
    operation::describe_contact::{DescribeContactError, DescribeContactOutput},
};

use super::*;

type Failure = SdkError<DescribeContactError, HttpResponse>;

fn contacts() -> ConnectContacts {
    let config = aws_sdk_connect::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("ap-southeast-2"));
    ConnectContacts::new(&config.build(), "arn", SearchRate::default())
}

/// An answer that did not come.
fn no_answer() -> Failure {
    SdkError::timeout_error("nobody there")
}

#[tokio::test(start_paused = true)]
async fn who_does_not_answer_is_asked_for_minutes_and_not_for_a_day() {
    let (contacts, start) = (contacts(), Instant::now());
    let deadline = start + Duration::from_hours(24);
    let outcome = contacts.call(&contacts.others, deadline, async || Err::<(), _>(no_answer())).await;
    assert!(matches!(outcome, Err(ConnectError::NoAnswer(_))), "{outcome:?}");
    let asked = start.elapsed();
    assert!(asked + 2 * MAX_DELAY > PATIENCE && asked <= PATIENCE, "{asked:?}");
    assert!(contacts.requests() > 20, "{}", contacts.requests());
}

#[tokio::test(start_paused = true)]
async fn a_slow_rate_is_no_reason_to_give_up() {
    let config = aws_sdk_connect::Config::builder().behavior_version(BehaviorVersion::latest());
    let slow = SearchRate::new(0.001).unwrap();
    let contacts = ConnectContacts::new(&config.build(), "arn", slow);
    let deadline = Instant::now() + Duration::from_hours(24);
    let outcome = contacts.call(&contacts.searches, deadline, async || Err::<(), _>(no_answer())).await;
    assert!(matches!(outcome, Err(ConnectError::NoAnswer(_))), "{outcome:?}");
    assert_eq!(contacts.requests(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_comes_before_patience_ends() {
    let contacts = contacts();
    let deadline = Instant::now() + Duration::from_mins(1);
    let outcome = contacts.call(&contacts.others, deadline, async || Err::<(), _>(no_answer())).await;
    assert!(matches!(outcome, Err(ConnectError::NoTime { reason: Some(_) })), "{outcome:?}");
    assert!(Instant::now() <= deadline);
}

#[tokio::test(start_paused = true)]
async fn who_answers_again_is_asked_no_more() {
    let (contacts, asked) = (contacts(), AtomicU64::new(0));
    let deadline = Instant::now() + Duration::from_mins(10);
    let third = async || match asked.fetch_add(1, Ordering::Relaxed) {
        2 => Ok(DescribeContactOutput::builder().build()),
        _ => Err(no_answer()),
    };
    assert!(contacts.call(&contacts.others, deadline, third).await.is_ok());
    assert_eq!(contacts.requests(), 3);
}
