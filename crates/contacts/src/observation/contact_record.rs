//! What a contact record says: the closing word.

use jiff::Timestamp;
use switchboard_core::{ctr::Ctr, leg::Leg};

use super::{EventContext, Observation, id_of_text};
use crate::{
    attribute::SystemAttribute,
    customer,
    facts::{self, Clock},
    status::Value,
    version::{Finality, Source, Stage},
};

/// The kind of an entry for a contact record.
pub const CONTACT_RECORD: &str = "CONTACT_RECORD";

impl Observation {
    /// What a contact record that came `now` says; `document` is its text. [`None`] if its contact id is none.
    ///
    /// It comes after all work on the contact, and again in full when something is changed afterwards, so
    /// all it says is as new as its `LastUpdateTimestamp`; where that is absent, as its latest time. A record without any
    /// time ends nothing. Its times have no more than the second, and do not replace those that are known better.
    /// Copies of different text are different entries.
    pub fn of_contact_record(ctr: &Ctr<'_>, document: &str, now: Timestamp) -> Option<Self> {
        let clock = Clock::at(Some(now));
        let (agent, queue) = (ctr.agent(), ctr.queue());
        let at = facts::time_of_contact_record(ctr, &clock);
        let facts = facts::of_contact_record(ctr, at, &clock);
        let at = at.unwrap_or(Timestamp::UNIX_EPOCH);
        let context =
            EventContext { at, stage: Stage::Completed, source: Source::ContactRecord, clock: &clock };
        let id = id_of_text(document);
        let mut observation = Self::begin(&ctr.contact_id.text()?, context, &id, CONTACT_RECORD, document)?;
        observation.chain(ctr.initial_contact_id);
        observation.text(SystemAttribute::PreviousContactId, ctr.previous_contact_id);
        observation.text(SystemAttribute::NextContactId, ctr.next_contact_id);
        observation.text(SystemAttribute::InstanceArn, ctr.instance_arn);
        observation.text(SystemAttribute::Channel, ctr.channel);
        observation.text(SystemAttribute::DisconnectReason, ctr.disconnect_reason);
        observation.text(SystemAttribute::AnsweringMachine, ctr.answering_machine_detection_status);
        observation.begun(ctr.initiation_method);
        observation.facts(&facts);
        observation.legs(ctr);
        if let Some(customer) = customer::identifier(ctr.customer_endpoint) {
            observation.record_provisional(SystemAttribute::CustomerIdentifier, Value::Text(customer));
        }
        observation.text(SystemAttribute::QueueArn, queue.arn);
        observation.text(SystemAttribute::QueueName, queue.name);
        observation.text(SystemAttribute::AgentArn, agent.arn);
        observation.text(SystemAttribute::AgentUsername, agent.username);
        Some(observation)
    }

    /// Whose part of a conversation it is, and what that means for who was transferred. An agent who was only consulted took
    /// nothing over, and neither did the one whom a conference was held with: then `TransferredToEndpoint` is set, and
    /// no time of a transfer.
    fn legs(&mut self, ctr: &Ctr<'_>) {
        let agent = ctr.agent();
        let interaction = agent.agent_interaction_duration.integer();
        let method = ctr.initiation_method.text();
        let leg = Leg::of(method.as_deref(), interaction.and_then(|secs| u64::try_from(secs).ok()));
        // Only a transfer can be a consultation, and a later copy of its record may say that it was none.
        let is_transfer = method.as_deref().is_some_and(|method| method.eq_ignore_ascii_case("TRANSFER"));
        if is_transfer && interaction.is_some() {
            let is_consult = leg == Leg::Consult;
            self.flag(SystemAttribute::ConsultLeg, is_consult);
            let transferred = Value::Flag(!is_consult);
            self.record(self.stamp, Finality::Definite, SystemAttribute::Transferred, transferred);
        }
        let by_its_flow =
            ctr.transferred_to_endpoint.is_object() && agent.connected_to_agent_timestamp.text().is_none();
        if by_its_flow {
            self.flag(SystemAttribute::Transferred, true);
        }
    }
}
