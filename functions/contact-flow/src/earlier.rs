//! What a customer did before this contact, out of what is known of their contacts. Pure.

use std::collections::BTreeMap;

use jiff::Timestamp;
use switchboard_contacts::{attribute::Known, status::Status};

use crate::handler::Map;

/// The longest value of an answer, in bytes: the sixteen there are stay well under the 32 KB that Connect takes.
const VALUE_MAX_BYTES: usize = 1024;

/// One contact and what is known of the customer's others.
pub(crate) struct Earlier<'a> {
    /// The contact that asks.
    pub(crate) contact_id: &'a str,
    /// The first contact of its chain.
    pub(crate) chain: &'a str,
    /// The other contacts of its chain and the customer's, by contact id. It may be among them.
    pub(crate) contacts: &'a BTreeMap<String, Status>,
    pub(crate) now: Timestamp,
    /// Since when contacts are counted.
    pub(crate) since: Timestamp,
}

impl<'a> Earlier<'a> {
    /// The answer to a look-up.
    pub(crate) fn answer(&self) -> Map {
        let mut answer = Map::new();
        let mut say = |name, value: &str| {
            let end = value.floor_char_boundary(VALUE_MAX_BYTES);
            answer.insert(name, value.get(..end).unwrap_or_default().to_owned());
        };
        let others = || self.contacts.values().filter(|one| one.contact_id() != self.contact_id);
        let chain = || others().filter(|one| self.is_of_chain(one));
        let before = || others().filter(|one| !self.is_of_chain(one));

        let open = |of: Option<&'a Status>| (of.is_some().to_string(), of.map_or("", Status::contact_id));
        let callbacks = others().filter(|one| one.flag(Known::Callback) && one.is_active());
        let (is_there, id) = open(latest(callbacks));
        say("CallbackPending", &is_there);
        say("CallbackContactId", id);
        let (is_there, id) = open(latest(before().filter(|one| is_live(one, "VOICE"))));
        say("ActiveVoice", &is_there);
        say("ActiveVoiceContactId", id);
        let (is_there, id) = open(latest(before().filter(|one| is_live(one, "CHAT"))));
        say("ActiveChat", &is_there);
        say("ActiveChatContactId", id);

        let last = latest(before().filter(|one| !is_waiting_callback(one)));
        let text = |attribute| last.and_then(|one| one.text(attribute)).unwrap_or_default();
        let age = last.and_then(last_seen).map(|at| (self.now.as_second() - at.as_second()).max(0));
        say("LastContactId", last.map_or("", Status::contact_id));
        say("LastContactChannel", text(Known::Channel));
        say("LastContactAgeSeconds", &age.map(|age| age.to_string()).unwrap_or_default());
        say("LastContactQueue", text(Known::QueueName));
        say("LastContactQueueArn", text(Known::QueueArn));
        say("LastContactAgent", text(Known::AgentUsername));
        say("LastContactAgentArn", text(Known::AgentArn));

        let in_window = before().filter(|one| last_seen(one) >= Some(self.since)).count();
        say("ContactsInWindow", &in_window.to_string());
        say("ChainDisconnected", &chain().all(|one| !one.is_active()).to_string());
        answer
    }

    fn is_of_chain(&self, contact: &Status) -> bool {
        contact.contact_id() == self.chain || contact.initial_contact_id() == self.chain
    }
}

fn latest<'a>(contacts: impl Iterator<Item = &'a Status>) -> Option<&'a Status> {
    contacts.max_by_key(|one| last_seen(one))
}

/// When a contact ended, or else when its latest event was. What is learned of it after its end, as a contact
/// record days later, makes it no younger.
fn last_seen(contact: &Status) -> Option<Timestamp> {
    contact.time(Known::DisconnectedAt).or_else(|| contact.time(Known::Updated))
}

/// True while somebody talks or waits on it.
fn is_live(contact: &Status, channel: &str) -> bool {
    let is_of_channel = contact.text(Known::Channel).is_some_and(|one| one.eq_ignore_ascii_case(channel));
    is_of_channel && contact.is_active() && !is_waiting_callback(contact)
}

/// True for a callback that nobody is on yet.
fn is_waiting_callback(contact: &Status) -> bool {
    contact.flag(Known::Callback) && contact.is_active() && !contact.flag(Known::ConnectedToAgent)
}
