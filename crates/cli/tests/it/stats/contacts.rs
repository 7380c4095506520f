//! Which contacts count, where, and as what.

use super::{rows, sum};
use crate::program::Folder;

/// A contact record of 2026-11-09. `more` is further members.
fn record(id: &str, method: &str, channel: &str, more: &str) -> String {
    format!(
        r#"{{"ContactId":"{id}","InitiationMethod":"{method}","Channel":"{channel}","DisconnectTimestamp":"2026-11-09T10:05:00Z",
        "LastUpdateTimestamp":"2026-11-09T10:06:00Z",{more}}}"#
    )
}

fn queue(name: &str, at: &str, secs: u64) -> String {
    format!(
        r#""Queue":{{"ARN":"arn:x/queue/{name}","Name":"{name}","EnqueueTimestamp":"2026-11-09T{at}Z","Duration":{secs}}}"#
    )
}

fn agent(name: &str, at: &str, talk: u64) -> String {
    format!(
        r#""Agent":{{"Username":"{name}","ConnectedToAgentTimestamp":"2026-11-09T{at}Z","AgentInteractionDuration":{talk},
        "AfterContactWorkDuration":7,"CustomerHoldDuration":11}}"#
    )
}

/// The tables of these records, as CSV texts: queues, agents by queue.
fn tables(records: &[String], options: &[&str]) -> [String; 2] {
    let folder = Folder::new();
    folder.write("records.ndjson", records.concat());
    let ended = folder.run(&[&["wfm", "stats", "records.ndjson", "--csv", "stats"], options].concat());
    assert_eq!(ended.status, 0, "{}{}", ended.stdout, ended.stderr);
    ["stats/queues.csv", "stats/agent-queues.csv"].map(|name| folder.read(name))
}

const OUTCOMES: [&str; 6] = [
    "offd_call_cnt",
    "answ_call_cnt",
    "aband_call_cnt",
    "callback_requested_call_cnt",
    "transferred_out_from_queue_call_cnt",
    "ended_otherwise_call_cnt",
];

fn outcomes(queues: &str, queue: &str) -> [u64; 6] {
    OUTCOMES.map(|column| sum(&rows(queues), "queue_name", queue, column))
}

#[test]
fn who_asks_to_be_called_back_is_not_abandoned() {
    let flow = r#""DisconnectReason":"CONTACT_FLOW_DISCONNECT""#;
    let records = [
        record(
            "c1",
            "INBOUND",
            "VOICE",
            &format!(r#""NextContactId":"c2",{flow},{}"#, queue("Inbound", "10:00:00", 120)),
        ),
        record(
            "c2",
            "CALLBACK",
            "VOICE",
            &format!(
                r#""PreviousContactId":"c1",{},{}"#,
                queue("Callbacks", "10:03:00", 30),
                agent("mira", "10:03:30", 60)
            ),
        ),
        // The one that names its callback came in another file, or not at all.
        record("c3", "INBOUND", "VOICE", &format!("{flow},{}", queue("Inbound", "10:00:10", 60))),
        record(
            "c4",
            "CALLBACK",
            "VOICE",
            &format!(
                r#""PreviousContactId":"c3","DisconnectReason":"TELECOM_UNANSWERED",{}"#,
                queue("Callbacks", "10:03:00", 40)
            ),
        ),
        record(
            "c5",
            "INBOUND",
            "VOICE",
            &format!(r#""DisconnectReason":"CUSTOMER_DISCONNECT",{}"#, queue("Inbound", "10:00:20", 50)),
        ),
    ];
    let [queues, _] = tables(&records, &[]);
    assert_eq!(outcomes(&queues, "Inbound"), [3, 0, 1, 2, 0, 0], "{queues}");
    assert_eq!(outcomes(&queues, "Callbacks"), [2, 1, 0, 0, 0, 1], "{queues}");
}

#[test]
fn who_is_moved_to_another_queue_is_transferred_out() {
    let records = [
        record(
            "c1",
            "INBOUND",
            "VOICE",
            &format!(
                r#""NextContactId":"c2","DisconnectReason":"OTHER",{}"#,
                queue("Inbound", "10:00:00", 60)
            ),
        ),
        record(
            "c2",
            "QUEUE_TRANSFER",
            "VOICE",
            &format!("{},{}", queue("Billing", "10:01:00", 30), agent("jonas", "10:01:30", 90)),
        ),
        record(
            "c3",
            "API",
            "TASK",
            &format!(r#""DisconnectReason":"EXPIRED",{}"#, queue("Tasks", "10:00:00", 60)),
        ),
    ];
    let [queues, _] = tables(&records, &[]);
    assert_eq!(outcomes(&queues, "Inbound"), [1, 0, 0, 0, 1, 0], "{queues}");
    assert_eq!(outcomes(&queues, "Billing"), [1, 1, 0, 0, 0, 0], "{queues}");
    assert_eq!(outcomes(&queues, "Tasks"), [1, 0, 0, 0, 0, 1], "{queues}");
}

#[test]
fn legs_that_are_not_the_customers_count_nowhere() {
    let taken = |name, at, talk| format!("{},{}", queue("Inbound", "10:00:00", 5), agent(name, at, talk));
    let records = [
        record("c1", "INBOUND", "VOICE", &taken("mira", "10:00:05", 200)),
        record("c2", "MONITOR", "VOICE", &taken("supervisor", "10:00:30", 419)),
        record("c3", "EXTERNAL_OUTBOUND", "VOICE", &taken("mira", "10:01:00", 30)),
        record("c4", "TRANSFER", "VOICE", &taken("consulted", "10:01:00", 0)),
    ];
    let [queues, agents] = tables(&records, &[]);
    assert_eq!(outcomes(&queues, "Inbound"), [1, 1, 0, 0, 0, 0], "{queues}");
    assert_eq!(sum(&rows(&queues), "queue_name", "Inbound", "talking_call_dur"), 200);
    assert_eq!(sum(&rows(&queues), "queue_name", "Inbound", "hold_call_dur"), 11);
    let agents = rows(&agents);
    assert_eq!(agents.iter().map(|row| row["agent"]).collect::<Vec<_>>(), ["mira"]);
    assert_eq!((agents[0]["answ_call_cnt"], agents[0]["hold_call_dur"]), ("1", "11"));
}

#[test]
fn each_channel_has_rows_of_its_own() {
    let waited = |secs| queue("Inbound", "10:00:00", secs);
    let records = [
        record("c1", "INBOUND", "VOICE", &format!("{},{}", waited(5), agent("mira", "10:00:05", 200))),
        record("c2", "INBOUND", "EMAIL", &format!("{},{}", waited(172_800), agent("mira", "10:00:05", 600))),
        record("c3", "API", "CHAT", &waited(8)),
    ];
    let [queues, agents] = tables(&records, &[]);
    let columns = ["channel", "offd_call_cnt", "queued_answ_longest_que_dur"];
    let cells: Vec<_> = rows(&queues).into_iter().map(|row| columns.map(|column| row[column])).collect();
    assert_eq!(cells, [["CHAT", "1", ""], ["EMAIL", "1", "172800"], ["VOICE", "1", "5"]]);
    let by_agent: Vec<_> = rows(&agents).iter().map(|row| row["channel"].to_owned()).collect();
    assert_eq!(by_agent, ["EMAIL", "VOICE"]);
    let [queues, agents] = tables(&records, &["--channel", "voice,chat"]);
    let channels: Vec<_> = rows(&queues).iter().map(|row| row["channel"].to_owned()).collect();
    assert_eq!(channels, ["CHAT", "VOICE"]);
    assert_eq!(rows(&agents).len(), 1);
}

#[test]
fn a_time_that_is_not_set_is_none() {
    let never = "1970-01-01T00:00:00.001Z";
    let records = [
        record(
            "c1",
            "INBOUND",
            "VOICE",
            &format!(
                r#"{},"Agent":{{"Username":"mira","ConnectedToAgentTimestamp":"{never}"}}"#,
                queue("Q", "10:00:00", 9)
            ),
        ),
        record(
            "c2",
            "INBOUND",
            "VOICE",
            &format!(r#""Queue":{{"ARN":"q","Name":"Q","EnqueueTimestamp":"{never}","Duration":4}}"#),
        ),
    ];
    let [queues, agents] = tables(&records, &[]);
    assert_eq!((rows(&queues).len(), rows(&agents).len()), (1, 0), "{queues}{agents}");
    assert_eq!(outcomes(&queues, "Q")[..3], [1, 0, 1]);
}
