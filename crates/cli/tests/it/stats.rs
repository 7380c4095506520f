//! `switchboard wfm stats`.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;

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
    for expected in
        ["Queues (Europe/Stockholm", "Agents by queue", "Agent performance", "2026-11-02 01:00+01:00"]
    {
        assert!(ended.stdout.contains(expected), "{expected}: {}", ended.stdout);
    }
    let sales =
        ended.stdout.lines().filter(|line| line.contains("Sales") && line.split_whitespace().count() == 16);
    assert_eq!(sales.count(), 8, "an hour each: {}", ended.stdout);
}

#[test]
fn what_is_neither_is_reported() {
    let folder = Folder::new();
    folder.write("notes.md", "# Notes\n");
    let ended = folder.run(&["wfm", "stats", "notes.md"]);
    assert_eq!(ended.status, 1);
    assert!(ended.stdout.contains("neither contact records nor an agent report"), "{}", ended.stdout);
    folder.write("in/notes.md", "# Notes\n");
    let ended = folder.run(&["wfm", "stats", "in"]);
    assert_eq!(ended.status, 1);
    assert!(ended.stdout.contains("no JSON documents in it"), "{}", ended.stdout);
    folder.write("none/callers.csv", "Phone,Name\n+61491570006,Ada Example\n");
    assert_eq!(folder.run(&["wfm", "stats", "none"]).status, 2, "there is nothing to count");
}

const RECORD: &str = r#"{"ContactId":"c","InitiationMethod":"INBOUND","Queue":{"ARN":"q","Name":"Sales","EnqueueTimestamp":"2026-11-02T10:00:00Z"}}"#;

/// What stands before a record in its file does not matter, and events of other kinds are no fault.
#[test]
fn records_count_whatever_is_before_them() {
    let record = |id: &str| RECORD.replace("\"c\"", &format!("\"{id}\"")) + "\n";
    let agent = "{\"AgentARN\":\"a\",\"EventType\":\"HEART_BEAT\"}\n";
    let flow = "{\"ContactId\":\"x\",\"ContactFlowModuleType\":\"PlayPrompt\"}\n";
    let event = "{\"detail-type\":\"Amazon Connect Contact Event\",\"detail\":{}}\n";
    for before in [agent.repeat(3_000), flow.to_owned(), event.to_owned()] {
        let folder = Folder::new();
        folder.write("in/good", record("good"));
        folder.write("in/mixed", format!("{before}{}{}", record("1"), record("2")));
        folder.write("in/others", agent);
        let ended = folder.run(&["wfm", "stats", "in", "--csv", "stats"]);
        assert_eq!(ended.status, 0, "{}", ended.stdout);
        let queues = folder.read("stats/queues.csv");
        assert_eq!(sum(&rows(&queues), "queue_name", "Sales", "offd_call_cnt"), 3, "{queues}");
    }
    let folder = Folder::new();
    folder.write("others", agent);
    assert_eq!(folder.run(&["wfm", "stats", "others"]).status, 1, "it was named, and nothing of it counts");
}

#[test]
fn records_in_batches_of_kinesis_and_firehose_count() {
    let folder = Folder::new();
    folder.write("day/batches.json", batches(b"!"));
    let ended = folder.run(&["wfm", "stats", "day", "--csv", "stats"]);
    assert_eq!(
        (ended.status, sum(&rows(&folder.read("stats/queues.csv")), "queue_name", "Q", "offd_call_cnt")),
        (1, 3)
    );
    assert!(ended.stdout.contains("not base64"), "{}", ended.stdout);
    folder.write("day/batches.json", batches(b"e30="));
    assert_eq!(folder.run(&["wfm", "stats", "day"]).status, 0);
}

/// A Kinesis event with an agent event and two contact records, and a Firehose event with another one and these data.
pub(crate) fn batches(data: &[u8]) -> String {
    let record = |id: &str| {
        json!({"ContactId": id, "Channel": "VOICE", "InitiationMethod": "INBOUND", "LastUpdateTimestamp": "2026-11-02T10:00:00Z",
            "InitiationTimestamp": "2026-11-02T09:00:00Z", "Queue": {"ARN": "x/queue/q", "Name": "Q", "EnqueueTimestamp": "2026-11-02T09:00:00Z"}})
        .to_string()
    };
    let agent = r#"{"EventId":"e","EventType":"HEART_BEAT","EventTimestamp":"2026-11-02T09:00:00Z","AgentARN":"a","CurrentAgentSnapshot":null}"#;
    let kinesis = [agent.to_owned(), format!("{}\n{}", record("a"), record("b"))].map(|text| {
        json!({"eventID": "shardId-000000000000:1", "eventSource": "aws:kinesis", "kinesis": {"sequenceNumber": "1", "partitionKey": "p", "data": STANDARD.encode(text)}})
    });
    let data = std::str::from_utf8(data).unwrap();
    let firehose =
        [STANDARD.encode(record("c")), data.to_owned()].map(|data| json!({"recordId": "r", "data": data}));
    format!("{}\n{}", json!({"Records": kinesis}), json!({"invocationId": "i", "records": firehose}))
}

#[test]
fn an_array_of_records_and_a_compressed_report_count() {
    let folder = Folder::new();
    folder.write("array.json", format!("[{RECORD},\n{}]", RECORD.replace("\"c\"", "\"d\"")));
    let report =
        "Agent,StartInterval,EndInterval,Online time\nanna,2026-11-02T10:00:00Z,2026-11-02T10:15:00Z,900\n";
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, report.as_bytes()).unwrap();
    folder.write("report.csv.gz", gzip.finish().unwrap());
    let ended = folder.run(&["wfm", "stats", "array.json", "report.csv.gz", "--csv", "stats"]);
    assert_eq!(ended.status, 0, "{}", ended.stdout);
    assert_eq!(sum(&rows(&folder.read("stats/queues.csv")), "queue_name", "Sales", "offd_call_cnt"), 2);
    assert_eq!(sum(&rows(&folder.read("stats/agents.csv")), "agent", "anna", "tot_work_dur"), 900);
}

#[test]
fn a_damaged_gzip_costs_what_is_behind_the_damage() {
    let folder = Folder::new();
    let records: String = (0..50).map(|n| RECORD.replace("\"c\"", &format!("\"{n}\"")) + "\n").collect();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, records.as_bytes()).unwrap();
    let packed = gzip.finish().unwrap();
    for (name, bytes, status) in [
        ("padded", [&packed[..], &[0; 1024]].concat(), 0),
        ("junk", [&packed[..], b"junk"].concat(), 1),
        ("cut", packed[..packed.len() - 5].to_vec(), 1),
    ] {
        folder.write(name, bytes);
        let ended = folder.run(&["wfm", "stats", name, "--csv", "stats"]);
        assert_eq!(ended.status, status, "{name}: {}", ended.stdout);
        assert_eq!(sum(&rows(&folder.read("stats/queues.csv")), "queue_name", "Sales", "offd_call_cnt"), 50);
        assert_eq!(ended.stdout.contains("gzip stream"), status == 1, "{}", ended.stdout);
    }
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
