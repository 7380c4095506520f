//! A search for contacts, by what somebody has typed. It comes in a body: no number stands in an address.

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use switchboard_contacts::{customer, standing, status::Status};

use super::{failure::Failure, query};
use crate::{
    access::{ForViewer, Look, Refusal, ViewRights},
    view::{ContactRow, contact_row},
};

/// As many contacts are listed.
const MAX_FOUND: usize = 200;

/// The longest text that is searched for, in characters.
const TEXT_MAX_CHARS: usize = 200;

const EXPECTED: &str =
    r#"A search is a JSON object: {"text": "…"}, of 1 to 200 characters, {"day": "2026-11-02"}, or both."#;

/// What is searched for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SearchRequest {
    /// A contact id; a customer's number or address; or a part of a queue's or agent's name.
    #[serde(default, deserialize_with = "text")]
    pub(super) text: String,
    /// The local day on which contacts began.
    #[serde(default, deserialize_with = "day")]
    pub(super) day: Option<Date>,
}

/// A text that is there.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.trim().is_empty() { Err(D::Error::custom("no text")) } else { Ok(text) }
}

/// A day that is there.
fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    let text = String::deserialize(deserializer)?;
    query::day(&text).map(Some).ok_or_else(|| D::Error::custom("no day"))
}

/// The contacts that were found, the latest first.
#[derive(Debug, Serialize)]
pub(super) struct Found {
    pub(super) contacts: Vec<ContactRow>,
    /// True if there are more than are listed.
    pub(super) is_cut: bool,
}

impl ForViewer for Found {
    fn for_viewer(mut self, rights: ViewRights) -> Result<Self, Refusal> {
        self.contacts = self.contacts.for_viewer(rights)?;
        Ok(self)
    }
}

impl SearchRequest {
    /// Of a body.
    pub(super) fn read(body: &[u8]) -> Result<Self, Failure> {
        serde_json::from_slice(body).map_err(|_| Failure::Invalid(EXPECTED))
    }
}

/// The contacts that a text is about, of one day or of all.
pub(super) async fn find(look: &Look, text: &str, day: Option<Date>) -> Result<Found, Failure> {
    let text = text.trim();
    if text.chars().count() > TEXT_MAX_CHARS || text.is_empty() && day.is_none() {
        return Err(Failure::Invalid(EXPECTED));
    }
    let is_of_day = |contact: &Status| {
        let began = || standing::began(contact).map(|at| at.to_zoned(look.time_zone().clone()).date());
        day.is_none_or(|day| began() == Some(day))
    };
    if !text.is_empty()
        && let Some((contact, names)) = look.contact(text).await?
    {
        let contacts = Some(contact).filter(is_of_day).into_iter().collect();
        return Ok(found(contacts, |contact| contact_row(contact, &names)));
    }
    if let Some(customer) = customer::identifier_of(text).filter(|_| !text.is_empty()) {
        let (mut contacts, names) = look.contacts(Some(&customer), MAX_FOUND + 1).await?;
        contacts.retain(is_of_day);
        if !contacts.is_empty() {
            return Ok(found(contacts, |contact| contact_row(contact, &names)));
        }
    }
    let (contacts, names) = look.contacts(None, usize::MAX).await?;
    let wanted = text.to_lowercase();
    let is_wanted = |name: Option<String>| name.is_some_and(|name| name.to_lowercase().contains(&wanted));
    let is_agent = |name: Option<String>| is_wanted(name.map(|name| look.agent_name(&name)));
    let contacts = contacts.into_iter().filter(is_of_day).filter(|contact| {
        wanted.is_empty() || is_wanted(names.queue(contact)) || is_agent(names.agent(contact))
    });
    Ok(found(contacts.collect(), |contact| contact_row(contact, &names)))
}

/// The contacts of a customer by key, the latest first.
pub(super) async fn of_customer(look: &Look, key: &str) -> Result<Found, Failure> {
    let (contacts, names) = look.customer(key, MAX_FOUND + 1).await?.ok_or(Failure::NotFound)?;
    Ok(found(contacts, |contact| contact_row(contact, &names)))
}

fn found(mut contacts: Vec<Status>, row: impl Fn(&Status) -> ContactRow) -> Found {
    contacts.sort_by_key(|contact| std::cmp::Reverse(standing::began(contact)));
    let is_cut = contacts.len() > MAX_FOUND;
    Found { contacts: contacts.iter().take(MAX_FOUND).map(row).collect(), is_cut }
}
