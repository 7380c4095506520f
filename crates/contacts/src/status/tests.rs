use super::*;
use crate::version::{EventStamp, Source};

fn register(second: i64, value: Value) -> Register {
    let at = Timestamp::from_second(second).unwrap();
    let moment = EventStamp { at, stage: Stage::Any, source: Source::ContactEvent, order: 0, tie_breaker: 0 };
    Register { version: moment.version(Finality::Provisional), value }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn with(registers: &[(SystemAttribute, Register)]) -> Status {
    let mut status = Status::new("c");
    for (known, register) in registers {
        status.set_if_newer((*known).into(), register.clone());
    }
    status
}

#[test]
fn the_newer_register_stays_whoever_comes_first() {
    let old = with(&[
        (SystemAttribute::Channel, register(1, text("CHAT"))),
        (SystemAttribute::QueueArn, register(9, text("q"))),
    ]);
    let new = with(&[(SystemAttribute::Channel, register(2, text("VOICE")))]);
    let (mut one, mut other) = (old.clone(), new.clone());
    one.merge(new.clone());
    other.merge(old.clone());
    assert_eq!(one, other);
    assert_eq!(one.text(SystemAttribute::Channel), Some("VOICE"));
    assert_eq!(one.text(SystemAttribute::QueueArn), Some("q"));
}

#[test]
fn what_is_left_to_write_is_what_the_store_lacks() {
    let stored = with(&[(SystemAttribute::Channel, register(5, text("VOICE")))]);
    let change = with(&[
        (SystemAttribute::Channel, register(4, text("CHAT"))),
        (SystemAttribute::QueueArn, register(4, text("q"))),
    ]);
    let left = change.newer_than(&stored);
    assert_eq!(left, with(&[(SystemAttribute::QueueArn, register(4, text("q")))]));
    assert!(stored.newer_than(&stored).is_empty());
}

#[test]
fn it_reads_back_as_it_was_stored() {
    let mut status = with(&[
        (SystemAttribute::Channel, register(5, text("VOICE"))),
        (SystemAttribute::OnHold, register(6, Value::Flag(true))),
        (SystemAttribute::InitiatedAt, register(7, Value::Time(Timestamp::from_millisecond(7001).unwrap()))),
    ]);
    status.set_if_newer(Attribute::data("menu").unwrap(), register(8, text("2")));
    let stored: Vec<_> = status.registers().map(|(name, register)| (name.name(), register.clone())).collect();
    let unknown = ("Connect_OfTheFuture".into(), register(1, text("x")));
    let back = Status::from_registers("c", stored.into_iter().chain([unknown]));
    assert_eq!(back, status);
    assert_eq!(back.data().collect::<Vec<_>>(), [("menu", "2")]);
}

#[test]
fn the_view_is_flat_but_for_the_times() {
    let status = with(&[
        (SystemAttribute::Status, register(5, text("QUEUED"))),
        (SystemAttribute::EnqueuedAt, register(5, Value::Time(Timestamp::from_millisecond(5001).unwrap()))),
    ]);
    let view = Json::from(status.view());
    assert_eq!(
        view,
        serde_json::json!({
            "Connect_ContactId": "c", "Connect_InitialContactId": "c", "Status": "QUEUED",
            "Flag_Abandoned": false, "Flag_Active": false,
            "Timestamps": {"Enqueued": "1970-01-01T00:00:05.001Z"},
        })
    );
}

#[test]
fn recorded_data_does_not_pass_for_a_time() {
    let mut status = Status::new("c");
    status.set_if_newer(Attribute::data("Timestamps.Initiated").unwrap(), register(1, text("x")));
    assert_eq!(status.view().get("Data_Timestamps.Initiated"), Some(&Json::from("x")));
    assert_eq!(status.time(SystemAttribute::InitiatedAt), None);
}

#[test]
fn debug_shows_no_value() {
    let status = with(&[(SystemAttribute::CustomerIdentifier, register(5, text("+61491570006")))]);
    assert!(!format!("{status:?}").contains("6149"));
}

#[test]
fn a_queues_name_from_before_its_latest_stay_is_another_queues() {
    let entered = (SystemAttribute::EnqueuedAt, register(9, Value::Time(Timestamp::from_second(5).unwrap())));
    let named =
        |second| with(&[entered.clone(), (SystemAttribute::QueueName, register(second, text("Sales")))]);
    assert_eq!(
        [4, 5, 6].map(|second| named(second).text(SystemAttribute::QueueName).is_some()),
        [false, true, true]
    );
    let other = with(&[entered, (SystemAttribute::AgentUsername, register(4, text("ann")))]);
    assert_eq!(other.text(SystemAttribute::AgentUsername), Some("ann"), "of queues alone");
    assert_eq!(
        with(&[(SystemAttribute::QueueName, register(4, text("")))]).text(SystemAttribute::QueueName),
        None
    );
}

#[test]
fn it_tells_since_when_it_stands_where_it_does() {
    assert_eq!(with(&[]).state_since(), None);
    let queued = with(&[(SystemAttribute::Status, register(7, text("QUEUED")))]);
    assert_eq!(queued.state_since(), Timestamp::from_second(7).ok());
    assert_eq!(
        with(&[(SystemAttribute::Status, register(0, text("QUEUED")))]).state_since(),
        None,
        "without a time"
    );
}

#[test]
fn somebody_works_on_it_until_after_contact_work_is_over() {
    let at = Value::Time(Timestamp::from_second(7).unwrap());
    let base = (SystemAttribute::LatestContactEvent, register(7, at));
    let told = |more: &[(SystemAttribute, Value)]| {
        let more = more.iter().map(|(known, value)| (*known, register(7, value.clone())));
        let status = with(&more.chain([base.clone()]).collect::<Vec<_>>());
        (status.is_active(), status.is_worked_on(), status.may_be_worked_on())
    };
    let (ended, taken) = (
        (SystemAttribute::Disconnected, Value::Flag(true)),
        (SystemAttribute::ConnectedToAgent, Value::Flag(true)),
    );
    let wraps_up = (SystemAttribute::AfterContactWork, Value::Flag(true));
    let completed = (SystemAttribute::Status, text("COMPLETED"));
    assert_eq!(told(&[]), (true, true, true));
    assert_eq!(told(std::slice::from_ref(&ended)), (false, false, false));
    assert_eq!(told(&[ended.clone(), taken.clone()]), (false, false, true));
    assert_eq!(told(&[ended.clone(), taken.clone(), wraps_up]), (false, true, true));
    assert_eq!(told(&[ended, taken, completed]), (false, false, false));
    let unknown = Status::new("c");
    assert_eq!((unknown.is_active(), unknown.may_be_worked_on()), (false, false));
}

#[test]
fn after_contact_work_lasts_from_its_start_to_its_end() {
    let at = |ms: i64| register(1, Value::Time(Timestamp::from_millisecond(ms).unwrap()));
    let lasted = |from: i64, to: i64| {
        let times = [
            (SystemAttribute::AfterContactWorkStartedAt, at(from)),
            (SystemAttribute::AfterContactWorkEndedAt, at(to)),
        ];
        with(&times).after_contact_work_ms()
    };
    assert_eq!(
        (lasted(1_000, 3_500), lasted(1_000, 1_000), lasted(2_000, 1_000)),
        (Some(2_500), Some(0), None)
    );
}
