//! `switchboard wfm stats`.

use std::collections::BTreeMap;

use crate::program::{Folder, event};

mod contacts;
mod limits;
mod reports;

/// The rows of a CSV file, by column. None of its cells holds a comma.
fn rows(text: &str) -> Vec<BTreeMap<&str, &str>> {
    let mut lines = text.lines();
    let header: Vec<_> = lines.next().unwrap().split(',').collect();
    lines.map(|line| header.iter().copied().zip(line.split(',')).collect()).collect()
}

fn sum(rows: &[BTreeMap<&str, &str>], key: &str, value: &str, column: &str) -> u64 {
    rows.iter().filter(|row| row[key] == value).map(|row| row[column].parse::<u64>().unwrap()).sum()
}

#[test]
fn the_sample_day_has_the_figures_of_its_readme() {
    let folder = Folder::new();
    let ended =
        folder.run(&["wfm", "stats", &event("s3/objects"), "--tz", "Europe/Stockholm", "--csv", "stats"]);
    assert_eq!(ended.status, 1, "one object is cut off");
    assert!(ended.stdout.contains("the document is cut off"), "{}", ended.stdout);
    let queues = folder.read("stats/queues.csv");
    let queues = rows(&queues);
    for (queue, figures) in [("Sales", [22, 20, 2, 0]), ("Support", [33, 27, 6, 2])] {
        let columns = ["offd_call_cnt", "answ_call_cnt", "aband_call_cnt", "aband_short_call_cnt"];
        assert_eq!(columns.map(|column| sum(&queues, "queue_name", queue, column)), figures, "{queue}");
    }
    assert!(queues.iter().all(|row| row["interval_start"].ends_with("+01:00")), "{queues:?}");
    let agents = folder.read("stats/agent-queues.csv");
    let agents = rows(&agents);
    let answered =
        ["bob", "emily", "james", "rachel"].map(|agent| sum(&agents, "agent", agent, "answ_call_cnt"));
    assert_eq!(answered, [11, 12, 13, 11]);
    let performance = folder.read("stats/agents.csv");
    let performance = rows(&performance);
    let online = |agent| {
        let own = performance.iter().filter(|row| row["agent"] == agent);
        own.filter_map(|row| row["tot_work_dur"].parse::<u64>().ok()).sum::<u64>()
    };
    assert_eq!(online("james"), 8 * 3600);
}

#[test]
fn the_tables_are_printed_in_the_zones_time() {
    let folder = Folder::new();
    let arguments = ["wfm", "stats", &event("s3/objects"), "--tz", "Europe/Stockholm", "--interval", "1h"];
    let ended = folder.run(&arguments);
    for told in ["Queues (Europe/Stockholm", "Agents by queue", "Agent performance", "2026-11-02 01:00+01:00"]
    {
        assert!(ended.stdout.contains(told), "{told}: {}", ended.stdout);
    }
    let sales =
        ended.stdout.lines().filter(|line| line.contains("Sales") && line.split_whitespace().count() == 16);
    assert_eq!(sales.count(), 8, "an hour each: {}", ended.stdout);
}

#[test]
fn what_is_neither_is_told() {
    let folder = Folder::new();
    folder.write("notes.md", "# Notes\n");
    let ended = folder.run(&["wfm", "stats", "notes.md"]);
    assert_eq!(ended.status, 1);
    assert!(ended.stdout.contains("neither contact records nor an agent report"), "{}", ended.stdout);
    folder.write("in/notes.md", "# Notes\n");
    assert_eq!(folder.run(&["wfm", "stats", "in"]).status, 2);
}

#[test]
fn a_bad_row_costs_itself_alone() {
    let folder = Folder::new();
    let header = "Agent,StartInterval,EndInterval,Online time";
    let good = "anna,2026-11-02T10:00:00Z,2026-11-02T10:15:00Z,900";
    folder.write("report.csv", format!("{header}\n{good}\nbert,yesterday,today,1\n"));
    let ended = folder.run(&["wfm", "stats", "report.csv"]);
    assert_eq!(ended.status, 1);
    assert!(ended.stdout.contains("anna") && ended.stdout.contains("line 3"), "{}", ended.stdout);
}
