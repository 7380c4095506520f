//! Intervals of history: read again and again, and healed where they were missed.

use jiff::SignedDuration;
use switchboard_metrics::coverage::Grid;
use switchboard_metrics::rows::{HistoricalMetrics, IntervalMetric};
use switchboard_metrics::store::SaveReport;
use switchboard_metrics::tables::Table;

use super::places::places;
use super::*;

/// A queue in the five minutes from a minute on.
pub(super) fn five(queue: &str, minute: i64, values: &[(&'static str, f64)]) -> HistoricalMetrics {
    let interval = minutes(minute, minute + 5);
    HistoricalMetrics {
        queue_id: queue.to_owned(),
        channel: "VOICE".to_owned(),
        start_time: interval.start,
        end_time: interval.end,
        values: values.iter().map(|(name, value)| (*name, Some(*value))).collect(),
    }
}

/// A metric of an agent in the quarter of an hour from a minute on.
pub(super) fn quarter(user: &str, minute: i64, metric: &str, value: Option<f64>) -> IntervalMetric {
    let interval = minutes(minute, minute + 15);
    IntervalMetric {
        resource_kind: ResourceKind::User,
        resource_id: user.to_owned(),
        channel: String::new(),
        start_time: interval.start,
        end_time: interval.end,
        metric: metric.to_owned(),
        value,
    }
}

#[tokio::test]
async fn the_later_read_of_an_interval_counts() {
    for place in places().await {
        let store = place.open().await;
        let handled = |count| vec![five("q", 0, &[("contacts_handled", count), ("handle_time", 61.25)])];
        let save = async |second, count| {
            store
                .save_history(&complete(second, handled(count)), &[minutes(0, 5)], soon())
                .await
                .expect("saved")
        };
        assert_eq!(save(400, 3.0).await, SaveReport { written: 1, reset: 0, stale: 0 });
        assert_eq!(save(700, 4.0).await, SaveReport { written: 1, reset: 0, stale: 0 });
        assert_eq!(save(500, 2.0).await, SaveReport { written: 0, reset: 0, stale: 1 }, "{}", place.kind());
        assert_eq!(save(700, 4.0).await, SaveReport { written: 0, reset: 0, stale: 1 }, "{}", place.kind());
        // An empty answer is no proof that nothing happened.
        store.save_history(&complete(800, vec![]), &[], soon()).await.expect("saved");
        let stored = "SELECT CAST(CAST(contacts_handled AS bigint) AS text) FROM historical_metric_data";
        let exact = "SELECT CAST(handle_time AS text) FROM historical_metric_data";
        assert_eq!(place.sql(stored).await, ["4"], "{}", place.kind());
        assert_eq!(place.sql(exact).await, ["61.25"], "{}", place.kind());
        let missing = "SELECT hold_time FROM historical_metric_data WHERE hold_time IS NULL";
        assert_eq!(place.sql(missing).await.concat(), "", "no data is NULL on {}", place.kind());
    }
}

#[tokio::test]
async fn intervals_that_were_not_read_are_gaps_and_idle_ones_are_not() {
    for place in places().await {
        let store = place.open().await;
        let grid = |end| Grid {
            within: minutes(0, end),
            step_seconds: 300,
            final_after: SignedDuration::from_mins(30),
        };
        let gaps = async |end| {
            let gaps = store.gaps(Table::History, &grid(end), soon()).await.expect("gaps");
            gaps.iter().map(|gap| (gap.start.as_second() - at(0).as_second()) / 60).collect::<Vec<_>>()
        };
        assert_eq!(gaps(20).await, [0, 5, 10, 15], "{}", place.kind());
        // The second had no contact at all; the third was not read to the end.
        let read = [minutes(0, 5), minutes(5, 10)];
        let rows =
            vec![five("q", 0, &[("contacts_handled", 1.0)]), five("q", 10, &[("contacts_handled", 1.0)])];
        store.save_history(&partial(20 * 60, rows), &read, soon()).await.expect("saved");
        assert_eq!(gaps(20).await, [10, 15], "{}", place.kind());
        assert_eq!(
            gaps(36).await,
            [0, 10, 15, 20, 25, 30],
            "the first has settled since on {}",
            place.kind()
        );
        store.save_history(&complete(36 * 60, vec![]), &[minutes(0, 5)], soon()).await.expect("saved");
        // A late writer's older read changes nothing.
        store.save_history(&complete(21 * 60, vec![]), &[minutes(0, 5)], soon()).await.expect("saved");
        assert_eq!(gaps(36).await, [10, 15, 20, 25, 30], "{}", place.kind());
        let others = store.gaps(Table::Intervals, &grid(20), soon()).await.expect("gaps");
        assert_eq!(others.len(), 4, "each table has its own on {}", place.kind());
    }
}

#[tokio::test]
async fn a_metric_without_a_value_is_a_row_all_the_same() {
    for place in places().await {
        let store = place.open().await;
        let rows = vec![
            quarter("u", 0, "AGENT_OCCUPANCY", None),
            quarter("u", 0, "SUM_ONLINE_TIME_AGENT", Some(900.0)),
        ];
        let saved = store.save_intervals(&complete(0, rows), &[minutes(0, 15)], soon()).await;
        assert_eq!(saved, Ok(SaveReport { written: 2, reset: 0, stale: 0 }), "{}", place.kind());
        let null = "SELECT metric FROM interval_metric_data WHERE value IS NULL";
        assert_eq!(place.sql(null).await, ["AGENT_OCCUPANCY"], "{}", place.kind());
    }
}

#[tokio::test]
async fn what_is_the_same_is_not_written_and_keeps_older_reads_away() {
    for place in places().await {
        let store = place.open().await;
        let save = async |second, value| {
            let rows = vec![quarter("u", 0, "SUM_ONLINE_TIME_AGENT", value)];
            store
                .save_intervals(&complete(second, rows), &[minutes(0, 15)], soon())
                .await
                .expect("saved")
                .written
        };
        assert_eq!(save(1000, Some(600.0)).await, 1, "{}", place.kind());
        assert_eq!(save(2000, Some(600.0)).await, 0, "{}", place.kind());
        assert_eq!(save(1500, Some(300.0)).await, 0, "an older read on {}", place.kind());
        assert_eq!(save(3000, None).await, 1, "{}", place.kind());
        assert_eq!(save(4000, None).await, 0, "{}", place.kind());
        assert_eq!(save(5000, Some(900.0)).await, 1, "{}", place.kind());
        let value = "SELECT CAST(CAST(value AS bigint) AS text) FROM interval_metric_data";
        assert_eq!(place.sql(value).await, ["900"], "{}", place.kind());
    }
}
