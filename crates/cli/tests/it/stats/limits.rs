//! From when to when, and contacts of other days in a day's folder.

use super::rows;
use crate::program::{Ended, Folder};

/// Waited at `enqueued`, ended 30 s later, and its record is of `updated`.
fn record(id: u8, enqueued: &str, ended: &str, updated: &str) -> String {
    format!(
        r#"{{"ContactId":"c{id}","InitiationMethod":"INBOUND","Channel":"VOICE","DisconnectTimestamp":"{ended}",
        "LastUpdateTimestamp":"{updated}","Queue":{{"ARN":"q","Name":"Q","EnqueueTimestamp":"{enqueued}","Duration":30}}}}"#
    )
}

/// A day's folder: two contacts of the day, of which one was updated, and one of the day before.
fn day(folder: &Folder, options: &[&str]) -> (Ended, Vec<String>) {
    let first = record(1, "2026-11-09T10:00:00Z", "2026-11-09T10:00:30Z", "2026-11-09T10:01:30Z");
    let again = record(1, "2026-11-09T10:00:00Z", "2026-11-09T10:00:30Z", "2026-11-09T18:00:00Z");
    let other = record(2, "2026-11-09T12:00:00Z", "2026-11-09T12:00:30Z", "2026-11-09T12:01:30Z");
    let earlier = record(3, "2026-11-08T09:00:00Z", "2026-11-08T09:00:30Z", "2026-11-09T11:00:00Z");
    folder.write("day/records.ndjson", [first, again, other, earlier].concat());
    let ended = folder.run(&[&["wfm", "stats", "day", "--csv", "stats"], options].concat());
    let starts =
        rows(&folder.read("stats/queues.csv")).iter().map(|row| row["interval_start"].to_owned()).collect();
    (ended, starts)
}

#[test]
fn intervals_of_redelivered_copies_alone_are_left_out_and_named() {
    let (ended, starts) = day(&Folder::new(), &[]);
    assert_eq!(starts, ["2026-11-09T10:00:00+00:00", "2026-11-09T12:00:00+00:00"]);
    assert_eq!(ended.status, 0, "{}", ended.stdout);
    assert!(
        ended.stdout.contains("2026-11-08 09:00+00:00") && ended.stdout.contains("--from"),
        "{}",
        ended.stdout
    );
}

#[test]
fn limits_are_what_is_wanted() {
    let folder = Folder::new();
    let (ended, starts) = day(&folder, &["--from", "2026-11-08", "--to", "2026-11-09T12:00"]);
    assert_eq!(starts, ["2026-11-08T09:00:00+00:00", "2026-11-09T10:00:00+00:00"]);
    assert!(!ended.stdout.contains("left out"), "{}", ended.stdout);
    // Midnight of the zone, where the day has begun an hour earlier.
    let (_, starts) = day(&folder, &["--from", "2026-11-09", "--tz", "Europe/Stockholm"]);
    assert_eq!(starts, ["2026-11-09T11:00:00+01:00", "2026-11-09T13:00:00+01:00"]);
    let (_, starts) = day(&folder, &["--from", "2026-11-09T11:00:00+01:00", "--to", "2026-11-09T11:15:00Z"]);
    assert_eq!(starts, ["2026-11-09T10:00:00+00:00"]);
    assert_eq!(day_status(&["--from", "2026-11-10", "--to", "2026-11-09"]), 2);
    assert_eq!(day_status(&["--from", "tomorrow"]), 2);
}

fn day_status(options: &[&str]) -> i32 {
    let folder = Folder::new();
    folder.write("day/records.ndjson", "");
    folder.run(&[&["wfm", "stats", "day"], options].concat()).status
}
