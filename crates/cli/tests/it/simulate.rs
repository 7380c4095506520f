//! `switchboard simulate`.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::Stdio,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use switchboard_core::gzip::gunzip;

use crate::program::{Folder, Server, event};

const FROM: &str = "2026-11-02";

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
            "--from",
            FROM,
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

/// What the files of a folder hold, in the order of their names.
fn unpacked(folder: &Folder, below: &str) -> String {
    let mut text = String::new();
    for name in folder.files(below) {
        let bytes = fs::read(folder.path(&format!("{below}/{name}"))).unwrap();
        text.push_str(&String::from_utf8(gunzip(&bytes, 1 << 30).bytes).unwrap());
    }
    text
}

/// What a whole centre emits is taken by every command, and agrees with what really happened.
#[test]
fn an_invented_day_is_replayed_and_agrees_with_its_truth() {
    let folder = Folder::new();
    let arguments = ["--agents", "12", "--queues", "2", "--contacts-per-day", "400", "--from", "2026-11-02"];
    let simulate = |out| [&["simulate", "centre", "--out", out, "--for", "30h"][..], &arguments].concat();
    let ended = folder.run(&simulate("day"));
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    assert!(
        ended.stdout.contains("contact-records") && ended.stderr.contains("B in day"),
        "{}",
        ended.stdout
    );

    let told = ended.stderr.strip_prefix("about ").and_then(|told| told.split(' ').next()).unwrap();
    let kilobytes = folder_bytes(&folder.path("day")) / 1000;
    let told: u64 = told.parse().unwrap();
    assert!((kilobytes / 2..kilobytes * 2).contains(&told), "told {told} kB, and it has {kilobytes}");

    let (status, report) = folder.replay(&["day"]);
    assert_eq!(status, 0, "{report}");
    let lines = |name: &str| -> Vec<Value> {
        folder.read(name).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let contacts = lines("day/truth/contacts.ndjson");
    assert!(contacts.len() > 400);
    let listed: Vec<Value> =
        serde_json::from_str(&folder.run(&["contacts", "list", "--json"]).stdout).unwrap();
    assert_eq!(listed.len(), contacts.len());
    let mut abandoned = 0;
    for status in &listed {
        let truth = contacts.iter().find(|contact| contact["id"] == status["Connect_ContactId"]).unwrap();
        assert_eq!(status["Connect_DisconnectReason"], truth["reason"], "{status} {truth}");
        assert_eq!(status["Connect_AgentUsername"], truth["agent"], "{status} {truth}");
        assert_eq!(
            status["Flag_Abandoned"].as_bool().unwrap_or(false),
            truth["abandoned"],
            "{status} {truth}"
        );
        abandoned += u32::from(truth["abandoned"] == true);
    }
    assert!(abandoned > 0);

    assert_eq!(folder.run(&["wfm", "stats", "day", "--csv", "statistics"]).status, 0);
    let intervals = lines("day/truth/intervals.ndjson");
    let mut figures = 0;
    let statistics = folder.read("statistics/queues.csv");
    let mut rows = statistics.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = rows.next().unwrap();
    // No name of a queue has a comma here.
    for row in rows {
        let begin = row[0].parse::<jiff::Timestamp>().unwrap();
        let is_row = |line: &&Value| {
            line["agent"].is_null()
                && line["from"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap() == begin
                && line["queue"] == row[2]
                && line["channel"] == row[4]
        };
        let truth = intervals.iter().find(is_row).unwrap();
        for (name, cell) in header.iter().zip(row).skip(5) {
            if let Some(figure) = truth.get(format!("wfm_{name}")) {
                assert_eq!(
                    figure.as_i64().map_or_else(String::new, |number| number.to_string()),
                    cell,
                    "{name}"
                );
                figures += 1;
            }
        }
    }
    assert!(figures > 1_000);

    assert_eq!(folder.run(&simulate("day")).status, 2, "the folder is not empty");
    folder.run(&simulate("again"));
    assert_eq!(folder.read("again/truth/contacts.ndjson"), folder.read("day/truth/contacts.ndjson"));

    // The views tell of the same contacts and agents.
    for (view, of) in [("ctr", "contact-records"), ("agents", "agent-events")] {
        let ended = folder.run(&[&["simulate", view, "--for", "30h"][..], &arguments].concat());
        assert_eq!(ended.stdout, unpacked(&folder, &format!("day/{of}")), "{view}");
    }
}

#[test]
fn a_centre_that_can_not_be_is_refused() {
    let folder = Folder::new();
    for (option, value) in
        [("--agents", "0"), ("--for", "0s"), ("--lose", "2"), ("--speed", "0"), ("--tz", "Mars")]
    {
        let ended = folder.run(&["simulate", "centre", "--out", "day", option, value]);
        assert_eq!(ended.status, 2, "{option}");
        assert!(!ended.stderr.is_empty());
    }
}

fn folder_bytes(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries
        .map(|entry| {
            let about = entry.metadata().unwrap();
            if about.is_dir() { folder_bytes(&entry.path()) } else { about.len() }
        })
        .sum()
}

#[test]
fn what_is_refused_is_told_in_words() {
    let folder = Folder::new();
    let refuse = |option: &str, value: &str| {
        let ended = folder.run(&["simulate", "centre", "--out", "day", option, value]);
        assert_eq!((ended.status, folder.path("day").exists()), (2, false), "{option} {value}");
        ended.stderr
    };
    assert!(refuse("--for", "401d").contains("a history goes on for 9600h at most, 400 days"));
    assert!(refuse("--for", "2 months").contains("such as 24h or 1h30m, 9600h at most"));
    assert!(refuse("--offline-name", "Available").contains(r#"called "Available", as another status is"#));
    let left_out = folder.run(
        &[
            &["simulate", "centre", "--out", "day", "--tz", "Europe/Stockholm"][..],
            &["--from", "2026-03-29T02:30"],
        ]
        .concat(),
    );
    assert_eq!(left_out.status, 2);
    assert!(left_out.stderr.contains("is left out by a change of the clock"), "{}", left_out.stderr);
}

/// From eight to five most of a day's contacts come in nine hours.
#[test]
fn the_size_is_told_by_the_hours_of_the_day() {
    let folder = Folder::new();
    let size = ["--agents", "12", "--contacts-per-day", "400", "--from", "2026-11-02T08:00", "--for", "9h"];
    let ended = folder.run(&[&["simulate", "centre", "--out", "day"][..], &size].concat());
    let told = ended.stderr.strip_prefix("about ").and_then(|told| told.split(' ').next()).unwrap();
    let kilobytes = folder_bytes(&folder.path("day")) / 1000;
    let told: u64 = told.parse().unwrap();
    assert!((kilobytes * 2 / 3..kilobytes * 3 / 2).contains(&told), "told {told} kB, and it has {kilobytes}");
    assert!(!folder.read("day/README.md").contains("It is not complete"));
}

#[test]
fn a_folder_that_is_stopped_says_so() {
    let folder = Folder::new();
    let size =
        ["--agents", "12", "--contacts-per-day", "400", "--from", "2026-11-02T08:00", "--speed", "600"];
    let mut child = folder
        .command(&[&["simulate", "centre", "--out", "day"][..], &size].concat())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let events = folder.path("day/agent-events");
    while fs::read_dir(&events).map_or(0, Iterator::count) == 0 {
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        std::thread::yield_now();
    }
    let being_written = folder.read("day/README.md");
    assert!(being_written.contains("**It is not complete**: it is being written"), "{being_written}");
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let stopped = folder.read("day/README.md");
    assert!(stopped.contains("what happened from 2026-11-02T"), "{stopped}");
    assert!(stopped.contains(" to 2026-11-03T08:00:00Z is missing"), "{stopped}");
}

/// A year of the largest centre, some terabytes, that no disk has room for.
#[test]
fn a_folder_without_room_is_not_begun() {
    let folder = Folder::new();
    let arguments = ["simulate", "centre", "--agents", "50000", "--contacts-per-day", "10000000"];
    let ended = folder.run(&[&arguments[..], &["--for", "9600h", "--out", "year"]].concat());
    assert_eq!(ended.status, 2, "{}", ended.stderr);
    assert!(ended.stderr.contains(" MB free, less than the folder needs"), "{}", ended.stderr);
    assert!(!folder.path("year").exists());
}

#[test]
fn a_seed_says_it_all() {
    let folder = Folder::new();
    let records = |seed| folder.run(&["simulate", "ctr", "--seed", seed, "--from", FROM]).stdout;
    assert_eq!(records("1"), records("1"));
    assert_ne!(records("1"), records("2"));
    let default = folder.run(&["simulate", "ctr", "--from", FROM]);
    assert_eq!((records("1"), ""), (default.stdout, &*default.stderr));
}

#[test]
fn an_endless_run_ends_quietly_with_its_reader() {
    let folder = Folder::new();
    let mut child = folder
        .command(&["simulate", "ctr", "--for", "9600h", "--rate", "1000"])
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

#[test]
fn a_shift_is_the_same_in_both_formats() {
    let folder = Folder::new();
    let shift = |format: &str| {
        let arguments =
            ["simulate", "agents", "--agents", "3", "--seed", "7", "--from", FROM, "--format", format];
        let ended = folder.run(&arguments);
        assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
        ended.stdout
    };
    let lines = shift("ndjson");
    assert!(lines.lines().count() > 600 && lines.lines().all(|line| line.starts_with(r#"{"AWSAccountId""#)));

    let mut records = Vec::new();
    let mut numbers = Vec::new();
    for event in shift("kinesis-event").lines() {
        let event: Value = serde_json::from_str(event).unwrap();
        let some = event["Records"].as_array().unwrap();
        assert!(some.len() <= 100);
        for record in some {
            let kinesis = &record["kinesis"];
            let data = STANDARD.decode(kinesis["data"].as_str().unwrap()).unwrap();
            let data = String::from_utf8(data).unwrap();
            let shown: Value = serde_json::from_str(&data).unwrap();
            assert_eq!(kinesis["partitionKey"], shown["AgentARN"]);
            numbers.push(kinesis["sequenceNumber"].as_str().unwrap().to_owned());
            records.push(data);
        }
    }
    assert!(numbers.is_sorted() && numbers.iter().all(|number| number.len() == 56));
    assert!(lines.lines().eq(records));
}

#[test]
fn a_shift_can_be_replayed() {
    let folder = Folder::new();
    let arguments =
        ["simulate", "agents", "--agents", "3", "--seed", "7", "--from", FROM, "--out", "shift.json"];
    assert_eq!(folder.run(&[&arguments[..], &["--format", "kinesis-event"]].concat()).status, 0);
    let (status, report) = folder.replay(&["shift.json"]);
    assert_eq!(status, 0, "{report}");
}

#[test]
fn a_connect_api_answers_until_it_is_shut_down() {
    let folder = Folder::new();
    let size = ["--queues", "3", "--agents", "4", "--port", "0", "--throttle-every", "2"];
    // Before anything is created or deleted.
    let begin = ["--from", "2026-11-02", "--now", "2026-11-02", "--speed", "0"];
    let server = Server::start(&folder, &[&["simulate", "connect-api"], &size[..], &begin].concat());
    let address = server.address.strip_prefix("http://").unwrap();
    let get = || {
        let mut stream = TcpStream::connect(address).unwrap();
        let path = "/queues-summary/8c5a4f1e-3b7d-4e29-a6f0-51d2c97be834";
        write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    let answer = get();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["QueueSummaryList"].as_array().unwrap().len(), 7, "the agents' own too");
    assert!(get().starts_with("HTTP/1.1 429 "));
    let address = server.address.clone();
    let ended = server.end();
    assert_eq!(ended.status, 0, "{ended:?}");
    assert!(ended.stderr.contains(&format!("AWS_ENDPOINT_URL_CONNECT={address} ")), "{ended:?}");
    let commands: Vec<_> = ended.stderr.lines().rev().take(2).collect();
    assert!(commands[0].ends_with("switchboard metrics show"), "{ended:?}");
    assert!(commands[1].ends_with("switchboard metrics poll current"), "{ended:?}");
}

#[test]
fn the_connect_api_and_the_folder_tell_of_the_same_contacts() {
    let folder = Folder::new();
    let centre = [
        "--seed",
        "7",
        "--agents",
        "8",
        "--contacts-per-day",
        "300",
        "--from",
        "2026-11-02",
        "--tz",
        "Australia/Perth",
    ];
    let ended = folder.run(&[&["simulate", "centre", "--out", "day"], &centre[..]].concat());
    assert_eq!(ended.status, 0, "{ended:?}");
    let later = ["--now", "2026-11-03T00:00", "--speed", "0", "--port", "0", "--no-quotas"];
    let server = Server::start(&folder, &[&["simulate", "connect-api"], &centre[..], &later].concat());
    let address = server.address.strip_prefix("http://").unwrap();
    let (mut found, mut token) = (Vec::new(), Value::Null);
    loop {
        let body = json!({
            "InstanceId": "8c5a4f1e-3b7d-4e29-a6f0-51d2c97be834",
            // The day in Perth, eight hours ahead of UTC.
            "TimeRange": {
                "Type": "DISCONNECT_TIMESTAMP",
                "StartTime": 1_793_548_800,
                "EndTime": 1_793_548_800 + 86_400,
            },
            "NextToken": token,
        });
        let (body, mut answer) = (body.to_string(), String::new());
        let mut stream = TcpStream::connect(address).unwrap();
        let head = format!("POST /search-contacts HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
        write!(stream, "{head}content-length: {}\r\n\r\n{body}", body.len()).unwrap();
        stream.read_to_string(&mut answer).unwrap();
        let answer: Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
        let contacts = answer["Contacts"].as_array().unwrap();
        found.extend(contacts.iter().map(|contact| contact["Id"].as_str().unwrap().to_owned()));
        token = answer["NextToken"].clone();
        if token.is_null() {
            break;
        }
    }
    let truth = folder.read("day/truth/contacts.ndjson");
    let truth = truth.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    // After-contact work goes on where it has no length though somebody answered.
    let is_over = |contact: &Value| {
        !contact["ended"].is_null() && (contact["answered"].is_null() || !contact["acw_seconds"].is_null())
    };
    let mut told: Vec<_> =
        truth.filter(is_over).map(|contact| contact["id"].as_str().unwrap().to_owned()).collect();
    assert!(told.len() > 200, "{}", told.len());
    told.sort();
    found.sort();
    assert_eq!(found, told);
    assert_eq!(server.end().status, 0);
}
