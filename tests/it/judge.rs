//! One invented day through the compiled functions, held against what really happened: clean, and under faults.

use jiff::SignedDuration;
use switchboard_simulator::model::Config;
use switchboard_tests::judge::Run;

/// A short day of a small centre, from seven in the morning until three in the afternoon.
fn centre() -> Config {
    let default = Config::default();
    Config {
        seed: 5,
        agents: 10,
        queues: 2,
        contacts_per_day: 220,
        from: default.from + SignedDuration::from_hours(7),
        duration: SignedDuration::from_hours(8),
        ..default
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_comes_out_as_it_was() {
    let report = Run::clean(centre()).judge(&mut drop).await;
    println!("{report}");
    assert!(report.is_good());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_day_comes_out_when_everything_fails_that_can() {
    let report = Run::rough(centre()).judge(&mut drop).await;
    println!("{report}");
    assert!(report.is_good());
}
