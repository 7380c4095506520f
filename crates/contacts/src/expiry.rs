//! When what is kept of a contact may go.
//!
//! A contact's status and its history expire together, a retention after the contact's last event, by the events' own
//! times: an event that comes late makes nothing younger than it is. What has not ended may have no events for long, and does not
//! expire until its channel's [longest life](switchboard_core::contact_life::longest_life) is over. Of one that only a flow's log
//! tells of no channel is known, and perhaps nobody will tell its end: it expires as if it had ended, unless it waits (in a queue,
//! for its callback, for the time that it is scheduled for).

use jiff::Timestamp;
use switchboard_core::contact_life::longest_life;

use crate::{attribute::SystemAttribute, status::Status};

/// The attribute that DynamoDB deletes items by: seconds since 1970.
pub const EXPIRY_NAME: &str = "DDB_ExpiryEpoch";

/// How long contacts are kept where nothing else is set: one day, in minutes.
pub const RETENTION_DEFAULT_MINUTES: u32 = 1440;

/// As long as nothing is to expire, in minutes.
pub const RETENTION_UNLIMITED_MINUTES: u32 = u32::MAX;

/// When what is kept of a contact may go, in seconds since 1970. A contact without any time goes a retention after it was
/// written, `now`.
pub fn expiry_epoch_seconds(status: &Status, now: Timestamp, retention_minutes: u32) -> i64 {
    let last = status.last_event_at().unwrap_or(now);
    let by_retention = last.as_second() + i64::from(retention_minutes) * 60;
    let is_known_to_go_on = status.is_active() && status.text(SystemAttribute::Channel).is_some();
    if !is_known_to_go_on && !status.is_waiting() {
        return by_retention;
    }
    // A task that is scheduled for some day lives from then on.
    let began = status
        .time(SystemAttribute::InitiatedAt)
        .max(status.time(SystemAttribute::ScheduledAt))
        .unwrap_or(last);
    let life =
        longest_life(status.text(SystemAttribute::Channel), status.text(SystemAttribute::InitiationMethod));
    by_retention.max(began.as_second() + life.as_secs())
}

/// Until when it is kept that a contact was forgotten, in seconds since 1970: until no event of it can be read any more. It may
/// live on for as long as any contact lives, and what comes last is kept for a retention.
pub fn forgotten_until_epoch_seconds(now: Timestamp, retention_minutes: u32) -> i64 {
    now.as_second() + longest_life(None, None).as_secs() + i64::from(retention_minutes) * 60
}

/// True if an item is past its time. DynamoDB deletes up to days late, so readers ask this too.
pub fn is_expired(expiry_epoch_seconds: i64, now: Timestamp) -> bool {
    expiry_epoch_seconds <= now.as_second()
}

#[cfg(test)]
mod tests;
