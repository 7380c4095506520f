//! `switchboard replay`.

use std::{collections::BTreeMap, fs, io::Write};

use serde_json::{Value, json};

use crate::program::{Folder, event, events};

/// Records, known, unknown, not looked up and rejected by the file's name.
fn counts(report: &Value) -> BTreeMap<String, [u64; 5]> {
    let row = |file: &Value| {
        let path = file["path"].as_str().unwrap();
        let number = |name: &str| file[name].as_u64().unwrap();
        let numbers = ["records", "known", "unknown", "not_looked_up", "rejected"].map(number);
        (path.rsplit('/').next().unwrap().to_owned(), numbers)
    };
    report["files"].as_array().unwrap().iter().map(row).collect()
}

fn expected<const N: usize>(rows: [(&str, [u64; 5]); N]) -> BTreeMap<String, [u64; 5]> {
    rows.map(|(name, numbers)| (name.to_owned(), numbers)).into()
}

#[test]
fn the_samples_show_the_seeds_record_with_its_callers_name() {
    let folder = Folder::new();
    let ended = folder.run(&["replay", &event("")]);
    assert_eq!(ended.status, 1, "some samples are damaged: {ended:?}");
    assert!(ended.stderr.is_empty(), "{}", ended.stderr);
    for expected in [
        "/add-name-test.json is now",
        r#""CustomerEndpoint": {"Address":"+61491570006","Type":"TELEPHONE_NUMBER","Name":"Avery Quill"}"#,
        r#""@timestamp": "2018-11-02T07:00:12""#,
        "callers.csv (found there)",
        "README.md: no JSON documents in it",
        "samples are damaged on purpose",
    ] {
        assert!(ended.stdout.contains(expected), "{expected}: {}", ended.stdout);
    }
    assert!(!ended.stdout.contains('\u{1b}'), "no colours but on a terminal");
    let last = ended.stdout.lines().last().unwrap();
    assert!(last.ends_with("(listed above), so the exit status is 1."), "{last}");
    let enriched = folder.read("out/enriched/firehose/add-name-test.json.ndjson");
    let record: Value = serde_json::from_str(&enriched).unwrap();
    assert_eq!(record["CustomerEndpoint"]["Name"], "Avery Quill");
    assert_eq!(record["@timestamp"], "2018-11-02T07:00:12");
}

#[test]
fn each_firehose_sample_comes_out_as_its_readme_says() {
    let folder = Folder::new();
    let (status, report) = folder.replay(&[&event("firehose"), "--callers", &event("callers.csv")]);
    assert_eq!(status, 1);
    let expected = expected([
        ("add-name-test.json", [1, 1, 0, 0, 0]),
        ("anonymous-caller.json", [1, 0, 0, 1, 0]),
        ("caller-known.json", [1, 1, 0, 0, 0]),
        ("caller-name-non-ascii.json", [2, 2, 0, 0, 0]),
        ("caller-unknown.json", [1, 0, 1, 0, 0]),
        ("chat.json", [1, 0, 0, 1, 0]),
        ("email.json", [1, 0, 0, 1, 0]),
        ("gzip.json", [2, 1, 0, 0, 1]),
        ("kinesis-source.json", [2, 1, 0, 1, 0]),
        ("rejected.json", [7, 1, 0, 0, 6]),
        ("replayed.json", [3, 2, 1, 0, 0]),
        ("several-in-one-record.json", [2, 0, 0, 0, 2]),
        ("task.json", [1, 0, 0, 1, 0]),
        ("timestamp-from-initiation.json", [2, 1, 1, 0, 0]),
        ("unusual-spelling.json", [1, 1, 0, 0, 0]),
        ("workshop-simulator.json", [2, 1, 1, 0, 0]),
    ]);
    assert_eq!(counts(&report), expected);
    let reasons: Vec<_> =
        report["rejected"].as_array().unwrap().iter().map(|one| one["reason"].as_str().unwrap()).collect();
    assert_eq!(reasons.len(), 9);
    let several = reasons.iter().filter(|reason| **reason == "several contact records in one record");
    assert_eq!(several.count(), 3);
    for expected in ["not base64", "of another kind, which is not read here", "empty"] {
        assert!(reasons.contains(&expected), "{expected}: {reasons:?}");
    }

    let lines = folder.read("out/rejected/rejected.json.ndjson");
    let source: Value = serde_json::from_slice(&fs::read(event("firehose/rejected.json")).unwrap()).unwrap();
    for (line, record) in lines.lines().zip(source["records"].as_array().unwrap()) {
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!((&line["record"], &line["data"]), (&record["recordId"], &record["data"]));
    }
    assert_eq!(lines.lines().count(), 6);
}

#[test]
fn each_file_of_contact_records_comes_out_as_its_readme_says() {
    let folder = Folder::new();
    let (status, report) = folder.replay(&[&event("ctr"), "--callers", &event("callers.csv")]);
    assert_eq!(status, 1);
    let records: BTreeMap<_, _> =
        counts(&report).into_iter().map(|(name, [all, .., bad])| (name, [all - bad, bad])).collect();
    for (name, expected) in [
        ("pretty-printed.json", [1, 0]),
        ("newline-delimited.ndjson", [4, 0]),
        ("concatenated.json", [3, 0]),
        ("concatenated-truncated-tail.json", [2, 1]),
        ("damaged-in-the-middle.ndjson", [2, 1]),
        ("compressed.json.gz", [4, 0]),
        ("redelivered-versions.ndjson", [3, 0]),
        ("transfer-chain.ndjson", [2, 0]),
    ] {
        assert_eq!(records[name], expected, "{name}");
    }
    // What is damaged is kept as it stood there.
    let source = fs::read(event("ctr/damaged-in-the-middle.ndjson")).unwrap();
    let line: Value =
        serde_json::from_str(&folder.read("out/rejected/damaged-in-the-middle.ndjson.ndjson")).unwrap();
    let place = ["start", "end"].map(|name| usize::try_from(line[name].as_u64().unwrap()).unwrap());
    assert_eq!(line["data"].as_str().unwrap().as_bytes(), &source[place[0]..place[1]]);
    let one = folder.read("out/wfm/redelivered-versions.ndjson.csv");
    assert_eq!(one.lines().count(), 2, "a header and the newest copy");
}

#[test]
fn what_is_not_named_or_stamped_is_byte_for_byte_what_it_was() {
    let folder = Folder::new();
    folder.replay(&[&event("firehose/unusual-spelling.json"), "--callers", &event("callers.csv")]);
    let enriched = folder.read("out/enriched/unusual-spelling.json.ndjson");
    for spelling in ["1e2", "1.80e2", "25.0"] {
        assert!(enriched.contains(spelling), "{spelling}");
    }
    assert!(enriched.ends_with("}\n") && !enriched.ends_with("\n\n"));
}

#[test]
fn notifications_bring_their_objects_to_the_workforce_feed() {
    let folder = Folder::new();
    let (status, report) = folder.replay(&[&event("s3/notifications")]);
    assert_eq!(status, 1);
    let fed: BTreeMap<_, _> = report["workforce_feed"]["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| {
            let name = file["path"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
            (name, ["delivered", "rows", "rejected", "failed"].map(|name| file[name].as_u64().unwrap()))
        })
        .collect();
    let expected = [
        ("encoded-keys.json", [3, 5, 0, 0]),
        ("object-missing.json", [1, 5, 0, 1]),
        ("several-records.json", [5, 30, 1, 0]),
        ("test-event.json", [1, 5, 0, 0]),
        ("unreadable-message.json", [1, 5, 0, 2]),
        ("whole-day.json", [14, 62, 1, 0]),
    ];
    assert_eq!(fed, expected.map(|(name, numbers)| (name.to_owned(), numbers)).into());
    let report_file = "reports/Büro A+B-2026-11-02T08:00:00Z.csv";
    let source = fs::read(events().join("s3/objects/contact-records").join(report_file)).unwrap();
    let name = "out/wfm/Büro A+B-2026-11-02T08_00_00Z.csv";
    assert_eq!(fs::read(folder.path(name)).unwrap(), source, "a report arrives as it is");
    assert_eq!(folder.read("out/rejected/unreadable-message.json.ndjson").lines().count(), 2);
    assert_eq!(folder.files("out/wfm-rejected").len(), 1);
    assert_eq!(folder.files("out/wfm").len(), 14, "and nothing temporary is left");
    assert!(!events().join("s3/objects/contact-records/rejected").exists(), "the objects stay as they are");
}

#[test]
fn the_feed_goes_where_it_is_configured_and_finds_objects_where_they_are_named() {
    let folder = Folder::new();
    folder.write("in/notice.json", fs::read(event("s3/notifications/encoded-keys.json")).unwrap());
    let (status, report) = folder.replay(&["in"]);
    assert_eq!(status, 1);
    assert!(report["rejected"][0]["reason"].as_str().unwrap().contains("--objects"), "{report}");

    let output = folder
        .command(&["replay", "in", "--objects", &event("s3/objects")])
        .env("WFM_SFTP", format!("dir://{}", folder.path("elsewhere").display()))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(folder.files("elsewhere").len(), 3);
    assert!(!folder.path("out/wfm").exists());

    let output = folder.command(&["replay", "in"]).env("WFM_SFTP", "sftp://host").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_second_run_writes_the_same_and_leaves_nothing_of_the_first() {
    let folder = Folder::new();
    let arguments = ["replay", &event("firehose"), &event("ctr"), "--callers", &event("callers.csv")];
    let results = || -> Vec<_> {
        // Contacts are kept with the time until which they are, and rows with the time at which they were written.
        let is_database = |name: &str| name.starts_with("contacts.db") || name.starts_with("metrics.db");
        let names = folder.files("out").into_iter().filter(|name| !is_database(name));
        names.map(|name| folder.read(&format!("out/{name}"))).collect()
    };
    let first = folder.run(&arguments);
    let written = results();
    let second = folder.run(&arguments);
    assert_eq!(first.stdout, second.stdout);
    let again = results();
    assert_eq!(written, again);

    folder.write("x.json", "{\"cut\":");
    let ended = folder.run(&["replay", "x.json"]);
    assert_eq!(ended.status, 1);
    let last = "\nReplay complete with 1 rejected item (listed above): exit status 1\n";
    assert!(ended.stdout.ends_with(last), "{}", ended.stdout);
    assert!(folder.path("out/rejected/x.json.ndjson").exists());
    folder.write("x.json", r#"{"ContactId":"c","InitiationMethod":"API"}"#);
    assert_eq!(folder.run(&["replay", "x.json"]).status, 0);
    assert!(!folder.path("out/rejected/x.json.ndjson").exists());
}

#[test]
fn files_of_one_name_have_results_of_their_own() {
    let folder = Folder::new();
    for (name, id) in [("a/x.json", "1"), ("b/x.json", "2")] {
        folder.write(name, format!(r#"{{"ContactId":"{id}","InitiationMethod":"API"}}"#));
    }
    let (status, report) = folder.replay(&["a", "b", "a/x.json"]);
    assert_eq!((status, &report["total"]["records"]), (0, &json!(2)));
    assert_eq!(folder.files("out/enriched").len(), 2);
    assert_eq!(folder.files("out/wfm").len(), 2);
    let (_, report) = folder.replay(&["."]);
    assert_eq!(report["total"]["records"], 2, "results are no input");
}

#[test]
fn without_a_directory_nobody_is_looked_up() {
    let folder = Folder::new();
    let (status, report) = folder.replay(&[&event("firehose/add-name-test.json")]);
    assert_eq!(status, 0);
    assert_eq!(report["callers"], json!({"from": "none"}));
    assert_eq!((&report["total"]["not_looked_up"], &report["example"]), (&json!(1), &Value::Null));
    let enriched = folder.read("out/enriched/add-name-test.json.ndjson");
    assert!(enriched.contains(r#""@timestamp":"2018-11-02T07:00:12""#) && !enriched.contains("Avery"));
}

#[test]
fn an_unknown_file_is_skipped_in_a_folder_and_rejected_by_name() {
    let folder = Folder::new();
    folder.write("in/notes.md", "# Notes\n");
    folder.write("in/package.json", r#"{"name":"x"}"#);
    folder.write("in/.hidden", "x");
    folder.write("in/image", [0x89, b'P', 0, 1]);
    let (status, report) = folder.replay(&["in"]);
    assert_eq!((status, report["skipped"].as_array().unwrap().len()), (1, 4), "{report}");
    let (status, report) = folder.replay(&["in/notes.md"]);
    assert_eq!((status, &report["rejected"][0]["reason"]), (1, &json!("no JSON documents in it")));
    assert!(!folder.path("out/enriched").exists());

    let quiet = Folder::new();
    quiet.write("in/.hidden", "x");
    quiet.write("in/callers.csv", "Phone,Name\n+61491570006,Ada Example\n");
    quiet.write("in/one.json", r#"{"ContactId":"c","InitiationMethod":"API"}"#);
    assert_eq!(quiet.replay(&["in"]).0, 0, "hidden files and directories of callers are no fault");
}

#[test]
fn a_cut_off_gzip_file_gives_what_it_has_and_is_rejected() {
    let folder = Folder::new();
    let whole = fs::read(event("ctr/compressed.json.gz")).unwrap();
    folder.write("cut.gz", &whole[..whole.len() - 4]);
    let (status, report) = folder.replay(&["cut.gz"]);
    assert_eq!(status, 1);
    assert_eq!(
        (&report["total"]["records"], &report["total"]["rejected"]),
        (&json!(5), &json!(1)),
        "{report}"
    );
}

/// 30 MB of records go through in a fraction of that memory.
#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_the_file() {
    let folder = Folder::new();
    let record = fs::read(event("ctr/voice-answered.json")).unwrap();
    let mut file = std::io::BufWriter::new(fs::File::create(folder.path("large")).unwrap());
    let copies = 30_000_000 / record.len();
    for _ in 0..copies {
        file.write_all(&record).unwrap();
    }
    file.into_inner().unwrap();
    let mut child = folder
        .command(&["replay", "large", "--json"])
        .stdout(fs::File::create(folder.path("report.json")).unwrap())
        .spawn()
        .unwrap();
    let (status, mut peak_kib) = (format!("/proc/{}/status", child.id()), 0);
    let ended = loop {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        peak_kib = peak_kib.max(kib.unwrap_or_default());
        if let Some(ended) = child.try_wait().unwrap() {
            break ended;
        }
        std::thread::yield_now();
    };
    assert!(ended.success());
    let report: Value = serde_json::from_str(&folder.read("report.json")).unwrap();
    assert_eq!(report["total"]["records"], copies);
    // 66 MiB, whatever the size of the file: the batches of record tables, one of which is saved while the next is read.
    assert!(peak_kib > 0 && peak_kib < 88 * 1024, "{peak_kib} KiB for a file of 30 MB");
}

const RECORD: &str =
    r#"{"ContactId":"c","InitiationMethod":"INBOUND","InitiationTimestamp":"2026-11-02T07:00:00Z"}"#;
const AGENT_EVENT: &str =
    r#"{"AgentARN":"a","EventType":"HEART_BEAT","EventTimestamp":"2026-11-02T07:00:00Z"}"#;

/// What stands before a record in its file does not matter.
#[test]
fn records_go_to_every_system_whatever_is_before_them() {
    let records = |count: usize| {
        (0..count).map(|n| RECORD.replace("\"c\"", &format!("\"c{n}\"")) + "\n").collect::<String>()
    };
    let event = r#"{"detail-type":"Amazon Connect Contact Event","detail":{"contactId":"e","eventType":"INITIATED","initiationTimestamp":"2026-11-02T07:00:00Z"}}"#;
    for (before, events) in [
        (format!("{AGENT_EVENT}\n").repeat(2_000), 2_000),
        ("{\"ContactId\":\"c0\",\"ContactFlowModuleType\":\"PlayPrompt\",\"Timestamp\":\"2026-11-02T07:00:00Z\"}\n".to_owned(), 1),
        (format!("{event}\n"), 1),
    ] {
        for text in [format!("{before}{}", records(4)), format!("{}{before}", records(4))] {
            let folder = Folder::new();
            folder.write("mixed", text);
            let (status, report) = folder.replay(&["mixed"]);
            assert_eq!(status, 0, "{report}");
            assert_eq!((&report["total"]["records"], &report["total"]["rejected"]), (&json!(4), &json!(0)));
            assert_eq!(folder.read("out/enriched/mixed.ndjson").lines().count(), 4);
            assert_eq!(folder.read("out/wfm/mixed.csv").lines().count(), 5, "a header and four");
            assert_eq!(report["contacts"]["total"]["events"], json!(4 + events), "{report}");
        }
    }
}

#[test]
fn records_in_batches_go_to_every_system() {
    let folder = Folder::new();
    folder.write("day/batches.json", crate::stats::batches(b"e30="));
    let (status, report) = folder.replay(&["day"]);
    assert_eq!(folder.read("out/enriched/batches.json.ndjson").lines().count(), 3, "{report}");
    assert_eq!(folder.read("out/wfm/batches.json.csv").lines().count(), 1 + 3, "{report}");
    assert_eq!(status, 1, "an empty object is nothing that is known");
    for id in ["a", "b", "c"] {
        let ended = folder.run(&["contacts", "show", id, "--contacts", "out/contacts.db"]);
        assert_eq!(ended.status, 0, "{}", ended.stderr);
    }
}

#[test]
fn an_array_of_records_and_members_with_newlines_between_are_read() {
    let folder = Folder::new();
    let other = RECORD.replace("\"c\"", "\"d\"");
    folder.write("array.json", format!("[\n  {RECORD},\n  {other}\n]\n"));
    let gzip = |text: &str| {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(text.as_bytes()).unwrap();
        gzip.finish().unwrap()
    };
    folder.write("members.gz", [gzip(RECORD), b"\n".to_vec(), gzip(&other), b"\n".to_vec()].concat());
    for name in ["array.json", "members.gz"] {
        let (status, report) = folder.replay(&[name]);
        assert_eq!((status, &report["total"]["records"]), (0, &json!(2)), "{name}: {report}");
    }
}

/// What Contact Lens says of a contact's analysis says nothing of the contact.
#[test]
fn an_analysis_does_not_end_a_contact() {
    let folder = Folder::new();
    let event = r#"{"detail-type":"Amazon Connect Contact Event","detail":{"contactId":"c","eventType":"CONNECTED_TO_AGENT","channel":"VOICE","instanceArn":"i"}}"#;
    let analysis = |kind: &str| {
        format!(
            r#"{{"Version":"1.0.0","Channel":"VOICE","AccountId":"111122223333","InstanceId":"i","ContactId":"c","LanguageCode":"en-US","EventType":"{kind}"}}"#
        )
    };
    folder.write("call", [event.to_owned(), analysis("STARTED"), analysis("COMPLETED")].join("\n"));
    let (status, report) = folder.replay(&["call"]);
    assert_eq!((status, report["rejected"].as_array().unwrap().len()), (1, 2), "{report}");
    assert!(report["rejected"][0]["reason"].as_str().unwrap().contains("Contact Lens"), "{report}");
    assert_eq!(report["contacts"]["total"]["contacts"], json!(1));
}

#[test]
fn nothing_from_outside_is_obeyed_by_the_terminal() {
    let folder = Folder::new();
    folder.write("a\u{1b}[2Jb.json", "{\"cut\":");
    let ended = folder.run(&["replay", "a\u{1b}[2Jb.json", "nowhere\u{7}"]);
    assert_eq!(ended.status, 2);
    let ended = [ended, folder.run(&["replay", "a\u{1b}[2Jb.json"])];
    for ended in ended {
        let printed = ended.stdout + &ended.stderr;
        assert!(!printed.contains(|one: char| one.is_control() && one != '\n'), "{printed:?}");
    }
}

#[test]
fn agent_events_show_what_changes_and_only_that() {
    let folder = Folder::new();
    let (status, report) = folder.replay(&[&event("agents")]);
    assert_eq!(status, 1, "the sample of unreadable records is among them");
    let agents = &report["agents"];
    let changes = agents["changes"].as_array().unwrap();
    let shown: Vec<_> = changes.iter().map(|change| json!([change["agent"], change["state"]])).collect();
    let available = ["emily", "bob", "rachel", "james"].map(|name| json!([name, "Available"]));
    let day =
        ["Available", "Lunch", "Logged off", "Available", "Logged off"].map(|state| json!(["noor", state]));
    assert_eq!(shown, [available.as_slice(), &day].concat());
    assert_eq!(agents["total"], json!({"events": 62, "agents": 5, "changes": 9}));
    let written = folder.read("out/agent-states/answered-call.json.ndjson");
    assert_eq!(written.lines().count(), 1, "{written}");
}

#[test]
fn the_record_tables_are_filled_too() {
    let folder = Folder::new();
    let (_, report) = folder.replay(&[&event("s3/objects"), &event("agents")]);
    let tables = &report["record_tables"];
    assert_eq!(tables["location"], "out/metrics.db");
    let read = |name: &str| tables[name].as_u64().unwrap();
    assert!(read("contact_records") > 10 && read("agent_events") > 10, "{tables}");
    let other = Folder::new();
    let (_, report) = other.replay(&[&event("agents"), "--no-agent-time"]);
    assert_eq!(report["record_tables"]["agent_events"], 0, "{}", report["record_tables"]);
}
