use super::*;
use crate::version::{Moment, Source};

fn register(second: i64, value: Value) -> Register {
    let at = Timestamp::from_second(second).unwrap();
    let moment = Moment { at, stage: Stage::Any, source: Source::ContactEvent, order: 0, tie: 0 };
    Register { version: moment.version(Class::Passing), value }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn with(registers: &[(Known, Register)]) -> Status {
    let mut status = Status::new("c");
    for (known, register) in registers {
        status.keep((*known).into(), register.clone());
    }
    status
}

#[test]
fn the_newer_register_stays_whoever_comes_first() {
    let old = with(&[(Known::Channel, register(1, text("CHAT"))), (Known::QueueArn, register(9, text("q")))]);
    let new = with(&[(Known::Channel, register(2, text("VOICE")))]);
    let (mut one, mut other) = (old.clone(), new.clone());
    one.merge(new.clone());
    other.merge(old.clone());
    assert_eq!(one, other);
    assert_eq!(one.text(Known::Channel), Some("VOICE"));
    assert_eq!(one.text(Known::QueueArn), Some("q"));
}

#[test]
fn what_is_left_to_write_is_what_the_store_lacks() {
    let stored = with(&[(Known::Channel, register(5, text("VOICE")))]);
    let change =
        with(&[(Known::Channel, register(4, text("CHAT"))), (Known::QueueArn, register(4, text("q")))]);
    let left = change.newer_than(&stored);
    assert_eq!(left, with(&[(Known::QueueArn, register(4, text("q")))]));
    assert!(stored.newer_than(&stored).is_empty());
}

#[test]
fn it_reads_back_as_it_was_stored() {
    let mut status = with(&[
        (Known::Channel, register(5, text("VOICE"))),
        (Known::OnHold, register(6, Value::Flag(true))),
        (Known::InitiatedAt, register(7, Value::Time(Timestamp::from_millisecond(7001).unwrap()))),
    ]);
    status.keep(Attribute::data("menu").unwrap(), register(8, text("2")));
    let stored: Vec<_> = status.registers().map(|(name, register)| (name.name(), register.clone())).collect();
    let unknown = ("Connect_OfTheFuture".into(), register(1, text("x")));
    let back = Status::from_registers("c", stored.into_iter().chain([unknown]));
    assert_eq!(back, status);
    assert_eq!(back.data().collect::<Vec<_>>(), [("menu", "2")]);
}

#[test]
fn the_view_is_flat_but_for_the_times() {
    let status = with(&[
        (Known::Status, register(5, text("QUEUED"))),
        (Known::EnqueuedAt, register(5, Value::Time(Timestamp::from_millisecond(5001).unwrap()))),
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
    status.keep(Attribute::data("Timestamps.Initiated").unwrap(), register(1, text("x")));
    assert_eq!(status.view().get("Data_Timestamps.Initiated"), Some(&Json::from("x")));
    assert_eq!(status.time(Known::InitiatedAt), None);
}

#[test]
fn debug_shows_no_value() {
    let status = with(&[(Known::CustomerIdentifier, register(5, text("+61491570006")))]);
    assert!(!format!("{status:?}").contains("6149"));
}
