//! What queues and agents are called.
//!
//! Contact events have ARNs alone; agent events and contact records have names too. A name that was told once is kept beside
//! the contacts, so that whoever waits in a queue waits in one that has a name.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use switchboard_core::{ctr::Ctr, json::Raw};

use crate::{facts::AgentBody, fold::ContactChange, history::HistoryEntry, version::Source};

/// As many names are remembered as written, so that each is written once by a process and not with each event.
const MAX_CACHED_NAMES: usize = 20_000;

/// What a queue or an agent is called. Its [`Debug`](std::fmt::Debug) hides the name.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ResourceName {
    pub(crate) arn: String,
    pub(crate) name: String,
    /// When it was so called, in seconds since 1970.
    pub(crate) second: i64,
}

/// The names that a change of a contact tells, the latest last.
pub(crate) fn names_in_change(change: &ContactChange) -> Vec<ResourceName> {
    let told = change.history.values().flat_map(|entry| {
        let second = entry.at.as_second();
        names_in_entry(entry).into_iter().map(move |(arn, name)| ResourceName { arn, name, second })
    });
    // One request cannot hold a name twice.
    told.map(|named| (named.arn.clone(), named)).collect::<BTreeMap<_, _>>().into_values().collect()
}

/// What queues and agents are called, by ARN, as far as an agent event or a contact record tells it.
pub(crate) fn names_in_entry(entry: &HistoryEntry) -> Vec<(String, String)> {
    let mut told: Vec<(Raw<'_>, Raw<'_>)> = Vec::new();
    match entry.source {
        Source::AgentEvent => {
            if let Some(event) = AgentBody::parse(&entry.body) {
                told.push((event.agent_arn, event.username));
                let contacts = [event.now, event.before].into_iter().flatten();
                told.extend(contacts.map(|contact| (contact.queue_arn, contact.queue_name)));
            }
        }
        Source::ContactRecord => {
            if let Ok(ctr) = Ctr::parse(&entry.body) {
                told.extend([(ctr.queue().arn, ctr.queue().name), (ctr.agent().arn, ctr.agent().username)]);
            }
        }
        Source::ContactEvent | Source::FlowCall | Source::FlowLog => {}
    }
    let texts = told.into_iter().filter_map(|(arn, name)| Some((arn.text()?, name.text()?)));
    let texts = texts.filter(|(arn, name)| !arn.is_empty() && !name.is_empty());
    texts.map(|(arn, name)| (arn.into_owned(), name.into_owned())).collect()
}

/// The names that this process has written.
#[derive(Debug, Default)]
pub(crate) struct WrittenNames(Mutex<BTreeMap<String, String>>);

impl WrittenNames {
    /// Those of them that are unwritten.
    pub(crate) fn unwritten(&self, names: Vec<ResourceName>) -> Vec<ResourceName> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        names.into_iter().filter(|named| known.get(&named.arn) != Some(&named.name)).collect()
    }

    /// Remembers that these are written.
    pub(crate) fn mark_written(&self, names: Vec<ResourceName>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() + names.len() > MAX_CACHED_NAMES {
            known.clear();
        }
        known.extend(names.into_iter().map(|named| (named.arn, named.name)));
    }
}
