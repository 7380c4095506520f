//! A centre that has something already, to which its instances send; and the config that `switchboard doctor` writes of it.

use std::process::Command;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use switchboard_simulator::connect_api::{Associations, ConnectApi, Options, SecondInstance};
use switchboard_simulator::model::Config;
use switchboard_tests::{
    data_api::DataApi, deployment::ACCOUNT, emulator::Emulator, postgres::Postgres, workspace,
};
use tempfile::TempDir;

use super::{calls::invoke, world::DATABASE};

/// The id of a second instance, and its alias.
pub(crate) const SECOND: (&str, &str) = ("12345678-1234-1234-1234-123456789012", "example-north");

/// What is there before a deployment, and around it.
#[derive(Debug)]
pub(crate) struct Centre {
    pub(crate) emulator: Emulator,
    pub(crate) postgres: Postgres,
    data_api: DataApi,
    connect: ConnectApi,
}

impl Centre {
    /// The servers around an emulator with what is there, and the instances' associations.
    pub(crate) async fn of(emulator: Emulator, associations: Associations) -> Self {
        let second = Some(SecondInstance { id: SECOND.0.to_owned(), alias: SECOND.1.to_owned() });
        let config = Config { queues: 2, agents: 4, contacts_per_day: 10, ..Config::default() };
        let options = Options { associations, second, ..Options::new(config) };
        let connect = ConnectApi::start(options).await.expect("a free port");
        let started = tokio::task::spawn_blocking(|| {
            let postgres = Postgres::start();
            postgres.sql("postgres", &format!("CREATE DATABASE {DATABASE}"));
            let data_api = DataApi::start(&postgres);
            (postgres, data_api)
        });
        let (postgres, data_api) = started.await.expect("a database");
        Self { emulator, postgres, data_api, connect }
    }

    /// The ARNs of the first instance and of the second.
    pub(crate) fn instances(&self) -> [String; 2] {
        [self.connect.instance_id(), SECOND.0]
            .map(|id| format!("arn:aws:connect:us-east-1:{ACCOUNT}:instance/{id}"))
    }

    /// What `switchboard doctor` tells of instances, and the config that it writes of them, to which nothing is added but where
    /// the emulator's functions find what it lacks.
    pub(crate) async fn config(&self, instances: &[String]) -> (String, Value) {
        let folder = TempDir::new().expect("a folder");
        let path = folder.path().join("dev.json");
        let mut doctor = Command::new(workspace::program());
        doctor.args(["doctor", "--environment", "dev", "--write"]).arg(&path);
        doctor.args(instances.iter().flat_map(|arn| ["--instance", arn]));
        doctor.envs(self.emulator.env());
        doctor.envs([
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_ENDPOINT_URL_CONNECT", &*self.connect.endpoint()),
            // It knows no quotas, and says so.
            ("AWS_ENDPOINT_URL_SERVICE_QUOTAS", &*self.connect.endpoint()),
        ]);
        let ran = tokio::task::spawn_blocking(move || doctor.output()).await.expect("it ends");
        let ran = ran.expect("the program runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let written = std::fs::read(&path)
            .unwrap_or_else(|_| panic!("no config:\n{}{}", text(&ran.stdout), text(&ran.stderr)));
        let mut config: Value = serde_json::from_slice(&written).expect("JSON");
        let endpoints = json!({"connect": self.connect.endpoint(), "rdsData": self.data_api.endpoint()});
        config["emulator"] = json!({ "endpoints": endpoints });
        (text(&ran.stdout), config)
    }

    /// Makes the tables of records, as the deployment does it on AWS: no reader may run before.
    pub(crate) fn make_tables(&self) {
        invoke(&self.emulator, "switchboard-dev-record-tables-migrate", &json!({}));
    }

    /// How many contact records of a contact are in the tables.
    pub(crate) fn rows(&self, contact: &str) -> usize {
        let sql = format!(
            "SELECT count(*) FROM contact_record WHERE contact_id = '{contact}' AND source = 'contact_record'"
        );
        self.postgres.sql(DATABASE, &sql).trim().parse().expect("a number")
    }
}

/// A contact record of an instance, of a call that ended minutes ago.
pub(crate) fn contact_record(contact: &str, instance: &str) -> Value {
    let ago = |minutes| (Timestamp::now() - SignedDuration::from_mins(minutes)).to_string();
    json!({
        "ContactId": contact, "InitialContactId": contact, "Channel": "VOICE", "InitiationMethod": "INBOUND",
        "InstanceARN": instance, "AWSContactTraceRecordFormatVersion": "2017-03-10", "InitiationTimestamp": ago(10),
        "DisconnectTimestamp": ago(6), "LastUpdateTimestamp": ago(5), "DisconnectReason": "CUSTOMER_DISCONNECT",
    })
}
