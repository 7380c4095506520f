//! A contact's journey.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;
use switchboard_contacts::{
    attribute::SystemAttribute,
    journey::{Line, Stay},
};

use super::contacts::{ContactRow, contact_row};
use crate::{customer_keys::CustomerKeys, sources::ReadJourney};

/// The journey of a contact and its chain.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct JourneyView {
    /// The contact that was asked for.
    pub contact_id: String,
    /// The key of its customer, by which all of the customer's contacts are found.
    pub customer_key: Option<String>,
    /// The contacts of the chain, by when they began.
    pub contacts: Vec<ContactRow>,
    /// The stays, by their beginnings.
    pub stays: Vec<StayView>,
    /// What happened, in words.
    pub lines: Vec<Line>,
    /// True if the lines say what the system did.
    #[serde(skip)]
    pub(crate) is_technical: bool,
    /// What the agents are called in it.
    #[serde(skip)]
    pub(crate) agent_names: BTreeSet<String>,
}

/// A stay of a contact on a lane of the picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StayView {
    /// The contact.
    pub contact_id: String,
    /// `flow`, `queue`, `agent`, `hold` or `after-contact-work`.
    pub lane: &'static str,
    /// The queue's or agent's name.
    pub name: Option<String>,
    /// When it began.
    pub from: Timestamp,
    /// When it ended; [`None`] while it goes on, or where nothing told.
    pub to: Option<Timestamp>,
    /// True while it goes on.
    pub goes_on: bool,
}

impl From<Stay> for StayView {
    fn from(stay: Stay) -> Self {
        let Stay { contact_id, lane, name, from, to, goes_on } = stay;
        Self { contact_id, lane: lane.code(), name, from, to, goes_on }
    }
}

impl JourneyView {
    /// The journey that was read, in the words for people or those of the system.
    pub(crate) fn new(
        contact_id: &str,
        read: &ReadJourney,
        is_technical: bool,
        keys: Option<&CustomerKeys>,
    ) -> Self {
        let journey = &read.journey;
        let contact = read.chain.iter().find(|contact| contact.contact_id() == contact_id);
        let customer = contact.and_then(|contact| contact.text(SystemAttribute::CustomerIdentifier));
        Self {
            contact_id: contact_id.to_owned(),
            customer_key: keys.zip(customer).map(|(keys, customer)| keys.seal(customer)),
            contacts: read.chain.iter().map(|contact| contact_row(contact, &read.names)).collect(),
            stays: journey.stays().into_iter().map(StayView::from).collect(),
            lines: if is_technical { journey.technical() } else { journey.friendly() },
            is_technical,
            agent_names: journey.agent_names(),
        }
    }
}

impl std::fmt::Debug for JourneyView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (contacts, lines) = (self.contacts.len(), self.lines.len());
        f.debug_struct("JourneyView")
            .field("contacts", &contacts)
            .field("lines", &lines)
            .finish_non_exhaustive()
    }
}
