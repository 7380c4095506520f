//! When what is kept may go.

use jiff::Timestamp;

/// The attribute that DynamoDB deletes items by: seconds since 1970.
pub const EXPIRY_NAME: &str = "DDB_ExpiryEpoch";

/// How long contacts are kept where nothing else is set: one day, in minutes.
pub const RETENTION_DEFAULT_MINUTES: u32 = 1440;

/// When an item written now may go: seconds since 1970.
pub fn expiry_epoch_seconds(now: Timestamp, retention_minutes: u32) -> i64 {
    now.as_second() + i64::from(retention_minutes) * 60
}

/// True if an item is past its time. DynamoDB deletes up to days late, so readers ask this too.
pub fn is_expired(expiry_epoch_seconds: i64, now: Timestamp) -> bool {
    expiry_epoch_seconds <= now.as_second()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retention_is_minutes() {
        let now: Timestamp = "2024-05-01T10:00:00Z".parse().unwrap();
        let expiry = expiry_epoch_seconds(now, RETENTION_DEFAULT_MINUTES);
        assert_eq!(Timestamp::from_second(expiry).unwrap(), "2024-05-02T10:00:00Z".parse().unwrap());
        assert!(!is_expired(expiry, now));
        assert!(is_expired(expiry, Timestamp::from_second(expiry).unwrap()));
    }
}
