//! The figures of the tables are the true ones, in whatever order the records came and however often.

use std::collections::BTreeMap;
use std::time::Instant;

use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use serde_json::{Map, Value};
use switchboard_core::interval::IntervalLength;
use switchboard_records::RecordTables;
use switchboard_records::intervals::{Attribution, Grain, IntervalQuery, QueueKey, ServiceLevel};
use switchboard_tests::figures::figure;

use super::day::{DAY, Day, Figures, Key};
use super::{save, soon, tables_in};
use crate::metric_tables::places::{Place, empty_places};

/// A figure of the truth, and the column that must have it.
type Compared = [(&'static str, &'static str)];

const QUEUE: &Compared = &[
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

const AGENT_QUEUE: &Compared = &[
    ("wfm_answ_call_cnt", "answered"),
    ("wfm_transfer_out_call_cnt", "transfer_completed"),
    ("wfm_talking_call_dur", "interaction_seconds"),
    ("wfm_hold_call_dur", "hold_seconds"),
    ("wfm_wrap_up_dur", "after_contact_work_seconds"),
];

/// What records can't say is not among them: holds that the customer ended.
const DISCONNECT: &Compared = &[
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

/// Rows as JSON, whatever their type.
macro_rules! values {
    ($rows:expr) => {
        $rows.iter().map(|row| serde_json::to_value(row).expect("JSON")).collect::<Vec<_>>()
    };
}

/// Which lines of the truth a view has.
#[derive(Clone, Copy, PartialEq)]
enum View {
    Queue,
    AgentQueue,
    Disconnect,
}

#[tokio::test]
async fn the_figures_of_a_day_are_the_true_ones() {
    for place in empty_places() {
        let tables = tables_in(&place).await;
        let records: Vec<_> = DAY.records.iter().map(String::as_str).collect();
        let began = Instant::now();
        save(&tables, &records).await;
        let saved = began.elapsed();
        let began = Instant::now();
        tables.recompute(soon()).await.expect("sums");
        let computed = began.elapsed();
        let began = Instant::now();
        check(&tables, place.kind()).await;
        let read = began.elapsed();
        let what = format!("{} contact records into {}", records.len(), place.kind());
        figure(
            &what,
            format_args!("saved in {saved:.0?}, sums in {computed:.0?}, three views read in {read:.0?}"),
        );
    }
}

#[tokio::test]
async fn neither_order_nor_repeats_change_a_figure() {
    let random = &mut rand_chacha::ChaCha8Rng::seed_from_u64(7);
    for place in [Place::Sqlite(tempfile::tempdir().expect("a folder")), Place::postgres()] {
        let tables = tables_in(&place).await;
        let mut records: Vec<&str> = DAY.records.iter().map(String::as_str).collect();
        records = [records.clone(), records.clone(), records].concat();
        records.shuffle(random);
        // The sums are brought up to date while records still come.
        for part in records.chunks(records.len() / 3) {
            save(&tables, part).await;
            tables.recompute(soon()).await.expect("sums");
        }
        check(&tables, place.kind()).await;
    }
}

/// Asserts that the figures are the true ones, and all are settled.
pub(super) async fn check(tables: &RecordTables, place: &str) {
    let Day { from, to, truth, .. } = &*DAY;
    let zone = "Australia/Brisbane";
    let time_zone = jiff::tz::TimeZone::get(zone).expect("a zone");
    tables.add_to_calendar(zone, &time_zone, *from, *to, soon()).await.expect("a calendar");
    let query = IntervalQuery { zone, grain: Grain::Minutes(IntervalLength::Fifteen), from: *from, to: *to };
    let queues = tables.queue_intervals(&query, soon()).await.expect("rows");
    assert!(queues.iter().all(|row| row.settled && row.provisional == 0 && row.waiting == 0), "{place}");
    let within = tables.service_levels(&query, Attribution::Enqueue, 20, soon()).await.expect("counts");
    compare(place, View::Queue, QUEUE, truth, &figures(values!(queues), &within));
    let queues = tables.queue_intervals_by_disconnect(&query, soon()).await.expect("rows");
    let within = tables.service_levels(&query, Attribution::Disconnect, 20, soon()).await.expect("counts");
    compare(place, View::Disconnect, DISCONNECT, truth, &figures(values!(queues), &within));
    let agents = tables.agent_queue_intervals(&query, soon()).await.expect("rows");
    compare(place, View::AgentQueue, AGENT_QUEUE, truth, &figures(values!(agents), &[]));
}

/// Rows by key, each with its counts within the threshold.
fn figures(rows: Vec<Value>, within: &[ServiceLevel]) -> BTreeMap<Key, Figures> {
    let within: BTreeMap<&QueueKey, &ServiceLevel> = within.iter().map(|level| (&level.key, level)).collect();
    let row = |row: Value| {
        let row: Map<String, Value> = serde_json::from_value(row).expect("an object");
        let key: QueueKey = serde_json::from_value(Value::Object(row.clone())).expect("a key");
        let agent = row.get("agent").and_then(Value::as_str).map(str::to_owned);
        let mut figures: Figures = row.into_iter().map(|(name, value)| (name, value.as_u64())).collect();
        if let Some(level) = within.get(&key) {
            figures.insert("answered_within".to_owned(), Some(level.answered_within));
            figures.insert("abandoned_within".to_owned(), Some(level.abandoned_within));
        }
        ((key.from, agent, key.queue, key.channel), figures)
    };
    rows.into_iter().map(row).collect()
}

/// A line of the truth whose compared figures are all 0 need not be there.
fn compare(
    place: &str,
    view: View,
    compared: &Compared,
    truth: &BTreeMap<Key, Figures>,
    found: &BTreeMap<Key, Figures>,
) {
    let is_of_view = |(_, agent, queue, channel): &Key| match view {
        View::Queue | View::Disconnect => agent.is_none() && queue.is_some(),
        View::AgentQueue => agent.is_some() && channel.is_some(),
    };
    let nothing = Figures::new();
    let mut lines = 0;
    for (key, expected) in truth.iter().filter(|(key, _)| is_of_view(key)) {
        let row = found.get(key).unwrap_or(&nothing);
        for (figure, column) in compared {
            let (expected, found) = (expected[*figure], row.get(*column).copied().flatten());
            assert_eq!(found.unwrap_or(0), expected.unwrap_or(0), "{place}: {figure} of {key:?}");
        }
        lines += 1;
    }
    for key in found.keys() {
        assert!(truth.contains_key(key), "{place}: a row of {key:?}, of which there is no truth");
    }
    assert!(lines > 100 && found.len() > 100, "{place}: {lines} lines, {} rows", found.len());
}
