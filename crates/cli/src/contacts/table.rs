//! Contacts as a table.

use jiff::{Timestamp, tz::TimeZone};
use switchboard_contacts::{attribute::Known, status::Status};

use super::moments;
use crate::table::{Screen, Sheet, fitted};

/// A terminal this wide has room for all columns.
const ROOM_FOR_ALL_COLUMNS: usize = 128;

/// What the columns but queue and agent take then, with the space between them.
const WIDE_COLUMNS_WIDTH: usize = 106;

/// The same of those that a narrower one shows.
const COLUMNS_WIDTH: usize = 67;

/// A table with a row for each contact. `numbered` puts the place in the list before each.
pub(crate) fn sheet(contacts: &[Status], tz: &TimeZone, screen: Screen, numbered: bool) -> Sheet {
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
        row.push(fitted(queue(contact).unwrap_or("-"), name_width));
        if wide {
            row.push(fitted(agent(contact).unwrap_or("-"), name_width));
            row.push(text(Known::CustomerIdentifier));
            row.push(lasted_ms(contact).map_or_else(|| "-".to_owned(), moments::lasted));
        }
        sheet.row(row);
    }
    sheet
}

/// Where a contact stands, in at most ten characters if Connect knows nothing new.
fn stands(contact: &Status) -> String {
    let status = contact.text(Known::Status).unwrap_or("-");
    let short = match status {
        _ if contact.is_abandoned() => "abandoned",
        "INITIATED" => "begun",
        "CONNECTED_TO_SYSTEM" => "in a flow",
        "CONNECTED_TO_AGENT" => "with agent",
        "AFTER_CONTACT_WORK" => "wrap-up",
        "DISCONNECTED" => "ended",
        status => return status.to_lowercase().replace('_', " "),
    };
    short.to_owned()
}

/// When it began, as far as that is known.
pub(crate) fn began(contact: &Status) -> Option<Timestamp> {
    let known = [Known::InitiatedAt, Known::ConnectedToSystemAt, Known::EnqueuedAt, Known::Updated];
    known.into_iter().find_map(|attribute| contact.time(attribute))
}

/// From its beginning to its end, in milliseconds.
pub(crate) fn lasted_ms(contact: &Status) -> Option<i64> {
    let (began, ended) = (contact.time(Known::InitiatedAt)?, contact.time(Known::DisconnectedAt)?);
    let ms = ended.as_millisecond() - began.as_millisecond();
    (ms >= 0).then_some(ms)
}

/// The queue's name, or its id where nobody told the name.
pub(crate) fn queue(contact: &Status) -> Option<&str> {
    contact.text(Known::QueueName).or_else(|| contact.text(Known::QueueArn).map(id))
}

/// The agent's user name, or id.
pub(crate) fn agent(contact: &Status) -> Option<&str> {
    contact.text(Known::AgentUsername).or_else(|| contact.text(Known::AgentArn).map(id))
}

/// The last part of an ARN.
fn id(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}
