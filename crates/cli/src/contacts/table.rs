//! Contacts as a table.

use jiff::{Timestamp, tz::TimeZone};
use switchboard_contacts::{
    attribute::SystemAttribute,
    resource_names::ResourceNames,
    standing::{began, due, label, lasted_ms, since},
    status::Status,
};

use super::format_time;
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
    names: &ResourceNames,
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
        row.extend([contact.contact_id().to_owned(), when, label(contact), text(SystemAttribute::Channel)]);
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
            contact_table(&held, list, &TimeZone::UTC, screen, &ResourceNames::default(), at("12:00"))
                .to_string()
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
        assert_eq!((label(&task).as_str(), due(&task)), ("scheduled", Some(at("14:30"))));
        assert_eq!(so_far_at(&task, "12:00").as_deref(), Some("in 2:30:00"));
        assert_eq!(so_far_at(&task, "15:00").as_deref(), Some("late 30:00"));
        let begun = with("QUEUED", "15:00", &[scheduled]);
        assert_eq!((label(&begun).as_str(), due(&begun)), ("waits", None));
    }

    #[test]
    fn wrap_up_lasts_until_it_is_over() {
        let over = [
            (SystemAttribute::Disconnected, Value::Flag(true)),
            (SystemAttribute::ConnectedToAgent, Value::Flag(true)),
            (SystemAttribute::DisconnectedAt, Value::Time(at("11:00"))),
        ];
        let ended = with("DISCONNECTED", "11:00", &over);
        assert_eq!((label(&ended).as_str(), so_far_at(&ended, "12:00")), ("ended", None));
        let wraps_up = (SystemAttribute::AfterContactWork, Value::Flag(true));
        let wrapped_up = with("DISCONNECTED", "11:00", &[&over[..], &[wraps_up]].concat());
        assert_eq!(label(&wrapped_up), "wrap-up");
        assert_eq!(so_far_at(&wrapped_up, "12:00").as_deref(), Some("1:00:00"));
    }
}
