//! What the statistics take from a contact record.

use std::fmt;

use jiff::Timestamp;
use switchboard_core::{
    ctr::{Ctr, Queue},
    json::Raw,
};

use crate::{
    latest::{Version, instant},
    rows::last_segment,
};

/// What the statistics take from one copy of a contact record: nothing about the customer.
#[derive(Clone, PartialEq, Eq)]
pub struct ContactFacts {
    pub(crate) contact_id: String,
    pub(crate) version: Version,
    pub(super) queue: Option<QueueFacts>,
    pub(super) agent: Option<AgentFacts>,
    pub(super) talk_secs: Option<u64>,
    pub(super) wrap_up_secs: Option<u64>,
    pub(super) transferred_to_endpoint: bool,
    pub(super) transfer_completed: bool,
}

/// The queue of a contact.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct QueueFacts {
    pub(super) id: String,
    pub(super) name: Option<String>,
    /// [`None`] if the contact has a queue but did not wait in it.
    pub(super) enqueued: Option<Timestamp>,
    pub(super) waited_secs: Option<u64>,
}

/// The agent who took a contact.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct AgentFacts {
    pub(super) username: String,
    pub(super) connected: Timestamp,
}

impl fmt::Debug for ContactFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContactFacts").field("contact_id", &self.contact_id).finish_non_exhaustive()
    }
}

impl ContactFacts {
    /// Reads a record; [`None`] if it has no contact id. A contact that counts nowhere has facts too:
    /// an earlier copy of it may have counted.
    pub fn read(ctr: &Ctr<'_>, version: Version) -> Option<Self> {
        let agent = ctr.agent();
        Some(Self {
            contact_id: ctr.contact_id.text().filter(|id| !id.is_empty())?.into_owned(),
            version,
            queue: ctr.queue.is_object().then(|| QueueFacts::read(&ctr.queue())),
            agent: instant(agent.connected_to_agent_timestamp)
                .map(|connected| AgentFacts { username: name_or_id(agent.username, agent.arn), connected }),
            talk_secs: secs(agent.agent_interaction_duration),
            wrap_up_secs: secs(agent.after_contact_work_duration),
            transferred_to_endpoint: ctr.transferred_to_endpoint.is_object(),
            transfer_completed: instant(ctr.transfer_completed_timestamp).is_some(),
        })
    }
}

impl QueueFacts {
    fn read(queue: &Queue<'_>) -> Self {
        let name = queue.name.text().map(std::borrow::Cow::into_owned);
        let id = queue.arn.text().map(|arn| last_segment(&arn).to_owned());
        Self {
            id: id.or_else(|| name.clone()).unwrap_or_default(),
            name,
            enqueued: instant(queue.enqueue_timestamp),
            waited_secs: secs(queue.duration),
        }
    }
}

/// The agent's user name, or the id where the record has none.
fn name_or_id(username: Raw<'_>, arn: Raw<'_>) -> String {
    let id = || arn.text().map(|arn| last_segment(&arn).to_owned());
    username.text().map(std::borrow::Cow::into_owned).or_else(id).unwrap_or_default()
}

/// Whole seconds; [`None`] if absent, a fraction or below 0.
fn secs(raw: Raw<'_>) -> Option<u64> {
    u64::try_from(raw.integer()?).ok()
}
