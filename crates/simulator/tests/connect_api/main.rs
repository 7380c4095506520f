//! The invented Connect API over the network.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "tests"
)]

mod limits;
mod raw;
mod sdk;
mod truth;

use jiff::{SignedDuration, Timestamp};
use switchboard_simulator::connect_api::{Clock, ConnectApi, Options, Quotas, Size};

/// By day: all queues are open.
const NOON: &str = "2026-11-20T12:00:00Z";

/// An API whose clock stands still and that nobody is throttled by, and the clock.
async fn api(queues: u32, users: u32) -> (ConnectApi, Clock) {
    let clock = Clock::stopped(NOON.parse().unwrap());
    let size = Size { queues, users };
    let options = Options { clock: clock.clone(), quotas: Quotas::unlimited(), ..Options::new(size) };
    (ConnectApi::start(options).await.unwrap(), clock)
}

fn noon() -> Timestamp {
    NOON.parse().unwrap()
}

/// Noon and so many minutes, in seconds since 1970.
fn minutes(minutes: i64) -> i64 {
    (noon() + SignedDuration::from_mins(minutes)).as_second()
}
