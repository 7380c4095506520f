//! Contacts as a table.

use jiff::{Timestamp, tz::TimeZone};
use switchboard_contacts::{attribute::SystemAttribute, status::Status};
use switchboard_core::outcome::QueueOutcome;

use super::{format_time, names::Names};
use crate::table::{Screen, TextTable, shortened};

/// A terminal this wide has room for all columns.
const ROOM_FOR_ALL_COLUMNS: usize = 128;

/// What the columns but queue and agent take then, with the space between them.
const WIDE_COLUMNS_WIDTH: usize = 106;

/// The same of those that a narrower one shows.
const COLUMNS_WIDTH: usize = 67;

/// What a list is of, by which its columns are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listed {
    /// Any contacts.
    Contacts,
    /// Contacts that somebody works on: for how long says more than when they began.
    Active,
    /// A chain, with the place of each in it.
    Chain,
}

/// A table with a row for each contact. An active one shows how long it has been in its state.
pub(crate) fn contact_table(
    contacts: &[Status],
    list: Listed,
    tz: &TimeZone,
    screen: Screen,
    names: &Names,
    now: Timestamp,
) -> TextTable {
    let wide = screen.width.is_none_or(|width| width >= ROOM_FOR_ALL_COLUMNS);
    let numbered = list == Listed::Chain;
    let others = if wide { WIDE_COLUMNS_WIDTH } else { COLUMNS_WIDTH } + if numbered { 4 } else { 0 };
    let room = screen.width.map_or(usize::MAX, |width| width.saturating_sub(others));
    let name_width = if wide { (room / 2).max(8) } else { room.max(4) };
    let mut header = Vec::new();
    header.extend(numbered.then_some("#"));
    let shows_how_long = !wide && list == Listed::Active;
    header.extend(["contact", if shows_how_long { "lasted" } else { "began" }, "status", "channel", "queue"]);
    header.extend(wide.then_some(["agent", "customer", "lasted"]).into_iter().flatten());
    let lasted = if shows_how_long { 1..2 } else { header.len() - 1..header.len() };
    let mut table = TextTable::new(screen, &header, if wide || shows_how_long { lasted } else { 0..0 });
    for (index, contact) in contacts.iter().enumerate() {
        let known = |name: Option<String>| name.unwrap_or_else(|| "-".to_owned());
        let text = |attribute| contact.text(attribute).unwrap_or("-").to_owned();
        let lasted = known(so_far(contact, now).or_else(|| lasted_ms(contact).map(format_time::lasted)));
        let began = known(began(contact).map(|at| format_time::minute(at, tz)));
        let when = match (wide, shows_how_long) {
            (true, _) => began,
            (false, true) => lasted.clone(),
            // The year is the first to go.
            (false, false) => began.get(5..).unwrap_or("-").to_owned(),
        };
        let mut row = Vec::new();
        row.extend(numbered.then(|| (index + 1).to_string()));
        row.extend([
            contact.contact_id().to_owned(),
            when,
            status_label(contact),
            text(SystemAttribute::Channel),
        ]);
        row.push(shortened(&known(names.queue(contact)), name_width));
        if wide {
            row.push(shortened(&known(names.agent(contact)), name_width));
            row.push(text(SystemAttribute::CustomerIdentifier));
            row.push(lasted);
        }
        table.row(row);
    }
    table
}

/// The state of a contact, in at most ten characters unless Connect has a new one.
pub(crate) fn status_label(contact: &Status) -> String {
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

/// How long a contact has been in its state, or the time until or since it was due; [`None`] if it is no longer active.
fn so_far(contact: &Status, now: Timestamp) -> Option<String> {
    let millis = |from: Timestamp, to: Timestamp| (to.as_millisecond() - from.as_millisecond()).max(0);
    if !contact.is_worked_on() {
        return None;
    }
    if let Some(due) = due(contact) {
        let (word, lasted) = if due > now { ("in", millis(now, due)) } else { ("late", millis(due, now)) };
        return Some(format!("{word} {}", format_time::lasted(lasted)));
    }
    since(contact).map(|since| format_time::lasted(millis(since, now)))
}

/// When a contact is to begin that is only scheduled yet.
pub(crate) fn due(contact: &Status) -> Option<Timestamp> {
    let is_yet_to_begin = matches!(contact.text(SystemAttribute::Status), None | Some("INITIATED"));
    contact.time(SystemAttribute::ScheduledAt).filter(|_| is_yet_to_begin && contact.is_active())
}

/// When a contact entered its state: in the queue, with its agent, on hold, in its flow, in after-contact work.
pub(crate) fn since(contact: &Status) -> Option<Timestamp> {
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
pub(crate) fn began(contact: &Status) -> Option<Timestamp> {
    let known = [
        SystemAttribute::InitiatedAt,
        SystemAttribute::ConnectedToSystemAt,
        SystemAttribute::EnqueuedAt,
        SystemAttribute::Updated,
    ];
    known.into_iter().find_map(|attribute| contact.time(attribute))
}

/// From its beginning to its end, in milliseconds: from a second on by the clock that is shown, which has whole seconds, as the
/// timeline's offsets are.
pub(crate) fn lasted_ms(contact: &Status) -> Option<i64> {
    let (began, ended) =
        (contact.time(SystemAttribute::InitiatedAt)?, contact.time(SystemAttribute::DisconnectedAt)?);
    let ms = ended.as_millisecond() - began.as_millisecond();
    let by_clock = (ended.as_millisecond().div_euclid(1000) - began.as_millisecond().div_euclid(1000)) * 1000;
    (ms >= 0).then_some(if ms < 1000 { ms } else { by_clock })
}

#[cfg(test)]
mod tests {
    use switchboard_contacts::{
        status::{Register, Value},
        version::{EventStamp, Finality, Source, Stage},
    };

    use super::*;

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

    fn so_far_at(contact: &Status, now: &str) -> Option<String> {
        so_far(contact, at(now))
    }

    #[test]
    fn a_contact_shows_for_how_long_it_has_stood_as_it_does() {
        for (state, lasted) in [
            ("INITIATED", "5:00:00"),
            ("QUEUED", "4:00:00"),
            ("CONNECTED_TO_AGENT", "3:00:00"),
            ("ON_HOLD", "2:00:00"),
            ("PAUSED", "2:00:00"),
            ("RESUMED", "3:00:00"),
        ] {
            assert_eq!(so_far_at(&with(state, "10:00", &[]), "12:00").as_deref(), Some(lasted), "{state}");
        }
    }

    #[test]
    fn a_narrow_terminal_shows_for_how_long_in_place_of_when() {
        let held = [with("ON_HOLD", "10:00", &[])];
        let shown = |list, width| {
            let screen = Screen { width, colours: false };
            contact_table(&held, list, &TimeZone::UTC, screen, &Names::default(), at("12:00")).to_string()
        };
        let narrow = shown(Listed::Active, Some(80));
        assert!(narrow.contains("2:00:00") && !narrow.contains("11-02"), "{narrow}");
        let any = shown(Listed::Contacts, Some(80));
        assert!(any.contains("11-02 07:00") && !any.contains("2:00:00"), "{any}");
        for width in [Some(140), None] {
            let wide = shown(Listed::Active, width);
            assert!(wide.contains("2026-11-02 07:00") && wide.contains("2:00:00"), "{wide}");
        }
    }

    #[test]
    fn a_scheduled_one_shows_in_what_time_it_is_due() {
        let scheduled = (SystemAttribute::ScheduledAt, Value::Time(at("14:30")));
        let task = with("INITIATED", "07:00", std::slice::from_ref(&scheduled));
        assert_eq!((status_label(&task).as_str(), due(&task)), ("scheduled", Some(at("14:30"))));
        assert_eq!(so_far_at(&task, "12:00").as_deref(), Some("in 2:30:00"));
        assert_eq!(so_far_at(&task, "15:00").as_deref(), Some("late 30:00"));
        let begun = with("QUEUED", "15:00", &[scheduled]);
        assert_eq!((status_label(&begun).as_str(), due(&begun)), ("waits", None));
    }

    #[test]
    fn a_task_that_was_paused_in_its_queue_waits_there() {
        let queued = (SystemAttribute::Queued, Value::Flag(true));
        let resumed = with("RESUMED", "10:00", std::slice::from_ref(&queued));
        assert_eq!((status_label(&resumed).as_str(), since(&resumed)), ("waits", Some(at("08:00"))));
        let connected = [queued, (SystemAttribute::ConnectedToAgent, Value::Flag(true))];
        assert_eq!(status_label(&with("RESUMED", "10:00", &connected)), "with agent");
    }

    #[test]
    fn wrap_up_lasts_until_it_is_over() {
        let over = [
            (SystemAttribute::Disconnected, Value::Flag(true)),
            (SystemAttribute::ConnectedToAgent, Value::Flag(true)),
            (SystemAttribute::DisconnectedAt, Value::Time(at("11:00"))),
        ];
        let ended = with("DISCONNECTED", "11:00", &over);
        assert_eq!((status_label(&ended).as_str(), so_far_at(&ended, "12:00")), ("ended", None));
        let wraps_up = (SystemAttribute::AfterContactWork, Value::Flag(true));
        let wrapped_up = with("DISCONNECTED", "11:00", &[&over[..], &[wraps_up]].concat());
        assert_eq!(status_label(&wrapped_up), "wrap-up");
        assert_eq!(so_far_at(&wrapped_up, "12:00").as_deref(), Some("1:00:00"));
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
        assert_eq!(status_label(&with("QUEUED", "08:00", &[])), "waits");
        assert_eq!(status_label(&with("QUEUED", "08:00", std::slice::from_ref(&callback))), "callback");
        assert_eq!(status_label(&with("INITIATED", "08:00", &[callback])), "callback");
        assert_eq!(status_label(&Status::new("c")), "in a flow");
    }
}
