//! The names of queues and agents: contact events have their ARNs alone.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use switchboard_contacts::{attribute::SystemAttribute, status::Status, store::Store};

use super::location;

/// Names by ARN.
#[derive(Default)]
pub(crate) struct Names(BTreeMap<String, String>);

/// What an agent's own queue has in its ARN, before the agent's id.
const OWN_QUEUE: &str = "/queue/agent/";

/// Reads from a store the names that the contacts themselves lack.
///
/// # Errors
/// When the store can't be read.
pub(crate) async fn resource_names(store: &Store, contacts: &[Status]) -> anyhow::Result<Names> {
    let nameless = contacts.iter().flat_map(|contact| {
        let pairs = [
            (SystemAttribute::QueueArn, SystemAttribute::QueueName),
            (SystemAttribute::AgentArn, SystemAttribute::AgentUsername),
        ];
        pairs
            .into_iter()
            .filter(move |(_, name)| contact.text(*name).is_none())
            .filter_map(move |(arn, _)| contact.text(arn))
    });
    let arns: BTreeSet<String> = nameless.map(key).collect();
    Ok(Names(store.names(&arns, location::now()).await.context("names can't be read")?))
}

impl Names {
    /// The queue's name, or its id where the name is unknown.
    pub(crate) fn queue(&self, contact: &Status) -> Option<String> {
        let name = contact.text(SystemAttribute::QueueName).map(str::to_owned);
        name.or_else(|| contact.text(SystemAttribute::QueueArn).map(|arn| self.name(arn)))
    }

    /// The agent's user name, or id.
    pub(crate) fn agent(&self, contact: &Status) -> Option<String> {
        let name = contact.text(SystemAttribute::AgentUsername).map(str::to_owned);
        name.or_else(|| contact.text(SystemAttribute::AgentArn).map(|arn| self.name(arn)))
    }

    fn name(&self, arn: &str) -> String {
        let id = || switchboard_core::arn::last_segment(arn).to_owned();
        self.0.get(&key(arn)).cloned().unwrap_or_else(id)
    }
}

/// An agent's own queue is called as the agent is.
fn key(arn: &str) -> String {
    arn.replacen(OWN_QUEUE, "/agent/", 1)
}
