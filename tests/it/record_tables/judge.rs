//! The figures of the tables are the true ones, in whatever order the records came and however often.

use std::collections::BTreeMap;
use std::time::Instant;

use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use switchboard_core::interval::IntervalLength;
use switchboard_records::RecordTables;
use switchboard_records::intervals::{Attribution, Grain, IntervalQuery};
use switchboard_tests::figures::figure;
use switchboard_tests::record_figures::{AGENT_QUEUE, Columns, DISCONNECT, Figures, Key, QUEUE, rows};

use super::day::{DAY, Day};
use super::{save, soon, tables_in};
use crate::metric_tables::places::{Place, empty_places};

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
    compare(place, View::Queue, QUEUE, truth, &rows(values!(queues), &within));
    let queues = tables.queue_intervals_by_disconnect(&query, soon()).await.expect("rows");
    let within = tables.service_levels(&query, Attribution::Disconnect, 20, soon()).await.expect("counts");
    compare(place, View::Disconnect, DISCONNECT, truth, &rows(values!(queues), &within));
    let agents = tables.agent_queue_intervals(&query, soon()).await.expect("rows");
    compare(place, View::AgentQueue, AGENT_QUEUE, truth, &rows(values!(agents), &[]));
}

/// A line of the truth whose compared figures are all 0 need not be there.
fn compare(
    place: &str,
    view: View,
    compared: &Columns,
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
