//! `switchboard simulate ctr`.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
};

use crate::program::{Folder, event};

const NOW: &str = "2026-11-06T05:00:00Z";

#[test]
fn what_is_simulated_can_be_replayed_in_every_format() {
    let folder = Folder::new();
    let mut enriched = Vec::new();
    for format in ["ndjson", "concatenated", "firehose-event"] {
        let arguments = [
            "simulate",
            "ctr",
            "--count",
            "1200",
            "--seed",
            "7",
            "--now",
            NOW,
            "--format",
            format,
            "--callers",
            &event("callers.csv"),
            "--out",
            format,
        ];
        let ended = folder.run(&arguments);
        assert_eq!((ended.status, ended.stdout.as_str(), ended.stderr.as_str()), (0, "", ""));
        let (status, report) = folder.replay(&[format, "--callers", &event("callers.csv")]);
        assert_eq!((status, report["total"]["records"].as_u64()), (0, Some(1200)), "{report}");
        assert!(report["total"]["known"].as_u64() > Some(600));
        enriched.push(folder.read(&format!("out/enriched/{format}.ndjson")));
    }
    assert_eq!(enriched[0].lines().count(), 1200);
    assert!(enriched.iter().all(|records| *records == enriched[0]));
    assert_eq!(folder.read("firehose-event").lines().count(), 3, "500 records an event");
}

#[test]
fn a_seed_says_it_all() {
    let folder = Folder::new();
    let records = |seed| folder.run(&["simulate", "ctr", "--seed", seed, "--now", NOW]).stdout;
    assert_eq!(records("1"), records("1"));
    assert_ne!(records("1"), records("2"));
    let random = folder.run(&["simulate", "ctr", "--now", NOW]);
    let seed = random.stderr.trim().strip_prefix("seed ").unwrap();
    assert_eq!(records(seed), random.stdout);
}

#[test]
fn an_endless_run_ends_quietly_with_its_reader() {
    let folder = Folder::new();
    let mut child = folder
        .command(&["simulate", "ctr", "--count", "0", "--seed", "1", "--rate", "1000"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().starts_with(r#"{"AWSAccountId""#));
    drop(lines);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}
