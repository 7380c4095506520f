//! What a contact record says: the closing word.

use jiff::Timestamp;
use switchboard_core::{ctr::Ctr, instant::instant};

use super::{Happened, Observation, id_of_text};
use crate::{
    attribute::Known,
    customer,
    status::Value,
    version::{Source, Stage},
};

/// The kind of an entry for a contact record.
pub const CONTACT_RECORD: &str = "CONTACT_RECORD";

impl Observation {
    /// What a contact record says; `document` is its text. [`None`] if its contact id is none.
    ///
    /// It comes after all work on the contact, and again in full when something is changed afterwards, so
    /// all it says is as new as its `LastUpdateTimestamp`; where that is absent, as its latest time.
    /// Copies of different text are different entries.
    pub fn of_contact_record(ctr: &Ctr<'_>, document: &str) -> Option<Self> {
        let (agent, queue) = (ctr.agent(), ctr.queue());
        let ends =
            [ctr.initiation_timestamp, ctr.disconnect_timestamp, agent.after_contact_work_end_timestamp];
        let latest = || ends.into_iter().filter_map(instant).max();
        let at = instant(ctr.last_update_timestamp).or_else(latest).unwrap_or(Timestamp::UNIX_EPOCH);
        let happened = Happened { at, stage: Stage::Completed, source: Source::ContactRecord };
        let id = id_of_text(document);
        let mut said = Self::begin(&ctr.contact_id.text()?, happened, &id, CONTACT_RECORD, document)?;
        said.chain(ctr.initial_contact_id);
        said.text(Known::PreviousContactId, ctr.previous_contact_id);
        said.text(Known::NextContactId, ctr.next_contact_id);
        said.text(Known::Channel, ctr.channel);
        said.text(Known::DisconnectReason, ctr.disconnect_reason);
        said.begun(ctr.initiation_method);
        if instant(ctr.transfer_completed_timestamp).is_some() || ctr.transferred_to_endpoint.is_object() {
            said.flag(Known::Transferred, true);
        }
        if let Some(customer) = customer::identifier(ctr.customer_endpoint) {
            said.set(Known::CustomerIdentifier, Value::Text(customer));
        }
        said.time(Known::InitiatedAt, instant(ctr.initiation_timestamp));
        said.time(Known::ConnectedToSystemAt, instant(ctr.connected_to_system_timestamp));
        said.text(Known::QueueArn, queue.arn);
        said.text(Known::QueueName, queue.name);
        said.queued(instant(queue.enqueue_timestamp));
        said.with_agent(agent.arn, instant(agent.connected_to_agent_timestamp));
        said.text(Known::AgentUsername, agent.username);
        said.time(Known::AfterContactWorkStartedAt, instant(agent.after_contact_work_start_timestamp));
        said.time(Known::AfterContactWorkEndedAt, instant(agent.after_contact_work_end_timestamp));
        said.time(Known::DisconnectedAt, instant(ctr.disconnect_timestamp));
        said.ended(at);
        said.closed(at);
        Some(said)
    }
}
