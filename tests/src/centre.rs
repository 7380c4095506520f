//! Invented centres that are the same at whatever hour a test runs.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use switchboard_simulator::model::{Behaviour, Config, DailyProfile, Staffing};

/// A centre that is open, staffed and called at every hour of every day, whose history began so many hours ago and goes
/// on for a day: what is found of it now does not depend on when the test runs.
pub fn around_the_clock(queues: u32, agents: u32, hours_ago: i64) -> Config {
    let behaviour = Behaviour {
        profile: DailyProfile::CONSTANT,
        weekend: 1.0,
        has_opening_hours: false,
        ..Behaviour::default()
    };
    Config {
        queues,
        agents,
        contacts_per_day: (agents * 100).min(30_000),
        from: Timestamp::now() - SignedDuration::from_hours(hours_ago),
        duration: SignedDuration::from_hours(hours_ago + 24),
        zone: TimeZone::UTC,
        staffing: Staffing::Always,
        has_changes: false,
        behaviour,
        ..Config::default()
    }
}
