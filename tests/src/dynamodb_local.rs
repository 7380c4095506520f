//! AWS's own DynamoDB Local, which `tests/setup` installs.

use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use aws_config::SdkConfig;
use tempfile::TempDir;

use crate::clock::Clock;
use crate::supervised::{Supervised, free_port};
use crate::{sdk, wait, workspace};

const START: Duration = Duration::from_mins(1);

/// A running server, empty at first; all its state is in memory. Stopped on drop.
#[derive(Debug)]
pub struct DynamoDbLocal {
    endpoint: String,
    port: u16,
    process: Supervised,
}

impl DynamoDbLocal {
    /// Starts a server and waits until it listens.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// The same with another time of day than the machine's, by which what is expired goes.
    pub fn start_on(clock: &Clock) -> Self {
        Self::start_with(&clock.env())
    }

    fn start_with(env: &[(&str, &str)]) -> Self {
        // The port may be taken between its choice and its use.
        (0..3).find_map(|_| Self::try_start(env)).expect("DynamoDB Local on one of three free ports")
    }

    /// The one that the tests of this process share; each names its tables for itself. It ends with the process.
    pub fn shared() -> &'static Self {
        static SHARED: LazyLock<DynamoDbLocal> = LazyLock::new(DynamoDbLocal::start);
        &SHARED
    }

    /// `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The variables with which a function reaches this server, beside what [`Lambda::start`] sets.
    ///
    /// [`Lambda::start`]: crate::lambda::Lambda::start
    pub fn env(&self) -> Vec<(&str, &str)> {
        vec![("AWS_ENDPOINT_URL_DYNAMODB", &self.endpoint)]
    }

    /// The settings with which a test's own SDK clients reach this server.
    pub async fn sdk_config(&self) -> SdkConfig {
        sdk::config(&self.endpoint).await
    }

    /// What the server has printed.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// `None` if the process ends before it listens.
    fn try_start(env: &[(&str, &str)]) -> Option<Self> {
        let libraries = workspace::root().join(".tools/dynamodb-local/lib");
        assert!(libraries.is_dir(), "no {}: run tests/setup", libraries.display());
        let scratch = TempDir::with_prefix("switchboard-dynamodb-").expect("a temporary folder");
        let home = scratch.path().to_str().expect("a temporary folder with a UTF-8 name").to_owned();
        let port = free_port();
        let (native, class_path) =
            (format!("-Djava.library.path={}", libraries.display()), format!("{}/*", libraries.display()));
        let temporary = format!("-Djava.io.tmpdir={home}");
        let arguments = [
            // Quick to start rather than fast for long, and small.
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xmx512m",
            &native,
            &temporary,
            "-cp",
            &class_path,
            "software.amazon.dynamodb.services.local.main.ServerRunner",
            "-inMemory",
            "-disableTelemetry",
            "-port",
            &port.to_string(),
        ];
        let mut process =
            Supervised::start(Path::new("java"), &arguments, &[&[("HOME", &*home)], env].concat(), scratch);
        let listens = wait::until("DynamoDB Local to listen", START, || {
            if process.has_ended() { Some(false) } else { is_listening(port).then_some(true) }
        });
        listens.then(|| Self { endpoint: format!("http://127.0.0.1:{port}"), port, process })
    }
}

fn is_listening(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}
