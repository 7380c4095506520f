//! `switchboard tables`.

use std::{collections::BTreeMap, sync::LazyLock};

use serde_json::Value;

use crate::program::Folder;

/// The folder of an invented day.
fn day() -> String {
    static DAY: LazyLock<Folder> = LazyLock::new(|| {
        let folder = Folder::new();
        let day = [
            "simulate",
            "centre",
            "--agents",
            "20",
            "--contacts-per-day",
            "600",
            "--from",
            "2026-11-02",
            "--out",
            "day",
        ];
        assert_eq!(folder.run(&day).status, 0);
        folder
    });
    DAY.path("day").display().to_string()
}

/// The cells of a line of CSV.
fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut is_quoted) = (vec![String::new()], false);
    for character in line.chars() {
        match character {
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => cells.push(String::new()),
            _ => cells.last_mut().unwrap().push(character),
        }
    }
    cells
}

/// The rows of a CSV file: the figures of some columns, by the columns of the key.
fn figures(text: &str, key: [&str; 3], columns: &[&str]) -> BTreeMap<Vec<String>, Vec<u64>> {
    let mut lines = text.lines();
    let header: Vec<_> = lines.next().unwrap().split(',').collect();
    let at = |name: &str| {
        header.iter().position(|other| *other == name).unwrap_or_else(|| panic!("{name} in {header:?}"))
    };
    let row = |line: &str| {
        let cells = cells(line);
        let key = key.map(|name| cells[at(name)].clone()).to_vec();
        (key, columns.iter().map(|name| cells[at(name)].parse().unwrap_or(0)).collect())
    };
    lines.map(row).collect()
}

#[test]
fn the_tables_and_the_statistics_of_the_files_agree() {
    let (folder, day) = (Folder::new(), day());
    let loaded = folder.run(&["tables", "load", &day, "--tz", "Europe/Stockholm"]);
    assert_eq!(loaded.status, 0, "{}", loaded.stdout);
    let again = folder.run(&["tables", "load", &day]);
    assert!(again.stdout.contains(": 0 rows written in out/metrics.db"), "{}", again.stdout);
    folder.run(&[
        "wfm",
        "stats",
        &day,
        "--interval",
        "30m",
        "--tz",
        "Europe/Stockholm",
        "--sla",
        "1m",
        "--csv",
        "stats",
    ]);
    let ended = folder.run(&[
        "tables",
        "intervals",
        "--interval",
        "30m",
        "--tz",
        "Europe/Stockholm",
        "--service-level",
        "20s,1m",
        "--csv",
    ]);
    assert_eq!(ended.status, 0, "{}", ended.stdout);
    let tables = figures(
        &ended.stdout,
        ["from", "queue", "channel"],
        &[
            "offered",
            "answered",
            "abandoned",
            "answered_within_60s",
            "hold_seconds",
            "answered_queue_seconds",
        ],
    );
    let columns = [
        "offd_call_cnt",
        "answ_call_cnt",
        "aband_call_cnt",
        "ans_servicelevel_cnt",
        "hold_call_dur",
        "queued_and_answ_call_dur",
    ];
    let files =
        figures(&folder.read("stats/queues.csv"), ["interval_start", "queue_id", "channel"], &columns);
    assert!(tables.len() > 50, "{tables:?}");
    assert_eq!(tables, files);
}

#[test]
fn intervals_are_limited_and_printed_as_asked() {
    let (folder, day) = (Folder::new(), day());
    folder.run(&["tables", "load", &day]);
    let ended = folder.run(&["tables", "intervals", "--interval", "1d", "--by", "disconnect", "--json"]);
    let rows: Vec<Value> = serde_json::from_str(&ended.stdout).unwrap();
    let queued = |row: &Value| row["contacts_queued"].as_u64().unwrap();
    assert!(rows.iter().map(queued).sum::<u64>() > 300, "{}", ended.stdout);
    assert_eq!(rows[0]["from"], "2026-11-02T00:00:00Z");
    let hour = [
        "tables",
        "intervals",
        "--from",
        "2026-11-02T10:00",
        "--to",
        "2026-11-02T11:00",
        "--by",
        "agent-queue",
    ];
    let ended = folder.run(&hour);
    assert!(ended.stdout.lines().skip(1).all(|line| line.starts_with("2026-11-02 10:")), "{}", ended.stdout);
    assert!(ended.stdout.lines().count() > 10, "{}", ended.stdout);
}

#[test]
fn the_time_of_agents_is_the_true_one() {
    let (folder, day) = (Folder::new(), day());
    let loaded = folder.run(&["tables", "load", &day]);
    assert!(!loaded.stdout.contains(" 0 agent events"), "{}", loaded.stdout);
    let ended = folder.run(&["tables", "intervals", "--interval", "15m", "--by", "agent", "--json"]);
    let figures = ["online_seconds", "non_productive_seconds", "idle_seconds", "contact_seconds"];
    let of = |row: &Value| {
        let figures = figures.map(|name| row[name].as_u64().unwrap());
        (
            (row["from"].as_str().unwrap().chars().take(16).collect::<String>(), row["agent"].to_string()),
            figures,
        )
    };
    let rows: Vec<Value> = serde_json::from_str(&ended.stdout).unwrap();
    let mut found: BTreeMap<_, _> = rows.iter().map(of).collect();
    let truth = std::fs::read_to_string(format!("{day}/truth/intervals.ndjson")).unwrap();
    let lines = truth.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut expected: BTreeMap<_, _> = lines
        .filter(|line| line["agent"].is_string() && line["channel"].is_null())
        .map(|line| of(&line))
        .collect();
    // What goes on when the day ends counts up to the last event.
    let last = expected.keys().map(|(from, _)| from.clone()).max().unwrap();
    for figures in [&mut found, &mut expected] {
        figures.retain(|(from, _), figures| *from < last && *figures != [0; 4]);
    }
    assert!(expected.len() > 300, "{} lines", expected.len());
    assert_eq!(found, expected);

    let ended = folder.run(&["tables", "intervals", "--interval", "1d", "--by", "agent-status"]);
    assert!(ended.stdout.contains("Lunch"), "{}", ended.stdout);
    let other = Folder::new();
    let loaded = other.run(&["tables", "load", &day, "--no-agent-time"]);
    assert!(loaded.stdout.contains(" 0 agent events"), "{}", loaded.stdout);
}

#[test]
fn a_target_is_kept_and_counts_at_once() {
    let (folder, day) = (Folder::new(), day());
    assert_eq!(folder.run(&["tables", "targets"]).status, 2, "nothing is loaded");
    folder.run(&["tables", "load", &day]);
    let intervals = ["tables", "intervals", "--interval", "1h", "--service-level", "7s", "--csv"];
    let from_contacts = folder.run(&intervals).stdout;
    let ended = folder.run(&["tables", "targets", "7s=90", "20s=80"]);
    let rows: Vec<Vec<_>> = ended.stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(
        rows[1..],
        [["any", "any", "any", "any", "7", "90"], ["any", "any", "any", "any", "20", "80"]]
    );
    assert_eq!(folder.run(&intervals).stdout, from_contacts, "the kept counts are those of the contacts");
}

#[test]
fn what_is_no_contact_record_is_listed() {
    let folder = Folder::new();
    folder.write("notes.txt", "nothing\n");
    let ended = folder.run(&["tables", "load", "notes.txt"]);
    assert_eq!((ended.status, ended.stdout.contains("notes.txt")), (1, true), "{}", ended.stdout);
}

#[test]
fn where_nothing_is_to_load_no_database_is_left() {
    let folder = Folder::new();
    folder.write("day/report.bin", [0xff, 0xfe, 0x00, 0x01]);
    for arguments in [["tables", "load", "day"], ["tables", "load", "."]] {
        let ended = folder.run(&arguments);
        assert_eq!(ended.status, 2, "{ended:?}");
        assert!(ended.stderr.contains("neither contact records nor events"), "{ended:?}");
    }
    assert!(!folder.path("out").exists());
    // What is no database is said in words, with its path.
    folder.write("day/records.db", "no database\n".repeat(100));
    folder.write("day/notes.txt", "nothing\n");
    let ended = folder.run(&["tables", "load", "day/notes.txt", "--db", "day/records.db"]);
    assert!(ended.stderr.contains("day/records.db can't be opened"), "{ended:?}");
    assert!(ended.stderr.contains("the file is no SQLite database: SQLite error 26"), "{ended:?}");
}

#[test]
fn what_is_left_out_by_an_option_is_rejected_with_its_name() {
    let folder = Folder::new();
    let events = crate::program::event("agents/working-day.ndjson");
    let ended = folder.run(&["tables", "load", &events, "--no-agent-time"]);
    assert_eq!(ended.status, 1, "{ended:?}");
    assert!(ended.stdout.contains("(--no-agent-time)"), "{ended:?}");
}

#[test]
fn targets_are_set_shown_and_removed() {
    let folder = Folder::new();
    let events = crate::program::event("ctr");
    folder.run(&["tables", "load", &events]);
    let targets = |arguments: &[&str]| folder.run(&[&["tables", "targets"], arguments].concat());
    let rows = |ended: &crate::program::Ended| -> Vec<String> {
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        ended.stdout.lines().skip(1).map(words).collect()
    };
    let set = targets(&["30s=90", "1m=95", "--channel", "chat"]);
    assert_eq!(rows(&set), ["any any any any 20 80", "any any any CHAT 30 90", "any any any CHAT 60 95"]);
    let removed = targets(&["--remove", "--channel", "CHAT"]);
    assert_eq!(rows(&removed), ["any any any any 20 80"]);
    for (arguments, why) in [
        (&["--remove", "--channel", "chat"][..], "no targets of this instance, queue and channel"),
        (&["--remove"], "targets of all queues and channels have to stay"),
        (&["20s=80", "20s=90"], "the threshold of 20 seconds has two targets"),
        (&["0s=80"], "from 1s to a week"),
        (&["20s=80", "--channel", "fax"], "expected voice, chat, task or email"),
        (&["20s=80", "--instance", "prod"], "an instance's ARN is"),
    ] {
        let ended = targets(arguments);
        assert!(ended.status != 0 && ended.stderr.contains(why), "{ended:?}");
    }
    assert_eq!(rows(&targets(&[])), ["any any any any 20 80"]);
}
