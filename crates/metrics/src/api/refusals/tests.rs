use std::{cell::RefCell, collections::BTreeSet, time::Duration};

use proptest::prelude::*;

use super::*;

const METRICS: [&str; 14] = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N"];

fn query(names_channels: bool) -> Query<'static> {
    Query { table: Table::CurrentMetrics, grouping: "", metrics: &METRICS, names_channels }
}

fn refusal() -> ApiError {
    ApiError::Rejected("InvalidParameterException".to_owned())
}

/// Queries an API that knows neither these metrics nor, maybe, e-mail: the rows, and the number of requests.
fn query_api(
    refusals: &Refusals,
    query: Query<'_>,
    unknown: &BTreeSet<&str>,
    knows_email: bool,
) -> (Result<Vec<&'static str>, ApiError>, usize) {
    let requests = RefCell::new(0);
    let mut rows = Vec::new();
    let page = async |wanted: &Wanted, _| {
        *requests.borrow_mut() += 1;
        let is_known = wanted.metrics.iter().all(|name| !unknown.contains(name));
        if !is_known || (query.names_channels && !knows_email && !wanted.email_unsupported) {
            return Err(refusal());
        }
        Ok(Page { items: wanted.metrics.clone(), next: None })
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let outcome = runtime.block_on(async {
        let rate = RateLimiter::new(250.0, 10_000.0);
        let deadline = Instant::now() + Duration::from_mins(10);
        refusals.read(query, &rate, deadline, &mut rows, page).await
    });
    rows.sort_unstable();
    (outcome.map(|()| rows), requests.into_inner())
}

#[test]
fn a_refused_metric_is_left_out_from_then_on_and_named() {
    let refusals = Refusals::default();
    let unknown = BTreeSet::from(["K"]);
    let (answered, _) = query_api(&refusals, query(false), &unknown, true);
    let others: Vec<_> = METRICS.into_iter().filter(|name| *name != "K").collect();
    assert_eq!(answered, Ok(others.clone()));
    assert_eq!(refusals.metrics(Table::CurrentMetrics), ["K"]);
    assert_eq!(refusals.metrics(Table::History), [""; 0]);
    assert_eq!(query_api(&refusals, query(false), &unknown, true), (Ok(others), 1), "one request");
}

#[test]
fn where_nothing_is_answered_no_metric_is_blamed_and_it_is_taken_apart_once() {
    let refusals = Refusals::default();
    let unknown = BTreeSet::from(METRICS);
    let (answered, first) = query_api(&refusals, query(false), &unknown, true);
    assert_eq!((answered, refusals.metrics(Table::CurrentMetrics)), (Err(refusal()), Vec::new()));
    let (answered, second) = query_api(&refusals, query(false), &unknown, true);
    assert_eq!((answered, second), (Err(refusal()), 1));
    assert!(first > second);
}

#[test]
fn a_failure_half_way_leaves_no_rows_of_some_metrics() {
    let refusals = Refusals::default();
    let mut rows = Vec::new();
    let page = async |wanted: &Wanted, _| match wanted.metrics.len() {
        14 => Err(refusal()),
        7 if wanted.has("A") => Err(ApiError::Throttled),
        _ => Ok(Page { items: wanted.metrics.clone(), next: None }),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let outcome = runtime.block_on(async {
        let rate = RateLimiter::new(250.0, 10_000.0);
        let deadline = Instant::now() + Duration::from_mins(10);
        refusals.read(query(false), &rate, deadline, &mut rows, page).await
    });
    assert_eq!((outcome, rows), (Err(ApiError::Throttled), Vec::new()));
}

proptest! {
    #[test]
    fn exactly_what_is_not_known_is_missing(
        unknown in prop::sample::subsequence(METRICS.to_vec(), 0..METRICS.len()),
        knows_email in any::<bool>(),
        names_channels in any::<bool>(),
    ) {
        let refusals = Refusals::default();
        let unknown: BTreeSet<_> = unknown.into_iter().collect();
        let known: Vec<_> = METRICS.into_iter().filter(|name| !unknown.contains(name)).collect();
        let (answered, _) = query_api(&refusals, query(names_channels), &unknown, knows_email);
        prop_assert_eq!(answered, Ok(known.clone()));
        prop_assert_eq!(refusals.metrics(Table::CurrentMetrics), unknown.iter().copied().collect::<Vec<_>>());
        prop_assert_eq!(query_api(&refusals, query(names_channels), &unknown, knows_email), (Ok(known), 1));
    }
}
