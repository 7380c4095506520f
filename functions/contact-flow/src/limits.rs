//! How much flows may record on one contact. Pure.
//!
//! What is on a contact is part of its item in the store: each event of the contact writes the whole item, and is paid for by
//! its size. Without a limit a flow in a loop could make it so large that the store refuses the contact's events.

use std::collections::BTreeMap;

use switchboard_contacts::status::Status;

use crate::call::{Data, Reason};

/// The most names of data on a contact.
pub const DATA_MAX_NAMES: usize = 50;
/// The most bytes of data on a contact, names and values together.
pub const DATA_MAX_BYTES: usize = 8 * 1024;

/// Whether this data fits on a contact beside what it holds.
///
/// # Errors
/// [`Reason::TooMuchData`] if it doesn't.
pub(crate) fn check(held: &Status, data: &Data) -> Result<(), Reason> {
    let mut merged: BTreeMap<&str, &str> = held.data().collect();
    merged.extend(texts(data));
    let bytes: usize = merged.iter().map(|(name, value)| name.len() + value.len()).sum();
    if merged.len() > DATA_MAX_NAMES || bytes > DATA_MAX_BYTES { Err(Reason::TooMuchData) } else { Ok(()) }
}

/// Whether a contact holds all of this data already, as after the first of two equal calls.
pub(crate) fn holds(held: &Status, data: &Data) -> bool {
    let held: BTreeMap<&str, &str> = held.data().collect();
    texts(data).all(|(name, value)| held.get(name) == Some(&value))
}

fn texts(data: &Data) -> impl Iterator<Item = (&str, &str)> {
    data.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
}
