//! The metrics of `GetMetricData`.

use serde::{Deserialize, Serialize};

use super::{number, ratio};
use crate::connect_api::{
    error::ApiError,
    live::{AgentSeconds, Totals},
};

/// A metric as the request names it and the answer repeats it.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Metric {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    threshold: Option<Threshold>,
    #[serde(skip_serializing_if = "Option::is_none")]
    statistic: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
}

/// What a share is counted against.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Threshold {
    pub(super) comparison: String,
    pub(super) threshold_value: f64,
}

const SUMS: [&str; 15] = [
    "CONTACTS_QUEUED",
    "CONTACTS_HANDLED",
    "CONTACTS_ABANDONED",
    "CONTACTS_CONSULTED",
    "CONTACTS_AGENT_HUNG_UP_FIRST",
    "CONTACTS_HANDLED_INCOMING",
    "CONTACTS_HANDLED_OUTBOUND",
    "CONTACTS_HOLD_ABANDONS",
    "CONTACTS_TRANSFERRED_IN",
    "CONTACTS_TRANSFERRED_OUT",
    "CONTACTS_TRANSFERRED_IN_FROM_QUEUE",
    "CONTACTS_TRANSFERRED_OUT_FROM_QUEUE",
    "CONTACTS_MISSED",
    "CALLBACK_CONTACTS_HANDLED",
    "API_CONTACTS_HANDLED",
];
const AVERAGES: [&str; 7] = [
    "HANDLE_TIME",
    "AFTER_CONTACT_WORK_TIME",
    "ABANDON_TIME",
    "QUEUE_ANSWER_TIME",
    "HOLD_TIME",
    "INTERACTION_TIME",
    "INTERACTION_AND_HOLD_TIME",
];

impl Threshold {
    /// Checks that it compares by one of those, with a whole number of seconds from 1 to a week.
    pub(super) fn check(&self, comparisons: &[&str]) -> Result<(), ApiError> {
        let whole = self.threshold_value.fract() == 0.0 && (1.0..=604_800.0).contains(&self.threshold_value);
        if !whole || !comparisons.contains(&self.comparison.as_str()) {
            return Err(ApiError::parameter(format_args!(
                "a threshold is a whole number of seconds from 1 to 604800, compared by one of {comparisons:?}"
            )));
        }
        Ok(())
    }

    /// Whether a wait is within it.
    pub(super) fn holds(&self, seconds: i64) -> bool {
        match self.comparison.as_str() {
            "LT" => number(seconds) < self.threshold_value,
            "LTE" => number(seconds) <= self.threshold_value,
            _ => number(seconds) > self.threshold_value,
        }
    }
}

impl Metric {
    /// Checks that it exists, with this statistic and unit, and has a threshold exactly where it needs one.
    pub(super) fn check(&self) -> Result<(), ApiError> {
        let (statistic, unit) = match self.name.as_str() {
            name if SUMS.contains(&name) => ("SUM", "COUNT"),
            name if AVERAGES.contains(&name) => ("AVG", "SECONDS"),
            "QUEUED_TIME" => ("MAX", "SECONDS"),
            "OCCUPANCY" | "SERVICE_LEVEL" => ("AVG", "PERCENT"),
            _ => return Err(ApiError::parameter("HistoricalMetrics names a metric that doesn't exist")),
        };
        if (self.statistic.as_deref(), self.unit.as_deref()) != (Some(statistic), Some(unit)) {
            let message = format!("{} has the statistic {statistic} and the unit {unit}", self.name);
            return Err(ApiError::parameter(message));
        }
        match (&self.threshold, self.is_service_level()) {
            (Some(threshold), true) => threshold.check(&["LT"]),
            (None, false) => Ok(()),
            (None, true) => Err(ApiError::parameter("SERVICE_LEVEL needs a threshold")),
            (Some(_), false) => Err(ApiError::parameter("only SERVICE_LEVEL has a threshold")),
        }
    }

    /// Whether it counts towards the most service levels of a request.
    pub(super) fn is_service_level(&self) -> bool {
        self.name == "SERVICE_LEVEL"
    }

    /// Its value; `None` of nothing.
    pub(super) fn value(&self, totals: &Totals, time: &AgentSeconds) -> Option<f64> {
        let answered: i64 = totals.answered_after.iter().sum();
        let abandoned: i64 = totals.abandoned_after.iter().sum();
        let count = match self.name.as_str() {
            "CONTACTS_QUEUED" => totals.queued,
            "CONTACTS_HANDLED" => totals.handled,
            "CONTACTS_ABANDONED" => totals.abandoned(),
            "CONTACTS_AGENT_HUNG_UP_FIRST" => totals.agent_hung_up,
            "CONTACTS_HANDLED_INCOMING" => totals.incoming,
            "CONTACTS_HANDLED_OUTBOUND" => totals.outbound,
            "CONTACTS_HOLD_ABANDONS" => totals.hold_abandoned,
            "CONTACTS_TRANSFERRED_IN" => totals.transferred_in,
            "CONTACTS_TRANSFERRED_OUT" => totals.transferred_out,
            "CONTACTS_MISSED" => totals.not_taken,
            "CALLBACK_CONTACTS_HANDLED" => totals.callback,
            "API_CONTACTS_HANDLED" => totals.api,
            "CONTACTS_CONSULTED" => totals.consulted,
            "CONTACTS_TRANSFERRED_IN_FROM_QUEUE" => totals.transferred_in_from_queue,
            "CONTACTS_TRANSFERRED_OUT_FROM_QUEUE" => totals.transferred_out_from_queue,
            "QUEUED_TIME" if totals.queued > 0 => totals.longest_queued,
            "HANDLE_TIME" => return ratio(totals.handle_time(), totals.handled),
            "AFTER_CONTACT_WORK_TIME" => return ratio(totals.after_contact_work_time, totals.handled),
            "ABANDON_TIME" => return ratio(abandoned, totals.abandoned()),
            "QUEUE_ANSWER_TIME" => return ratio(answered, totals.answered()),
            "HOLD_TIME" => return ratio(totals.hold_time, totals.held),
            "INTERACTION_TIME" => return ratio(totals.interaction_time, totals.handled),
            "INTERACTION_AND_HOLD_TIME" => {
                return ratio(totals.interaction_time + totals.hold_time, totals.handled);
            }
            "OCCUPANCY" => return time.occupancy(),
            "SERVICE_LEVEL" => {
                let threshold = self.threshold.as_ref()?;
                return ratio(totals.answered_within(|wait| threshold.holds(wait)) * 100, totals.queued);
            }
            _ => return None,
        };
        Some(number(count))
    }
}
