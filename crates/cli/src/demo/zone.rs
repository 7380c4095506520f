//! The time zone of a demo.

use anyhow::Context;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};

/// Zones all around the world, an hour or less apart.
const ZONES: [&str; 25] = [
    "Pacific/Auckland",
    "Pacific/Noumea",
    "Australia/Brisbane",
    "Asia/Tokyo",
    "Asia/Singapore",
    "Asia/Bangkok",
    "Asia/Dhaka",
    "Asia/Karachi",
    "Asia/Dubai",
    "Africa/Nairobi",
    "Africa/Johannesburg",
    "Europe/Stockholm",
    "Europe/London",
    "Atlantic/Azores",
    "Atlantic/South_Georgia",
    "America/Sao_Paulo",
    "America/Halifax",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
    "Pacific/Pago_Pago",
    "Pacific/Tongatapu",
];

/// The time that a demo begins at.
const ELEVEN_SECONDS: i64 = 11 * 3600;

/// A zone in which it is about eleven in the morning at that moment.
///
/// # Errors
/// If no zone is known.
pub(super) fn where_it_is_eleven(now: Timestamp) -> anyhow::Result<TimeZone> {
    let zones = ZONES.iter().filter_map(|name| TimeZone::get(name).ok());
    let nearest = zones.min_by_key(|zone| {
        let local = now.to_zoned(zone.clone());
        let since = local.start_of_day().map_or(SignedDuration::ZERO, |start| local.duration_since(&start));
        (since.as_secs() - ELEVEN_SECONDS).abs()
    });
    nearest.context("no time zone is known")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_between_ten_and_twelve_whenever_it_starts() {
        let start: Timestamp = "2026-06-30T00:00:00Z".parse().unwrap();
        for hour in 0..24 * 400 {
            let now = start + SignedDuration::from_hours(hour);
            let local = now.to_zoned(where_it_is_eleven(now).unwrap());
            assert!((10..=12).contains(&local.hour()), "{local}");
        }
    }
}
