//! Intervals.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sqlx::Row;
use switchboard_metrics::{
    api::ApiError,
    coverage::{Grid, Interval},
    rows::{Resource, ResourceKind, Sample},
    tables::Table,
};
use switchboard_simulator::connect_api::Faults;
use tokio::time::Instant;

use crate::{Office, noon, soon};

#[tokio::test]
async fn a_poll_that_is_repeated_writes_the_same_rows() {
    let office = Office::new(60, 200).await;
    let first = office.poller.history(office.at(0), soon()).await.unwrap();
    assert!(first.is_complete() && first.saved.written > 0, "{first}");
    let rows = "SELECT COUNT(*) FROM historical_metric_data";
    let before = office.count(rows).await;
    // The same moment, as when a message comes twice.
    let again = office.poller.history(noon(), soon()).await.unwrap();
    assert!(again.is_complete(), "{again}");
    assert!(office.count(rows).await >= before);
    let twice =
        "SELECT COUNT(*) - COUNT(DISTINCT queue_id || channel || start_time) FROM historical_metric_data";
    assert_eq!(office.count(twice).await, 0);
}

#[tokio::test]
async fn contacts_that_are_counted_late_are_in_the_end() {
    let office = Office::new(30, 100).await;
    let handled = "SELECT SUM(contacts_handled) FROM historical_metric_data WHERE start_time = '2026-11-20T11:55:00.000000Z'";
    office.poller.history(office.at(0), soon()).await.unwrap();
    let at_once = office.number(handled).await;
    for minute in [15, 60, 120] {
        office.poller.history(office.at(minute), soon()).await.unwrap();
    }
    let settled = office.number(handled).await;
    assert!(settled > at_once, "{at_once} at once, {settled} when it has settled");
}

#[tokio::test]
async fn averages_are_as_exact_as_they_came_and_what_is_missing_is_null() {
    let office = Office::new(60, 300).await;
    office.poller.history(office.at(0), soon()).await.unwrap();
    let row = office
        .row(
            "SELECT SUM(handle_time <> CAST(handle_time AS INTEGER)), \
             SUM(handle_time IS NULL AND contacts_handled = 0), \
             SUM(handle_time = 0 AND contacts_handled = 0), \
             SUM(service_level_threshold_seconds IS NOT 20) FROM historical_metric_data",
        )
        .await;
    let counts: [i64; 4] = std::array::from_fn(|column| row.get(column));
    assert!(counts[0] > 0, "averages with a fraction: {counts:?}");
    assert!(counts[1] > 0, "averages of nothing: {counts:?}");
    assert_eq!(counts[2..], [0, 0], "{counts:?}");
}

#[tokio::test]
async fn what_nobody_polled_for_is_made_good_by_the_polls_that_follow() {
    let office = Office::new(10, 20).await;
    let missing = async |now| {
        let within = Interval { start: noon() - SignedDuration::from_hours(6), end: now };
        let grid = Grid { within, step_seconds: 300, final_after: SignedDuration::from_hours(2) };
        office.poller.store().gaps(Table::History, &grid, soon()).await.unwrap().len()
    };
    assert_eq!(missing(office.at(0)).await, 72, "nothing was ever read");
    let mut left = Vec::new();
    for minute in (0..=150).step_by(5) {
        let outcome = office.poller.history(office.at(minute), soon()).await.unwrap();
        left.push(outcome.intervals_left);
    }
    assert!(left[0] > 200, "of 24 hours: {left:?}");
    assert_eq!(left.last(), Some(&0), "{left:?}");
    assert_eq!(missing(office.at(150)).await, 0);
}

#[tokio::test]
async fn half_an_interval_is_not_kept() {
    let office = Office::new(250, 60).await;
    office.poller.metadata(soon()).await.unwrap();
    // Time for one chunk of queues, and not for all three.
    office.api.set_faults(Faults { delay: Duration::from_secs(1), ..Faults::default() });
    let deadline = Instant::now() + Duration::from_secs(3);
    let outcome = office.poller.history(office.at(0), deadline).await.unwrap();
    assert_eq!(outcome.first_error, Some(ApiError::NoTime), "{outcome}");
    assert!(outcome.is_unchanged() && outcome.intervals == 0, "{outcome}");
    assert_eq!(office.count("SELECT COUNT(*) FROM historical_metric_data").await, 0);
    office.api.set_faults(Faults::default());
    let outcome = office.poller.history(office.at(5), soon()).await.unwrap();
    assert!(outcome.is_complete() && outcome.intervals > 0, "{outcome}");
}

#[tokio::test]
async fn quarters_of_an_hour_are_kept_by_queue_and_by_agent() {
    let office = Office::new(60, 200).await;
    let outcome = office.poller.intervals(office.at(0), soon()).await.unwrap();
    assert!(outcome.is_complete() && outcome.saved.written > 0, "{outcome}");
    let row = office
        .row(
            "SELECT COUNT(DISTINCT CASE resource_kind WHEN 'QUEUE' THEN resource_id END), \
             COUNT(DISTINCT CASE resource_kind WHEN 'USER' THEN resource_id END), \
             SUM(metric = 'SERVICE_LEVEL_LT_20'), SUM(metric = 'AGENT_OCCUPANCY' AND channel = ''), \
             SUM(value IS NULL), SUM(channel = 'EMAIL') FROM interval_metric_data",
        )
        .await;
    let counts: [i64; 6] = std::array::from_fn(|column| row.get(column));
    assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
}

#[tokio::test]
async fn days_are_backfilled_from_where_the_last_call_ended() {
    let office = Office::new(8, 16).await;
    let now = office.at(0);
    office.poller.intervals(now, soon()).await.unwrap();
    let first = office.poller.backfill(1, now, soon()).await.unwrap();
    assert!(first.is_complete() && first.intervals_left == 0, "{first}");
    let again = office.poller.backfill(1, now, soon()).await.unwrap();
    // What has not settled was read at this very moment; nothing is missing.
    assert_eq!(again.intervals, 0, "{again}");
    let quarters = office.count(
        "SELECT COUNT(DISTINCT start_time) FROM connect_interval_reads WHERE table_name = 'interval_metric_data'",
    );
    assert_eq!(quarters.await, 96);
}

#[tokio::test]
async fn of_a_queue_that_is_gone_before_an_interval_is_read_nothing_is_known() {
    let office = Office::new(10, 20).await;
    office.poller.metadata(soon()).await.unwrap();
    let now = office.at(0);
    while office.poller.history(now, soon()).await.unwrap().intervals_left > 0 {}
    let (ids, store) = (office.queue_ids().await, office.poller.store());
    let gone = &ids[0];
    // It was there until half an hour ago, and nobody polled for an hour.
    let rows = ids[1..].iter().map(|id| Resource {
        kind: ResourceKind::Queue,
        id: id.clone(),
        arn: String::new(),
        name: "Queue".to_owned(),
        status_type: None,
    });
    let later = office.at(60);
    let listed = Sample { sampled_at: Timestamp::now(), complete: false, rows: rows.collect() };
    store.save_metadata(&listed, &[ResourceKind::Queue], soon()).await.unwrap();
    let noticed = (later - SignedDuration::from_mins(30)).to_string().replace('Z', ".000000Z");
    office
        .execute(&format!("UPDATE connect_metadata SET deleted_at = '{noticed}' WHERE id = '{gone}'"))
        .await;
    let poller = office.cold_poller();
    while poller.history(later, soon()).await.unwrap().intervals_left > 0 {}
    let unknown = format!(
        "SELECT COUNT(*) FROM connect_unknown WHERE resource_kind = 'QUEUE' AND resource_id = '{gone}' \
         AND table_name = 'historical_metric_data' AND start_time < '{noticed}'"
    );
    assert_eq!(office.count(&unknown).await, 6, "of the half hour that it was there, and nobody read");
    let since = format!("SELECT COUNT(*) FROM connect_unknown WHERE start_time >= '{noticed}'");
    assert_eq!(office.count(&since).await, 0, "it was not there");
    let told = format!(
        "SELECT SUM(minutes_unknown) FROM queues_by_day WHERE day = '2026-11-20' AND queue_id = '{gone}'"
    );
    assert_eq!(office.count(&told).await, 30);
    let others =
        format!("SELECT COALESCE(SUM(minutes_unknown), 0) FROM queues_by_day WHERE queue_id <> '{gone}'");
    assert_eq!(office.count(&others).await, 0);
}

#[tokio::test]
async fn what_is_backfilled_shows_in_the_views_of_queues() {
    let office = Office::new(10, 40).await;
    office.poller.metadata(soon()).await.unwrap();
    // An outage of a day and a half: five minutes of before are forgotten.
    office.poller.history(office.at(0), soon()).await.unwrap();
    office.poller.intervals(office.at(0), soon()).await.unwrap();
    let now = office.at(36 * 60);
    let mut left = 1;
    while left > 0 {
        let outcome = office.poller.intervals(now, soon()).await.unwrap();
        assert!(outcome.is_complete() && outcome.intervals > 0, "{outcome}");
        left = outcome.intervals_left;
    }
    let whole = "SELECT MIN(minutes_read) FROM queues_by_day WHERE day = '2026-11-21'";
    assert_eq!(office.count(whole).await, 24 * 60, "a day within the outage is whole again");
    let handled = "SELECT SUM(value) FROM interval_metrics WHERE resource_kind = 'QUEUE' \
                   AND metric = 'CONTACTS_HANDLED' AND day = '2026-11-21'";
    let shown = "SELECT SUM(contacts_handled) FROM queues_by_day WHERE day = '2026-11-21'";
    let (handled, shown) = (office.number(handled).await, office.number(shown).await);
    assert!(handled > 0.0 && (handled - shown).abs() < 1e-6, "{handled}, {shown}");
    let minutes = "SELECT COUNT(DISTINCT interval_minutes) FROM queues_by_interval WHERE day = '2026-11-20'";
    assert_eq!(office.count(minutes).await, 2, "five minutes before the outage, quarters within");
}
