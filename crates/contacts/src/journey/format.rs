//! How times and values are written in both views.

use jiff::Timestamp;
use switchboard_core::json::Raw;

/// The milliseconds from one time to another, 0 where it is before it.
pub(super) fn millis_between(start: Timestamp, end: Timestamp) -> i64 {
    (end.as_millisecond() - start.as_millisecond()).max(0)
}

/// A string as it reads, anything else as JSON.
pub(super) fn text_of(value: Raw<'_>) -> String {
    value.text().map_or_else(|| value.json().to_owned(), std::borrow::Cow::into_owned)
}
