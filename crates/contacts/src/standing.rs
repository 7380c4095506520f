//! Where a contact stands, in a word or two, and since when: what lists and boards say of it.

use std::borrow::Borrow;

use jiff::Timestamp;
use switchboard_core::outcome::QueueOutcome;

use crate::{attribute::SystemAttribute, status::Status};

/// The state of a contact in a word or two: at most eleven characters unless Connect has a new one.
pub fn label(contact: &Status) -> String {
    let status = contact.text(SystemAttribute::Status);
    let is_callback = contact.text(SystemAttribute::InitiationMethod) == Some("CALLBACK");
    let is_scheduled = contact.time(SystemAttribute::ScheduledAt).is_some();
    let short = match (contact.queue_outcome(), status) {
        (Some(QueueOutcome::Abandoned), _) => "abandoned",
        (Some(QueueOutcome::CallbackRequested), _) => "to callback",
        (Some(QueueOutcome::TransferredOut), _) => "moved on",
        _ if contact.is_in_after_contact_work() => "wrap-up",
        (_, Some("QUEUED" | "INITIATED" | "CONNECTED_TO_SYSTEM")) if is_callback => "callback",
        (_, Some("INITIATED")) if is_scheduled => "scheduled",
        (_, Some("INITIATED")) => "begun",
        (_, Some("QUEUED")) => "waits",
        (_, Some("RESUMED")) if contact.is_waiting() => "waits",
        (_, None | Some("CONNECTED_TO_SYSTEM")) => "in a flow",
        (_, Some("CONNECTED_TO_AGENT" | "RESUMED")) => "with agent",
        (_, Some("AFTER_CONTACT_WORK")) => "wrap-up",
        (_, Some("DISCONNECTED")) => "ended",
        (_, Some(status)) => return status.to_lowercase().replace('_', " "),
    };
    short.to_owned()
}

/// When a contact is to begin that is only scheduled yet.
pub fn due(contact: &Status) -> Option<Timestamp> {
    let is_yet_to_begin = matches!(contact.text(SystemAttribute::Status), None | Some("INITIATED"));
    contact.time(SystemAttribute::ScheduledAt).filter(|_| is_yet_to_begin && contact.is_active())
}

/// When a contact entered its state: in the queue, with its agent, on hold, in its flow, in after-contact work.
pub fn since(contact: &Status) -> Option<Timestamp> {
    let known = match contact.text(SystemAttribute::Status) {
        _ if contact.is_in_after_contact_work() => contact
            .time(SystemAttribute::AfterContactWorkStartedAt)
            .or_else(|| contact.time(SystemAttribute::DisconnectedAt)),
        Some("QUEUED") => contact.time(SystemAttribute::EnqueuedAt),
        Some("RESUMED") if contact.is_waiting() => contact.time(SystemAttribute::EnqueuedAt),
        Some("CONNECTED_TO_AGENT" | "RESUMED") => contact.time(SystemAttribute::ConnectedToAgentAt),
        Some("ON_HOLD" | "PAUSED") => contact.state_since(),
        Some("AFTER_CONTACT_WORK") => contact.time(SystemAttribute::AfterContactWorkStartedAt),
        Some("CONNECTED_TO_SYSTEM") => contact.time(SystemAttribute::ConnectedToSystemAt),
        Some(_) => None,
        None => contact.time(SystemAttribute::LatestFlowLog),
    };
    known.or_else(|| began(contact))
}

/// When it began, as far as that is known.
pub fn began(contact: &Status) -> Option<Timestamp> {
    let known = [
        SystemAttribute::InitiatedAt,
        SystemAttribute::ConnectedToSystemAt,
        SystemAttribute::EnqueuedAt,
        SystemAttribute::Updated,
    ];
    known.into_iter().find_map(|attribute| contact.time(attribute))
}

/// How long something took that began then, in milliseconds: from a second on between the whole seconds of the clock, as in contact
/// records. What lasts from 10:00:00.9 to 10:00:42.1 lasts from 10:00:00 to 10:00:42.
pub fn ms_by_clock(began: Timestamp, ms: i64) -> i64 {
    let on_the_clock = began.as_millisecond().rem_euclid(1000) + ms;
    if ms < 1000 { ms } else { on_the_clock / 1000 * 1000 }
}

/// From its beginning to its end, in milliseconds [by the clock](ms_by_clock).
pub fn lasted_ms(contact: &Status) -> Option<i64> {
    let (began, ended) =
        (contact.time(SystemAttribute::InitiatedAt)?, contact.time(SystemAttribute::DisconnectedAt)?);
    let ms = ended.as_millisecond() - began.as_millisecond();
    (ms >= 0).then(|| ms_by_clock(began, ms))
}

/// Waiting contacts first, then scheduled ones, then the others; among each, the longest in its state, or the soonest due, first.
pub fn sort_longest_first(contacts: &mut [impl Borrow<Status>]) {
    contacts.sort_by_cached_key(|contact| {
        let contact = contact.borrow();
        let due = due(contact);
        let rank = match (contact.is_waiting(), due) {
            (true, None) => 0,
            (_, Some(_)) => 1,
            (false, None) => 2,
        };
        (rank, due.or_else(|| since(contact)), contact.contact_id().to_owned())
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        status::{Register, Value},
        version::{EventStamp, Finality, Source, Stage},
    };

    fn at(time: &str) -> Timestamp {
        format!("2026-11-02T{time}:00Z").parse().unwrap()
    }

    fn with(state: &str, since: &str, more: &[(SystemAttribute, Value)]) -> Status {
        let stamp = EventStamp {
            at: at(since),
            stage: Stage::WithAgent,
            source: Source::ContactEvent,
            order: 0,
            tie_breaker: 0,
        };
        let mut status = Status::new("c");
        let base = [
            (SystemAttribute::Status, Value::Text(state.to_owned())),
            (SystemAttribute::LatestContactEvent, Value::Time(at(since))),
            (SystemAttribute::InitiatedAt, Value::Time(at("07:00"))),
            (SystemAttribute::EnqueuedAt, Value::Time(at("08:00"))),
            (SystemAttribute::ConnectedToAgentAt, Value::Time(at("09:00"))),
        ];
        for (known, value) in base.iter().chain(more) {
            let register = Register { version: stamp.version(Finality::Provisional), value: value.clone() };
            status.set_if_newer((*known).into(), register);
        }
        status
    }

    #[test]
    fn a_task_that_was_paused_in_its_queue_waits_there() {
        let queued = (SystemAttribute::Queued, Value::Flag(true));
        let resumed = with("RESUMED", "10:00", std::slice::from_ref(&queued));
        assert_eq!((label(&resumed).as_str(), since(&resumed)), ("waits", Some(at("08:00"))));
        let connected = [queued, (SystemAttribute::ConnectedToAgent, Value::Flag(true))];
        assert_eq!(label(&with("RESUMED", "10:00", &connected)), "with agent");
    }

    #[test]
    fn what_it_lasted_adds_up_with_the_clock() {
        let time = |time: &str| Value::Time(format!("2026-11-02T07:00:{time}Z").parse().unwrap());
        let lasted = |began: &str, ended: &str| {
            let times =
                [(SystemAttribute::InitiatedAt, time(began)), (SystemAttribute::DisconnectedAt, time(ended))];
            let mut status = Status::new("c");
            for (known, register) in times.iter().zip(1..).map(|((known, value), second)| {
                let at = Timestamp::from_second(second).unwrap();
                let (stage, source) = (Stage::Any, Source::ContactEvent);
                let version =
                    EventStamp { at, stage, source, order: 0, tie_breaker: 0 }.version(Finality::Provisional);
                (*known, Register { version, value: value.clone() })
            }) {
                status.set_if_newer(known.into(), register);
            }
            lasted_ms(&status)
        };
        assert_eq!(lasted("00.900", "10.100"), Some(10_000));
        assert_eq!(lasted("00.900", "01.100"), Some(200));
        assert_eq!(lasted("10.100", "00.900"), None);
    }

    #[test]
    fn kinds_of_waiting_have_labels_of_their_own() {
        let callback = (SystemAttribute::InitiationMethod, Value::Text("CALLBACK".to_owned()));
        assert_eq!(label(&with("QUEUED", "08:00", &[])), "waits");
        assert_eq!(label(&with("QUEUED", "08:00", std::slice::from_ref(&callback))), "callback");
        assert_eq!(label(&with("INITIATED", "08:00", &[callback])), "callback");
        assert_eq!(label(&Status::new("c")), "in a flow");
    }
}
