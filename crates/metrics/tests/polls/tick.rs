//! What a tick costs.

use jiff::{SignedDuration, Timestamp};
use switchboard_metrics::{
    coverage::{Grid, Interval},
    rows::Sample,
};
use switchboard_simulator::connect_api::Operation;

use crate::{Office, soon};

/// 250 queues and 1,200 users: a request an agent and four statements each would be too slow.
#[tokio::test]
async fn a_full_tick_of_a_large_centre_is_few_queries_and_few_round_trips() {
    let office = Office::new(250, 1200).await;
    office.poller.metadata(soon()).await.unwrap();
    // In the middle of a day: there are no gaps but the new ones.
    read_until(&office, office.at(150)).await;
    let now = office.at(155);
    office.api.forget_calls();
    let (asked, trips) = (office.poller.connect().counts(), office.poller.store().round_trips());
    let polls = [
        office.poller.current(soon()).await.unwrap(),
        office.poller.users(soon()).await.unwrap(),
        office.poller.history(now, soon()).await.unwrap(),
        office.poller.intervals(now, soon()).await.unwrap(),
    ];
    for outcome in &polls {
        assert!(outcome.is_complete() && outcome.saved.written > 0, "{outcome}");
        println!("{outcome}");
    }
    let asked = office.poller.connect().counts().since(asked);
    let trips = office.poller.store().round_trips() - trips;
    println!("{} queries, {} requests with their pages; {trips} round trips", asked.queries, asked.requests);
    assert!(asked.queries < 30, "{asked:?}");
    let lists = [Operation::ListQueues, Operation::ListUsers].map(|list| office.calls(list));
    assert_eq!(lists, [0, 0]);
    assert_eq!(asked.attempts, asked.requests, "nothing was repeated");
}

/// Notes every interval of a day as read, as polls until then would have done.
async fn read_until(office: &Office, now: Timestamp) {
    let intervals = |step_seconds| {
        let within = Interval { start: now - SignedDuration::from_hours(25), end: now };
        let grid = Grid { within, step_seconds, final_after: SignedDuration::ZERO };
        grid.intervals().collect::<Vec<_>>()
    };
    let store = office.poller.store();
    let none = Sample { sampled_at: now, complete: true, rows: Vec::new() };
    store.save_history(&none, &intervals(300), soon()).await.unwrap();
    let none = Sample { sampled_at: now, complete: true, rows: Vec::new() };
    store.save_intervals(&none, &intervals(900), soon()).await.unwrap();
}
