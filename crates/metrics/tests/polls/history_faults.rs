//! What goes wrong on the way to history.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use switchboard_metrics::{
    api::ApiError,
    rows::{ResourceKind, Sample},
    tables::Table,
};
use switchboard_simulator::connect_api::{Faults, Operation};
use tokio::time::Instant;

use crate::{Office, soon};

const OPERATIONS: [(Operation, Table); 2] =
    [(Operation::GetMetricData, Table::History), (Operation::GetMetricDataV2, Table::Intervals)];

/// Polls one of the two.
async fn poll(office: &Office, table: Table, now: Timestamp) -> switchboard_metrics::poll::PollReport {
    match table {
        Table::History => office.poller.history(now, soon()).await.unwrap(),
        _ => office.poller.intervals(now, soon()).await.unwrap(),
    }
}

#[tokio::test]
async fn a_third_of_the_calls_throttled_is_waited_out() {
    let office = Office::new(20, 40).await;
    office.poller.metadata(soon()).await.unwrap();
    for (operation, table) in OPERATIONS {
        office.api.set_faults(Faults { only: Some(operation), throttle_every: Some(3), ..Faults::default() });
        office.api.forget_calls();
        let outcome = poll(&office, table, office.at(0)).await;
        assert!(outcome.is_complete() && outcome.saved.written > 0 && outcome.intervals > 0, "{outcome}");
        assert!(office.api.calls().iter().any(|call| call.status == 429), "{table:?}");
    }
}

#[tokio::test]
async fn an_interval_with_a_failing_page_or_a_repeated_token_is_left_as_it_was_and_healed() {
    let office = Office::new(250, 400).await;
    office.poller.metadata(soon()).await.unwrap();
    for (operation, table) in OPERATIONS {
        for repeat_token in [false, true] {
            // Five minutes of a hundred queues fill no second page.
            let page = if table == Table::History { 1 } else { 2 };
            let fail_page = (!repeat_token).then_some(page);
            office.api.set_faults(Faults {
                only: Some(operation),
                fail_page,
                repeat_token,
                ..Faults::default()
            });
            let outcome = poll(&office, table, office.at(0)).await;
            let is_told = match outcome.first_error {
                Some(ApiError::RepeatedToken) => repeat_token,
                Some(ApiError::Unavailable(_)) => !repeat_token,
                _ => false,
            };
            assert!(is_told && outcome.intervals_left > 0, "{outcome}");
            let rows = format!("SELECT COUNT(*) FROM {}", table.name());
            assert_eq!((outcome.intervals, office.count(&rows).await), (0, 0), "{outcome}");
        }
        office.api.set_faults(Faults::default());
        let healed = poll(&office, table, office.at(0)).await;
        assert!(healed.is_complete() && healed.intervals > 0 && healed.saved.written > 0, "{healed}");
    }
}

#[tokio::test]
async fn quarters_are_saved_one_by_one_as_far_as_time_goes() {
    let office = Office::new(20, 40).await;
    office.poller.metadata(soon()).await.unwrap();
    // A quarter is three queries, of at least 400 ms each; a day of them does not fit, and on a slow machine one does.
    let delay = Duration::from_millis(400);
    office.api.set_faults(Faults { delay, ..Faults::default() });
    let outcome =
        office.poller.backfill(1, office.at(0), Instant::now() + Duration::from_secs(10)).await.unwrap();
    assert_eq!(outcome.first_error, Some(ApiError::NoTime), "{outcome}");
    assert!(outcome.intervals > 0 && outcome.saved.written > 0 && outcome.intervals_left > 0, "{outcome}");
    let read = office
        .count("SELECT COUNT(*) FROM connect_interval_reads WHERE table_name = 'interval_metric_data'")
        .await;
    assert_eq!(usize::try_from(read).unwrap(), outcome.intervals);
}

#[tokio::test]
async fn names_listed_beside_a_poll_that_needed_some_of_them_are_all_kept() {
    let office = Office::new(30, 60).await;
    // The queues alone are listed, for want of any, while a list of all that began earlier is under way.
    office.poller.current(soon()).await.unwrap();
    let store = office.poller.store();
    let mut rows = Vec::new();
    for kind in ResourceKind::ALL {
        rows.extend(office.poller.connect().list(kind, soon()).await.unwrap());
    }
    let all = rows.len();
    let sampled_at = Timestamp::now() - SignedDuration::from_secs(20);
    let listed = Sample { sampled_at, complete: true, rows };
    let saved = store.save_metadata(&listed, &ResourceKind::ALL, soon()).await.unwrap();
    assert_eq!((saved.written, saved.stale), (u64::try_from(all - 30).unwrap(), 30), "but the queues");
    for (kind, count) in [(ResourceKind::Queue, 30), (ResourceKind::User, 60)] {
        assert_eq!(store.resources(kind, soon()).await.unwrap().len(), count);
    }
}

/// When a table was complete for the last time.
async fn complete_at(office: &Office, table: Table) -> Option<Timestamp> {
    let tables = office.poller.store().freshness(soon()).await.unwrap();
    tables.into_iter().find(|one| one.table == table.name()).unwrap().complete_at
}

#[tokio::test]
async fn a_table_is_as_fresh_as_its_newest_interval_whatever_gaps_it_has() {
    let office = Office::new(20, 40).await;
    office.poller.metadata(soon()).await.unwrap();
    for (operation, table) in OPERATIONS {
        let now = office.at(0);
        let step = if table == Table::History { 5 } else { 15 };
        // One before the newest is never answered for.
        let fail_from = Some(now - SignedDuration::from_mins(2 * step));
        office.api.set_faults(Faults { only: Some(operation), fail_from, ..Faults::default() });
        let outcome = poll(&office, table, now).await;
        assert!(outcome.first_error.is_some() && outcome.intervals > 0, "{outcome}");
        assert_eq!(complete_at(&office, table).await, Some(now), "{table:?}: it is up to date");

        // The newest is not answered for, while a gap is read.
        let later = office.at(step);
        office.api.set_faults(Faults { only: Some(operation), fail_from: Some(now), ..Faults::default() });
        let outcome = poll(&office, table, later).await;
        assert!(outcome.first_error.is_some() && outcome.intervals > 0, "{outcome}");
        assert_eq!(complete_at(&office, table).await, Some(now), "{table:?}: it is not up to date");
    }
}
