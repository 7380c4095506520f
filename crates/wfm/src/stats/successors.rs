//! What contacts go on as: a callback, or another leg in another queue.

use std::collections::HashMap;

use switchboard_core::outcome::Successor;

use super::facts::Contact;
use crate::history::ctr_version::LatestByContact;

/// Who comes after whom, by both members that say it: a contact's own `NextContactId`, and another one's `PreviousContactId`.
#[derive(Debug)]
pub(super) struct Successors<'a> {
    contacts: &'a LatestByContact<Box<Contact>>,
    by_previous: HashMap<&'a str, Successor>,
}

impl<'a> Successors<'a> {
    /// Of the contacts that are there.
    pub(super) fn of(contacts: &'a LatestByContact<Box<Contact>>) -> Self {
        let mut by_previous = HashMap::new();
        for (_, _, contact) in contacts.iter() {
            let Some(previous) = contact.previous_contact_id.as_deref() else { continue };
            let Some(successor) = Successor::of(contact.initiation_method.as_deref()) else { continue };
            let held = by_previous.entry(previous).or_insert(successor);
            *held = successor.max(*held);
        }
        Self { contacts, by_previous }
    }

    /// What the contact goes on as; [`None`] if nothing says that it does.
    pub(super) fn successor(&self, contact_id: &str, contact: &Contact) -> Option<Successor> {
        let named = contact.next_contact_id.as_deref().and_then(|next| match self.contacts.get(next) {
            Some(next) => Successor::of(next.initiation_method.as_deref()),
            None => Some(Successor::Unknown),
        });
        let naming = self.by_previous.get(contact_id).copied();
        named.max(naming)
    }
}
