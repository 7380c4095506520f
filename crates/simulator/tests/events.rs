//! The sample events in `events/` are what its README says: they parse, decode, and name files that
//! are there. What the functions make of them is tested with the functions.

#[cfg(test)]
mod events {
    use std::{
        collections::{BTreeMap, BTreeSet},
        fs,
        path::{Path, PathBuf},
    };

    use base64::{Engine as _, prelude::BASE64_STANDARD};
    use serde_json::Value;
    use switchboard_core::{
        ctr::Ctr,
        enrich::{Enrichable, LookUp},
        flow_call::FlowCall,
        framing::{self, Piece},
        gzip,
        kind::RecordKind,
        phone::PhoneNumber,
    };

    const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../events");
    const OBJECTS: &str = "s3/objects/contact-records";

    fn files_in(folder: &str) -> Vec<PathBuf> {
        fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { walk(&path, files) } else { files.push(path) }
            }
        }
        let mut files = Vec::new();
        walk(&Path::new(ROOT).join(folder), &mut files);
        files.sort();
        assert!(!files.is_empty(), "{folder} is empty");
        files
    }

    fn name(path: &Path) -> String {
        path.strip_prefix(ROOT).unwrap().to_str().unwrap().to_owned()
    }

    fn json(path: &Path) -> Value {
        let bytes = fs::read(path).unwrap();
        serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The bytes, unpacked if they are packed.
    fn plain(bytes: Vec<u8>) -> Vec<u8> {
        if gzip::is_gzip(&bytes) { gzip::gunzip(&bytes, 1 << 20).bytes } else { bytes }
    }

    /// How many contact trace records a stream has, and how many damaged places.
    fn count(bytes: &[u8]) -> (usize, usize) {
        framing::pieces(bytes).fold((0, 0), |(records, damaged), piece| match piece {
            Piece::Document { text, .. } if Ctr::parse(text).is_ok() => (records + 1, damaged),
            _ => (records, damaged + 1),
        })
    }

    fn payloads(event: &Value) -> Vec<Result<Vec<u8>, base64::DecodeError>> {
        let records = event["records"].as_array().unwrap();
        records.iter().map(|record| BASE64_STANDARD.decode(record["data"].as_str().unwrap())).collect()
    }

    #[test]
    fn every_firehose_event_holds_records() {
        for path in files_in("firehose") {
            let event = json(&path);
            let mut ids = BTreeSet::new();
            for record in event["records"].as_array().unwrap() {
                assert!(ids.insert(record["recordId"].as_str().unwrap()), "{}", path.display());
                let from_kinesis = event["sourceKinesisStreamArn"].is_string();
                assert_eq!(record["kinesisRecordMetadata"]["sequenceNumber"].is_string(), from_kinesis);
            }
            if path.ends_with("rejected.json") {
                continue;
            }
            for payload in payloads(&event) {
                let (records, damaged) = count(&plain(payload.unwrap()));
                assert!(records >= 1 && damaged == 0, "{}", path.display());
            }
        }
    }

    #[test]
    fn of_the_rejected_only_the_last_is_a_record() {
        let event = json(&Path::new(ROOT).join("firehose/rejected.json"));
        let payloads = payloads(&event);
        assert_eq!(payloads.len(), 7);
        assert!(payloads[0].is_err());
        for payload in &payloads[1..6] {
            assert_eq!(count(payload.as_ref().unwrap()).0, 0);
        }
        assert_eq!(count(payloads[6].as_ref().unwrap()), (1, 0));
    }

    #[test]
    fn glued_firehose_records_hold_braces_in_their_values() {
        let event = json(&Path::new(ROOT).join("firehose/several-in-one-record.json"));
        for (payload, records) in payloads(&event).into_iter().zip([3, 2]) {
            let payload = payload.unwrap();
            assert_eq!(count(&payload), (records, 0));
            let text = String::from_utf8(payload).unwrap();
            assert!(text.matches("}{").count() > 0 && text.contains(r#"\"}{\""#));
        }
    }

    #[test]
    fn a_replayed_record_comes_out_as_it_is() {
        let event = json(&Path::new(ROOT).join("firehose/replayed.json"));
        let payload = payloads(&event).swap_remove(0).unwrap();
        let record = std::str::from_utf8(&payload).unwrap().trim_end();
        let mut again = Vec::new();
        Enrichable::read(record).unwrap().write(LookUp::Known("Maren Holloway"), &mut again);
        assert_eq!(again, payload);
    }

    #[test]
    fn contact_record_files_hold_what_the_readme_says() {
        let expected = [
            ("agent-queue-name-null.json", (1, 0)),
            ("chat.json", (1, 0)),
            ("compressed.json.gz", (4, 0)),
            ("concatenated-truncated-tail.json", (2, 1)),
            ("concatenated.json", (3, 0)),
            ("damaged-in-the-middle.ndjson", (2, 1)),
            ("external-transfer.json", (1, 0)),
            ("newline-delimited.ndjson", (4, 0)),
            ("pretty-printed.json", (1, 0)),
            ("redelivered-versions.ndjson", (3, 0)),
            ("transfer-chain.ndjson", (2, 0)),
            ("voice-abandoned-2018.json", (1, 0)),
            ("voice-answered.json", (1, 0)),
        ];
        let found: BTreeMap<_, _> = files_in("ctr")
            .into_iter()
            .map(|path| (name(&path), count(&plain(fs::read(path).unwrap()))))
            .collect();
        let expected = expected.map(|(file, counts)| (format!("ctr/{file}"), counts));
        assert_eq!(found, BTreeMap::from(expected));
    }

    #[test]
    fn the_day_has_sixty_contacts() {
        let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut damaged = 0;
        for path in files_in(&format!("{OBJECTS}/ctr")) {
            for piece in framing::pieces(&plain(fs::read(path).unwrap())) {
                let Piece::Document { text, .. } = piece else {
                    damaged += 1;
                    continue;
                };
                let ctr = Ctr::parse(text).unwrap();
                let id = ctr.contact_id.text().unwrap().into_owned();
                versions
                    .entry(id)
                    .or_default()
                    .insert(ctr.last_update_timestamp.text().unwrap().into_owned());
            }
        }
        assert_eq!(versions.len(), 60);
        assert_eq!(damaged, 1);
        assert_eq!(versions.values().filter(|versions| versions.len() == 3).count(), 1);
        assert_eq!(versions.values().filter(|versions| versions.len() == 1).count(), 59);
    }

    #[test]
    fn reports_are_even_tables_with_line_breaks_and_gaps() {
        for path in files_in(&format!("{OBJECTS}/reports")) {
            let mut table = csv::Reader::from_path(&path).unwrap();
            let columns = table.headers().unwrap().clone();
            assert_eq!(columns.len(), 10);
            let rows: Vec<_> = table.records().map(Result::unwrap).collect();
            assert!(rows.len() >= 4 && rows.iter().any(|row| row[9].contains('\n')));
            for row in rows.iter().filter(|row| !row[3].is_empty()) {
                let seconds = |column: usize| row[column].parse::<u32>().unwrap_or(0);
                assert_eq!(seconds(3), seconds(4) + seconds(5) + seconds(7) + seconds(8), "{row:?}");
            }
        }
    }

    /// The objects that the message bodies of an SQS event name, with the size that they give.
    fn named_objects(event: &Value) -> Vec<(String, u64)> {
        let mut objects = Vec::new();
        for message in event["Records"].as_array().unwrap() {
            let Ok(body) = serde_json::from_str::<Value>(message["body"].as_str().unwrap()) else { continue };
            for record in body["Records"].as_array().into_iter().flatten() {
                let object = &record["s3"]["object"];
                let key = object["key"].as_str().unwrap().replace('+', " ");
                let key = percent_encoding::percent_decode_str(&key).decode_utf8().unwrap();
                objects.push((key.into_owned(), object["size"].as_u64().unwrap()));
            }
        }
        objects
    }

    #[test]
    fn notifications_name_objects_that_are_there() {
        let mut missing = Vec::new();
        for path in files_in("s3/notifications") {
            for (key, size) in named_objects(&json(&path)) {
                match fs::metadata(Path::new(ROOT).join(OBJECTS).join(&key)) {
                    Ok(metadata) => assert_eq!(metadata.len(), size, "{key}"),
                    Err(_) => missing.push((name(&path), key)),
                }
            }
        }
        assert_eq!(missing.len(), 1, "{missing:?}");
        assert_eq!(missing[0].0, "s3/notifications/object-missing.json");

        let whole_day = json(&Path::new(ROOT).join("s3/notifications/whole-day.json"));
        assert_eq!(named_objects(&whole_day).len(), files_in(OBJECTS).len());
    }

    #[test]
    fn the_directory_has_a_caller_twice_and_an_empty_number() {
        let mut table = csv::Reader::from_path(Path::new(ROOT).join("callers.csv")).unwrap();
        let rows: Vec<(String, String)> = table.deserialize().map(Result::unwrap).collect();
        let numbers: BTreeSet<_> = rows.iter().map(|(number, _)| number).collect();
        assert_eq!(numbers.len(), rows.len() - 1);
        assert!(rows.iter().any(|(number, _)| number == "+61491570006"));
        assert!(rows.iter().all(|(number, _)| number.is_empty() || PhoneNumber::parse(number).is_some()));
    }

    /// The records of a Kinesis batch, or the lines of a CloudWatch Logs payload, as far as they can be read.
    fn unpacked(event: &Value) -> String {
        let records = event["Records"].as_array().into_iter().flatten();
        let records = records.map(|record| &record["kinesis"]["data"]);
        let mut text = String::new();
        for data in records.chain([&event["awslogs"]["data"]]) {
            let Ok(bytes) = BASE64_STANDARD.decode(data.as_str().unwrap_or_default()) else { continue };
            // Gzip that is cut off is of a record that stands elsewhere whole.
            let bytes = if gzip::is_gzip(&bytes) { gzip::gunzip(&bytes, 1 << 20).bytes } else { bytes };
            text.push_str(&String::from_utf8_lossy(&bytes));
        }
        text
    }

    /// What the documents of a batch, payload or file of lines are, in order.
    fn kinds(path: &Path) -> Vec<RecordKind> {
        let text = fs::read_to_string(path).unwrap();
        let event: Value = serde_json::from_str(&text).unwrap_or_default();
        let bodies = event["Records"].as_array().into_iter().flatten().filter_map(|one| one["body"].as_str());
        let text = match unpacked(&event) {
            unpacked if !unpacked.is_empty() => unpacked,
            _ if event["Records"].is_array() => bodies.collect(),
            _ => text,
        };
        let documents = framing::pieces(text.as_bytes()).filter_map(|piece| match piece {
            Piece::Document { text, .. } => RecordKind::of(text).ok(),
            Piece::Damage { .. } => None,
        });
        documents.collect()
    }

    #[test]
    fn what_tells_of_contacts_is_of_the_kind_of_its_folder() {
        for (folder, expected) in [
            ("contact-events", RecordKind::ContactEvent),
            ("agents", RecordKind::AgentEvent),
            ("flow-logs", RecordKind::LogBatch),
        ] {
            for path in files_in(folder) {
                let kinds = kinds(&path);
                assert!(!kinds.is_empty(), "{}", path.display());
                let is_whole = !path.file_name().unwrap().to_str().unwrap().starts_with("unreadable");
                for kind in kinds.into_iter().filter(|_| is_whole) {
                    // Contact records arrive on the stream of agent events.
                    let fits = kind == expected || (folder == "agents" && kind == RecordKind::ContactRecord);
                    assert!(fits, "{kind:?} in {}", path.display());
                }
            }
        }
    }

    #[test]
    fn every_call_of_a_flow_is_one() {
        for path in files_in("contact-flow") {
            let text = fs::read_to_string(&path).unwrap();
            let call = FlowCall::parse(&text).unwrap();
            assert!(call.parameters.is_object(), "{}", path.display());
            let has_id = call.contact_id.text().is_some();
            assert_eq!(has_id, !path.ends_with("no-contact-id.json"), "{}", path.display());
        }
    }

    /// Without their plus: what regulators keep free for fiction in Australia and the USA.
    #[test]
    fn every_number_is_fictional() {
        const FICTIONAL: [&str; 3] = ["6149157", "12025550", "6118001604"];
        for path in files_in("") {
            let bytes = plain(fs::read(&path).unwrap());
            let mut text = String::from_utf8_lossy(&bytes).into_owned();
            if path.parent().is_some_and(|folder| folder.ends_with("firehose")) {
                for payload in payloads(&json(&path)).into_iter().flatten() {
                    text.push_str(&String::from_utf8_lossy(&plain(payload)));
                }
            }
            let holds_base64 = |folder: &Path| folder.ends_with("agents") || folder.ends_with("flow-logs");
            let is_document = path.extension().is_some_and(|extension| extension == "json");
            if is_document && path.parent().is_some_and(holds_base64) {
                // Base64 has plus signs of its own.
                text = unpacked(&json(&path));
            }
            for after_plus in text.split('+').skip(1) {
                let number: String = after_plus.chars().take_while(char::is_ascii_digit).collect();
                let is_fictional = FICTIONAL.iter().any(|known| number.starts_with(known));
                assert!(number.len() < 10 || is_fictional, "{}", path.display());
            }
        }
    }

    #[test]
    fn the_readme_names_every_file() {
        let readme = fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap();
        let folders = [
            "firehose",
            "ctr",
            "s3/notifications",
            "s3/event-bridge",
            "contact-events",
            "flow-logs",
            "agents",
            "contact-flow",
        ];
        for folder in folders {
            for path in files_in(folder) {
                let file = path.file_name().unwrap().to_str().unwrap();
                assert!(readme.contains(&format!("`{file}`")), "{}", path.display());
            }
        }
    }
}
