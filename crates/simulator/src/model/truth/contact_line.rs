//! A line of `contacts.ndjson`.

use serde::Serialize;
use switchboard_core::arn::last_segment;

use crate::{
    fixtures,
    model::{
        contact::Contact,
        directory::Directory,
        iso::IsoMillis,
        terms::{ContactId, WaitEnd},
    },
};

/// A contact as it really was. Its members are told in the README of `truth/`.
#[derive(Debug, Serialize)]
pub(super) struct ContactLine<'a> {
    id: String,
    instance: &'static str,
    channel: &'static str,
    initiation: &'static str,
    customer: Option<String>,
    queue: Option<&'a str>,
    enqueued: Option<IsoMillis>,
    answered: Option<IsoMillis>,
    agent: Option<&'a str>,
    ended: Option<IsoMillis>,
    reason: Option<&'static str>,
    hold_seconds: Option<i64>,
    acw_seconds: Option<i64>,
    next_contact_id: Option<String>,
    abandoned: bool,
    transferred: bool,
    initial_contact_id: Option<String>,
    previous_contact_id: Option<String>,
}

impl<'a> ContactLine<'a> {
    pub(super) fn of(contact: &Contact, directory: &'a Directory) -> Self {
        let id = |id: Option<ContactId>| id.map(|id| id.to_string());
        let queue = contact.queue.filter(|_| contact.enqueued.is_some());
        let agent = contact.agent.and_then(|agent| directory.people.get(agent));
        Self {
            id: contact.id.to_string(),
            instance: last_segment(fixtures::INSTANCE_ARN),
            channel: contact.channel.name(),
            initiation: contact.method.name(),
            customer: contact.customer_address(),
            queue: queue.map(|queue| last_segment(directory.queue_arn(queue))),
            enqueued: contact.enqueued.map(IsoMillis),
            answered: contact.connected.map(IsoMillis),
            agent: agent.map(|person| &*person.username),
            ended: contact.disconnected.map(IsoMillis),
            reason: contact.reason,
            hold_seconds: contact.connected.map(|_| contact.holds.seconds),
            acw_seconds: contact.work_seconds(),
            next_contact_id: id(contact.next),
            abandoned: contact.wait_end == Some(WaitEnd::Abandoned),
            transferred: contact.transfer.is_some(),
            initial_contact_id: id(contact.initial),
            previous_contact_id: id(contact.previous),
        }
    }
}
