//! What a customer did before this contact, out of what is known of their contacts. Pure.
//!
//! Legs that are not the customer's (a supervisor who listens, the outside party of a transfer, an agent
//! who is only consulted) are looked at in no answer,
//! and a chain of transfers is one conversation in all of them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use switchboard_contacts::{attribute::SystemAttribute, status::Status};

use crate::response::FlowResponse;

/// The longest value of an answer, in bytes. The members of fixed names, and the data, are well under the 32 KB that Connect
/// takes.
const VALUE_MAX_BYTES: usize = 1024;
/// The most names of data that an answer tells.
pub(crate) const LAST_DATA_MAX_NAMES: usize = 50;
/// The most that they take in the answer's JSON text, in bytes.
pub(crate) const LAST_DATA_MAX_BYTES: usize = 12 * 1024;

/// One contact and what is known of the customer's others.
pub(crate) struct CustomerHistory<'a> {
    /// The contact that asks.
    pub(crate) contact_id: &'a str,
    /// The first contact of its chain.
    pub(crate) chain: &'a str,
    /// The other contacts of its chain and the customer's, by contact id. It may be among them.
    pub(crate) contacts: &'a BTreeMap<String, Status>,
    pub(crate) now: Timestamp,
    /// Since when conversations are counted.
    pub(crate) since: Timestamp,
}

impl<'a> CustomerHistory<'a> {
    /// The response to a lookup.
    pub(crate) fn response(&self) -> FlowResponse {
        let mut response = FlowResponse::new();
        self.open(&mut response);
        self.last(&mut response);
        let in_window = self.before().filter(|one| last_seen(one) >= Some(self.since));
        let conversations: BTreeSet<&str> = in_window.map(Status::initial_contact_id).collect();
        insert(&mut response, "ConversationsInWindow", &conversations.len().to_string());
        let mut chain = self.others().filter(|one| self.is_of_chain(one));
        insert(&mut response, "ChainDisconnected", &chain.all(|one| !one.is_active()).to_string());
        response
    }

    /// What goes on.
    fn open(&self, response: &mut FlowResponse) {
        let callbacks = self.others().filter(|one| one.flag(SystemAttribute::Callback) && one.is_active());
        for (name, id_name, of) in [
            ("CallbackPending", "CallbackContactId", latest(callbacks)),
            ("ActiveVoice", "ActiveVoiceContactId", self.live("VOICE")),
            ("ActiveChat", "ActiveChatContactId", self.live("CHAT")),
        ] {
            insert(response, name, &of.is_some().to_string());
            insert(response, id_name, of.map_or("", Status::contact_id));
        }
    }

    /// The last conversation: its latest contact, and the latest of its contacts that had a queue, an agent, data.
    fn last(&self, response: &mut FlowResponse) {
        let before = || self.before().filter(|one| !is_waiting_callback(one));
        let last = latest(before());
        let chain = last.map(Status::initial_contact_id);
        let mut legs: Vec<_> = before().filter(|one| Some(one.initial_contact_id()) == chain).collect();
        legs.sort_by_key(|one| last_seen(one));
        let told = |of: Option<&Status>, attribute| {
            of.and_then(|one| one.text(attribute)).unwrap_or_default().to_owned()
        };
        let with = |name, arn| {
            let mut latest_first = legs.iter().rev().copied();
            latest_first.find(|one| one.text(name).or_else(|| one.text(arn)).is_some())
        };
        let queue = with(SystemAttribute::QueueName, SystemAttribute::QueueArn);
        let agent = with(SystemAttribute::AgentUsername, SystemAttribute::AgentArn);
        let age = last.and_then(last_seen).map(|at| (self.now.as_second() - at.as_second()).max(0));
        insert(response, "LastContactId", last.map_or("", Status::contact_id));
        insert(response, "LastContactChannel", &told(last, SystemAttribute::Channel));
        insert(response, "LastContactAgeSeconds", &age.map(|age| age.to_string()).unwrap_or_default());
        insert(response, "LastContactQueue", &told(queue, SystemAttribute::QueueName));
        insert(response, "LastContactQueueArn", &told(queue, SystemAttribute::QueueArn));
        insert(response, "LastContactAgent", &told(agent, SystemAttribute::AgentUsername));
        insert(response, "LastContactAgentArn", &told(agent, SystemAttribute::AgentArn));
        let data: BTreeMap<&str, &str> = legs.iter().flat_map(|one| one.data()).collect();
        let left_out = insert_data(response, &data);
        insert(response, "LastDataLeftOut", &left_out.to_string());
    }

    /// The customer's contacts but this.
    fn others(&self) -> impl Iterator<Item = &'a Status> {
        self.contacts.values().filter(|one| one.contact_id() != self.contact_id && one.leg().is_customers())
    }

    /// Those of other conversations.
    fn before(&self) -> impl Iterator<Item = &'a Status> {
        self.others().filter(|one| !self.is_of_chain(one))
    }

    /// The latest on which somebody talks or waits.
    fn live(&self, channel: &str) -> Option<&'a Status> {
        latest(self.before().filter(|one| {
            let is_of_channel =
                one.text(SystemAttribute::Channel).is_some_and(|told| told.eq_ignore_ascii_case(channel));
            is_of_channel && one.is_active() && !is_waiting_callback(one)
        }))
    }

    fn is_of_chain(&self, contact: &Status) -> bool {
        contact.contact_id() == self.chain || contact.initial_contact_id() == self.chain
    }
}

/// Puts a member into an answer.
fn insert(response: &mut FlowResponse, name: &'static str, value: &str) {
    response.insert(name.into(), cut(value).to_owned());
}

/// Puts data into an answer, by name, as much as there is room for; returns how many there was none for.
fn insert_data(response: &mut FlowResponse, data: &BTreeMap<&str, &str>) -> usize {
    let (mut told, mut bytes) = (0, 0);
    for (name, value) in data {
        let name = format!("LastData_{name}");
        let value = cut(value);
        // Quotes, colon and comma, and what JSON text makes of control characters.
        let takes = json_bytes(&name) + json_bytes(value) + 2;
        if told < LAST_DATA_MAX_NAMES && bytes + takes <= LAST_DATA_MAX_BYTES {
            (told, bytes) = (told + 1, bytes + takes);
            response.insert(name.into(), value.to_owned());
        }
    }
    data.len() - told
}

fn cut(value: &str) -> &str {
    value.get(..value.floor_char_boundary(VALUE_MAX_BYTES)).unwrap_or_default()
}

fn json_bytes(text: &str) -> usize {
    serde_json::Value::from(text).to_string().len()
}

fn latest<'a>(contacts: impl Iterator<Item = &'a Status>) -> Option<&'a Status> {
    contacts.max_by_key(|one| last_seen(one))
}

/// When a contact ended, or else when its latest event was. What is learned of it after its end, as a contact
/// record days later, makes it no younger.
fn last_seen(contact: &Status) -> Option<Timestamp> {
    contact.time(SystemAttribute::DisconnectedAt).or_else(|| contact.time(SystemAttribute::Updated))
}

/// True for a callback that nobody is on yet.
fn is_waiting_callback(contact: &Status) -> bool {
    contact.flag(SystemAttribute::Callback)
        && contact.is_active()
        && !contact.flag(SystemAttribute::ConnectedToAgent)
}
