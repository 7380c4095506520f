//! The AWS emulator (ministack), which `tests/setup` installs. What it does not do as AWS does is in tests/README.md.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

use aws_config::SdkConfig;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::supervised::{Supervised, free_port};
use crate::{sdk, wait, workspace};

/// The access key of the account's owner, and the Region.
const OWNER: (&str, &str) = ("test", sdk::REGION);
const START: Duration = Duration::from_secs(30);

/// A running emulator, empty at first; all its state is in memory. Stopped on drop.
#[derive(Debug)]
pub struct Emulator {
    endpoint: String,
    process: Supervised,
}

impl Emulator {
    /// Starts an emulator and waits until it answers. Everybody may do everything.
    pub fn start() -> Self {
        Self::start_with("bin/ministack", &[], &[])
    }

    /// Starts one to deploy to: a function may do what its role permits and nothing else, and one that transforms for
    /// Firehose may call the emulator (`tests/emulator/launch.py`). Who comes with the credentials of
    /// [`sdk_config`](Self::sdk_config) is the account's owner.
    pub fn enforcing() -> Self {
        let launcher = workspace::root().join("tests/emulator/launch.py");
        let launcher = launcher.to_str().expect("a path of UTF-8");
        Self::start_with("bin/python", &[launcher], &[("AUTH", "true")])
    }

    fn start_with(program: &str, arguments: &[&str], more: &[(&str, &str)]) -> Self {
        let program = workspace::root().join(".tools/emulator").join(program);
        assert!(program.is_file(), "no {}: run tests/setup", program.display());
        // The port may be taken between its choice and its use.
        let started = (0..3).find_map(|_| Self::try_start(&program, arguments, more));
        started.expect("an emulator on one of three free ports")
    }

    /// The one that the tests of this process share; each names its buckets, tables and queues for itself. It ends
    /// with the process.
    pub fn shared() -> &'static Self {
        static SHARED: LazyLock<Emulator> = LazyLock::new(Emulator::start);
        &SHARED
    }

    /// `http://127.0.0.1:PORT`, for every service.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The variables with which a function reaches this emulator, beside what [`Lambda::start`] sets.
    ///
    /// [`Lambda::start`]: crate::lambda::Lambda::start
    pub fn env(&self) -> Vec<(&str, &str)> {
        vec![("AWS_ENDPOINT_URL", &self.endpoint)]
    }

    /// The settings with which a test's own SDK clients reach this emulator.
    pub async fn sdk_config(&self) -> SdkConfig {
        sdk::config(&self.endpoint).await
    }

    /// One call of a service that the tests need too seldom for an SDK of its own: names as boto3 has them, such as
    /// `events` and `put_events`.
    pub fn call(&self, service: &str, operation: &str, parameters: &Value) -> Value {
        self.python("call.py", OWNER, &[service, operation], parameters)
    }

    /// The same in another account, by its id, and Region.
    pub fn call_in(
        &self,
        account_and_region: (&str, &str),
        service: &str,
        operation: &str,
        parameters: &Value,
    ) -> Value {
        self.python("call.py", account_and_region, &[service, operation], parameters)
    }

    /// Status and body of a GET request to the HTTP API of this id, without a signature and with the account owner's.
    pub fn get(&self, api: &str, path: &str) -> [(u16, String); 2] {
        let url = format!("{}/_aws/execute-api/{api}{path}", self.endpoint);
        serde_json::from_value(self.python("get.py", OWNER, &[&url], &Value::Null)).expect("two answers")
    }

    /// What a browser gets from an HTTP API of this id: status and body of each path. With a user it signs in before, by the pages
    /// of the sign-in, and the first of the answers is that of the sign-in; nothing is asked where that fails.
    pub fn browse(&self, api: &str, user: Option<(&str, &str)>, paths: &[&str]) -> Vec<(u16, String)> {
        let url = format!("{}/_aws/execute-api/{api}", self.endpoint);
        let arguments: Vec<_> = std::iter::once(url.as_str()).chain(paths.iter().copied()).collect();
        let user = user.map(|(username, password)| json!({"username": username, "password": password}));
        serde_json::from_value(self.python("browse.py", OWNER, &arguments, &json!(user))).expect("answers")
    }

    /// What a program of `tests/emulator` prints, as an account's owner.
    fn python(
        &self,
        program: &str,
        (account, region): (&str, &str),
        arguments: &[&str],
        input: &Value,
    ) -> Value {
        let root = workspace::root();
        let mut caller = Command::new(root.join(".tools/emulator/bin/python"))
            .arg(root.join("tests/emulator").join(program))
            .args(arguments)
            .envs(self.env())
            .envs([("AWS_ACCESS_KEY_ID", account), ("AWS_SECRET_ACCESS_KEY", "test")])
            .env("AWS_DEFAULT_REGION", region)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python starts");
        let mut stdin = caller.stdin.take().expect("its input");
        stdin.write_all(input.to_string().as_bytes()).expect("it takes its input");
        drop(stdin);
        let ended = caller.wait_with_output().expect("it ends");
        assert!(ended.status.success(), "{program} {arguments:?} failed, see above");
        serde_json::from_slice(&ended.stdout).expect("JSON")
    }

    /// What the emulator has printed, the output of functions that it runs included.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// `None` if the process ends before it answers.
    fn try_start(program: &Path, arguments: &[&str], more: &[(&str, &str)]) -> Option<Self> {
        let scratch = TempDir::with_prefix("switchboard-emulator-").expect("a temporary folder");
        let port = free_port().to_string();
        let endpoint = format!("http://127.0.0.1:{port}");
        let path = scratch.path().to_str().expect("a temporary folder with a UTF-8 name").to_owned();
        let mut environment = vec![
            ("GATEWAY_PORT", port.as_str()),
            ("BIND_HOST", "127.0.0.1"),
            ("MINISTACK_HOST", "127.0.0.1"),
            ("MINISTACK_REGION", sdk::REGION),
            // Inherited by the functions that the emulator runs.
            ("AWS_ENDPOINT_URL", &endpoint),
            ("AWS_DEFAULT_REGION", sdk::REGION),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("HOME", &path),
            ("TMPDIR", &path),
            ("STATE_DIR", &path),
            // It would listen for MQTT on a fixed port.
            ("IOT_MTLS_ENABLED", "0"),
            // Waits of seconds and minutes on AWS, which tests need not wait for.
            ("SFN_WAIT_SCALE", "0.05"),
            ("LAMBDA_ASYNC_RETRY_BASE_SECONDS", "0.2"),
        ];
        environment.extend(more);
        let mut process = Supervised::start(program, arguments, &environment, scratch);
        let answers = wait::until("the emulator to answer", START, || {
            if process.has_ended() { Some(false) } else { is_healthy(&port).then_some(true) }
        });
        answers.then(|| Self { endpoint, process })
    }
}

fn is_healthy(port: &str) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port.parse().expect("a port")))?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        stream
            .write_all(b"GET /_ministack/health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}
