//! Times of the SDK: a second since 1970.

use aws_sdk_connect::primitives::DateTime;
use jiff::Timestamp;

/// A time in whole seconds, as contact records have it.
pub(super) fn time(time: &DateTime) -> Option<Timestamp> {
    Timestamp::from_second(time.secs()).ok()
}

/// A time for a request, in whole seconds.
pub(super) fn date_time(time: Timestamp) -> DateTime {
    DateTime::from_secs(time.as_second())
}
