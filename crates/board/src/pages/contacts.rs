//! The page of contacts: those of now, or those that were found.

use askama::Template;

use super::{
    frame::{Frame, rendered},
    moment::{Elapsed, day_and_time, elapsed, remaining},
};
use crate::view::ContactRow;

/// What was searched for.
#[derive(Debug)]
pub(crate) struct Searched<'a> {
    pub(crate) text: &'a str,
    /// The day, as it was typed.
    pub(crate) day: &'a str,
    /// There are more than are listed.
    pub(crate) is_cut: bool,
}

#[derive(Template)]
#[template(path = "contacts.html")]
struct ContactsPage<'a> {
    frame: Frame,
    rows: Vec<Row<'a>>,
    searched: Option<&'a Searched<'a>>,
    /// The name of the queue whose contacts are listed alone.
    queue: Option<&'a str>,
}

/// A contact, with what a page computes of it.
pub(super) struct Row<'a> {
    pub(super) contact: &'a ContactRow,
    pub(super) elapsed: Option<Elapsed>,
    pub(super) is_due: bool,
    pub(super) began: String,
}

/// The page of these contacts.
pub(crate) fn contacts(
    frame: Frame,
    contacts: &[ContactRow],
    searched: Option<&Searched<'_>>,
    queue: Option<&str>,
) -> String {
    let rows = contacts.iter().map(|contact| row(contact, &frame)).collect();
    rendered(&ContactsPage { frame, rows, searched, queue })
}

pub(super) fn row<'a>(contact: &'a ContactRow, frame: &Frame) -> Row<'a> {
    Row {
        contact,
        elapsed: match contact.due {
            Some(due) => Some(remaining(due, frame.now)),
            None => contact.since.map(|since| elapsed(since, frame.now)),
        },
        is_due: contact.due.is_some(),
        began: contact.began.map(|at| day_and_time(at, &frame.zone)).unwrap_or_default(),
    }
}

impl Row<'_> {
    pub(super) fn queue(&self) -> &str {
        self.contact.queue.as_deref().unwrap_or("–")
    }

    pub(super) fn agent(&self) -> &str {
        self.contact.agent.as_deref().unwrap_or("–")
    }

    pub(super) fn channel(&self) -> String {
        self.contact.channel.as_deref().unwrap_or("–").to_lowercase()
    }
}
