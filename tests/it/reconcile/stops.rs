//! A run that stops goes on in the next.

use std::{
    future,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use switchboard_simulator::connect_api::{Faults, Operation};
use switchboard_sql::SqlError;
use tokio::time::Instant;

use super::*;
use crate::record_tables::now;

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_interrupted_at_any_request_goes_on() {
    let api = centre().await;
    let withheld = one_in(31);
    for place in places() {
        let tables = tables_without(&place, &withheld).await;
        let mut runs = 0;
        for hour in hours() {
            loop {
                // Each run is another process, which ends in the middle of its second request at the earliest. What follows
                // the list is not kept, and takes four requests: so some runs are longer.
                let reconciler = reconciler(&api, &tables).await;
                runs += 1;
                let enough = api.calls().len() + 2 + runs % 5;
                let interruption = async {
                    while api.calls().len() < enough {
                        tokio::task::yield_now().await;
                    }
                };
                tokio::select! {
                    biased;
                    ended = reconciler.compare(hour, Check::Final, now(), soon()) => {
                        ended.expect("compared");
                        break;
                    }
                    () = interruption => {}
                }
            }
        }
        let reconciler = reconciler(&api, &tables).await;
        assert!(runs > hours().count(), "{runs}");
        assert_eq!(missing(&reconciler).await, withheld, "{} in {runs} runs", place.kind());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_runs_at_once_one_waits_for_the_other() {
    let api = centre().await;
    for place in places() {
        let tables = tables_in(&place).await;
        let (one, other) = (reconciler(&api, &tables).await, reconciler(&api, &tables).await);
        let busy = AtomicBool::new(false);
        let run = async |reconciler: &Reconciler, hour: Hour| {
            let work = Box::pin(async {
                assert!(!busy.swap(true, Ordering::SeqCst), "both at once");
                reconciler.compare(hour, Check::Final, now(), soon()).await.expect("compared");
                assert!(busy.swap(false, Ordering::SeqCst));
            });
            reconciler.tables().alone(soon(), work).await.expect("its turn");
        };
        let [first, second] = [0, 1].map(|nth| hours().nth(nth).expect("an hour"));
        tokio::join!(run(&one, first), run(&other, second), run(&one, second));
        // One that is killed holds up the others no longer than its lease lasts.
        let killed = one.tables().alone(soon(), future::pending::<()>());
        let taken = async {
            while place.sql("SELECT holder FROM reconciliation_leases").await.is_empty() {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! { _ = killed => panic!("it has no end"), () = taken => {} }
        let at_once = Instant::now() + Duration::from_secs(2);
        let refused = other.tables().alone(at_once, async {}).await;
        assert_eq!(refused, Err(SqlError::Deadline), "{}", place.kind());
        place
            .sql("UPDATE reconciliation_leases SET leased_until = '2026-01-01T00:00:00Z' RETURNING holder")
            .await;
        other.tables().alone(soon(), async {}).await.expect("its turn");
        assert_eq!(place.sql("SELECT holder FROM reconciliation_leases").await, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn throttling_and_failures_cost_time_alone() {
    let api = centre().await;
    let withheld = one_in(41);
    let place = Place::postgres();
    let tables = tables_without(&place, &withheld).await;
    api.set_faults(Faults { throttle_every: Some(3), ..Faults::default() });
    let reconciler = reconciler(&api, &tables).await;
    compare(&reconciler).await;
    assert_eq!(missing(&reconciler).await, withheld);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_without_its_contacts_is_no_proof() {
    let api = centre().await;
    let place = Place::postgres();
    let tables = tables_in(&place).await;
    let reconciler = reconciler(&api, &tables).await;
    api.set_faults(Faults { only: Some(Operation::SearchContacts), empty: true, ..Faults::default() });
    let hour = hours().nth(2).expect("an hour");
    reconciler.compare(hour, Check::Final, now(), soon()).await.expect("compared");
    let sum = summary(&reconciler).await;
    assert!(sum.listed > 0 && sum.missing == 0 && sum.unnamed == sum.listed, "{sum:?}");
}
