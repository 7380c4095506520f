//! How fast an object of contact records becomes CSV, beside what any reader of it must do.
//!
//! Prints MB/s of JSON on one core and the ratios to the typed parse, the usual way of doing it, and to a look at every byte.

use std::{
    fmt::Write as _,
    hint::black_box,
    io,
    time::{Duration, Instant},
};

use serde::Deserialize;
use switchboard_core::{
    ctr::Ctr,
    framing::{Framer, Piece, pieces},
    outline::Outline,
};
use switchboard_wfm::history::rows::{self, Layout, RowWriter};

const RECORDS: usize = 20_000;
const RUNS: usize = 7;
/// How much of an object arrives at once.
const PART: usize = 64 * 1024;

/// Goes through an object and says how many records it saw.
type Work = fn(&[u8]) -> usize;

fn main() {
    let object = object();
    let size = object.len();
    let measures: [(&str, Work); 6] = [
        ("memchr, a byte that is not there", pass),
        ("typed serde_json parse", typed),
        ("framing", |object| documents(object).count()),
        ("framing + view", view),
        ("framing + view + CSV", csv),
        ("csv crate, ready cells", ready_cells),
    ];
    let [typed_secs, pass_secs] = [typed as Work, pass].map(|run| best(run, object.as_bytes()).as_secs_f64());
    print(&format!("{RECORDS} records of {} bytes, best of {RUNS} runs", size / RECORDS));
    for (name, run) in measures {
        let secs = best(run, object.as_bytes()).as_secs_f64();
        let speed = f64::from(u32::try_from(size).unwrap_or(u32::MAX)) / 1e6 / secs;
        let [typed, pass] = [typed_secs, pass_secs].map(|other| other / secs);
        print(&format!("{name:<32} {speed:>6.0} MB/s  {typed:>5.2} x typed parse  {pass:>5.3} x memchr"));
    }
}

#[expect(clippy::print_stdout, reason = "a bench's answer")]
fn print(line: &str) {
    println!("{line}");
}

fn best(run: Work, object: &[u8]) -> Duration {
    let time = |_| {
        let start = Instant::now();
        assert_eq!(black_box(run(black_box(object))), RECORDS);
        start.elapsed()
    };
    (0..RUNS).map(time).min().unwrap_or_default()
}

/// The least that a look at every byte takes.
fn pass(object: &[u8]) -> usize {
    memchr::memchr(0, object).map_or(RECORDS, |_| 0)
}

fn documents(object: &[u8]) -> impl Iterator<Item = &str> {
    pieces(object).filter_map(|piece| match piece {
        Piece::Document { text, .. } => Some(text),
        Piece::Damage { .. } => None,
    })
}

fn view(object: &[u8]) -> usize {
    documents(object).filter(|document| black_box(Ctr::parse(document)).is_ok()).count()
}

/// As a function does it: what arrived is framed, and each document read by its outline.
fn csv(object: &[u8]) -> usize {
    let mut written = 0;
    let Ok(mut rows) = RowWriter::new(io::sink(), Layout::Extended) else { return 0 };
    let (mut framer, mut outline) = (Framer::new(), Outline::default());
    for part in object.chunks(PART) {
        framer.push(part);
        while let Some(piece) = framer.next_with(&mut outline) {
            let Piece::Document { text, .. } = piece else { continue };
            let row = Ctr::with_outline(text, &outline).map(|ctr| rows.write(&ctr));
            written += usize::from(matches!(row, Ok(Ok(()))));
        }
    }
    written
}

/// The floor of it: the `csv` crate writes as many cells that are ready.
fn ready_cells(object: &[u8]) -> usize {
    const CELLS: [&str; 26] = [
        "e7c9afb6-b1e1-4afa-b5b5-000000000017",
        "5",
        "239",
        "agent.17",
        "VOICE",
        "6fe40d2a-1a89-4d73-bfcf-000000000017",
        "INBOUND",
        "078ccbaa-ae69-4bf9-84bc-5c60ca9b1478",
        "31",
        "2024-05-01T10:00:17Z",
        "Sales",
        "+12025550100",
        "",
        "",
        "2024-05-01T11:00:17Z",
        "2024-05-01T10:00:17Z",
        "2024-05-01T10:00:17Z",
        "2024-05-01T10:00:17Z",
        "2024-05-01T10:00:17Z",
        "221",
        "2",
        "204",
        "",
        "",
        "",
        "CUSTOMER_DISCONNECT",
    ];
    let mut csv = rows::writer(io::sink());
    let rows = object.len().min(RECORDS);
    (0..rows).filter(|_| csv.write_record(black_box(CELLS)).is_ok()).count()
}

fn typed(object: &[u8]) -> usize {
    serde_json::Deserializer::from_slice(object)
        .into_iter::<TypedCtr>()
        .filter(|ctr| ctr.as_ref().is_ok_and(|ctr| black_box(ctr).agent.is_some()))
        .count()
}

/// The members that the rows are made of, owned.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(dead_code, reason = "read by the parser alone")]
struct TypedCtr {
    agent: Option<TypedAgent>,
    queue: Option<TypedQueue>,
    channel: Option<String>,
    contact_id: Option<String>,
    initiation_method: Option<String>,
    initiation_timestamp: Option<String>,
    system_endpoint: Option<TypedEndpoint>,
    transfer_completed_timestamp: Option<String>,
    transferred_to_endpoint: Option<TypedEndpoint>,
    disconnect_timestamp: Option<String>,
    last_update_timestamp: Option<String>,
    next_contact_id: Option<String>,
    previous_contact_id: Option<String>,
    initial_contact_id: Option<String>,
    disconnect_reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(dead_code, reason = "read by the parser alone")]
struct TypedAgent {
    #[serde(rename = "ARN")]
    arn: Option<String>,
    username: Option<String>,
    after_contact_work_duration: Option<i64>,
    agent_interaction_duration: Option<i64>,
    connected_to_agent_timestamp: Option<String>,
    customer_hold_duration: Option<i64>,
    number_of_holds: Option<i64>,
    longest_hold_duration: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(dead_code, reason = "read by the parser alone")]
struct TypedQueue {
    #[serde(rename = "ARN")]
    arn: Option<String>,
    name: Option<String>,
    duration: Option<i64>,
    enqueue_timestamp: Option<String>,
    dequeue_timestamp: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(dead_code, reason = "read by the parser alone")]
struct TypedEndpoint {
    address: Option<String>,
    r#type: Option<String>,
}

/// Records as Firehose glues them together, each of about 2.5 KB as a voice contact's are.
fn object() -> String {
    let mut object = String::new();
    let arn = "arn:aws:connect:eu-west-2:111122223333:instance/5a2f3b68-24d7-46c5-ba70-b70cd6918286";
    for index in 0..RECORDS {
        let (minute, second) = (index / 60 % 60, index % 60);
        let written = write!(
            object,
            r#"{{"AWSAccountId":"111122223333","AWSContactTraceRecordFormatVersion":"2017-03-10","Agent":{{"ARN":"{arn}/agent/e7c9afb6-b1e1-4afa-b5b5-{index:012}","AfterContactWorkDuration":5,"AfterContactWorkEndTimestamp":"2024-05-01T10:{minute:02}:{second:02}Z","AfterContactWorkStartTimestamp":"2024-05-01T10:{minute:02}:{second:02}Z","AgentInteractionDuration":239,"ConnectedToAgentTimestamp":"2024-05-01T10:{minute:02}:{second:02}Z","CustomerHoldDuration":221,"HierarchyGroups":{{"Level1":{{"ARN":"{arn}/agent-group/bf0c4e88-50bd-4bb9-823c-8650c630cf87","GroupName":"North"}},"Level2":null,"Level3":null,"Level4":null,"Level5":null}},"LongestHoldDuration":204,"NumberOfHolds":2,"RoutingProfile":{{"ARN":"{arn}/routing-profile/304e0036-2322-45fd-80c4-c97e184c388b","Name":"All"}},"Username":"agent.{index}"}},"AgentConnectionAttempts":1,"AnsweringMachineDetectionStatus":null,"Attributes":{{"greetingPlayed":"true","language":"en-AU","reason":"billing, and \"more\"","survey":"N","tier":"gold"}},"Campaign":{{"CampaignId":null}},"Channel":"VOICE","ConnectedToSystemTimestamp":"2024-05-01T10:{minute:02}:{second:02}Z","ContactDetails":{{}},"ContactId":"6fe40d2a-1a89-4d73-bfcf-{index:012}","CustomerEndpoint":{{"Address":"+61491570006","Type":"TELEPHONE_NUMBER"}},"DisconnectReason":"CUSTOMER_DISCONNECT","DisconnectTimestamp":"2024-05-01T10:{minute:02}:{second:02}Z","InitialContactId":null,"InitiationMethod":"INBOUND","InitiationTimestamp":"2024-05-01T10:{minute:02}:{second:02}Z","InstanceARN":"{arn}","LastUpdateTimestamp":"2024-05-01T11:{minute:02}:{second:02}Z","MediaStreams":[{{"Type":"AUDIO"}}],"NextContactId":null,"PreviousContactId":null,"Queue":{{"ARN":"{arn}/queue/078ccbaa-ae69-4bf9-84bc-5c60ca9b1478","DequeueTimestamp":"2024-05-01T10:{minute:02}:{second:02}Z","Duration":31,"EnqueueTimestamp":"2024-05-01T10:{minute:02}:{second:02}Z","Name":"Sales"}},"Recording":{{"DeletionReason":null,"Location":"recordings/connect/CallRecordings/2024/05/01/{index:012}.wav","Status":"AVAILABLE","Type":"AUDIO"}},"Recordings":null,"References":[],"SystemEndpoint":{{"Address":"+12025550100","Type":"TELEPHONE_NUMBER"}},"TransferCompletedTimestamp":null,"TransferredToEndpoint":null,"VoiceIdResult":null}}"#
        );
        assert_eq!(written, Ok(()));
    }
    object
}
