//! The invented Connect API over the network.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "tests"
)]

mod contacts;
mod limits;
mod moments;
mod raw;
mod sdk;
mod totals;
mod truth;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use switchboard_simulator::{
    connect_api::{Clock, ConnectApi, Options, Quotas},
    model::Config,
};

/// By day, on a Friday: all queues are open.
const NOON: &str = "2026-11-20T12:00:00Z";

/// A centre whose history begins a day and a half before noon, with the same queues and people all the time.
fn config(queues: u32, agents: u32) -> Config {
    Config {
        queues,
        agents,
        contacts_per_day: agents * 70,
        from: noon() - SignedDuration::from_hours(36),
        duration: SignedDuration::from_hours(48),
        zone: TimeZone::UTC,
        has_changes: false,
        ..Config::default()
    }
}

/// An API at noon whose clock stands still and that nobody is throttled by, and the clock.
async fn api(queues: u32, agents: u32) -> (ConnectApi, Clock) {
    of(config(queues, agents), noon()).await
}

/// One of that centre, at that moment.
async fn of(config: Config, at: Timestamp) -> (ConnectApi, Clock) {
    let clock = Clock::stopped(at);
    let options = Options { clock: clock.clone(), quotas: Quotas::unlimited(), ..Options::new(config) };
    (ConnectApi::start(options).await.unwrap(), clock)
}

fn noon() -> Timestamp {
    NOON.parse().unwrap()
}

/// Noon and so many minutes, in seconds since 1970.
fn minutes(minutes: i64) -> i64 {
    (noon() + SignedDuration::from_mins(minutes)).as_second()
}
