//! The comparison of the record tables with what Connect lists, held against what happened.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use switchboard_records::RecordTables;
use switchboard_records::reconcile::ReconciliationTables;
use switchboard_simulator::INSTANCE_ARN;
use switchboard_simulator::connect_api::ConnectApi;

use super::delivery::DeliveryCounts;
use super::failures::Failures;
use super::function::{Function, Server};
use super::news::News;
use super::records::soon;
use super::remote::Refusal;
use super::report::Report;
use crate::clock::Clock;

/// How often it is run until every hour is compared.
const TRIES: u32 = 60;
/// How long before the day's end hours end that are compared: what ended later may not be recorded in the day.
const UNSETTLED: SignedDuration = SignedDuration::from_hours(1);
const HOUR_SECONDS: i64 = 3600;

/// The function that compares, and what is true.
pub(super) struct Reconciliation {
    pub(super) function: Function,
    pub(super) counts: DeliveryCounts,
    tables: ReconciliationTables,
    /// How many contacts and legs ended in each hour, by its first second.
    ended: BTreeMap<i64, u64>,
}

impl Reconciliation {
    /// Begins before the first contact does: earlier hours are not compared.
    pub(super) fn start(
        api: &ConnectApi,
        (url, tables): (&str, RecordTables),
        clock: &Arc<Clock>,
        failures: Failures,
    ) -> Self {
        let env = vec![
            ("CONNECT_INSTANCE_ARN", INSTANCE_ARN.to_owned()),
            ("SEARCH_CONTACTS_PER_SECOND", "100".to_owned()),
            // What the model says is compared with what came; the fetched ones have not come.
            ("RECONCILE_HEAL", "false".to_owned()),
        ];
        let endpoint = api.endpoint();
        let (_, port) = endpoint.rsplit_once(':').expect("an address with a port");
        let connect = Server {
            variable: "AWS_ENDPOINT_URL_CONNECT",
            port: port.parse().expect("a port"),
            path: "",
            refusal: Refusal::Unavailable,
        };
        let function = Function::new(("reconcile", ""), env, &[connect], clock, failures);
        let reconciliation = Self {
            function: function.with_database("METRICS_DB", url),
            counts: DeliveryCounts::default(),
            tables: ReconciliationTables::new(tables, INSTANCE_ARN),
            ended: BTreeMap::new(),
        };
        tokio::task::block_in_place(|| reconciliation.run());
        reconciliation
    }

    /// Runs it until no hour is left that is due.
    fn run(&self) {
        self.counts.add_sent(1);
        let is_done = (0..TRIES).any(|_| {
            let answer = self.function.invoke(json!({"task": "reconcile"}).to_string().into_bytes());
            let is_done = answer.is_ok_and(|answer| answer["hoursLeft"] == 0);
            self.counts.add_retried(usize::from(!is_done));
            is_done
        });
        if !is_done {
            self.counts.add_lost(1);
        }
    }

    /// Takes what happened in a step.
    pub(super) fn take(&mut self, news: &News) {
        for line in news.contacts.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let line: Value = serde_json::from_slice(line).expect("a line of the truth");
            let Some(ended) = line["ended"].as_str() else { continue };
            let ended: Timestamp = ended.parse().expect("a time of the truth");
            let hour = ended.as_second().div_euclid(HOUR_SECONDS) * HOUR_SECONDS;
            *self.ended.entry(hour).or_default() += 1;
        }
    }

    /// Runs it long after a day that ends then, and compares what it has found.
    pub(super) async fn compare(&self, (begin, end): (Timestamp, Timestamp), report: &mut Report) {
        tokio::task::block_in_place(|| self.run());
        let hours = self.tables.hours(begin, end - UNSETTLED, soon()).await.expect("tables that can be read");
        let hours: BTreeMap<i64, _> =
            hours.into_iter().map(|hour| (hour.hour_start.as_second(), hour)).collect();
        let last = (end - UNSETTLED).as_second() - HOUR_SECONDS;
        for (hour, ended) in self.ended.range(..=last) {
            let found = hours.get(hour);
            let of = Timestamp::from_second(*hour).expect("a time of the history");
            let listed = found.and_then(|found| found.listed);
            report.compare("reconciled hour", of, "contacts listed", (listed, Some(*ended)));
            let here = found.and_then(|found| found.here);
            report.compare("reconciled hour", of, "contacts here", (here, i64::try_from(*ended).ok()));
            let missing = found.map(|found| (found.missing, found.unnamed, found.healed));
            report.compare("reconciled hour", of, "contacts missing", (missing, Some((0, Some(0), 0))));
        }
    }
}
