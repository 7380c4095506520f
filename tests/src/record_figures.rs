//! The figures of the record tables' views, each beside the figure of the truth that it must equal.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};
use switchboard_records::intervals::{QueueKey, ServiceLevel};

/// Figures of the truth, each with the column that must have it.
pub type Columns = [(&'static str, &'static str)];
/// The figures of an interval by name.
pub type Figures = BTreeMap<String, Option<u64>>;
/// The beginning of an interval, agent, queue, channel.
pub type Key = (Timestamp, Option<String>, Option<String>, Option<String>);

/// Of `queue_intervals`, with the counts within 20 seconds.
pub const QUEUE: &Columns = &[
    ("wfm_offd_call_cnt", "offered"),
    ("wfm_answ_call_cnt", "answered"),
    ("wfm_aband_call_cnt", "abandoned"),
    ("wfm_callback_requested_call_cnt", "callback_requested"),
    ("wfm_transferred_out_from_queue_call_cnt", "transferred_out_from_queue"),
    ("wfm_ended_otherwise_call_cnt", "ended_otherwise"),
    ("wfm_aband_short_call_cnt", "abandoned_short"),
    ("wfm_overflow_in_call_cnt", "transferred_to_endpoint"),
    ("wfm_overflow_out_call_cnt", "transfer_completed"),
    ("wfm_talking_call_dur", "interaction_seconds"),
    ("wfm_hold_call_dur", "hold_seconds"),
    ("wfm_wrap_up_dur", "after_contact_work_seconds"),
    ("wfm_queued_and_answ_call_dur", "answered_queue_seconds"),
    ("wfm_queued_and_aband_call_dur", "abandoned_queue_seconds"),
    ("wfm_queued_answ_longest_que_dur", "answered_longest_queue_seconds"),
    ("wfm_queued_aband_longest_que_dur", "abandoned_longest_queue_seconds"),
    ("wfm_ans_servicelevel_cnt", "answered_within"),
    ("wfm_aband_within_sl_cnt", "abandoned_within"),
];

/// Of `agent_queue_intervals`.
pub const AGENT_QUEUE: &Columns = &[
    ("wfm_answ_call_cnt", "answered"),
    ("wfm_transfer_out_call_cnt", "transfer_completed"),
    ("wfm_talking_call_dur", "interaction_seconds"),
    ("wfm_hold_call_dur", "hold_seconds"),
    ("wfm_wrap_up_dur", "after_contact_work_seconds"),
];

/// Of `queue_intervals_by_disconnect`, with the counts within 20 seconds. What records can't say is not among them: holds that
/// the customer ended.
pub const DISCONNECT: &Columns = &[
    ("connect_contacts_created", "contacts_created"),
    ("connect_sum_retry_callback_attempts", "retry_callback_attempts"),
    ("connect_contacts_queued", "contacts_queued"),
    ("connect_contacts_handled", "contacts_handled"),
    ("connect_contacts_abandoned", "contacts_abandoned"),
    ("connect_contacts_put_on_hold", "contacts_put_on_hold"),
    ("connect_contacts_transferred_out", "contacts_transferred_out"),
    ("connect_contacts_transferred_out_from_queue", "contacts_transferred_out_from_queue"),
    ("connect_callback_contacts_handled", "callback_contacts_handled"),
    ("connect_max_queued_time", "max_queued_seconds"),
    ("connect_sum_queue_answer_time", "queue_answer_seconds"),
    ("connect_sum_abandon_time", "abandon_seconds"),
    ("connect_sum_after_contact_work_time", "after_contact_work_seconds"),
    ("connect_sum_handle_time", "handle_seconds"),
    ("connect_sum_hold_time", "hold_seconds"),
    ("connect_sum_interaction_time", "interaction_seconds"),
    ("connect_sum_contacts_answered_in_20", "answered_within"),
    ("connect_sum_contacts_abandoned_in_20", "abandoned_within"),
];

/// Of an agent's time in `agent_intervals`.
pub const AGENT_TIME: &Columns = &[
    ("online_seconds", "online_seconds"),
    ("non_productive_seconds", "non_productive_seconds"),
    ("idle_seconds", "idle_seconds"),
    ("contact_seconds", "contact_seconds"),
    ("after_contact_work_seconds", "after_contact_work_seconds"),
    ("error_seconds", "error_seconds"),
];

/// A line of the truth's intervals.
///
/// # Panics
/// If it is none.
pub fn truth(line: &[u8]) -> (Key, Figures) {
    let line: Map<String, Value> = serde_json::from_slice(line).expect("a line of the truth");
    let text = |name: &str| line.get(name).and_then(Value::as_str).map(str::to_owned);
    let from = text("from").expect("a beginning").parse().expect("a time of the truth");
    let key = (from, text("agent"), text("queue"), text("channel"));
    let figures = line.into_iter().filter(|(_, value)| value.is_number() || value.is_null());
    (key, figures.map(|(name, value)| (name, value.as_u64())).collect())
}

/// Rows of a view by key, as JSON, those of queues each with its counts within the threshold.
///
/// # Panics
/// If they are no rows.
pub fn rows(rows: Vec<Value>, within: &[ServiceLevel]) -> BTreeMap<Key, Figures> {
    let within: BTreeMap<&QueueKey, &ServiceLevel> = within.iter().map(|level| (&level.key, level)).collect();
    let row = |row: Value| {
        let level = serde_json::from_value::<QueueKey>(row.clone()).ok();
        let level = level.and_then(|key| within.get(&key).copied());
        let row: Map<String, Value> = serde_json::from_value(row).expect("an object");
        let text = |name: &str| row.get(name).and_then(Value::as_str).map(str::to_owned);
        let from = text("from").expect("a beginning").parse().expect("a time");
        let key = (from, text("agent"), text("queue"), text("channel"));
        let mut figures: Figures = row.into_iter().map(|(name, value)| (name, value.as_u64())).collect();
        if let Some(level) = level {
            figures.insert("answered_within".to_owned(), Some(level.answered_within));
            figures.insert("abandoned_within".to_owned(), Some(level.abandoned_within));
        }
        (key, figures)
    };
    rows.into_iter().map(row).collect()
}
