//! What becomes of an object.

use std::{
    fs::File,
    io::{BufWriter, Write},
};

use serde_json::json;
use switchboard_core::{ctr::NotACtr, framing::Fault, gzip::GzipError};
use switchboard_objects::reader::ReadError;
use switchboard_wfm::history::sftp::{FileUploader, Target};

use super::{super::*, bench::*};
use crate::outcome::{RejectReason, Rejected};

#[tokio::test]
async fn records_glued_a_line_each_or_pretty_are_rows() {
    let bench = Bench::new();
    let (one, two) = (ctr("c1", 1, "Sales }{ Service"), ctr("c2", 2, "A, \"B\"\nÜber"));
    let pretty = |text: &str| {
        let value: serde_json::Value = serde_json::from_str(text).unwrap();
        serde_json::to_string_pretty(&value).unwrap()
    };
    let header = "Agent_ARN,Agent_AfterContactWorkDuration,Agent_AgentInteractionDuration,Agent_Username,Channel,\
                  ContactID,InitiationMethod,Queue_ARN,Queue_Duration,Queue_EnqueueTimestamp,Queue_Name,\
                  SystemEndpoint_Address,TransferCompletedTimestamp,TransferredToEndpoint,LastUpdateTimestamp\n";
    let rows = ",,,,VOICE,c1,INBOUND,,1,,Sales }{ Service,,,,2024-05-01T10:00:01Z\n\
         ,,,,VOICE,c2,INBOUND,,2,,\"A, \"\"B\"\"\nÜber\",,,,2024-05-01T10:00:02Z\n";
    for (key, content) in [
        ("glued", format!("{one}{two}")),
        ("lines", format!("{one}\n{two}\n")),
        ("crlf", format!("\u{feff}{one}\r\n{two}\r\n")),
        ("pretty", format!("{}\n{}", pretty(&one), pretty(&two))),
    ] {
        let outcome = bench.process(key, content).await;
        assert_delivered(&outcome, &format!("{key}.csv"));
        assert_eq!(outcome.counts, ObjectCounts { rows: 2, duplicates: 0, rejected: 0 }, "{key}");
        assert_eq!(bench.file(&format!("{key}.csv")), format!("{header}{rows}"), "{key}");
    }
    assert!(bench.rejected_nothing());
}

#[tokio::test]
async fn records_that_lack_members_or_have_them_null_or_of_another_type_are_rows() {
    let bench = Bench::new();
    let records = [
        json!({"ContactId": "old", "InitiationMethod": "INBOUND"}),
        json!({"ContactId": "null", "InitiationMethod": "API", "Agent": null, "Queue": null,
               "SystemEndpoint": null, "TransferredToEndpoint": null, "TransferCompletedTimestamp": null}),
        json!({"ContactId": "moved", "InitiationMethod": "INBOUND", "Agent": "Rachel",
               "TransferredToEndpoint": {"Address": "+61491570006", "Type": "TELEPHONE_NUMBER"}}),
    ];
    let outcome = bench.process("k", records.map(|record| record.to_string()).concat()).await;
    assert_eq!(outcome.counts, ObjectCounts { rows: 3, duplicates: 0, rejected: 0 });
    let file = bench.file("k.csv");
    let rows: Vec<_> = file.lines().skip(1).collect();
    let expected = [
        ",,,,,old,INBOUND,,,,,,,,",
        ",,,,,null,API,,,,,,,,",
        ",,,Rachel,,moved,INBOUND,,,,,,,TELEPHONE_NUMBER,",
    ];
    assert_eq!(rows, expected);
}

#[tokio::test]
async fn the_layout_is_the_one_that_was_set() {
    let bench = Bench::with(Layout::Extended);
    bench.process("k", ctr("c1", 7, "Sales")).await;
    let file = bench.file("k.csv");
    assert!(file.lines().next().unwrap().contains(",LastUpdateTimestamp,"), "{file}");
    assert!(file.lines().nth(1).unwrap().contains(",2024-05-01T10:00:07Z,"), "{file}");
}

#[tokio::test]
async fn a_report_arrives_byte_for_byte() {
    let bench = Bench::new();
    // Not UTF-8, and more than one part of a file.
    let report = [b"Agent,Calls\r\nJos\xe9,1\r\n".repeat(20_000), gzip("x")].concat();
    let outcome = bench.process("reports/Agents 2024-05-01T10:00:00Z.CSV", &report).await;
    assert_delivered(&outcome, "Agents 2024-05-01T10_00_00Z.CSV");
    assert_eq!(outcome.counts, ObjectCounts::default());
    assert_eq!(bench.bytes("Agents 2024-05-01T10_00_00Z.CSV"), report);
    let packed = gzip(&report);
    bench.process("packed.csv", &packed).await;
    assert_eq!(bench.bytes("packed.csv"), packed);
    bench.process("unpacked.csv.gz", &packed).await;
    assert_eq!(bench.bytes("unpacked.csv"), report);
}

#[tokio::test]
async fn gzip_is_known_by_its_bytes_in_any_number_of_members() {
    let bench = Bench::new();
    let packed = [gzip(ctr("c1", 1, "Sales")), gzip(ctr("c2", 1, "Sales"))].concat();
    for (key, name) in [("a.gz", "a.csv"), ("b", "b.csv")] {
        let outcome = bench.process(key, &packed).await;
        assert_delivered(&outcome, name);
        assert_eq!(bench.contacts(name), ["c1", "c2"]);
    }
    bench.process("plain.gz", ctr("c3", 1, "Sales")).await;
    assert_eq!(bench.contacts("plain.csv"), ["c3"]);
}

#[tokio::test]
async fn what_is_before_damage_of_gzip_is_delivered_and_the_damage_rejected() {
    let bench = Bench::new();
    let records: String = (0..1_000).map(|at| ctr(&format!("c{at}"), 1, "Sales")).collect();
    let packed = gzip(&records);
    // The checksum alone is cut off: every record is there.
    let outcome = bench.process("tail.gz", &packed[..packed.len() - 5]).await;
    assert_eq!(outcome.counts, ObjectCounts { rows: 1_000, duplicates: 0, rejected: 1 });
    assert!(matches!(outcome.rejects[0].reason, RejectReason::Gzip(GzipError::CutOff { .. })), "{outcome:?}");
    assert_eq!(bench.rejected("tail.gz")[0]["start"], records.len());

    let outcome = bench.process("half.gz", &packed[..packed.len() / 2]).await;
    assert!(outcome.counts.rows > 100 && outcome.counts.rejected >= 1, "{outcome:?}");
    assert_eq!(bench.contacts("half.csv").len() as u64, outcome.counts.rows);

    for padding in [vec![0; 3_000], b"\n".to_vec()] {
        let outcome = bench.process("padded.gz", [packed.clone(), padding].concat()).await;
        assert_eq!(outcome.counts, ObjectCounts { rows: 1_000, duplicates: 0, rejected: 0 });
    }
}

#[tokio::test]
async fn a_damaged_report_is_not_delivered_in_part() {
    let bench = Bench::new();
    let packed = gzip("Agent,Calls\n".repeat(10_000));
    for end in [packed.len() - 9, 11] {
        let outcome = bench.process("r.csv.gz", &packed[..end]).await;
        let Err(ObjectError::Read(ReadError::Gzip(GzipError::CutOff { .. }))) = outcome.result else {
            panic!("{outcome:?}");
        };
    }
    assert!(bench.files().is_empty());
}

#[tokio::test]
async fn of_a_contacts_copies_the_newest_counts_wherever_it_is() {
    let bench = Bench::new();
    let copies = [("c1", 5), ("c2", 1), ("c1", 9), ("c1", 7), ("c3", 1), ("c2", 1)];
    let outcome = bench.process("k", copies.map(|(id, second)| ctr(id, second, "q")).concat()).await;
    assert_eq!(outcome.counts, ObjectCounts { rows: 3, duplicates: 3, rejected: 0 });
    let file = bench.file("k.csv");
    let rows: Vec<_> = file.lines().skip(1).collect();
    let row = |contact, second| {
        format!(",,,,VOICE,{contact},INBOUND,,{second},,q,,,,2024-05-01T10:00:{second:02}Z")
    };
    assert_eq!(rows, [row("c2", 1), row("c1", 9), row("c3", 1)]);
}

#[tokio::test]
async fn a_cut_off_tail_is_rejected_with_its_place_and_the_rest_delivered() {
    let bench = Bench::new();
    let (whole, tail) = (format!("{}\n", ctr("c1", 1, "Über")), ctr("c2", 1, "Sales"));
    let (cut, _) = tail.split_at(40);
    let outcome = bench.process("in/k", format!("{whole}{cut}")).await;
    assert_delivered(&outcome, "k.csv");
    assert_eq!(outcome.counts, ObjectCounts { rows: 1, duplicates: 0, rejected: 1 });
    assert_eq!(bench.contacts("k.csv"), ["c1"]);
    let (start, end) = (whole.len() as u64, (whole.len() + 40) as u64);
    assert_eq!(
        outcome.rejects,
        [Rejected { reason: RejectReason::Damage(Fault::CutOff), range: start..end }]
    );
    let line = json!({"reason": "the document is cut off", "start": start, "end": end, "data": cut});
    assert_eq!(bench.rejected("in/k"), [line]);
}

#[tokio::test]
async fn places_are_those_of_the_unpacked_bytes() {
    let bench = Bench::new();
    let one = ctr("c1", 1, "Sales");
    let outcome = bench.process("k.gz", gzip(format!("{one}junk"))).await;
    let start = one.len() as u64;
    assert_eq!(outcome.rejects[0].range, start..start + 4);
    assert_eq!(bench.rejected("k.gz")[0]["data"], "junk");
}

#[tokio::test]
async fn other_records_among_them_are_passed_over_and_what_is_no_record_is_rejected() {
    let bench = Bench::new();
    let agent = json!({"AgentARN": "a", "EventType": "STATE_CHANGE", "EventId": "e"}).to_string();
    let log = json!({"ContactId": "c9", "ContactFlowId": "f"}).to_string();
    let not_utf8 = b"{\"ContactId\":\"\xff\",\"InitiationMethod\":\"API\"}";
    let (one, two) = (ctr("c1", 1, "q"), ctr("c2", 1, "q"));
    let other = json!({"ContactId": "c9"}).to_string();
    let parts =
        [agent.as_bytes(), one.as_bytes(), log.as_bytes(), other.as_bytes(), not_utf8, two.as_bytes()];
    let outcome = bench.process("k", parts.concat()).await;
    assert_eq!(outcome.counts, ObjectCounts { rows: 2, duplicates: 0, rejected: 2 });
    assert_eq!(outcome.passed_over.get(Metric::RecordsOfOtherKinds), 2);
    assert_eq!(bench.contacts("k.csv"), ["c1", "c2"]);
    let reasons: Vec<_> = outcome.rejects.iter().map(|reject| reject.reason).collect();
    let expected = [RejectReason::NotACtr(NotACtr::Other), RejectReason::Damage(Fault::NotUtf8)];
    assert_eq!(reasons, expected);
    let lines = bench.rejected("k");
    assert_eq!(lines[0]["data"], other.as_str());
    assert!(lines[1]["data_base64"].is_string() && lines[1].get("data").is_none(), "{}", lines[1]);
}

#[tokio::test]
async fn without_a_contact_record_there_is_no_file() {
    let bench = Bench::new();
    let junk = "no record, nor { anything else";
    let packed = gzip("");
    let objects: [(&str, &[u8]); 6] = [
        ("empty", b""),
        ("blank", b" \n"),
        ("junk", junk.as_bytes()),
        ("r.csv", b""),
        ("packed", &packed),
        ("r2.csv.gz", &packed),
    ];
    for (key, content) in objects {
        let outcome = bench.process(key, content).await;
        assert_eq!(outcome.result.unwrap(), Delivery::NothingToDeliver, "{key}");
    }
    assert!(bench.files().is_empty());
    assert_eq!(bench.rejected("junk")[0]["data"], junk);
    assert!(!bench.path("rejected/empty.ndjson").exists());
}

#[tokio::test]
async fn rejects_that_cannot_be_stored_neither_prevent_nor_repeat_a_delivery() {
    let bench = Bench::new();
    bench.put("rejected", "a file where the folder should be");
    bench.put("k", format!("{}junk", ctr("c1", 1, "q")));
    let handled = bench.handle(&[("m", created(&["k"]))]).await;
    assert_eq!(failed_ids(&handled), [""; 0], "a message that comes again would deliver again");
    assert_eq!(bench.contacts("k.csv"), ["c1"]);
    let Some(ObjectError::RejectsNotStored { key, .. }) = &handled.outcomes[0].rejects_error else {
        panic!("{:?}", handled.outcomes)
    };
    assert_eq!(key, "rejected/k.ndjson");
    assert_eq!(handled.metrics.get(Metric::RecordsRejected), 1, "an alarm watches this");

    // Nothing was delivered, so that nothing is repeated.
    bench.put("only-junk", "junk");
    let handled = bench.handle(&[("m", created(&["only-junk"]))]).await;
    assert_eq!(failed_ids(&handled), ["m"]);
}

#[tokio::test]
async fn rejects_are_put_aside_before_the_delivery() {
    let bench = Bench::new();
    bench.put("k", format!("{}junk", ctr("c1", 1, "q")));
    let blocked = tempfile::NamedTempFile::new().unwrap();
    let uploader = FileUploader::new(Target::Folder(blocked.path().join("wfm")));
    let store = Store::folder(bench.path("").parent().unwrap());
    let outcome = Handler::new(store, uploader, Layout::Teleopti).object(BUCKET, "k", in_a_minute()).await;
    assert!(matches!(outcome.result, Err(ObjectError::Delivery(_))), "{outcome:?}");
    assert_eq!(bench.rejected("k")[0]["data"], "junk");
}

#[tokio::test]
async fn thirty_megabytes_stream_through() {
    let bench = Bench::new();
    bench.put("big", "");
    let mut file = BufWriter::new(File::create(bench.path("big")).unwrap());
    let filler = "x".repeat(6_000);
    let (contacts, mut bytes) = (5_000_u64, 0);
    for at in 0..contacts {
        // Every tenth contact comes twice, the newer copy first.
        if at % 10 == 0 {
            file.write_all(ctr(&format!("c{at}"), 2, "short").as_bytes()).unwrap();
        }
        let older = ctr(&format!("c{at}"), 1, &filler);
        file.write_all(older.as_bytes()).unwrap();
        bytes += older.len();
    }
    file.write_all(b"{\"cut").unwrap();
    drop(file);
    assert!(bytes > 30_000_000);
    let outcome = bench.object("big").await;
    assert_delivered(&outcome, "big.csv");
    assert_eq!(outcome.counts, ObjectCounts { rows: contacts, duplicates: contacts / 10, rejected: 1 });
    assert_eq!(bench.contacts("big.csv").len() as u64, contacts);
}

#[tokio::test]
async fn what_is_not_of_a_served_instances_contacts_is_neither_delivered_nor_rejected() {
    const OURS: &str = "arn:aws:connect:eu-west-2:111122223333:instance/00000000-0000-4000-8000-000000000001";
    let bench = Bench::new().serving(OURS.parse().unwrap());
    let of = |id: &str, instance: &str| {
        ctr(id, 1, "Sales").replacen('{', &format!(r#"{{"InstanceARN":"{instance}","#), 1)
    };
    let agent = r#"{"AgentARN":"a","EventType":"LOGIN"}"#;
    let other = OURS.replace("-8000-", "-9000-");
    let outcome = bench.process("mixed", [agent, &of("c1", &other), &of("c2", OURS)].concat()).await;
    assert_eq!(outcome.counts, ObjectCounts { rows: 1, duplicates: 0, rejected: 0 });
    let counts = [Metric::RecordsOfOtherInstances, Metric::RecordsOfOtherKinds];
    assert_eq!(counts.map(|metric| outcome.passed_over.get(metric)), [1, 1]);
    assert_eq!(bench.contacts("mixed.csv"), ["c2"]);
}

/// Of objects in a bucket of others nothing is written beside them.
#[tokio::test]
async fn rejected_records_may_have_a_bucket_of_their_own() {
    let bench = Bench::new().rejecting_into("own");
    std::fs::create_dir_all(bench.path("../own")).unwrap();
    bench.process("in/a", ["junk".to_owned(), ctr("c1", 1, "q")].concat()).await;
    assert!(bench.rejected_nothing());
    let text = std::fs::read_to_string(bench.path("../own/rejected/in/a.ndjson")).unwrap();
    assert!(text.contains("junk"), "{text}");
    assert_eq!(bench.contacts("a.csv"), ["c1"]);
}

#[tokio::test]
async fn a_format_of_columns_is_refused_by_name() {
    let bench = Bench::new();
    for (content, name) in [(&b"PAR1\x15\x04"[..], "Parquet"), (b"ORC\x08\x03", "ORC")] {
        let outcome = bench.process("columns", content).await;
        let error = outcome.result.unwrap_err().to_string();
        assert!(error.contains(name) && error.contains("JSON, plain or gzip"), "{error}");
    }
    // A report goes as it is, whatever it begins with.
    bench.process("ORC.csv", "ORC,1\r\n").await;
    assert_eq!((bench.files(), bench.rejected_nothing()), (vec!["ORC.csv".to_owned()], true));
}
