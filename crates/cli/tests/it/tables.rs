//! `switchboard tables`.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::program::Folder;

/// A folder with an invented day.
fn with_a_day() -> Folder {
    let folder = Folder::new();
    let day = ["simulate", "centre", "--agents", "30", "--contacts-per-day", "1200", "--from", "2026-11-02", "--out", "day"];
    assert_eq!(folder.run(&day).status, 0);
    folder
}

/// The rows of a CSV file: the figures of some columns, by the columns of the key. None of the cells holds a comma.
fn figures(text: &str, key: [&str; 3], columns: &[&str]) -> BTreeMap<Vec<String>, Vec<u64>> {
    let mut lines = text.lines();
    let header: Vec<_> = lines.next().unwrap().split(',').collect();
    let at = |name: &str| header.iter().position(|other| *other == name).unwrap_or_else(|| panic!("{name} in {header:?}"));
    let row = |line: &str| {
        let cells: Vec<_> = line.split(',').collect();
        let key = key.map(|name| cells[at(name)].to_owned()).to_vec();
        (key, columns.iter().map(|name| cells[at(name)].parse().unwrap_or(0)).collect())
    };
    lines.map(row).collect()
}

#[test]
fn the_tables_and_the_statistics_of_the_files_agree() {
    let folder = with_a_day();
    let loaded = folder.run(&["tables", "load", "day", "--tz", "Europe/Stockholm"]);
    assert_eq!(loaded.status, 0, "{}", loaded.stdout);
    let again = folder.run(&["tables", "load", "day"]);
    assert!(again.stdout.contains(": 0 rows written in out/metrics.db"), "{}", again.stdout);
    folder.run(&["wfm", "stats", "day", "--interval", "30m", "--tz", "Europe/Stockholm", "--sla", "1m", "--csv", "stats"]);
    let ended = folder.run(&["tables", "intervals", "--interval", "30m", "--tz", "Europe/Stockholm", "--service-level", "20s,1m", "--csv"]);
    assert_eq!(ended.status, 0, "{}", ended.stdout);
    let tables = figures(
        &ended.stdout,
        ["from", "queue", "channel"],
        &["offered", "answered", "abandoned", "answered_within_60s", "hold_seconds", "answered_queue_seconds"],
    );
    let columns =
        ["offd_call_cnt", "answ_call_cnt", "aband_call_cnt", "ans_servicelevel_cnt", "hold_call_dur", "queued_and_answ_call_dur"];
    let files = figures(&folder.read("stats/queues.csv"), ["interval_start", "queue_id", "channel"], &columns);
    assert!(tables.len() > 50, "{tables:?}");
    assert_eq!(tables, files);
}

#[test]
fn intervals_are_limited_and_printed_as_asked() {
    let folder = with_a_day();
    folder.run(&["tables", "load", "day"]);
    let ended = folder.run(&["tables", "intervals", "--interval", "1d", "--by", "disconnect", "--json"]);
    let rows: Vec<Value> = serde_json::from_str(&ended.stdout).unwrap();
    let queued = |row: &Value| row["contacts_queued"].as_u64().unwrap();
    assert!(rows.iter().map(queued).sum::<u64>() > 500, "{}", ended.stdout);
    assert!(rows[0]["from"] == "2026-11-01T00:00:00Z" || rows[0]["from"] == "2026-11-02T00:00:00Z", "{}", rows[0]);
    let hour = ["tables", "intervals", "--from", "2026-11-02T02:00", "--to", "2026-11-02T03:00", "--by", "agent-queue"];
    let ended = folder.run(&hour);
    assert!(ended.stdout.lines().skip(1).all(|line| line.starts_with("2026-11-02 02:")), "{}", ended.stdout);
    assert!(ended.stdout.lines().count() > 10, "{}", ended.stdout);
}

#[test]
fn a_target_is_kept_and_counts_at_once() {
    let folder = with_a_day();
    assert_eq!(folder.run(&["tables", "targets"]).status, 2, "nothing is loaded");
    folder.run(&["tables", "load", "day"]);
    let intervals = ["tables", "intervals", "--interval", "1h", "--service-level", "7s", "--csv"];
    let from_contacts = folder.run(&intervals).stdout;
    let ended = folder.run(&["tables", "targets", "7s=90", "20s=80"]);
    let rows: Vec<Vec<_>> = ended.stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[1..], [["any", "any", "7", "90"], ["any", "any", "20", "80"]]);
    assert_eq!(folder.run(&intervals).stdout, from_contacts, "the kept counts are those of the contacts");
}

#[test]
fn what_is_no_contact_record_is_listed() {
    let folder = Folder::new();
    folder.write("notes.txt", "nothing\n");
    let ended = folder.run(&["tables", "load", "notes.txt"]);
    assert_eq!((ended.status, ended.stdout.contains("notes.txt")), (1, true), "{}", ended.stdout);
}
