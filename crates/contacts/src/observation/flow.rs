//! What a flow's log says, and what a flow records.

use jiff::Timestamp;
use switchboard_core::{flow_call::FlowCall, flow_log::FlowLog, json::Raw};

use super::{Happened, Observation, id_of_text};
use crate::{
    attribute::{Attribute, Known},
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
        let happened = Happened { at, stage: Stage::Any, source: Source::FlowLog, clock: &clock };
        let id = log_event_id.filter(|id| !id.is_empty()).map_or_else(|| id_of_text(line), str::to_owned);
        let kind = log.contact_flow_module_type.text().unwrap_or_default();
        let mut said = Self::begin(&log.contact_id.text()?, happened, &id, &kind, line)?;
        for (attribute, text) in [
            (Known::LatestFlowName, log.contact_flow_name),
            (Known::LatestFlowId, log.contact_flow_id),
            (Known::LatestBlockType, log.contact_flow_module_type),
            (Known::LatestBlockId, log.identifier),
        ] {
            // Absent is said as well, so that the four are always of one line.
            said.set(attribute, Value::Text(text.text().unwrap_or_default().into_owned()));
        }
        Some(said)
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
        let happened = Happened { at, stage: Stage::Any, source: Source::Flow, clock: &clock };
        let mut said = Self::begin(&call.contact_id.text()?, happened, id, RECORDED, &body)?;
        for (name, value) in kept {
            if let serde_json::Value::String(text) = value {
                said.set(Attribute::Data(name), Value::Text(text));
            }
        }
        said.chain(call.initial_contact_id);
        said.text(Known::PreviousContactId, call.previous_contact_id);
        said.text(Known::Channel, call.channel);
        said.text(Known::CustomerId, call.customer_id);
        said.begun(call.initiation_method);
        if let Some(customer) = customer::identifier(call.customer_endpoint) {
            said.set(Known::CustomerIdentifier, Value::Text(customer));
        }
        Some(said)
    }
}
