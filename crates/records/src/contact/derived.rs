//! The columns that are derived from several members, by the definitions that everybody uses.

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::Value;
use switchboard_core::{
    ctr::{Agent, Ctr, Endpoint, Queue, whole_seconds},
    instant::instant,
    json::Raw,
    leg::Leg,
    outcome::{QueueOutcome, QueueStay, Successor},
};

use super::{key_text, members::text};
use crate::time::{five_minutes_of, time_text};

/// What several columns are derived from.
pub(super) struct Derived<'c, 'a> {
    ctr: &'c Ctr<'a>,
    queue: Queue<'a>,
    agent: Agent<'a>,
    enqueued: Option<Timestamp>,
    connected: Option<Timestamp>,
    initiation_method: Option<String>,
    disconnect_reason: Option<String>,
    interaction_secs: Option<u64>,
}

impl<'c, 'a> Derived<'c, 'a> {
    pub(super) fn of(ctr: &'c Ctr<'a>) -> Self {
        let owned = |raw: Raw<'_>| raw.text().map(Cow::into_owned);
        let (queue, agent) = (ctr.queue(), ctr.agent());
        Self {
            ctr,
            queue,
            agent,
            enqueued: instant(queue.enqueue_timestamp),
            connected: instant(agent.connected_to_agent_timestamp),
            initiation_method: owned(ctr.initiation_method),
            disconnect_reason: owned(ctr.disconnect_reason),
            interaction_secs: whole_seconds(agent.agent_interaction_duration),
        }
    }

    /// The value of a column that is no member's own; null for one that is not known.
    pub(super) fn value(&self, column: &str) -> Value {
        let (ctr, queue, agent) = (self.ctr, &self.queue, &self.agent);
        let interval = |at: Option<Timestamp>| at.map(|at| time_text(five_minutes_of(at))).into();
        match column {
            "previous_contact_id" => contact_id(ctr.previous_contact_id),
            "next_contact_id" => contact_id(ctr.next_contact_id),
            "channel" => ctr.channel.text().map(|channel| key_text(&channel)).into(),
            "transferred_to_endpoint_type" => endpoint_type(ctr.transferred_to_endpoint),
            "queue_id" => queue.id().map(|id| key_text(&id)).into(),
            "queue_type" => {
                let queue_type = if queue.is_of_an_agent() { "AGENT" } else { "STANDARD" };
                ctr.queue.is_object().then_some(queue_type).into()
            }
            "agent" => agent.name().map(|name| key_text(&name)).into(),
            "agent_username" => text(agent.username),
            "leg" => leg_name(Leg::of(self.initiation_method.as_deref(), self.interaction_secs)).into(),
            "outcome_alone" => self.outcome(None),
            "outcome_if_unknown" => self.outcome(Some(Successor::Unknown)),
            "outcome_if_transfer" => self.outcome(Some(Successor::Transfer)),
            "outcome_if_callback" => self.outcome(Some(Successor::Callback)),
            "successor_rank" => Successor::of(self.initiation_method.as_deref()).map(successor_rank).into(),
            "initiated_interval" => interval(instant(ctr.initiation_timestamp)),
            "enqueued_interval" => interval(self.enqueued),
            "connected_interval" => interval(self.connected),
            "disconnected_interval" => interval(instant(ctr.disconnect_timestamp)),
            // A record is not open: neither `open_until_timestamp` nor `is_presumed_over`.
            _ => Value::Null,
        }
    }

    /// How the stay in the queue ended if the contact goes on so; null if it was never queued, or is no contact of the
    /// customer's. A record is written when the contact has ended.
    fn outcome(&self, successor: Option<Successor>) -> Value {
        let stay = QueueStay {
            initiation_method: self.initiation_method.as_deref(),
            disconnect_reason: self.disconnect_reason.as_deref(),
            interaction_secs: self.interaction_secs,
            is_answered: self.connected.is_some(),
            has_ended: true,
            successor,
        };
        self.enqueued.and_then(|_| stay.outcome()).map(outcome_name).into()
    }
}

/// The type of an endpoint: empty if it has none, null if there is no endpoint.
fn endpoint_type(endpoint: Raw<'_>) -> Value {
    if !endpoint.is_object() {
        return Value::Null;
    }
    let kind = text(Endpoint::read(endpoint).kind);
    if kind.is_null() { "".into() } else { kind }
}

/// The id of another contact; null where it is none of Connect's.
fn contact_id(raw: Raw<'_>) -> Value {
    let id = raw.text().filter(|id| !id.is_empty() && id.len() <= super::KEY_MAX_BYTES);
    id.map(|id| id.replace('\0', "\u{fffd}")).into()
}

/// The order of successors, as a number that SQL compares: see [`Successor`].
pub(crate) fn successor_rank(successor: Successor) -> u8 {
    match successor {
        Successor::Unknown => 0,
        Successor::Transfer => 1,
        Successor::Callback => 2,
    }
}

pub(crate) fn leg_name(leg: Leg) -> &'static str {
    match leg {
        Leg::Customer => "customer",
        Leg::Monitor => "monitor",
        Leg::ThirdParty => "third_party",
        Leg::Consult => "consult",
    }
}

pub(crate) fn outcome_name(outcome: QueueOutcome) -> &'static str {
    match outcome {
        QueueOutcome::Answered => "answered",
        QueueOutcome::Abandoned => "abandoned",
        QueueOutcome::CallbackRequested => "callback_requested",
        QueueOutcome::TransferredOut => "transferred_out",
        QueueOutcome::EndedOtherwise => "ended_otherwise",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_in_the_order_of_successors() {
        let all = [Successor::Callback, Successor::Transfer, Successor::Unknown];
        let (mut by_value, mut by_rank) = (all, all);
        by_value.sort();
        by_rank.sort_by_key(|successor| successor_rank(*successor));
        assert_eq!(by_value, by_rank);
    }
}
