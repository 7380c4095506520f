//! Of how many contacts flow logs tell: an invented centre of whose flow logs a known part was lost, contact records and what is
//! left of the flow logs in the contacts store.

use switchboard_contacts::fold::fold;
use switchboard_contacts::observation::Observation;
use switchboard_contacts::store::Store;
use switchboard_contacts::version::Source;
use switchboard_core::ctr::Ctr;
use switchboard_core::flow_log::FlowLog;
use switchboard_core::log_batch::LogBatch;
use switchboard_records::reconcile::FlowLogCoverage;
use switchboard_store::call::CallContext;

use super::*;

const MEBIBYTES: u64 = 16 << 20;

/// Soon after the day: nothing is expired.
fn call() -> CallContext {
    CallContext::new(DAY.to, soon())
}

/// The contacts of which the day's flow logs tell, with the first line of each: of all batches, and of all but each third one.
fn lines() -> [BTreeMap<String, Observation>; 2] {
    let [mut whole, mut rest] = [BTreeMap::new(), BTreeMap::new()];
    for (n, batch) in emitted(config(), EmittedKind::FlowLogs).iter().enumerate() {
        let batch = LogBatch::unpack(batch, MEBIBYTES).expect("a batch");
        for event in batch.events() {
            let (line, id) = (event.message.text().expect("a line"), event.id.text());
            let log = FlowLog::parse(&line).expect("a flow log");
            let told = Observation::of_flow_log(&log, &line, id.as_deref(), None, DAY.to).expect("a contact");
            if n % 3 != 0 {
                rest.entry(told.contact_id().to_owned()).or_insert_with(|| told.clone());
            }
            whole.entry(told.contact_id().to_owned()).or_insert(told);
        }
    }
    [whole, rest]
}

/// The ids of an hour's contacts that began in a flow, as their records say.
fn begun_in_flow(hour: Hour) -> BTreeSet<String> {
    let is_of_it = |record: &Value| {
        let ended: Timestamp =
            record["DisconnectTimestamp"].as_str().expect("ended").parse().expect("a time");
        let begins = matches!(record["InitiationMethod"].as_str(), Some("INBOUND" | "API"));
        begins && !record["ConnectedToSystemTimestamp"].is_null() && Hour::of(ended) == hour
    };
    let parsed =
        records().into_iter().map(|(id, copies)| (id, serde_json::from_str(copies[0]).expect("JSON")));
    parsed.filter(|(_, record)| is_of_it(record)).map(|(id, _)| id).collect()
}

/// A contacts store with the records of these contacts and these lines.
async fn store_with(
    folder: &tempfile::TempDir,
    contacts: &BTreeSet<String>,
    lines: &BTreeMap<String, Observation>,
) -> Store {
    let store = Store::sqlite(&folder.path().join("contacts.db"), 1440).await.expect("a file");
    let records = records();
    let of_record = |id: &String| {
        let record = records[id][0];
        let parsed = Ctr::parse(record).expect("a contact record");
        Observation::of_contact_record(&parsed, record, DAY.to).expect("a contact")
    };
    let told = contacts.iter().map(of_record);
    let told = told.chain(contacts.iter().filter_map(|id| lines.get(id).cloned()));
    let written = store.write(fold(told).into_values(), call()).await;
    assert_eq!(written.failed, []);
    store
}

/// Two busy hours.
fn busy() -> [Hour; 2] {
    [2, 3].map(|hours| Hour::of(DAY.from + SignedDuration::from_hours(hours)))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_share_of_contacts_with_flow_logs_is_told_exactly() {
    let (api, folder) = (centre().await, tempfile::tempdir().expect("a folder"));
    let [whole, rest] = lines();
    let contacts = busy().into_iter().flat_map(begun_in_flow).collect();
    let store = store_with(&folder, &contacts, &rest).await;
    for place in places() {
        let tables = tables_without(&place, &BTreeSet::new()).await;
        let reconciler = reconciler(&api, &tables).await;
        for hour in busy() {
            let compared = reconciler.compare(hour, Check::Final, crate::record_tables::now(), soon());
            compared.await.expect("compared");
        }
        let tables = reconciler.tables();
        assert_eq!(summary(&reconciler).await.flow_log_sentence(), None, "nobody asked");
        let (mut in_flow, mut with_logs) = (0, 0);
        for hour in busy() {
            let expected = begun_in_flow(hour);
            let begun = tables.begun_in_flow(hour, 10_000, soon()).await.expect("contacts");
            assert_eq!(begun.sample, expected, "{} {}", place.kind(), hour.start());
            assert_eq!(begun.contacts, expected.len() as u64);
            let found = store.coverage(Source::FlowLog, &begun.sample, call()).await.expect("coverage");
            let told = expected.iter().filter(|id| rest.contains_key(*id)).count() as u64;
            assert_eq!((found.known, found.told), (begun.contacts, told));
            keep(&reconciler, hour, (begun.contacts, found.known, found.told)).await;
            in_flow += begun.contacts;
            with_logs += told;
            // Without a loss all have left some.
            assert!(expected.iter().all(|id| whole.contains_key(id)), "{}", hour.start());
        }
        assert!(in_flow > 200 && with_logs > 0 && with_logs < in_flow, "{with_logs} of {in_flow}");
        let sum = summary(&reconciler).await;
        assert_eq!((sum.in_flow, sum.in_flow_known, sum.with_flow_logs), (in_flow, in_flow, with_logs));
        let percent =
            place.sql("SELECT CAST(flow_log_percent AS text) FROM reconciliation WHERE in_flow > 0").await;
        assert!(
            percent.iter().all(|percent| percent.parse::<f64>().is_ok_and(|share| share < 100.0)),
            "{percent:?}"
        );
    }
}

async fn keep(reconciler: &Reconciler, hour: Hour, (in_flow, known, with_flow_logs): (u64, u64, u64)) {
    let found = FlowLogCoverage { in_flow, known, with_flow_logs };
    reconciler.tables().keep_flow_logs(hour, &found, soon()).await.expect("kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sample_stands_for_all_and_what_was_known_better_stays() {
    let api = centre().await;
    let place = Place::Sqlite(tempfile::tempdir().expect("a folder"));
    let tables = tables_without(&place, &BTreeSet::new()).await;
    let reconciler = reconciler(&api, &tables).await;
    let hour = Hour::of(DAY.from + SignedDuration::from_hours(2));
    reconciler.compare(hour, Check::First, crate::record_tables::now(), soon()).await.expect("compared");
    let begun = reconciler.tables().begun_in_flow(hour, 20, soon()).await.expect("contacts");
    let all = begun_in_flow(hour);
    assert_eq!(begun.contacts, all.len() as u64);
    assert_eq!(begun.sample, all.into_iter().take(20).collect(), "the first by id");
    // A comparison a day later, when the contacts store has forgotten most or all of them, or knows as many and more logs.
    for (known, told, kept) in [(20, 12, 12), (5, 5, 12), (0, 0, 12), (20, 15, 15)] {
        keep(&reconciler, hour, (begun.contacts, known, told)).await;
        let sum = summary(&reconciler).await;
        assert_eq!((sum.in_flow, sum.in_flow_known, sum.with_flow_logs), (begun.contacts, 20, kept));
    }
    let sentence = summary(&reconciler).await.flow_log_sentence().expect("a sentence");
    let expected = format!("Flow logs tell of 15 of 20 contacts looked up, of the {} that", begun.contacts);
    assert!(sentence.starts_with(&expected) && sentence.contains(": 75.0 %"), "{sentence}");
}
