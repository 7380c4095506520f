//! The comparison of the record tables with what Connect lists, over the invented centre that withholds some of its records:
//! on SQLite and on PostgreSQL.

mod flow_logs;
mod function;
mod heal;
mod missing;
mod stops;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::LazyLock;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use switchboard_records::RecordTables;
use switchboard_records::reconcile::{
    Check, ConnectContacts, Hour, ReconciledHour, Reconciler, ReconciliationTables, SearchRate, Summary,
};
use switchboard_simulator::connect_api::{Clock, ConnectApi, Options, Quotas};
use switchboard_simulator::model::emit::{Emission, Emitted, EmittedKind};
use switchboard_simulator::model::{Centre, Config, Sink as _, Step};

use crate::metric_tables::places::Place;
use crate::record_tables::{save, soon, tables_in};

/// The busy hours of a day.
struct Day {
    /// The contact records, in the order of delivery.
    records: Vec<String>,
    from: Timestamp,
    to: Timestamp,
}

static DAY: LazyLock<Day> = LazyLock::new(|| {
    let at = |millis| Timestamp::from_millisecond(millis).expect("a time");
    Day { records: emitted_records(config()), from: at(config().begin()), to: at(config().end()) }
});

/// The contact records of an invented centre, in the order of delivery.
pub(crate) fn emitted_records(config: Config) -> Vec<String> {
    emitted(config, EmittedKind::ContactRecord)
}

/// What an invented centre emits of a kind, in the order of delivery.
fn emitted(config: Config, kind: EmittedKind) -> Vec<String> {
    let (begin, end) = (config.begin(), config.end());
    let mut texts = Vec::new();
    let output = |emitted: &Emitted<'_>| {
        if emitted.kind == kind {
            texts.push(String::from_utf8(emitted.bytes.to_owned()).map_err(io::Error::other)?);
        }
        Ok(())
    };
    let mut emission = Emission::new(output, begin);
    let (_, _, directory) =
        Centre::new(config, |step: &Step<'_>| emission.take(step)).expect("a centre").finish();
    let _output = emission.finish(end, &directory).expect("all of it");
    texts
}

/// What its centre follows from: some 300 contacts an hour, more than a page lists.
fn config() -> Config {
    let default = Config::default();
    Config {
        agents: 60,
        queues: 4,
        contacts_per_day: 3_500,
        from: default.from + SignedDuration::from_hours(9),
        duration: SignedDuration::from_hours(5),
        ..default
    }
}

/// The invented centre long after its day.
async fn centre() -> ConnectApi {
    centre_at(DAY.to + SignedDuration::from_hours(48)).await
}

/// The invented centre at a moment, whose quotas nobody reaches.
async fn centre_at(now: Timestamp) -> ConnectApi {
    let options =
        Options { quotas: Quotas::unlimited(), clock: Clock::stopped(now), ..Options::new(config()) };
    ConnectApi::start(options).await.expect("a free port")
}

/// SQLite and PostgreSQL.
fn places() -> [Place; 2] {
    [Place::Sqlite(tempfile::tempdir().expect("a folder")), Place::postgres()]
}

/// The comparison of the tables with the centre, as often as it can.
async fn reconciler(api: &ConnectApi, tables: &RecordTables) -> Reconciler {
    let sdk = switchboard_tests::sdk::config(&api.endpoint()).await;
    let rate = SearchRate::new(100.0).expect("a rate");
    let connect = ConnectContacts::new(&aws_sdk_connect::Config::new(&sdk), api.instance_arn(), rate);
    Reconciler::new(connect, ReconciliationTables::new(tables.clone(), api.instance_arn()))
}

/// The records of the day by contact.
fn records() -> BTreeMap<String, Vec<&'static str>> {
    let mut records: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for record in &DAY.records {
        let value: Value = serde_json::from_str(record).expect("JSON");
        records.entry(value["ContactId"].as_str().expect("an id").to_owned()).or_default().push(record);
    }
    records
}

/// The ids of some contacts of every part of the day: one in so many.
fn one_in(many: usize) -> BTreeSet<String> {
    records().into_keys().step_by(many).collect()
}

/// Tables with the records of all contacts but those that are withheld.
async fn tables_without(place: &Place, withheld: &BTreeSet<String>) -> RecordTables {
    let tables = tables_in(place).await;
    let kept: Vec<&str> = records()
        .into_iter()
        .filter(|(id, _)| !withheld.contains(id))
        .flat_map(|(_, copies)| copies)
        .collect();
    save(&tables, &kept).await;
    tables
}

/// Hours of the day, the hour after it included: a contact may end later than it began.
fn hours() -> impl Iterator<Item = Hour> {
    std::iter::successors(Some(Hour::of(DAY.from)), |hour| Some(hour.next()))
        .take_while(|hour| hour.start() <= DAY.to)
}

/// Compares the whole day for good.
async fn compare(reconciler: &Reconciler) {
    for hour in hours() {
        reconciler.compare(hour, Check::Final, crate::record_tables::now(), soon()).await.expect("compared");
    }
}

async fn compared(reconciler: &Reconciler) -> Vec<ReconciledHour> {
    reconciler.tables().hours(DAY.from, crate::record_tables::now(), soon()).await.expect("hours")
}

async fn summary(reconciler: &Reconciler) -> Summary {
    Summary::of(&compared(reconciler).await)
}

async fn missing(reconciler: &Reconciler) -> BTreeSet<String> {
    let missing = reconciler.tables().missing(DAY.from, crate::record_tables::now(), soon()).await;
    missing.expect("contacts").into_iter().map(|contact| contact.contact_id).collect()
}
