use std::time::Duration;

use aws_sdk_connect::config::{BehaviorVersion, Credentials, Region};
use switchboard_contacts::{fold::fold, observation::Observation};
use switchboard_core::{ctr::Ctr, flow_log::FlowLog};
use switchboard_records::{
    RecordTables,
    contact::{AttributeSelection, ContactRow},
    reconcile::{ConnectContacts, ReconciliationTables, SearchRate},
};
use switchboard_simulator::{
    connect_api::{Clock, ConnectApi, Faults, Options, Quotas},
    model::Config,
};
use switchboard_sql::database::Database;
use tempfile::TempDir;

use super::*;

const EVENT: &str = r#"{"task":"reconcile"}"#;

fn soon() -> Instant {
    Instant::now() + Duration::from_mins(5)
}

/// The morning of an invented day.
fn at(text: &str) -> Timestamp {
    format!("2026-11-02T{text}:00Z").parse().unwrap()
}

/// An invented centre, and tables that no record reached.
struct World {
    handler: Handler,
    api: ConnectApi,
    clock: Clock,
    folder: TempDir,
}

impl World {
    async fn new() -> Self {
        let clock = Clock::stopped(at("00:10"));
        let config =
            Config { agents: 10, queues: 2, contacts_per_day: 400, from: at("00:00"), ..Config::default() };
        let options = Options { clock: clock.clone(), quotas: Quotas::unlimited(), ..Options::new(config) };
        let api = ConnectApi::start(options).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let tables = RecordTables::new(Database::sqlite(&folder.path().join("m.db")).await.unwrap());
        tables.migrate(soon()).await.unwrap();
        let sdk = aws_sdk_connect::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("ap-southeast-2"))
            .credentials_provider(Credentials::new("test", "test", None, None, "tests"))
            .endpoint_url(api.endpoint())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        let connect = ConnectContacts::new(&sdk, api.instance_arn(), SearchRate::new(100.0).unwrap());
        let tables = ReconciliationTables::new(tables, api.instance_arn());
        let handler = Handler::new(Reconciler::new(connect, tables), Retention::default());
        Self { handler, api, clock, folder }
    }

    /// Of the first three hours: who began in a flow, who of them is known, and of whom flow logs tell.
    async fn flow_logs(&self) -> Vec<(Option<u64>, Option<u64>, Option<u64>)> {
        let hours = self.handler.reconciler.tables().hours(at("00:00"), at("03:00"), soon()).await.unwrap();
        hours.into_iter().map(|hour| (hour.in_flow, hour.in_flow_known, hour.with_flow_logs)).collect()
    }

    async fn run(&self, now: Timestamp, deadline: Instant) -> (Report, Metrics) {
        self.clock.set(now);
        let handled = self.handler.handle(EVENT, now, deadline).await.unwrap();
        let Reply::Done(report) = handled.reply else { panic!("{handled:?}") };
        (report, handled.metrics)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hours_are_compared_from_the_first_run_on_and_what_is_missing_is_told_and_fetched() {
    let world = World::new().await;
    let (report, metrics) = world.run(at("00:10"), soon()).await;
    assert_eq!((report.hours_compared, report.hours_left), (0, 0));
    assert_eq!(metrics.get(Metric::ContactsMissing), 0);
    let (report, metrics) = world.run(at("04:05"), soon()).await;
    assert_eq!((report.hours_compared, report.hours_left), (3, 0), "midnight, one and two");
    assert!(report.listed > 0 && report.missing == report.listed, "{report:?}");
    assert_eq!(report.healed, report.missing);
    assert_eq!(metrics.get(Metric::ContactsMissing), report.missing);
    assert!(metrics.get(Metric::ConnectRequests) > 0);
    // An hour later only one more is due; a day later all of them, and none is missing any more.
    let (report, _) = world.run(at("05:05"), soon()).await;
    assert_eq!(report.hours_compared, 1);
    let (report, _) = world.run("2026-11-03T03:00:00Z".parse().unwrap(), soon()).await;
    assert!(report.hours_compared >= 24 && report.missing < report.listed, "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_there_is_no_time_for_is_left_for_the_next_run() {
    let world = World::new().await;
    world.run(at("00:10"), soon()).await;
    world.clock.set(at("04:05"));
    // Time for the tables, however slow the machine is, and none for Connect: its answers take longer.
    world.api.set_faults(Faults { delay: Duration::from_mins(10), ..Faults::default() });
    let mut time = Duration::from_secs(2);
    let report = loop {
        let handled = world.handler.handle(EVENT, at("04:05"), Instant::now() + time).await;
        match handled.unwrap().reply {
            Reply::Done(report) if report.hours_left > 0 => break report,
            reply => assert!(time < Duration::from_mins(8), "{reply:?}"),
        }
        time *= 4;
    };
    assert_eq!((report.hours_compared, report.hours_left), (0, 3));
    world.api.set_faults(Faults::default());
    assert_eq!(world.run(at("04:05"), soon()).await.0.hours_compared, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contacts_store_is_asked_which_contacts_left_flow_logs() {
    let mut world = World::new().await;
    world.run(at("00:10"), soon()).await;
    let store = Store::sqlite(&world.folder.path().join("contacts.db"), 3 * 1440).await.unwrap();
    world.handler = world.handler.with_contacts(store.clone());
    // Contacts are fetched after the first comparison, so they are here at the last one.
    let (report, _) = world.run(at("04:05"), soon()).await;
    assert_eq!(report.hours_compared, 3);
    assert_eq!(
        world.flow_logs().await,
        [(None, None, None); 3],
        "nothing was here, and nobody knew anything"
    );
    let mut expected = Vec::new();
    for hour in ["00:00", "01:00", "02:00"].map(|hour| Hour::of(at(hour))) {
        let begun = world.handler.reconciler.tables().begun_in_flow(hour, 500, soon()).await.unwrap();
        // The store knows every second one of them, and of every fourth one a flow log.
        let known: Vec<_> = begun.sample.iter().step_by(2).map(|id| contact_record(id, hour)).collect();
        let told: Vec<_> = begun.sample.iter().step_by(4).map(|id| flow_log(id, hour)).collect();
        let counts = [known.len(), told.len()].map(|count| u64::try_from(count).ok());
        let changes = fold(known.into_iter().chain(told)).into_values();
        assert_eq!(store.write(changes, CallContext::new(at("04:05"), soon())).await.failed, []);
        expected.push((Some(begun.contacts), counts[0], counts[1]));
    }
    assert!(expected.iter().all(|(_, known, told)| told > &Some(0) && told < known), "{expected:?}");
    world.run("2026-11-03T03:00:00Z".parse().unwrap(), soon()).await;
    assert_eq!(world.flow_logs().await, expected);
}

fn contact_record(id: &str, hour: Hour) -> Observation {
    let ended = hour.start();
    let record =
        format!(r#"{{"ContactId":"{id}","InitiationMethod":"INBOUND","DisconnectTimestamp":"{ended}"}}"#);
    Observation::of_contact_record(&Ctr::parse(&record).unwrap(), &record, hour.end()).unwrap()
}

fn flow_log(id: &str, hour: Hour) -> Observation {
    let line = format!(r#"{{"ContactId":"{id}","Timestamp":"{}"}}"#, hour.start());
    Observation::of_flow_log(&FlowLog::parse(&line).unwrap(), &line, None, None, hour.end()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_no_longer_is_deleted() {
    let world = World::new().await;
    let tables = world.handler.reconciler.tables().record_tables();
    let record = |id: &str, day: &str| {
        let record = format!(
            r#"{{"ContactId":"{id}","InitiationMethod":"INBOUND","DisconnectTimestamp":"{day}T10:00:00Z",
            "CustomerEndpoint":{{"Type":"TELEPHONE_NUMBER","Address":"+61491570156"}}}}"#
        );
        ContactRow::read(&record, &AttributeSelection::default(), at("00:10")).unwrap()
    };
    let rows = vec![record("old", "2025-01-01"), record("older", "2026-06-01"), record("new", "2026-11-01")];
    tables.save_contacts(rows, at("00:10"), soon()).await.unwrap();
    let (report, metrics) = world.run(at("00:10"), soon()).await;
    assert_eq!((report.expired["contact_record"], report.expired["contact_record_personal"]), (1, 2));
    assert_eq!(metrics.get(Metric::RowsExpired), 3);
}

#[tokio::test]
async fn what_is_nothing_for_it_is_refused() {
    let world = World::new().await;
    for event in ["{}", "null", "[]", r#"{"task":"dance"}"#, r#"{"Records":[]}"#] {
        assert_eq!(world.handler.handle(event, at("00:10"), soon()).await, Err(UNSUPPORTED), "{event}");
    }
}
