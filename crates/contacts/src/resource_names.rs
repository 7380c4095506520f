//! The names of queues and agents of a list of contacts: contact events have their ARNs alone.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use crate::{attribute::SystemAttribute, journey::named_arn, status::Status};

/// Names by ARN. Its [`Debug`](fmt::Debug) hides them.
#[derive(Clone, Default)]
pub struct ResourceNames(BTreeMap<String, String>);

impl ResourceNames {
    /// Of these names by ARN, as a [store](crate::store::Store::names) has them.
    pub fn new(names: BTreeMap<String, String>) -> Self {
        Self(names)
    }

    /// The queue's name, or its id where the name is unknown.
    pub fn queue(&self, contact: &Status) -> Option<String> {
        let name = contact.text(SystemAttribute::QueueName).map(str::to_owned);
        name.or_else(|| contact.text(SystemAttribute::QueueArn).map(|arn| self.name(arn)))
    }

    /// The agent's user name, or id.
    pub fn agent(&self, contact: &Status) -> Option<String> {
        let name = contact.text(SystemAttribute::AgentUsername).map(str::to_owned);
        name.or_else(|| contact.text(SystemAttribute::AgentArn).map(|arn| self.name(arn)))
    }

    fn name(&self, arn: &str) -> String {
        let id = || switchboard_core::arn::last_segment(arn).to_owned();
        self.0.get(&named_arn(arn)).cloned().unwrap_or_else(id)
    }
}

/// The ARNs of queues and agents that the contacts themselves do not name.
pub(crate) fn nameless(contacts: &[Status]) -> BTreeSet<String> {
    let arns = contacts.iter().flat_map(|contact| {
        let pairs = [
            (SystemAttribute::QueueArn, SystemAttribute::QueueName),
            (SystemAttribute::AgentArn, SystemAttribute::AgentUsername),
        ];
        pairs
            .into_iter()
            .filter(move |(_, name)| contact.text(*name).is_none())
            .filter_map(move |(arn, _)| contact.text(arn))
    });
    arns.map(named_arn).collect()
}

impl fmt::Debug for ResourceNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResourceNames({})", self.0.len())
    }
}
