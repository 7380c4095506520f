use std::{io::Write, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;
use serde_json::{Value, json};
use switchboard_callers::Limits;
use switchboard_core::{ctr::NotACtr, framing::Fault};
use switchboard_runtime::intake::PassedOver;

use super::*;
use crate::record::Tally;

fn enricher() -> Handler {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all("Phone,Name\n+61491570006,Ada Example\n+61491570156,\"Müller, \"\"Bo\"\"\"\n".as_bytes())
        .unwrap();
    let directory = Directory::file(file.path(), Limits::default()).unwrap();
    Handler::new(Some(directory), Requeue::Nowhere)
}

fn event(records: &[String]) -> String {
    let records: Vec<_> = records
        .iter()
        .enumerate()
        .map(|(n, data)| json!({"recordId": format!("r{n}"), "approximateArrivalTimestamp": 1, "data": data}))
        .collect();
    json!({"invocationId": "i", "deliveryStreamArn": "arn:aws:firehose:r:1:deliverystream/s", "region": "r",
        "records": records})
    .to_string()
}

/// What the handler makes of one event: id, verdict, decoded data, outcome of each record.
fn handled(enricher: &Handler, event: &str) -> Vec<(String, Verdict, Vec<u8>, RecordOutcome)> {
    let event = FirehoseEvent::read(event).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let handled = runtime.block_on(enricher.handle(&event, Instant::now() + Duration::from_secs(30)));
    let responses = handled.response.records.into_iter();
    responses
        .map(|one| {
            let data = match one.data {
                ResponseData::New(bytes) => bytes,
                ResponseData::AsItCame(data) => {
                    STANDARD.decode(data).unwrap_or_else(|_| data.as_bytes().to_vec())
                }
            };
            (one.record_id.into_owned(), one.result, data, one.outcome)
        })
        .collect()
}

/// What becomes of one record with these bytes.
fn one(bytes: impl AsRef<[u8]>) -> (Verdict, String, RecordOutcome) {
    let mut all = handled(&enricher(), &event(&[STANDARD.encode(bytes)]));
    let (_, verdict, data, outcome) = all.remove(0);
    (verdict, String::from_utf8_lossy(&data).into_owned(), outcome)
}

fn ctr(endpoint: &str) -> String {
    format!(
        r#"{{"ContactId":"c","InitiationMethod":"INBOUND","ConnectedToSystemTimestamp":"2026-11-02T07:00:12Z","CustomerEndpoint":{endpoint}}}"#
    )
}

fn call(number: &str) -> String {
    ctr(&format!(r#"{{"Address":"{number}","Type":"TELEPHONE_NUMBER"}}"#))
}

fn stamped(document: &str) -> String {
    let stamp = r#","@timestamp":"2026-11-02T07:00:12"}"#;
    format!("{}{stamp}\n", document.strip_suffix('}').unwrap())
}

const NONE: Tally = Tally { known: 0, unknown: 0, failed: 0, not_looked_up: 0 };

#[test]
fn a_known_caller_is_named() {
    let expected = stamped(&call("+61491570156").replace("NUMBER\"", r#"NUMBER","Name":"Müller, \"Bo\"""#));
    let outcome = RecordOutcome::Enriched(Tally { known: 1, ..NONE });
    assert_eq!(one(call("+61491570156")), (Verdict::Ok, expected, outcome));
}

#[test]
fn an_unknown_caller_has_no_name() {
    let document = call("+61491570313");
    let outcome = RecordOutcome::Enriched(Tally { unknown: 1, ..NONE });
    assert_eq!(one(&document), (Verdict::Ok, stamped(&document), outcome));
}

#[test]
fn a_record_without_a_number_is_not_looked_up() {
    for endpoint in [
        "null",
        r#"{"Address":"anonymous","Type":"TELEPHONE_NUMBER"}"#,
        r#"{"Address":"a@example.com","Type":"EMAIL_ADDRESS"}"#,
        "[]",
    ] {
        let document = ctr(endpoint);
        let outcome = RecordOutcome::Enriched(Tally { not_looked_up: 1, ..NONE });
        assert_eq!(one(&document), (Verdict::Ok, stamped(&document), outcome), "{endpoint}");
    }
}

#[test]
fn without_a_directory_no_caller_is_looked_up() {
    let records = [STANDARD.encode(call("+61491570006"))];
    let all = handled(&Handler::new(None, Requeue::Nowhere), &event(&records));
    assert_eq!(all[0].3, RecordOutcome::Enriched(Tally { not_looked_up: 1, ..NONE }));
    assert_eq!(all[0].2, stamped(&call("+61491570006")).into_bytes());
}

#[test]
fn of_several_contact_records_in_one_record_none_goes_out() {
    for between in ["", "\n", "\r\n "] {
        let text = [call("+61491570006"), call("+61491570313"), ctr("null")].join(between);
        assert_eq!(
            one(&text),
            (Verdict::ProcessingFailed, text.clone(), RecordOutcome::Rejected(Rejection::Several))
        );
    }
}

#[test]
fn what_goes_out_is_one_line() {
    let pretty = call("+61491570313").replace(',', ",\r\n  ");
    let (verdict, text, _) = one(&pretty);
    assert_eq!((verdict, text), (Verdict::Ok, stamped(&pretty.replace("\r\n", ""))));
    let in_an_array = format!("[\n{}\n]", call("+61491570313"));
    assert_eq!(one(in_an_array).1, stamped(&call("+61491570313")));
}

fn packed(bytes: &[u8]) -> String {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(bytes).unwrap();
    STANDARD.encode(gzip.finish().unwrap())
}

/// A batch of bombs: its records would take gigabytes. Those after the budget are refused, each alone.
#[test]
fn what_a_batch_unpacks_has_one_budget() {
    let spaces = vec![b' '; 8_000_000];
    let bomb = packed(&[call("+61491570313").as_bytes(), &spaces].concat());
    let small = packed(call("+61491570006").as_bytes());
    let mut records = vec![bomb; 6];
    records.push(small);
    records.push(STANDARD.encode(call("+61491570006")));
    let all = handled(&enricher(), &event(&records));
    let verdicts: Vec<_> = all.iter().map(|(_, verdict, ..)| *verdict).collect();
    assert_eq!(verdicts[..4], [Verdict::Ok; 4]);
    for over in &all[4..6] {
        assert_eq!(over.3, RecordOutcome::Rejected(Rejection::Payload(PayloadError::OverBudget)));
    }
    assert_eq!(verdicts[6..], [Verdict::Ok; 2]);
}

#[test]
fn a_record_that_lacks_something_costs_itself() {
    let good = STANDARD.encode(call("+61491570313"));
    let text = json!({"records": [
        {"recordId": "r0"},
        {"recordId": "r1", "data": good, "kinesisRecordMetadata": {}},
        {"recordId": "r2", "data": null},
        7,
        {"recordId": "r4", "data": good, "kinesisRecordMetadata": {"partitionKey": 7}},
    ]});
    let all = handled(&enricher(), &text.to_string());
    let outcomes: Vec<_> = all.iter().map(|(id, verdict, ..)| (id.as_str(), *verdict)).collect();
    let (ok, failed) = (Verdict::Ok, Verdict::ProcessingFailed);
    assert_eq!(outcomes, [("r0", failed), ("r1", ok), ("r2", failed), ("", failed), ("r4", ok)]);
    assert_eq!(all[0].3, RecordOutcome::Rejected(Rejection::NoData));
}

#[test]
fn a_compressed_record_is_unpacked() {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(call("+61491570313").as_bytes()).unwrap();
    let packed = gzip.finish().unwrap();
    assert_eq!(one(&packed).1, stamped(&call("+61491570313")));
    let (verdict, _, outcome) = one(&packed[..packed.len() - 2]);
    assert_eq!(verdict, Verdict::ProcessingFailed);
    assert!(matches!(outcome, RecordOutcome::Rejected(Rejection::Payload(PayloadError::Gzip(_)))));
}

#[test]
fn what_is_no_contact_record_is_refused_as_it_came() {
    let good = call("+61491570006");
    let cases = [
        (String::new(), Rejection::Empty),
        (" \n".into(), Rejection::Empty),
        ("hello".into(), Rejection::NotJson { fault: Fault::NotAnObject, start: 0, end: 5 }),
        (r#"{"ContactId":"#.into(), Rejection::NotJson { fault: Fault::CutOff, start: 0, end: 13 }),
        (r#"{"ContactId":"c"}"#.into(), Rejection::NotACtr(NotACtr::Other)),
        (format!("{good}{good}{{}}"), Rejection::NotACtr(NotACtr::Other)),
        (
            format!("{good}\n{{"),
            Rejection::NotJson {
                fault: Fault::CutOff,
                start: good.len() as u64 + 1,
                end: good.len() as u64 + 2,
            },
        ),
    ];
    for (text, rejection) in cases {
        assert_eq!(one(&text), (Verdict::ProcessingFailed, text.clone(), RecordOutcome::Rejected(rejection)));
    }
}

#[test]
fn one_bad_record_costs_itself_alone() {
    let good = STANDARD.encode(call("+61491570006"));
    let all = handled(&enricher(), &event(&[good.clone(), "not base64!".into(), good]));
    let verdicts: Vec<_> = all.iter().map(|(id, verdict, ..)| (id.as_str(), *verdict)).collect();
    assert_eq!(verdicts, [("r0", Verdict::Ok), ("r1", Verdict::ProcessingFailed), ("r2", Verdict::Ok)]);
    assert_eq!(all[1].2, b"not base64!");
    assert_eq!(all[0].2, all[2].2);
}

#[test]
fn a_panic_costs_one_record() {
    assert_eq!(
        catch_panic(Rejection::Panic, || -> Result<(), _> { panic!("defect") }),
        Err(Rejection::Panic)
    );
}

#[test]
fn a_response_keeps_within_its_limit() {
    let records = vec![STANDARD.encode(call("+61491570313")); 10];
    let text = event(&records);
    let event = FirehoseEvent::read(&text).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    for limit in [2000, 1500, 3000, 100_000] {
        let enricher = Handler { max_response_bytes: limit, ..enricher() };
        let response =
            runtime.block_on(enricher.handle(&event, Instant::now() + Duration::from_secs(30))).response;
        let printed = response.to_json();
        assert!(printed.len() <= limit, "{} > {limit}", printed.len());
        let ok = response.records.iter().filter(|one| one.result == Verdict::Ok).count();
        assert_eq!(ok == 10, limit == 100_000, "{limit}");
        assert!(ok > 0, "{limit}");
        // There is no stream here to put the rest back on.
        assert!(
            response
                .records
                .iter()
                .skip(ok)
                .all(|one| one.outcome == RecordOutcome::Rejected(Rejection::NotRequeued)
                    && one.result == Verdict::ProcessingFailed
                    && one.data.base64_bytes() == 0)
        );
    }
}

#[test]
fn a_record_too_large_for_any_response_is_not_requeued_for_ever() {
    let enricher = Handler { max_response_bytes: 200, ..enricher() };
    let all = handled(&enricher, &event(&[STANDARD.encode(call("+61491570313"))]));
    assert_eq!(all[0].3, RecordOutcome::Rejected(Rejection::TooLarge));
}

#[test]
fn counts_are_by_outcome() {
    let records: Vec<_> = [call("+61491570006"), call("+61491570006"), call("+61491570313"), "x".into()]
        .map(|text| STANDARD.encode(text))
        .to_vec();
    let text = event(&records);
    let event = FirehoseEvent::read(&text).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let metrics =
        runtime.block_on(enricher().handle(&event, Instant::now() + Duration::from_secs(9))).metrics;
    for (metric, count) in [
        (Metric::Records, 4),
        (Metric::CallersKnown, 2),
        (Metric::CallersUnknown, 1),
        (Metric::LookupsFailed, 0),
        (Metric::RejectedNotJson, 1),
    ] {
        assert_eq!(metrics.get(metric), count, "{metric:?}");
    }
}

fn any_record() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(STANDARD.encode(call("+61491570006"))),
        Just(STANDARD.encode(call("+61491570313"))),
        Just(STANDARD.encode(ctr("null").repeat(3))),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(|bytes| STANDARD.encode(bytes)),
        any::<String>(),
    ]
}

proptest! {
    #[test]
    fn every_record_is_answered_once_in_order(
        records in prop::collection::vec(any_record(), 0..12), limit in 0usize..4000,
    ) {
        let text = event(&records);
        let enricher = Handler { max_response_bytes: limit, ..enricher() };
        let all = handled(&enricher, &text);
        let ids: Vec<_> = all.iter().map(|(id, ..)| id.clone()).collect();
        prop_assert_eq!(ids, (0..records.len()).map(|n| format!("r{n}")).collect::<Vec<_>>());
        for (_, verdict, data, outcome) in all {
            prop_assert_eq!(verdict == Verdict::Ok, matches!(outcome, RecordOutcome::Enriched(_)));
            if verdict == Verdict::Ok {
                prop_assert!(data.ends_with(b"\n"));
                for line in data.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                    prop_assert!(serde_json::from_slice::<Value>(line).is_ok());
                }
            }
        }
    }
}

#[test]
fn what_is_not_of_a_served_instances_contacts_is_dropped() {
    const OURS: &str = "arn:aws:connect:eu-west-2:111122223333:instance/00000000-0000-4000-8000-000000000001";
    let enricher = enricher().serving(OURS.parse().unwrap());
    let of =
        |instance: &str| call("+61491570006").replacen('{', &format!(r#"{{"InstanceARN":"{instance}","#), 1);
    let agent = r#"{"AgentARN":"a","EventType":"LOGIN"}"#;
    let records = [
        of(OURS),
        of(&OURS.replace("eu-west-2", "us-east-1")),
        agent.to_owned(),
        [agent, &of(OURS)].concat(),
    ];
    let all = handled(&enricher, &event(&records.map(|record| STANDARD.encode(record))));
    let verdicts: Vec<_> = all.iter().map(|(_, verdict, data, _)| (*verdict, data.is_empty())).collect();
    assert_eq!(
        verdicts,
        [(Verdict::Ok, false), (Verdict::Dropped, true), (Verdict::Dropped, true), (Verdict::Ok, false)]
    );
    assert_eq!(all[1].3, RecordOutcome::PassedOver(PassedOver::OtherInstance));
    assert_eq!(all[2].3, RecordOutcome::PassedOver(PassedOver::OtherKind));
}
