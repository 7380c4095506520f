//! What a contact record says: the closing word.

use jiff::Timestamp;
use switchboard_core::{ctr::Ctr, leg::Leg};

use super::{Happened, Observation, id_of_text};
use crate::{
    attribute::Known,
    customer,
    facts::{self, Clock},
    status::Value,
    version::{Class, Source, Stage},
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
        let happened = Happened { at, stage: Stage::Completed, source: Source::ContactRecord, clock: &clock };
        let id = id_of_text(document);
        let mut said = Self::begin(&ctr.contact_id.text()?, happened, &id, CONTACT_RECORD, document)?;
        said.chain(ctr.initial_contact_id);
        said.text(Known::PreviousContactId, ctr.previous_contact_id);
        said.text(Known::NextContactId, ctr.next_contact_id);
        said.text(Known::Channel, ctr.channel);
        said.text(Known::DisconnectReason, ctr.disconnect_reason);
        said.text(Known::AnsweringMachine, ctr.answering_machine_detection_status);
        said.begun(ctr.initiation_method);
        said.facts(&facts);
        said.legs(ctr);
        if let Some(customer) = customer::identifier(ctr.customer_endpoint) {
            said.set(Known::CustomerIdentifier, Value::Text(customer));
        }
        said.text(Known::QueueArn, queue.arn);
        said.text(Known::QueueName, queue.name);
        said.text(Known::AgentArn, agent.arn);
        said.text(Known::AgentUsername, agent.username);
        Some(said)
    }

    /// Whose part of a conversation it is, and what that means for who was transferred. An agent who was only consulted took
    /// nothing over, and neither did the one whom a conference was held with: then `TransferredToEndpoint` is set, and
    /// no time of a transfer.
    fn legs(&mut self, ctr: &Ctr<'_>) {
        let agent = ctr.agent();
        let interaction = agent.agent_interaction_duration.integer();
        let method = ctr.initiation_method.text();
        let leg = Leg::of(method.as_deref(), interaction.and_then(|secs| u64::try_from(secs).ok()));
        if leg == Leg::Consult {
            self.flag(Known::ConsultLeg, true);
            self.say(self.moment, Class::Settled, Known::Transferred, Value::Flag(false));
        }
        let by_its_flow =
            ctr.transferred_to_endpoint.is_object() && agent.connected_to_agent_timestamp.text().is_none();
        if by_its_flow {
            self.flag(Known::Transferred, true);
        }
    }
}
