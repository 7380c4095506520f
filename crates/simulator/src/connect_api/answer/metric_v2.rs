//! The metrics of `GetMetricDataV2` that the invented centre has.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{metric_v1::Threshold, number, ratio};
use crate::connect_api::{
    error::ApiError,
    live::{AgentSeconds, Totals},
};

/// A metric as the request names it and the answer repeats it.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Metric {
    name: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    threshold: Vec<Threshold>,
    #[serde(default, rename = "MetricFilters", skip_serializing_if = "Vec::is_empty")]
    filters: Vec<Value>,
}

/// By what a metric may be filtered and grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Valid {
    /// Queue, channel, routing profile, agent.
    All,
    /// Queue, channel, routing profile.
    NotAgent,
    /// Routing profile, agent.
    AgentTime,
}

/// The metrics, and by what each may be filtered and grouped.
const METRICS: [(&str, Valid); 40] = [
    ("ABANDONMENT_RATE", Valid::All),
    ("AGENT_ANSWER_RATE", Valid::All),
    ("AGENT_NON_RESPONSE", Valid::All),
    ("AGENT_OCCUPANCY", Valid::AgentTime),
    ("AVG_ABANDON_TIME", Valid::All),
    ("AVG_AFTER_CONTACT_WORK_TIME", Valid::All),
    ("AVG_AGENT_CONNECTING_TIME", Valid::All),
    ("AVG_CONTACT_DURATION", Valid::All),
    ("AVG_HANDLE_TIME", Valid::All),
    ("AVG_HOLD_TIME", Valid::All),
    ("AVG_HOLDS", Valid::All),
    ("AVG_INTERACTION_AND_HOLD_TIME", Valid::All),
    ("AVG_INTERACTION_TIME", Valid::NotAgent),
    ("AVG_QUEUE_ANSWER_TIME", Valid::NotAgent),
    ("CONTACTS_ABANDONED", Valid::All),
    ("CONTACTS_CREATED", Valid::NotAgent),
    ("CONTACTS_HANDLED", Valid::All),
    ("CONTACTS_HOLD_ABANDONS", Valid::All),
    ("CONTACTS_PUT_ON_HOLD", Valid::All),
    ("CONTACTS_QUEUED", Valid::All),
    ("CONTACTS_TRANSFERRED_OUT", Valid::All),
    ("CONTACTS_TRANSFERRED_OUT_BY_AGENT", Valid::All),
    ("CONTACTS_TRANSFERRED_OUT_FROM_QUEUE", Valid::All),
    ("MAX_QUEUED_TIME", Valid::All),
    ("SERVICE_LEVEL", Valid::NotAgent),
    ("SUM_AFTER_CONTACT_WORK_TIME", Valid::All),
    ("SUM_CONNECTING_TIME_AGENT", Valid::All),
    ("SUM_CONTACT_TIME_AGENT", Valid::AgentTime),
    ("SUM_CONTACTS_ABANDONED_IN_X", Valid::NotAgent),
    ("SUM_CONTACTS_ANSWERED_IN_X", Valid::NotAgent),
    ("SUM_CONTACTS_DISCONNECTED", Valid::All),
    ("SUM_ERROR_STATUS_TIME_AGENT", Valid::AgentTime),
    ("SUM_HANDLE_TIME", Valid::All),
    ("SUM_HOLD_TIME", Valid::All),
    ("SUM_IDLE_TIME_AGENT", Valid::AgentTime),
    ("SUM_INTERACTION_AND_HOLD_TIME", Valid::All),
    ("SUM_INTERACTION_TIME", Valid::All),
    ("SUM_NON_PRODUCTIVE_TIME_AGENT", Valid::AgentTime),
    ("SUM_ONLINE_TIME_AGENT", Valid::AgentTime),
    ("SUM_RETRY_CALLBACK_ATTEMPTS", Valid::NotAgent),
];

const WITH_THRESHOLD: [&str; 3] =
    ["SERVICE_LEVEL", "SUM_CONTACTS_ABANDONED_IN_X", "SUM_CONTACTS_ANSWERED_IN_X"];

impl Metric {
    /// Checks that it exists, goes with these filter keys and groupings, and has a threshold exactly where it needs one.
    pub(super) fn check(&self, keys: &[&str]) -> Result<(), ApiError> {
        let Some((name, valid)) = METRICS.iter().find(|(name, _)| *name == self.name) else {
            return Err(ApiError::parameter("Metrics names a metric that the invented centre doesn't have"));
        };
        let allowed: &[&str] = match valid {
            Valid::All => &["QUEUE", "CHANNEL", "ROUTING_PROFILE", "AGENT"],
            Valid::NotAgent => &["QUEUE", "CHANNEL", "ROUTING_PROFILE"],
            Valid::AgentTime => &["ROUTING_PROFILE", "AGENT"],
        };
        if let Some(key) = keys.iter().find(|key| !allowed.contains(key)) {
            return Err(ApiError::parameter(format_args!("{name} can't be filtered or grouped by {key}")));
        }
        if !self.filters.is_empty() {
            return Err(ApiError::parameter("the invented centre has no metric filters"));
        }
        match (self.threshold.as_slice(), WITH_THRESHOLD.contains(name)) {
            ([threshold], true) => threshold.check(&["LT", "LTE"]),
            ([], false) => Ok(()),
            (_, true) => Err(ApiError::parameter(format_args!("{name} needs one threshold"))),
            (_, false) => Err(ApiError::parameter(format_args!("{name} has no threshold"))),
        }
    }

    /// Whether it counts contacts when they begin; the others count them when they end.
    pub(super) fn is_of_beginning(&self) -> bool {
        self.name == "CONTACTS_CREATED"
    }

    /// Its value; `None` where it would divide by nothing.
    pub(super) fn value(&self, totals: &Totals, time: &AgentSeconds) -> Option<f64> {
        self.sum(totals, time).map_or_else(|| self.share(totals, time), |sum| Some(number(sum)))
    }

    /// The value of one that divides; `None` where it would divide by nothing.
    fn share(&self, totals: &Totals, time: &AgentSeconds) -> Option<f64> {
        let per_handled = |sum| ratio(sum, totals.handled);
        let interaction_and_hold = totals.interaction_time + totals.hold_time;
        match self.name.as_str() {
            "ABANDONMENT_RATE" => ratio(totals.abandoned() * 100, totals.queued),
            "AGENT_ANSWER_RATE" => ratio(totals.handled * 100, totals.handled + totals.not_taken),
            "AGENT_OCCUPANCY" => time.occupancy(),
            "AVG_ABANDON_TIME" => ratio(totals.abandoned_after.iter().sum(), totals.abandoned()),
            "AVG_AFTER_CONTACT_WORK_TIME" => per_handled(totals.after_contact_work_time),
            "AVG_AGENT_CONNECTING_TIME" => per_handled(totals.connecting_time),
            "AVG_CONTACT_DURATION" => per_handled(totals.connecting_time + interaction_and_hold),
            "AVG_HANDLE_TIME" => per_handled(totals.handle_time()),
            "AVG_HOLD_TIME" => ratio(totals.hold_time, totals.held),
            "AVG_HOLDS" => per_handled(totals.holds),
            "AVG_INTERACTION_AND_HOLD_TIME" => per_handled(interaction_and_hold),
            "AVG_INTERACTION_TIME" => per_handled(totals.interaction_time),
            "AVG_QUEUE_ANSWER_TIME" => ratio(totals.answered_after.iter().sum(), totals.answered()),
            "SERVICE_LEVEL" => ratio(totals.answered_within(|wait| self.holds(wait)) * 100, totals.queued),
            _ => None,
        }
    }

    /// The value of one that doesn't; `None` for those that do.
    fn sum(&self, totals: &Totals, time: &AgentSeconds) -> Option<i64> {
        Some(match self.name.as_str() {
            "AGENT_NON_RESPONSE" => totals.not_taken,
            "CONTACTS_ABANDONED" => totals.abandoned(),
            "CONTACTS_CREATED" => totals.created,
            "SUM_CONTACTS_DISCONNECTED" => totals.contacts,
            "CONTACTS_HANDLED" => totals.handled,
            "CONTACTS_HOLD_ABANDONS" => totals.hold_abandoned,
            "CONTACTS_PUT_ON_HOLD" => totals.held,
            "CONTACTS_QUEUED" => totals.queued,
            "CONTACTS_TRANSFERRED_OUT" | "CONTACTS_TRANSFERRED_OUT_BY_AGENT" => totals.transferred_out,
            "CONTACTS_TRANSFERRED_OUT_FROM_QUEUE" => totals.transferred_out_from_queue,
            "SUM_RETRY_CALLBACK_ATTEMPTS" => totals.retried,
            "MAX_QUEUED_TIME" => totals.longest_queued,
            "SUM_AFTER_CONTACT_WORK_TIME" => totals.after_contact_work_time,
            "SUM_CONNECTING_TIME_AGENT" => totals.connecting_time,
            "SUM_CONTACT_TIME_AGENT" => time.contact,
            "SUM_CONTACTS_ABANDONED_IN_X" => totals.abandoned_within(|wait| self.holds(wait)),
            "SUM_CONTACTS_ANSWERED_IN_X" => totals.answered_within(|wait| self.holds(wait)),
            "SUM_ERROR_STATUS_TIME_AGENT" => time.error,
            "SUM_HANDLE_TIME" => totals.handle_time(),
            "SUM_HOLD_TIME" => totals.hold_time,
            "SUM_IDLE_TIME_AGENT" => time.idle,
            "SUM_INTERACTION_AND_HOLD_TIME" => totals.interaction_time + totals.hold_time,
            "SUM_INTERACTION_TIME" => totals.interaction_time,
            "SUM_NON_PRODUCTIVE_TIME_AGENT" => time.non_productive,
            "SUM_ONLINE_TIME_AGENT" => time.online,
            _ => return None,
        })
    }

    fn holds(&self, seconds: i64) -> bool {
        self.threshold.iter().all(|threshold| threshold.holds(seconds))
    }
}
