//! Contacts as rows.

use jiff::Timestamp;
use serde::Serialize;
use switchboard_contacts::{
    attribute::SystemAttribute, resource_names::ResourceNames, standing, status::Status,
};

use crate::sources::{Picture, id_of};

/// Where a contact stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ContactStanding {
    /// In a queue, the customer waiting, or ringing at an agent.
    Waiting,
    /// A callback that no agent has taken yet.
    Callback,
    /// It is to begin later.
    Scheduled,
    /// In a flow, or being dialled.
    Flow,
    /// With an agent.
    WithAgent,
    /// On hold.
    OnHold,
    /// Paused: a task or an e-mail that an agent has put away.
    Paused,
    /// Ended, while its agent wraps it up.
    AfterContactWork,
    /// Ended.
    Ended,
}

impl ContactStanding {
    /// Where this contact stands.
    pub fn of(contact: &Status) -> Self {
        if contact.is_in_after_contact_work() {
            return Self::AfterContactWork;
        }
        if !contact.is_active() {
            return Self::Ended;
        }
        if standing::due(contact).is_some() {
            return Self::Scheduled;
        }
        let is_callback = contact.text(SystemAttribute::InitiationMethod) == Some("CALLBACK");
        match contact.text(SystemAttribute::Status) {
            _ if contact.is_waiting() => {
                if is_callback {
                    Self::Callback
                } else {
                    Self::Waiting
                }
            }
            Some("ON_HOLD") => Self::OnHold,
            Some("PAUSED") => Self::Paused,
            Some("CONNECTED_TO_AGENT" | "RESUMED") => Self::WithAgent,
            _ if contact.flag(SystemAttribute::ConnectedToAgent) => Self::WithAgent,
            _ => Self::Flow,
        }
    }

    /// True while it takes up an agent.
    pub fn is_in_hand(self) -> bool {
        matches!(self, Self::WithAgent | Self::OnHold | Self::Paused | Self::AfterContactWork)
    }
}

/// A contact of a list. It has no number and no address of the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContactRow {
    /// The contact's id.
    pub contact_id: String,
    /// The first contact of its chain.
    pub initial_contact_id: String,
    /// Where it stands.
    pub standing: ContactStanding,
    /// The same in a word or two.
    pub state: String,
    /// Such as `VOICE`.
    pub channel: Option<String>,
    /// Such as `INBOUND`.
    pub initiation_method: Option<String>,
    /// The queue's id.
    pub queue_id: Option<String>,
    /// The queue's name, or its id.
    pub queue: Option<String>,
    /// The agent's user name, or id.
    pub agent: Option<String>,
    /// When it began.
    pub began: Option<Timestamp>,
    /// Since when it stands there.
    pub since: Option<Timestamp>,
    /// When it is to begin, of a scheduled one.
    pub due: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
}

/// A contact as a row.
pub fn contact_row(contact: &Status, names: &ResourceNames) -> ContactRow {
    let text = |attribute| contact.text(attribute).map(str::to_owned);
    ContactRow {
        contact_id: contact.contact_id().to_owned(),
        initial_contact_id: contact.initial_contact_id().to_owned(),
        standing: ContactStanding::of(contact),
        state: standing::label(contact),
        channel: text(SystemAttribute::Channel),
        initiation_method: text(SystemAttribute::InitiationMethod),
        queue_id: contact.text(SystemAttribute::QueueArn).map(|arn| id_of(arn).to_owned()),
        queue: names.queue(contact),
        agent: names.agent(contact),
        began: standing::began(contact),
        since: standing::since(contact).filter(|_| contact.is_worked_on()),
        due: standing::due(contact),
        ended: contact.time(SystemAttribute::DisconnectedAt),
    }
}

/// The contacts that somebody works on or waits with: who waits first, the longest before the others.
pub fn active_contacts(picture: &Picture) -> Vec<ContactRow> {
    let mut contacts = picture.contacts.clone();
    standing::sort_longest_first(&mut contacts);
    contacts.iter().map(|contact| contact_row(contact, &picture.names)).collect()
}
