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
    world.run(at("03:10"), soon()).await;
    let store = Store::sqlite(&world.folder.path().join("contacts.db"), 1440).await.unwrap();
    world.handler = world.handler.with_contacts(store.clone());
    // Eight contacts are here; the store knows every second one of them, and of every fourth one a flow log.
    let records: Vec<_> = (0..8)
        .map(|n| (format!("c{n}"), contact_record(&format!("c{n}"), world.api.instance_arn())))
        .collect();
    let row =
        |record: &String| ContactRow::read(record, &AttributeSelection::default(), at("05:05")).unwrap();
    let rows = records.iter().map(|(_, record)| row(record)).collect();
    let tables = world.handler.reconciler.tables();
    tables.record_tables().save_contacts(rows, at("05:05"), soon()).await.unwrap();
    let known = records.iter().step_by(2).map(|(_, record)| {
        Observation::of_contact_record(&Ctr::parse(record).unwrap(), record, at("05:05")).unwrap()
    });
    let told = records.iter().step_by(4).map(|(id, _)| flow_log(id));
    let call = CallContext::new(at("05:05"), soon());
    assert_eq!(store.write(fold(known.chain(told)).into_values(), call).await.failed, []);
    let (report, _) = world.run(at("05:05"), soon()).await;
    assert_eq!(report.hours_compared, 1);
    let hours = world.handler.reconciler.tables().hours(at("03:00"), at("04:00"), soon()).await.unwrap();
    let found: Vec<_> =
        hours.iter().map(|hour| (hour.in_flow, hour.in_flow_known, hour.with_flow_logs)).collect();
    assert_eq!(found, [(Some(8), Some(4), Some(2))]);
}

fn contact_record(id: &str, instance: &str) -> String {
    format!(
        r#"{{"ContactId":"{id}","InitiationMethod":"INBOUND","InstanceARN":"{instance}",
        "ConnectedToSystemTimestamp":"2026-11-02T03:20:00Z","DisconnectTimestamp":"2026-11-02T03:30:00Z"}}"#
    )
}

fn flow_log(id: &str) -> Observation {
    let line = format!(r#"{{"ContactId":"{id}","Timestamp":"2026-11-02T03:21:00Z"}}"#);
    Observation::of_flow_log(&FlowLog::parse(&line).unwrap(), &line, None, None, at("05:05")).unwrap()
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
