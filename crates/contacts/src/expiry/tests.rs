use super::*;
use crate::{
    status::{Register, Value},
    version::{EventStamp, Finality, Source, Stage},
};

const DAY: i64 = 24 * 60 * 60;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn with(known: &[(SystemAttribute, Value)]) -> Status {
    let moment = EventStamp {
        at: at("2024-05-01T10:00:00Z"),
        stage: Stage::Any,
        source: Source::ContactEvent,
        order: 0,
        tie_breaker: 0,
    };
    let mut status = Status::new("c");
    for (attribute, value) in known {
        status.set_if_newer(
            (*attribute).into(),
            Register { version: moment.version(Finality::Provisional), value: value.clone() },
        );
    }
    status
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

#[test]
fn a_contact_goes_a_retention_after_its_last_event() {
    let (first, last) = (at("2024-05-01T10:00:00Z"), at("2024-05-01T11:00:00Z"));
    let status = with(&[
        (SystemAttribute::LatestContactEvent, Value::Time(first)),
        (SystemAttribute::LatestFlowLog, Value::Time(last)),
    ]);
    for now in ["2024-05-01T10:00:00Z", "2024-06-01T10:00:00Z"] {
        let expiry = expiry_epoch_seconds(&status, at(now), RETENTION_DEFAULT_MINUTES);
        assert_eq!(expiry, last.as_second() + DAY, "whenever it was written");
        assert!(!is_expired(expiry, Timestamp::from_second(expiry - 1).unwrap()));
        assert!(is_expired(expiry, Timestamp::from_second(expiry).unwrap()));
    }
    let timeless = with(&[(SystemAttribute::LatestContactEvent, Value::Time(Timestamp::UNIX_EPOCH))]);
    assert_eq!(expiry_epoch_seconds(&timeless, last, 1), last.as_second() + 60);
}

#[test]
fn what_has_not_ended_stays_for_its_channels_longest_life() {
    let began = at("2024-05-01T10:00:00Z");
    let base = [
        (SystemAttribute::LatestContactEvent, Value::Time(began)),
        (SystemAttribute::InitiatedAt, Value::Time(began)),
    ];
    let days = |more: &[(SystemAttribute, Value)]| {
        let status = with(&base.iter().chain(more).cloned().collect::<Vec<_>>());
        (expiry_epoch_seconds(&status, began, RETENTION_DEFAULT_MINUTES) - began.as_second()) / DAY
    };
    let queued = (SystemAttribute::Status, text("QUEUED"));
    for (channel, life) in [("VOICE", 1), ("CHAT", 7), ("TASK", 90), ("EMAIL", 90), ("ONE_TO_COME", 90)] {
        assert_eq!(days(&[queued.clone(), (SystemAttribute::Channel, text(channel))]), life, "{channel}");
    }
    let callback =
        [(SystemAttribute::Channel, text("VOICE")), (SystemAttribute::InitiationMethod, text("CALLBACK"))];
    assert_eq!(days(&callback), 7);
    let scheduled = Value::Time(at("2024-05-11T10:00:00Z"));
    assert_eq!(
        days(&[(SystemAttribute::Channel, text("TASK")), (SystemAttribute::ScheduledAt, scheduled)]),
        100
    );
    for state in ["PAUSED", "RESUMED"] {
        let in_queue = [
            (SystemAttribute::Channel, text("TASK")),
            (SystemAttribute::Queued, Value::Flag(true)),
            (SystemAttribute::Status, text(state)),
        ];
        assert_eq!(days(&in_queue), 90, "{state}");
    }
    let with_agent = (SystemAttribute::Status, text("CONNECTED_TO_AGENT"));
    assert_eq!(days(&[(SystemAttribute::Channel, text("CHAT")), with_agent.clone()]), 7);
    // Not what has no channel and does not wait, nor what has ended.
    assert_eq!(days(&[with_agent]), 1);
    assert_eq!(
        days(&[
            queued,
            (SystemAttribute::Channel, text("TASK")),
            (SystemAttribute::Disconnected, Value::Flag(true))
        ]),
        1
    );
}

#[test]
fn a_caller_stays_for_a_day_where_less_is_kept_until_the_end() {
    let began = at("2024-05-01T10:00:00Z");
    let base = [
        (SystemAttribute::LatestContactEvent, Value::Time(began)),
        (SystemAttribute::InitiatedAt, Value::Time(began)),
        (SystemAttribute::Channel, text("VOICE")),
    ];
    let kept = |more: &[(SystemAttribute, Value)]| {
        let status = with(&base.iter().chain(more).cloned().collect::<Vec<_>>());
        expiry_epoch_seconds(&status, began, 10) - began.as_second()
    };
    assert_eq!(kept(&[(SystemAttribute::Status, text("QUEUED"))]), DAY);
    assert_eq!(kept(&[(SystemAttribute::Status, text("CONNECTED_TO_SYSTEM"))]), DAY);
    assert_eq!(kept(&[(SystemAttribute::Disconnected, Value::Flag(true))]), 600);
}
