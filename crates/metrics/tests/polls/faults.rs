//! What goes wrong on the way.

use std::time::Duration;

use jiff::Timestamp;
use sqlx::Row;
use switchboard_metrics::{
    api::{ApiError, Connect},
    rows::{Resource, ResourceKind, Sample},
    settings::RequestRate,
    tables::Table,
};
use switchboard_simulator::connect_api::{Faults, Operation};
use tokio::time::Instant;

use crate::{Office, soon};

const PICTURE: &str = "SELECT group_concat(queue_id || channel || in_queue || agents_online || last_updated_at) \
                       FROM (SELECT * FROM current_metric_data ORDER BY queue_id, channel)";

async fn picture(office: &Office) -> String {
    office.row(PICTURE).await.get(0)
}

#[tokio::test]
async fn a_third_of_the_calls_throttled_is_a_complete_poll() {
    let office = Office::new(250, 600).await;
    office.api.set_faults(Faults { throttle_every: Some(3), ..Faults::default() });
    let metadata = office.poller.metadata(soon()).await.unwrap();
    let current = office.poller.current(soon()).await.unwrap();
    let users = office.poller.users(soon()).await.unwrap();
    for outcome in [&metadata, &current, &users] {
        assert!(outcome.is_complete() && outcome.saved.written > 0, "{outcome}");
    }
    let counts = office.poller.connect().counts();
    let throttled = office.api.calls().iter().filter(|call| call.status == 429).count();
    assert!(throttled > 5, "{throttled}");
    assert_eq!(counts.attempts, u64::try_from(office.api.calls().len()).unwrap());
    assert_eq!(counts.attempts - counts.requests, u64::try_from(throttled).unwrap());
}

#[tokio::test]
async fn a_page_that_fails_leaves_what_it_would_have_told_as_it_was() {
    let office = Office::new(250, 600).await;
    office.poller.current(soon()).await.unwrap();
    let rows = "SELECT COUNT(*) FROM current_metric_data";
    let old =
        "SELECT COUNT(*) FROM current_metric_data WHERE last_updated_at = '2026-11-20T12:00:00.000000Z'";
    let before = office.count(rows).await;
    office.at(14 * 60);
    office.api.set_faults(Faults { fail_page: Some(2), ..Faults::default() });
    let outcome = office.poller.current(soon()).await.unwrap();
    assert!(matches!(outcome.first_error, Some(ApiError::Unavailable(_))), "{outcome}");
    assert_eq!(outcome.saved.reset, 0, "nothing is taken for idle: {outcome}");
    assert!(outcome.saved.written > 0, "{outcome}");
    let untouched = office.count(old).await;
    assert!(untouched > 0 && untouched < before, "{untouched} of {before}");
    office.api.set_faults(Faults::default());
    office.at(14 * 60 + 1);
    let outcome = office.poller.current(soon()).await.unwrap();
    assert!(outcome.is_complete() && outcome.saved.reset > 0, "{outcome}");
}

#[tokio::test]
async fn a_token_that_comes_again_ends_the_poll_and_nothing_is_taken_for_gone() {
    let office = Office::new(60, 300).await;
    office.poller.users(soon()).await.unwrap();
    office.poller.current(soon()).await.unwrap();
    office.at(14 * 60);
    office.api.set_faults(Faults { repeat_token: true, ..Faults::default() });
    office.api.forget_calls();
    let users = office.poller.users(soon()).await.unwrap();
    let current = office.poller.current(soon()).await.unwrap();
    for outcome in [&users, &current] {
        assert_eq!(outcome.first_error, Some(ApiError::RepeatedToken), "{outcome}");
        assert_eq!(outcome.saved.reset, 0, "{outcome}");
    }
    assert!(office.api.calls().len() < 20, "it ends: {}", office.api.calls().len());
}

#[tokio::test]
async fn an_api_too_slow_for_the_deadline_changes_nothing_and_says_so() {
    let office = Office::new(60, 50).await;
    office.poller.current(soon()).await.unwrap();
    let before = picture(&office).await;
    office.at(5);
    office.api.set_faults(Faults { delay: Duration::from_mins(1), ..Faults::default() });
    let deadline = Instant::now() + Duration::from_millis(800);
    let outcome = office.poller.current(deadline).await.unwrap();
    assert!(outcome.is_unchanged(), "{outcome}");
    assert_eq!(outcome.first_error, Some(ApiError::NoTime));
    assert_eq!(outcome.to_string(), "current_metric_data: unchanged; incomplete: no time left");
    assert_eq!(picture(&office).await, before);
}

#[tokio::test]
async fn a_slow_api_is_waited_for() {
    let office = Office::new(60, 50).await;
    office.api.set_faults(Faults { delay: Duration::from_millis(300), ..Faults::default() });
    let outcome = office.poller.current(soon()).await.unwrap();
    assert!(outcome.is_complete() && outcome.saved.written > 0, "{outcome}");
}

#[tokio::test]
async fn an_answer_broken_off_is_no_answer() {
    let office = Office::new(60, 50).await;
    office.poller.current(soon()).await.unwrap();
    let before = picture(&office).await;
    office.at(14 * 60);
    office.api.set_faults(Faults { unreadable: true, ..Faults::default() });
    let outcome = office.poller.current(soon()).await.unwrap();
    assert_eq!(outcome.first_error, Some(ApiError::NotUnderstood), "{outcome}");
    assert!(outcome.is_unchanged(), "{outcome}");
    assert_eq!(picture(&office).await, before);
}

#[tokio::test]
async fn a_list_that_fails_leaves_its_kind_as_it_was() {
    let office = Office::new(60, 50).await;
    office.poller.metadata(soon()).await.unwrap();
    office.api.set_faults(Faults {
        only: Some(Operation::ListQueues),
        repeat_token: true,
        ..Faults::default()
    });
    let complete_at = async || {
        let of_all = office.poller.store().freshness(soon()).await.unwrap();
        of_all.into_iter().find(|one| one.table == "connect_metadata").unwrap().complete_at
    };
    let complete = complete_at().await;
    assert!(complete.is_some());
    let outcome = office.poller.metadata(soon()).await.unwrap();
    assert_eq!(complete_at().await, complete, "names are not complete without queues");
    assert_eq!(outcome.first_error, Some(ApiError::RepeatedToken), "{outcome}");
    assert!(outcome.saved.written > 0 && outcome.saved.reset == 0, "the other kinds are listed: {outcome}");
    let queues = office.poller.store().resources(ResourceKind::Queue, soon()).await.unwrap();
    assert_eq!(queues.len(), 60);
}

#[tokio::test]
async fn an_instance_that_is_not_there_is_asked_once() {
    let office = Office::new(60, 50).await;
    let elsewhere =
        "arn:aws:connect:ap-southeast-2:111122223333:instance/00000000-0000-4000-8000-00000000dead"
            .parse()
            .unwrap();
    let rate = RequestRate::new(100.0).unwrap();
    let connect = Connect::new(&crate::config(&office.api), elsewhere, rate);
    let queues: Vec<_> = (0..250).map(|n| n.to_string()).collect();
    let response = connect.current_metrics(&queues, soon()).await;
    assert_eq!(response.error, Some(ApiError::Rejected("ResourceNotFoundException".to_owned())));
    assert_eq!(connect.counts().attempts, 1, "neither repeated nor asked for the other queues");
}

#[tokio::test]
async fn a_queue_that_was_deleted_costs_one_poll() {
    let office = Office::new(60, 50).await;
    office.poller.metadata(soon()).await.unwrap();
    let deleted = Resource {
        kind: ResourceKind::Queue,
        id: "00000000-0000-4000-8000-00000000dead".to_owned(),
        arn: String::new(),
        name: "Deleted".to_owned(),
        status_type: None,
    };
    let sample = Sample { sampled_at: Timestamp::now(), complete: false, rows: vec![deleted] };
    office.poller.store().save_metadata(&sample, &[], soon()).await.unwrap();
    // It reads the table's list.
    let poller = office.cold_poller();
    let refused = poller.current(soon()).await.unwrap();
    assert_eq!(
        refused.first_error,
        Some(ApiError::Rejected("ResourceNotFoundException".to_owned())),
        "{refused}"
    );
    let next = poller.current(soon()).await.unwrap();
    assert!(next.is_complete() && next.saved.written > 0, "{next}");
    let queues = office.poller.store().resources(ResourceKind::Queue, soon()).await.unwrap();
    assert_eq!(queues.len(), 60, "the deleted one is gone");
}

#[tokio::test]
async fn an_empty_list_is_no_proof_that_all_is_gone() {
    let office = Office::new(60, 50).await;
    office.poller.metadata(soon()).await.unwrap();
    office.poller.current(soon()).await.unwrap();
    let before = picture(&office).await;
    office.at(14 * 60);
    office.api.set_faults(Faults { only: Some(Operation::ListQueues), empty: true, ..Faults::default() });
    let told = office.poller.metadata(soon()).await.unwrap();
    assert_eq!(told.first_error, Some(ApiError::EmptyList("QUEUE")), "nothing was told: {told}");
    let polled = office.poller.current(soon()).await.unwrap();
    assert!(
        polled.is_complete() && polled.saved.written > 0,
        "the queues that are known are asked for: {polled}"
    );
    assert_ne!(picture(&office).await, before);
}

#[tokio::test]
async fn where_no_queue_is_known_nothing_is_known_of_any_time() {
    let office = Office::new(60, 50).await;
    office.api.set_faults(Faults { only: Some(Operation::ListQueues), empty: true, ..Faults::default() });
    let (current, history) = (
        office.poller.current(soon()).await.unwrap(),
        office.poller.history(office.at(0), soon()).await.unwrap(),
    );
    for outcome in [current, history] {
        assert_eq!(outcome.first_error, Some(ApiError::EmptyList("QUEUE")), "{outcome}");
        assert_eq!(outcome.intervals, 0, "{outcome}");
    }
    assert_eq!(office.count("SELECT COUNT(*) FROM connect_interval_reads").await, 0);
}

#[tokio::test]
async fn an_instance_without_users_is_complete_until_it_had_one() {
    let office = Office::new(6, 5).await;
    office.api.set_faults(Faults { only: Some(Operation::ListUsers), empty: true, ..Faults::default() });
    let new = office.poller.metadata(soon()).await.unwrap();
    assert!(new.is_complete(), "{new}");
    office.api.set_faults(Faults::default());
    office.poller.metadata(soon()).await.unwrap();
    office.api.set_faults(Faults { only: Some(Operation::ListUsers), empty: true, ..Faults::default() });
    let emptied = office.poller.metadata(soon()).await.unwrap();
    assert_eq!(emptied.first_error, Some(ApiError::EmptyList("USER")), "{emptied}");
}

#[tokio::test]
async fn a_metric_that_is_refused_costs_itself_and_is_named() {
    let office = Office::new(6, 12).await;
    for (metric, table, others) in [
        (
            "ESTIMATED_WAIT_TIME",
            Table::CurrentMetrics,
            "SELECT COUNT(*) FROM current_metric_data WHERE agents_online > 0",
        ),
        (
            "SERVICE_LEVEL",
            Table::History,
            "SELECT COUNT(*) FROM historical_metric_data WHERE contacts_handled > 0",
        ),
        (
            "SUM_RETRY_CALLBACK_ATTEMPTS",
            Table::Intervals,
            "SELECT COUNT(*) FROM interval_metric_data WHERE metric = 'CONTACTS_QUEUED'",
        ),
    ] {
        office.api.set_faults(Faults { refuse: Some(metric), ..Faults::default() });
        let outcome = match table {
            Table::CurrentMetrics => office.poller.current(soon()).await,
            Table::History => office.poller.history(office.at(0), soon()).await,
            _ => office.poller.intervals(office.at(0), soon()).await,
        };
        let outcome = outcome.unwrap();
        assert!(outcome.is_complete() && outcome.saved.written > 0, "{outcome}");
        assert_eq!(outcome.refused_metrics, [metric]);
        assert!(outcome.to_string().contains(metric), "{outcome}");
        assert!(office.count(others).await > 0, "{table:?}");
    }
}

#[tokio::test]
async fn an_api_without_email_is_read_for_the_other_channels_everywhere() {
    let office = Office::new(60, 50).await;
    office.api.set_faults(Faults { refuse: Some("EMAIL"), ..Faults::default() });
    let now = office.at(0);
    for outcome in [
        office.poller.current(soon()).await.unwrap(),
        office.poller.history(now, soon()).await.unwrap(),
        office.poller.intervals(now, soon()).await.unwrap(),
    ] {
        assert!(outcome.is_complete() && outcome.saved.written > 0, "{outcome}");
        assert!(outcome.refused_metrics.is_empty(), "{outcome}");
    }
    let of_v2 = office.api.calls().into_iter().filter(|call| call.operation == Operation::GetMetricDataV2);
    assert!(of_v2.into_iter().all(|call| call.filter_values <= 100 && call.status == 200));
}
