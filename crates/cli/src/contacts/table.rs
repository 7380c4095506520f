//! Contacts as a table.

use jiff::{Timestamp, tz::TimeZone};
use switchboard_contacts::{attribute::Known, status::Status};
use switchboard_core::outcome::QueueOutcome;

use super::{called::Names, moments};
use crate::table::{Screen, Sheet, fitted};

/// A terminal this wide has room for all columns.
const ROOM_FOR_ALL_COLUMNS: usize = 128;

/// What the columns but queue and agent take then, with the space between them.
const WIDE_COLUMNS_WIDTH: usize = 106;

/// The same of those that a narrower one shows.
const COLUMNS_WIDTH: usize = 67;

/// A table with a row for each contact. `numbered` puts the place in the list before each; with `now`, an active one shows for how
/// long it has stood as it does.
pub(crate) fn sheet(
    contacts: &[Status],
    tz: &TimeZone,
    screen: Screen,
    numbered: bool,
    called: &Names,
    now: Option<Timestamp>,
) -> Sheet {
    let wide = screen.width.is_none_or(|width| width >= ROOM_FOR_ALL_COLUMNS);
    let number_width = if numbered { 4 } else { 0 };
    let others = if wide { WIDE_COLUMNS_WIDTH } else { COLUMNS_WIDTH } + number_width;
    let names = screen.width.map_or(usize::MAX, |width| width.saturating_sub(others));
    let name_width = if wide { (names / 2).max(8) } else { names.max(4) };
    let mut header = Vec::new();
    header.extend(numbered.then_some("#"));
    header.extend(["contact", "began", "status", "channel", "queue"]);
    header.extend(wide.then_some(["agent", "customer", "lasted"]).into_iter().flatten());
    let lasted = header.len() - 1..header.len();
    let mut sheet = Sheet::new(screen, &header, if wide { lasted } else { 0..0 });
    for (index, contact) in contacts.iter().enumerate() {
        let text = |attribute| contact.text(attribute).unwrap_or("-").to_owned();
        let mut row = Vec::new();
        row.extend(numbered.then(|| (index + 1).to_string()));
        let at = began(contact).map(|at| moments::minute(at, tz));
        let at = at.unwrap_or_else(|| "-".to_owned());
        // The year is the first to go.
        let at = if wide { at } else { at.get(5..).unwrap_or("-").to_owned() };
        row.extend([contact.contact_id().to_owned(), at, stands(contact), text(Known::Channel)]);
        row.push(fitted(&called.queue(contact).unwrap_or_else(|| "-".to_owned()), name_width));
        if wide {
            row.push(fitted(&called.agent(contact).unwrap_or_else(|| "-".to_owned()), name_width));
            row.push(text(Known::CustomerIdentifier));
            let so_far = now
                .zip(since(contact))
                .map(|(now, since)| (now.as_millisecond() - since.as_millisecond()).max(0));
            let lasted = if contact.is_active() { so_far } else { lasted_ms(contact) };
            row.push(lasted.map_or_else(|| "-".to_owned(), moments::lasted));
        }
        sheet.row(row);
    }
    sheet
}

/// Where a contact stands, in at most ten characters if Connect knows nothing new.
pub(crate) fn stands(contact: &Status) -> String {
    let status = contact.text(Known::Status);
    let is_callback = contact.text(Known::InitiationMethod) == Some("CALLBACK");
    let is_scheduled = contact.time(Known::ScheduledAt).is_some();
    let short = match (contact.queue_outcome(), status) {
        (Some(QueueOutcome::Abandoned), _) => "abandoned",
        (Some(QueueOutcome::CallbackRequested), _) => "to callback",
        (Some(QueueOutcome::TransferredOut), _) => "moved on",
        _ if contact.is_in_after_contact_work() => "wrap-up",
        (_, Some("QUEUED" | "INITIATED" | "CONNECTED_TO_SYSTEM")) if is_callback => "callback",
        (_, Some("INITIATED")) if is_scheduled => "scheduled",
        (_, Some("INITIATED")) => "begun",
        (_, Some("QUEUED")) => "waits",
        (_, None | Some("CONNECTED_TO_SYSTEM")) => "in a flow",
        (_, Some("CONNECTED_TO_AGENT" | "RESUMED")) => "with agent",
        (_, Some("AFTER_CONTACT_WORK")) => "wrap-up",
        (_, Some("DISCONNECTED")) => "ended",
        (_, Some(status)) => return status.to_lowercase().replace('_', " "),
    };
    short.to_owned()
}

/// Since when an active contact stands as it does: in the queue, with its agent, in its flow.
pub(crate) fn since(contact: &Status) -> Option<Timestamp> {
    let known = match contact.text(Known::Status) {
        Some("QUEUED") => contact.time(Known::EnqueuedAt),
        Some("CONNECTED_TO_AGENT" | "ON_HOLD" | "RESUMED" | "PAUSED") => {
            contact.time(Known::ConnectedToAgentAt)
        }
        Some("CONNECTED_TO_SYSTEM") => contact.time(Known::ConnectedToSystemAt),
        Some(_) => None,
        None => contact.time(Known::LatestFlowLog),
    };
    known.or_else(|| began(contact))
}

/// When it began, as far as that is known.
pub(crate) fn began(contact: &Status) -> Option<Timestamp> {
    let known = [Known::InitiatedAt, Known::ConnectedToSystemAt, Known::EnqueuedAt, Known::Updated];
    known.into_iter().find_map(|attribute| contact.time(attribute))
}

/// From its beginning to its end, in milliseconds. From a second on it is the difference of the two clocks that are shown, which
/// have whole seconds: the head then says what the timeline says.
pub(crate) fn lasted_ms(contact: &Status) -> Option<i64> {
    let (began, ended) = (contact.time(Known::InitiatedAt)?, contact.time(Known::DisconnectedAt)?);
    let (began, ended) = (began.as_millisecond(), ended.as_millisecond());
    let ms = ended - began;
    let by_the_clock = (ended.div_euclid(1000) - began.div_euclid(1000)) * 1000;
    (ms >= 0).then_some(if ms < 1000 { ms } else { by_the_clock })
}
