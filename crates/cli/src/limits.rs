//! The limits of what the program sends at once, waits for, compares and lists.

use std::time::Duration;

/// As many records as Firehose has in one request.
pub(crate) const MAX_BATCH_RECORDS: usize = 500;

/// The bytes of records in one event: Firehose buffers 1 to 3 MB for a transformation.
pub(crate) const MAX_BATCH_BYTES: usize = 3_000_000;

/// How long the look-ups of one Firehose event may take: the function's own time-out in AWS.
pub(crate) const FIREHOSE_EVENT_TIMEOUT: Duration = Duration::from_mins(1);

/// How long the delivery of one notification, or of one file, may take.
pub(crate) const SFTP_TIMEOUT: Duration = Duration::from_mins(5);

/// How many rejected records and how many state changes are listed. All are written to files; a list of a million
/// helps nobody.
pub(crate) const MAX_LISTED: usize = 200;

/// How many contacts, the first ones, are compared in the search for one to show.
pub(crate) const MAX_COMPARED_CONTACTS: usize = 1000;

/// How many kinds of events of one contact are compared.
pub(crate) const MAX_COMPARED_KINDS: usize = 40;

/// Adds an item to a list of at most [`MAX_LISTED`], or to the number of those that are not listed.
pub(crate) fn push_bounded<T>(listed: &mut Vec<T>, not_listed: &mut u64, item: T) {
    if listed.len() < MAX_LISTED {
        listed.push(item);
    } else {
        *not_listed += 1;
    }
}
