//! OpenSearch, which `tests/setup` installs: the server alone, with the modules that an ingest pipeline needs.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Request, client::conn::http1};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpStream;

use crate::supervised::{Supervised, free_port};
use crate::{wait, workspace};

/// Who runs the server where root runs the tests: it refuses to run as root.
const USER: &str = "switchboard-opensearch";

const START: Duration = Duration::from_mins(2);

/// Everything to the console, which is the server's log, and nothing of what goes well.
const LOGGING: &str = "appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d{ISO8601}][%-5p][%c{1.}] %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
";

/// A running server of one node, empty at first. Stopped on drop, its data removed.
#[derive(Debug)]
pub struct OpenSearch {
    port: u16,
    process: Supervised,
}

/// What the server answered to one request.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body; `Null` if it is empty or no JSON.
    pub body: Value,
}

impl OpenSearch {
    /// Starts a server and waits until it answers.
    pub fn start() -> Self {
        // A port may be taken between its choice and its use.
        (0..3).find_map(|_| Self::try_start()).expect("OpenSearch on one of three pairs of free ports")
    }

    /// The one that the tests of this process share; each names its indexes for itself. It ends with the process.
    pub fn shared() -> &'static Self {
        static SHARED: LazyLock<OpenSearch> = LazyLock::new(OpenSearch::start);
        &SHARED
    }

    /// `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// One request, such as `PUT /_index_template/contact-records`, with a JSON or NDJSON body (or an empty one).
    pub async fn call(&self, method: &str, path: &str, body: impl Into<String>) -> Answer {
        let connection = TcpStream::connect(("127.0.0.1", self.port)).await.expect("OpenSearch listens");
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(connection)).await.expect("an HTTP connection");
        // It ends with the sender.
        tokio::spawn(connection);
        let kind = if path.contains("_bulk") { "application/x-ndjson" } else { "application/json" };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("Host", "127.0.0.1")
            .header("Content-Type", kind)
            .body(Full::new(Bytes::from(body.into())))
            .expect("a request");
        let answer = sender.send_request(request).await.expect("an answer");
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.expect("a whole answer").to_bytes();
        Answer { status, body: serde_json::from_slice(&body).unwrap_or_default() }
    }

    /// What the server has printed: its warnings.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// `None` if the process ends before it answers.
    fn try_start() -> Option<Self> {
        let home = workspace::root().join(".tools/opensearch");
        assert!(home.join("lib").is_dir(), "no {}: run tests/setup", home.display());
        let scratch = TempDir::with_prefix("switchboard-opensearch-").expect("a temporary folder");
        prepare(scratch.path());
        let path = scratch.path().to_str().expect("a temporary folder with a UTF-8 name").to_owned();
        let home = home.to_str().expect("a checkout with a UTF-8 name").to_owned();
        let (port, transport) = (free_port(), free_port());
        let mut arguments = if is_root() { as_user() } else { Vec::new() };
        arguments.push("java".to_owned());
        arguments.extend(java(&home, &path, port, transport));
        let (program, arguments) = arguments.split_first().expect("at least Java");
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let mut process = Supervised::start(Path::new(program), &arguments, &[("HOME", &path)], scratch);
        let answers = wait::until("OpenSearch to answer", START, || {
            if process.has_ended() {
                let log = process.log();
                assert!(log.contains("BindHttpException") || log.contains("BindTransportException"), "{log}");
                return Some(false);
            }
            is_ready(port).then_some(true)
        });
        answers.then(|| Self { port, process })
    }
}

/// The folders that a node writes to, given to the user that runs it.
fn prepare(folder: &Path) {
    for name in ["config", "data", "logs", "tmp"] {
        fs::create_dir(folder.join(name)).expect("a folder of ours");
    }
    fs::write(folder.join("config/opensearch.yml"), "").expect("a file of ours");
    fs::write(folder.join("config/log4j2.properties"), LOGGING).expect("a file of ours");
    if is_root() {
        let given = Command::new("chown").arg("-R").arg(format!("{USER}:")).arg(folder).status();
        assert!(given.expect("chown starts").success(), "no user {USER}: run tests/setup, as root");
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|this| this.uid() == 0)
}

/// Becomes the user, and keeps one thing of root's: to read what it may not, since a checkout may lie in a closed
/// home.
fn as_user() -> Vec<String> {
    let user = [format!("--reuid={USER}"), format!("--regid={USER}")];
    let rest = ["--clear-groups", "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"];
    std::iter::once("setpriv".to_owned()).chain(user).chain(rest.map(str::to_owned)).collect()
}

fn java(home: &str, folder: &str, port: u16, transport: u16) -> Vec<String> {
    let virtual_machine = [
        // Quick to start rather than fast for long, and small.
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "-Xms512m",
        "-Xmx512m",
        // What bin/opensearch sets.
        "-Djava.security.manager=allow",
        "-Dopensearch.networkaddress.cache.ttl=60",
        "-Dlog4j2.disable.jmx=true",
        "-Dlog4j.shutdownHookEnabled=false",
        "-Djava.util.concurrent.ForkJoinPool.common.threadFactory=org.opensearch.secure_sm.SecuredForkJoinWorkerThreadFactory",
    ];
    let places = [
        format!("-Djava.io.tmpdir={folder}/tmp"),
        format!("-Dopensearch.path.home={home}"),
        format!("-Dopensearch.path.conf={folder}/config"),
        "-cp".to_owned(),
        format!("{home}/lib/*"),
        "org.opensearch.bootstrap.OpenSearch".to_owned(),
    ];
    let node = [
        format!("-Epath.data={folder}/data"),
        format!("-Epath.logs={folder}/logs"),
        format!("-Ehttp.port={port}"),
        format!("-Etransport.port={transport}"),
        "-Enetwork.host=127.0.0.1".to_owned(),
        "-Ediscovery.type=single-node".to_owned(),
        "-Enode.store.allow_mmap=false".to_owned(),
        // A nearly full disk of the machine is not what is tested.
        "-Ecluster.routing.allocation.disk.threshold_enabled=false".to_owned(),
    ];
    virtual_machine.map(str::to_owned).into_iter().chain(places).chain(node).collect()
}

/// It listens before it can be asked anything.
fn is_ready(port: u16) -> bool {
    use std::io::{Read, Write};
    let ask = || -> std::io::Result<String> {
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        let path = "/_cluster/health?wait_for_status=yellow&timeout=2s";
        stream.write_all(format!("GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n").as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.contains(" 200 ") && answer.contains("\"timed_out\":false"))
}
