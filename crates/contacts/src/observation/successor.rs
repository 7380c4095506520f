//! What an event of a contact says about the one before it: how that one went on.

use jiff::Timestamp;
use serde_json::json;
use switchboard_core::{contact_event::ContactEvent, ctr::Ctr, json::Raw, outcome::Successor};

use super::{EventContext, Observation};
use crate::{
    attribute::SystemAttribute,
    facts::Clock,
    status::Value,
    version::{Finality, Source, Stage},
};

/// The kind of an entry that tells as what a contact went on.
pub const WENT_ON: &str = "WENT_ON";

/// What tells of the contact that follows.
struct Following<'a> {
    contact_id: Raw<'a>,
    previous_contact_id: Raw<'a>,
    initiation_method: Raw<'a>,
    began: Raw<'a>,
    queue_arn: Raw<'a>,
    queue_name: Raw<'a>,
    agent_arn: Raw<'a>,
}

impl Observation {
    /// What a contact event that came `now` says about the contact that it names as the one before: as what that one went on.
    /// [`None`] for an event that names none. Its first two types alone are asked, since the others say the same again.
    pub fn of_successors_event(event: &ContactEvent<'_>, now: Timestamp) -> Option<Self> {
        let kind = event.event_type.text()?;
        let is_first = kind.eq_ignore_ascii_case("INITIATED") || kind.eq_ignore_ascii_case("QUEUED");
        is_first.then_some(())?;
        Following {
            contact_id: event.contact_id,
            previous_contact_id: event.previous_contact_id,
            initiation_method: event.initiation_method,
            began: event.initiation_timestamp,
            queue_arn: event.queue().arn,
            queue_name: Raw::ABSENT,
            agent_arn: Raw::ABSENT,
        }
        .to_observation(now)
    }

    /// What a contact record says about the contact before, as [an event](Self::of_successors_event) does.
    pub fn of_successors_record(ctr: &Ctr<'_>, now: Timestamp) -> Option<Self> {
        Following {
            contact_id: ctr.contact_id,
            previous_contact_id: ctr.previous_contact_id,
            initiation_method: ctr.initiation_method,
            began: ctr.initiation_timestamp,
            queue_arn: ctr.queue().arn,
            queue_name: ctr.queue().name,
            agent_arn: ctr.agent().arn,
        }
        .to_observation(now)
    }
}

impl Following<'_> {
    fn to_observation(&self, now: Timestamp) -> Option<Observation> {
        let text =
            |raw: Raw<'_>| raw.text().filter(|text| !text.is_empty()).map(std::borrow::Cow::into_owned);
        let (id, previous) = (text(self.contact_id)?, text(self.previous_contact_id)?);
        let method = text(self.initiation_method)?;
        let clock = Clock::at(Some(now));
        let at = clock.instant(self.began)?;
        let (queue_arn, queue_name) = (text(self.queue_arn), text(self.queue_name));
        let body = json!({
            "NextContactId": id, "InitiationMethod": method, "QueueARN": queue_arn, "QueueName": queue_name,
            "AgentARN": text(self.agent_arn),
        });
        let context = EventContext { at, stage: Stage::Any, source: Source::ContactEvent, clock: &clock };
        let name = queue_name.or(queue_arn).unwrap_or_default();
        let key = format!("{id}#{name}");
        let mut observation =
            Observation::without_event_time(&previous, context, &key, WENT_ON, &body.to_string())?;
        // Many contacts may name this one. The one that takes the customer on wins, whenever the others began.
        let successor = Successor::of(Some(&method));
        let finality = if successor.is_some() { Finality::Definite } else { Finality::Provisional };
        let stamp = observation.stamp;
        // An agent's transfer may be no more than a question to a colleague. It is told in the journey, by when the two ended.
        if successor.is_some() && !method.eq_ignore_ascii_case("TRANSFER") {
            observation.record_provisional(SystemAttribute::NextContactId, Value::Text(id));
        }
        observation.record(stamp, finality, SystemAttribute::NextInitiationMethod, Value::Text(method));
        Some(observation)
    }
}
