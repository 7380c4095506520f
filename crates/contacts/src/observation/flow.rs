//! What a flow's log says, and what a flow records.

use jiff::Timestamp;
use switchboard_core::{arn, flow_call::FlowCall, flow_log::FlowLog, json::Raw};

use super::{EventContext, Observation, id_of_text};
use crate::{
    attribute::{Attribute, SystemAttribute},
    customer,
    facts::Clock,
    status::Value,
    version::{Source, Stage},
};

/// The kind of an entry for data that a flow recorded.
pub const RECORDED: &str = "RECORDED";

impl Observation {
    /// What a line of a flow's log that came `now` says; `line` is its text. [`None`] if its contact id is none.
    ///
    /// `log_event_id` and `logged_at` are those of the log event around it: the one tells a repeat, the other
    /// stands in where the line's own time is malformed, as in 2017.
    pub fn of_flow_log(
        log: &FlowLog<'_>,
        line: &str,
        log_event_id: Option<&str>,
        logged_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Option<Self> {
        let clock = Clock::at(Some(now));
        let at = clock.known(log.at()).or_else(|| clock.known(logged_at)).unwrap_or(Timestamp::UNIX_EPOCH);
        let context = EventContext { at, stage: Stage::Any, source: Source::FlowLog, clock: &clock };
        let id = log_event_id.filter(|id| !id.is_empty()).map_or_else(|| id_of_text(line), str::to_owned);
        let kind = log.contact_flow_module_type.text().unwrap_or_default();
        let mut observation = Self::begin(&log.contact_id.text()?, context, &id, &kind, line)?;
        for (attribute, text) in [
            (SystemAttribute::LatestFlowName, log.contact_flow_name),
            (SystemAttribute::LatestFlowId, log.contact_flow_id),
            (SystemAttribute::LatestBlockType, log.contact_flow_module_type),
            (SystemAttribute::LatestBlockId, log.identifier),
        ] {
            // Absent is said as well, so that the four are always of one line.
            observation
                .record_provisional(attribute, Value::Text(text.text().unwrap_or_default().into_owned()));
        }
        let flow = log.contact_flow_id.text();
        if let Some(instance) = flow.as_deref().and_then(arn::instance_arn) {
            observation.record_provisional(SystemAttribute::InstanceArn, Value::Text(instance.to_owned()));
        }
        Some(observation)
    }

    /// What a contact flow records on its contact: data by name, which is kept under a prefix of its own.
    /// [`None`] if the call names no contact. A value that is no text, and a name that can't be kept
    /// (empty, over 128 bytes, control characters), are left out.
    ///
    /// `at` is when the function was called and `id` the id of that invocation, the same for a retry.
    pub fn of_flow_call<'a>(
        call: &FlowCall<'_>,
        at: Timestamp,
        id: &str,
        data: impl IntoIterator<Item = (&'a str, Raw<'a>)>,
    ) -> Option<Self> {
        let mut kept = serde_json::Map::new();
        for (name, value) in data {
            if let (Some(Attribute::Data(name)), Some(text)) = (Attribute::data(name), value.text()) {
                kept.insert(name, text.into_owned().into());
            }
        }
        let body = serde_json::Value::from(kept.clone()).to_string();
        let clock = Clock::at(None);
        let context = EventContext { at, stage: Stage::Any, source: Source::FlowCall, clock: &clock };
        let contact_id = call.contact_id.text()?;
        let mut observation = Self::begin(&contact_id, context, id, RECORDED, &body)?;
        for (name, value) in kept {
            if let serde_json::Value::String(text) = value {
                observation.record_provisional(Attribute::Data(name), Value::Text(text));
            }
        }
        observation.chain(call.initial_contact_id);
        // Connect gives the first contact of a chain its own id here.
        if call.previous_contact_id.text().is_some_and(|previous| previous != contact_id) {
            observation.text(SystemAttribute::PreviousContactId, call.previous_contact_id);
        }
        observation.text(SystemAttribute::InstanceArn, call.instance_arn);
        observation.text(SystemAttribute::Channel, call.channel);
        observation.text(SystemAttribute::CustomerId, call.customer_id);
        observation.begun(call.initiation_method);
        if let Some(customer) = customer::identifier(call.customer_endpoint) {
            observation.record_provisional(SystemAttribute::CustomerIdentifier, Value::Text(customer));
        }
        Some(observation)
    }
}
