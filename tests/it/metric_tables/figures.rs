//! What the tables cost.

use switchboard_metrics::catalogue::HISTORY;
use switchboard_metrics::rows::HistoricalMetrics;
use switchboard_tests::figures::figure;

use super::places::Place;
use super::*;

const USERS: usize = 1200;
const QUEUES: usize = 250;

fn users() -> Vec<CurrentUser> {
    (0..USERS).map(|n| user(&format!("7a9f2c1e-4b6d-4e8a-9c3f-{n:012}"))).collect()
}

fn queues() -> Vec<CurrentMetrics> {
    (0..QUEUES).map(|n| queue(&format!("5d1b0e2a-4b6d-4e8a-9c3f-{n:012}"), "VOICE", 3.0)).collect()
}

/// The last two hours, read again.
fn history() -> Vec<HistoricalMetrics> {
    let all: Vec<_> = HISTORY.iter().map(|metric| (metric.column, 12.5)).collect();
    let of = |minute: i64| (0..QUEUES).map(move |n| (minute, format!("5d1b0e2a-4b6d-4e8a-9c3f-{n:012}")));
    (0..24)
        .flat_map(|n| of(n * 5))
        .map(|(minute, queue)| super::history::five(&queue, minute, &all))
        .collect()
}

#[tokio::test]
async fn ten_polls_of_1200_agents() {
    for place in [Place::postgres(), Place::data_api(), Place::Sqlite(tempfile::tempdir().expect("a folder"))]
    {
        let store = place.open().await;
        store.migrate(soon()).await.expect("tables");
        store.save_current_users(&complete(0, users()), soon()).await.expect("saved");
        drop(store);
        place.forget_time().await;
        let store = place.open().await;
        let (began, trips) = (std::time::Instant::now(), store.round_trips());
        for poll in 1..=10 {
            let saved = store.save_current_users(&complete(poll * 10, users()), soon()).await.expect("saved");
            assert_eq!(saved.written, 1200);
        }
        let took = began.elapsed().as_millis();
        let trips = store.round_trips() - trips;
        let what = format!("10 polls of 1,200 agents into {}", place.kind());
        drop(store);
        let in_it = place.database_millis().await.map(|millis| format!(" (in the database {millis} ms)"));
        let in_it = in_it.unwrap_or_default();
        figure(&what, format_args!("{took} ms{in_it}, {trips} round trips"));
    }
}

#[tokio::test]
async fn a_full_tick_takes_few_round_trips() {
    for place in [Place::postgres(), Place::data_api()] {
        let store = place.open().await;
        store.migrate(soon()).await.expect("tables");
        let trips = store.round_trips();
        store.save_current_metrics(&complete(0, queues()), soon()).await.expect("saved");
        store.save_current_users(&complete(0, users()), soon()).await.expect("saved");
        store.save_history(&complete(0, history()), &[minutes(0, 5)], soon()).await.expect("saved");
        let trips = store.round_trips() - trips;
        assert!(trips < 10, "{trips} round trips");
        let what =
            format!("a full tick of 250 queues, 1,200 agents and 2 hours of history into {}", place.kind());
        figure(&what, format_args!("{trips} round trips"));
    }
}
