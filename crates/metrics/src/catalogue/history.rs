//! The metrics of five minutes: `GetMetricData`.

use super::{Metric, Statistic, Unit};

/// The column beside `service_level` that says what it was measured against: contacts answered in less than so many
/// seconds. Levels of different thresholds don't add up.
pub const SERVICE_LEVEL_THRESHOLD: &str = "service_level_threshold_seconds";

/// All 25 metrics of `GetMetricData`, requested by queue and channel.
///
/// `SERVICE_LEVEL` alone needs a threshold. Averages come without the count they are the mean of: `HANDLE_TIME`,
/// `AFTER_CONTACT_WORK_TIME` and the interaction times are over `CONTACTS_HANDLED`, `ABANDON_TIME` over
/// `CONTACTS_ABANDONED`; `HOLD_TIME` is over the contacts put on hold, which `GetMetricData` does not count.
pub const HISTORY: &[Metric] = &[
    avg("ABANDON_TIME", "abandon_time", Unit::Seconds),
    avg("AFTER_CONTACT_WORK_TIME", "after_contact_work_time", Unit::Seconds),
    sum("API_CONTACTS_HANDLED", "api_contacts_handled"),
    sum("CALLBACK_CONTACTS_HANDLED", "callback_contacts_handled"),
    sum("CONTACTS_ABANDONED", "contacts_abandoned"),
    sum("CONTACTS_AGENT_HUNG_UP_FIRST", "contacts_agent_hung_up_first"),
    sum("CONTACTS_CONSULTED", "contacts_consulted"),
    sum("CONTACTS_HANDLED", "contacts_handled"),
    sum("CONTACTS_HANDLED_INCOMING", "contacts_handled_incoming"),
    sum("CONTACTS_HANDLED_OUTBOUND", "contacts_handled_outbound"),
    sum("CONTACTS_HOLD_ABANDONS", "contacts_hold_abandons"),
    sum("CONTACTS_MISSED", "contacts_missed"),
    sum("CONTACTS_QUEUED", "contacts_queued"),
    sum("CONTACTS_TRANSFERRED_IN", "contacts_transferred_in"),
    sum("CONTACTS_TRANSFERRED_IN_FROM_QUEUE", "contacts_transferred_in_from_queue"),
    sum("CONTACTS_TRANSFERRED_OUT", "contacts_transferred_out"),
    sum("CONTACTS_TRANSFERRED_OUT_FROM_QUEUE", "contacts_transferred_out_from_queue"),
    avg("HANDLE_TIME", "handle_time", Unit::Seconds),
    avg("HOLD_TIME", "hold_time", Unit::Seconds),
    avg("INTERACTION_AND_HOLD_TIME", "interaction_and_hold_time", Unit::Seconds),
    avg("INTERACTION_TIME", "interaction_time", Unit::Seconds),
    avg("OCCUPANCY", "occupancy", Unit::Percent),
    Metric { statistic: Statistic::Max, ..avg("QUEUED_TIME", "queued_time", Unit::Seconds) },
    avg("QUEUE_ANSWER_TIME", "queue_answer_time", Unit::Seconds),
    avg("SERVICE_LEVEL", "service_level", Unit::Percent),
];

const fn sum(name: &'static str, column: &'static str) -> Metric {
    Metric { name, unit: Unit::Count, statistic: Statistic::Sum, column, absent_value: Some(0.0) }
}

const fn avg(name: &'static str, column: &'static str, unit: Unit) -> Metric {
    Metric { name, unit, statistic: Statistic::Avg, column, absent_value: None }
}
