//! A search for contacts, by what somebody has typed. It comes in a body: no number stands in an address.

use serde::{Deserialize, Serialize};
use switchboard_contacts::{customer, standing, status::Status};

use super::failure::Failure;
use crate::{
    sources::Sources,
    view::{ContactRow, contact_row},
};

/// As many contacts are listed.
const MAX_FOUND: usize = 200;

/// The longest text that is searched for, in bytes.
const TEXT_MAX_BYTES: usize = 200;

const EXPECTED: &str = r#"A search is a JSON object with one member: {"text": "…"}, of 1 to 200 bytes."#;

/// What is searched for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SearchRequest {
    /// A contact id; a customer's number or address; or a part of a queue's or agent's name.
    pub(super) text: String,
}

/// The contacts that were found, the latest first.
#[derive(Debug, Serialize)]
pub(super) struct Found {
    pub(super) contacts: Vec<ContactRow>,
    /// True if there are more than are listed.
    pub(super) is_cut: bool,
}

impl SearchRequest {
    /// Of a body.
    pub(super) fn read(body: &[u8]) -> Result<Self, Failure> {
        let request: Self = serde_json::from_slice(body).map_err(|_| Failure::Invalid(EXPECTED))?;
        let fits = (1..=TEXT_MAX_BYTES).contains(&request.text.trim().len());
        if fits { Ok(request) } else { Err(Failure::Invalid(EXPECTED)) }
    }
}

/// The contacts that a text is about.
pub(super) async fn find(sources: &Sources, text: &str) -> Result<Found, Failure> {
    let text = text.trim();
    if text.is_empty() || text.len() > TEXT_MAX_BYTES {
        return Err(Failure::Invalid(EXPECTED));
    }
    if let Some((contact, names)) = sources.contact(text).await? {
        return Ok(Found { contacts: vec![contact_row(&contact, &names)], is_cut: false });
    }
    if let Some(customer) = customer::identifier_of(text) {
        let (contacts, names) = sources.contacts(Some(&customer), MAX_FOUND + 1).await?;
        if !contacts.is_empty() {
            return Ok(found(contacts, |contact| contact_row(contact, &names)));
        }
    }
    let (contacts, names) = sources.contacts(None, usize::MAX).await?;
    let wanted = text.to_lowercase();
    let is_wanted = |name: Option<String>| name.is_some_and(|name| name.to_lowercase().contains(&wanted));
    let contacts = contacts.into_iter();
    let contacts = contacts
        .filter(|contact| is_wanted(names.queue(contact)) || is_wanted(names.agent(contact)))
        .collect();
    Ok(found(contacts, |contact| contact_row(contact, &names)))
}

fn found(mut contacts: Vec<Status>, row: impl Fn(&Status) -> ContactRow) -> Found {
    contacts.sort_by_key(|contact| std::cmp::Reverse(standing::began(contact)));
    let is_cut = contacts.len() > MAX_FOUND;
    Found { contacts: contacts.iter().take(MAX_FOUND).map(row).collect(), is_cut }
}
