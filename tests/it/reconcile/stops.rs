//! A run that stops goes on in the next.

use switchboard_simulator::connect_api::{Faults, Operation};

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
