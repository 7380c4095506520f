//! What all these tests share: one deployment, and the servers around it.

use std::{fs, sync::LazyLock, time::Duration};

use aws_config::SdkConfig;
use serde_json::{Value, json};
use switchboard_core::gzip;
use switchboard_simulator::{
    connect_api::{ConnectApi, Options, Quotas},
    model::Config,
};
use switchboard_tests::{
    centre::around_the_clock,
    data_api::DataApi,
    deployment::{ACCOUNT, Deployment},
    emulator::Emulator,
    postgres::Postgres,
    rta_service::RtaService,
    sshd::{Sshd, USER},
};
use tokio::runtime::Runtime;

/// How long something may take to come out at the other end.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// A source that anybody may send contact events from.
pub(crate) const SIMULATED: &str = "switchboard.simulated";

/// The database that the deployment's functions name.
pub(crate) const DATABASE: &str = "switchboard";

/// The deployment, and what it talks to. One for the whole process, as on AWS one for a centre.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) emulator: Emulator,
    pub(crate) sshd: Sshd,
    pub(crate) rta: RtaService,
    pub(crate) postgres: Postgres,
    _data_api: DataApi,
    pub(crate) connect: ConnectApi,
    /// What the invented Connect API's centre follows from.
    pub(crate) centre: Config,
    /// The invented Connect API answers on it.
    _runtime: Runtime,
    deployment: Deployment,
}

impl World {
    /// The one world; made by the test that comes first.
    pub(crate) fn shared() -> &'static Self {
        static WORLD: LazyLock<World> = LazyLock::new(|| {
            // A thread of its own: the caller may have a runtime, in which nothing may block on another.
            std::thread::spawn(World::make).join().expect("a world")
        });
        &WORLD
    }

    fn make() -> Self {
        let (emulator, sshd, rta) = (Emulator::enforcing(), Sshd::start(), RtaService::start());
        let postgres = Postgres::start();
        postgres.sql("postgres", &format!("CREATE DATABASE {DATABASE}"));
        let data_api = DataApi::start(&postgres);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        // Some twenty agents serve each quarter of an hour of history.
        let centre = around_the_clock(12, 20, 26);
        let (connect, secrets) = runtime.block_on(async {
            let options = Options { quotas: Quotas::unlimited(), ..Options::new(centre.clone()) };
            let connect = ConnectApi::start(options).await.expect("a free port");
            let aws = emulator.sdk_config().await;
            let sftp = secret(&aws, "wfm-sftp", &account(&sshd)).await;
            (connect, [sftp, secret(&aws, "wfm-rta", &rta.secret()).await])
        });
        let config = settings(&emulator, &connect, &data_api, &secrets);
        let deployment = Deployment::deploy(&emulator, &config);
        // As the deployment does it on AWS: no reader may run before there are tables.
        let migrated = json!({"FunctionName": "switchboard-dev-record-tables-migrate", "Payload": "{}"});
        let migrated = emulator.call("lambda", "invoke", &migrated);
        assert!(migrated["FunctionError"].is_null(), "{migrated}");
        Self {
            emulator,
            sshd,
            rta,
            postgres,
            _data_api: data_api,
            connect,
            centre,
            _runtime: runtime,
            deployment,
        }
    }

    /// The id of the HTTP API.
    pub(crate) fn api(&self) -> &str {
        api_id(self.deployment.output("ApiUrl"))
    }

    /// The id of the board's HTTP API.
    pub(crate) fn board(&self) -> &str {
        api_id(self.deployment.output("BoardApiUrl"))
    }

    /// The id of the board's user pool.
    pub(crate) fn board_users(&self) -> &str {
        self.deployment.output("BoardUsersPoolId")
    }

    pub(crate) async fn aws(&self) -> SdkConfig {
        self.emulator.sdk_config().await
    }
}

/// The id of an HTTP API, with which its address begins.
fn api_id(url: &str) -> &str {
    url.trim_start_matches("https://").split('.').next().expect("a host")
}

/// The settings of the deployment: everything is on.
fn settings(
    emulator: &Emulator,
    connect: &ConnectApi,
    data_api: &DataApi,
    [sftp, rta]: &[String; 2],
) -> Value {
    let endpoints = json!({
        "connect": connect.endpoint(), "rdsData": data_api.endpoint(), "signIn": emulator.endpoint(),
    });
    let instance = instance_arn(connect);
    json!({
        "environment": "Dev",
        "account": ACCOUNT,
        "region": "us-east-1",
        "emulator": {"endpoints": endpoints},
        "connect": {"instance": instance, "alias": "example"},
        "board": {"signIn": {"domainPrefix": "switchboard-tests"}},
        "callerApi": true,
        // The samples are of some day: they stay for twenty years.
        "contacts": {"simulatedSource": SIMULATED, "retentionMinutes": 20 * 366 * 24 * 60},
        "enrichment": {"callers": "table"},
        "metrics": {"requestsPerSecond": 100},
        // The invented hour stays for twenty years, too.
        "records": {"retentionDays": 20 * 366, "agentTimeRetentionDays": 20 * 366, "searchesPerSecond": 100},
        "rta": {"secretArn": rta},
        "workforce": {"sftpSecretArn": sftp},
    })
}

/// The instance of the deployment.
pub(crate) fn instance_arn(connect: &ConnectApi) -> String {
    format!("arn:aws:connect:us-east-1:{ACCOUNT}:instance/{}", connect.instance_id())
}

/// Keeps a secret, and tells its ARN.
async fn secret(aws: &SdkConfig, name: &str, value: &Value) -> String {
    let secrets = aws_sdk_secretsmanager::Client::new(aws);
    let made = secrets.create_secret().name(name).secret_string(value.to_string()).send().await;
    made.expect("a secret").arn.expect("its ARN")
}

/// The account of the WFM's server, as its secret has it.
fn account(sshd: &Sshd) -> Value {
    json!({
        "host": "127.0.0.1",
        "port": sshd.port(),
        "username": USER,
        "privateKey": fs::read_to_string(sshd.ed25519_key()).expect("a key"),
        "hostKey": sshd.fingerprint(),
        "directory": sshd.uploads(),
    })
}

/// A bucket of the stack's.
#[derive(Debug)]
pub(crate) struct Bucket {
    s3: aws_sdk_s3::Client,
    name: String,
}

impl Bucket {
    /// The one whose name has this part.
    pub(crate) async fn find(aws: &SdkConfig, part: &str) -> Self {
        let s3 = aws_sdk_s3::Client::new(aws);
        let listed = s3.list_buckets().send().await.expect("a list of buckets");
        let name = only(listed.buckets().iter().filter_map(|one| one.name()), part);
        Self { s3, name }
    }

    /// The objects of a folder, whole and unpacked, one after the other.
    pub(crate) async fn read(&self, folder: &str) -> String {
        let listed = self.s3.list_objects_v2().bucket(&self.name).prefix(folder).send().await;
        let mut text = String::new();
        for key in listed.expect("a list of objects").contents().iter().filter_map(|one| one.key()) {
            let object = self.s3.get_object().bucket(&self.name).key(key).send().await.expect("an object");
            text.push_str(&unpacked(&object.body.collect().await.expect("a body").into_bytes()));
        }
        text
    }
}

fn unpacked(bytes: &[u8]) -> String {
    let plain = if bytes.starts_with(&[0x1f, 0x8b]) {
        let unpacked = gzip::gunzip(bytes, 1 << 20);
        assert_eq!(unpacked.fault, None, "gzip");
        unpacked.bytes
    } else {
        bytes.to_vec()
    };
    String::from_utf8(plain).expect("UTF-8")
}

/// The one name that has this part, which the stack's own construct gives it.
fn only<'a>(names: impl Iterator<Item = &'a str>, part: &str) -> String {
    let names: Vec<_> = names.collect();
    let found: Vec<_> = names.iter().filter(|name| name.to_lowercase().contains(part)).collect();
    assert_eq!(found.len(), 1, "one name with {part} among {names:?}");
    (*found[0]).to_owned()
}

/// The data stream whose name has this part.
pub(crate) async fn stream(kinesis: &aws_sdk_kinesis::Client, part: &str) -> String {
    let listed = kinesis.list_streams().send().await.expect("a list of streams");
    only(listed.stream_names().iter().map(String::as_str), part)
}

/// The table whose name has this part.
pub(crate) async fn table(dynamodb: &aws_sdk_dynamodb::Client, part: &str) -> String {
    let listed = dynamodb.list_tables().send().await.expect("a list of tables");
    only(listed.table_names().iter().map(String::as_str), part)
}
