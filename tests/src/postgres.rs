//! A real PostgreSQL server: its own cluster in a temporary folder, its own port, its own authority for TLS.
//!
//! PostgreSQL refuses to run as root, so then it runs as the user `postgres`, which Debian's package makes.

use std::fs::{self, Permissions};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tempfile::TempDir;

use crate::supervised::{Supervised, free_port};
use crate::wait;

/// Who owns everything in the cluster.
pub const USER: &str = "switchboard";
/// With this password.
pub const PASSWORD: &str = "correct-horse";

const START: Duration = Duration::from_mins(1);

/// A running server on a loopback port, TLS offered; stopped on drop.
#[derive(Debug)]
pub struct Postgres {
    port: u16,
    process: Supervised,
    databases: AtomicU32,
}

impl Postgres {
    /// Makes the cluster, starts the server and waits until it answers.
    pub fn start() -> Self {
        // The port may be taken between its choice and its use.
        (0..3).find_map(|_| Self::try_start()).expect("PostgreSQL on one of three free ports")
    }

    /// The one that the tests of this process share; each makes its own [`database`](Self::database). It ends with the
    /// process.
    pub fn shared() -> &'static Self {
        static SHARED: LazyLock<Postgres> = LazyLock::new(Postgres::start);
        &SHARED
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// A new, empty database's name.
    pub fn database(&self) -> String {
        let name = format!("test{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql("postgres", &format!("CREATE DATABASE {name}"));
        name
    }

    /// The URL of a database, with the password, as this machine may.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{USER}:{PASSWORD}@127.0.0.1:{}/{database}", self.port)
    }

    /// The PEM of the authority that signed the server's certificate, which is for `localhost`.
    pub fn authority(&self) -> PathBuf {
        self.process.folder().join("ca.pem")
    }

    /// Runs SQL with `psql`, and gives what it prints: columns divided by `|`, nothing around them.
    pub fn sql(&self, database: &str, sql: &str) -> String {
        self.try_sql(database, sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// The same, or what the server says against it.
    ///
    /// # Errors
    /// If it refuses.
    pub fn try_sql(&self, database: &str, sql: &str) -> Result<String, String> {
        let output = Command::new(binaries().join("psql"))
            .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"])
            .args(["--dbname", &self.url(database), "--command", sql])
            .output()
            .expect("psql starts");
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        Ok(String::from_utf8(output.stdout).expect("psql prints UTF-8").trim().to_owned())
    }

    /// What the server has written into its log.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// `None` if the process ends before it answers.
    fn try_start() -> Option<Self> {
        let folder = TempDir::with_prefix("switchboard-postgres-").expect("a temporary folder");
        let cluster = folder.path().join("cluster");
        make_certificates(folder.path());
        make_cluster(folder.path());
        let port = free_port();
        let (cluster, port_option) = (format!("{}", cluster.display()), format!("-p{port}"));
        let certificate = format!("-cssl_cert_file={}", folder.path().join("server.pem").display());
        let key = format!("-cssl_key_file={}", folder.path().join("server.key").display());
        let postgres = binaries().join("postgres");
        let mut arguments = unprivileged();
        arguments.extend([postgres.to_str().expect("a path in UTF-8"), "-D", &cluster, &port_option]);
        arguments.extend(["-clisten_addresses=127.0.0.1", "-cunix_socket_directories=", "-cssl=on"]);
        arguments.extend([certificate.as_str(), key.as_str()]);
        // It need not survive a power cut.
        arguments.extend(["-cfsync=off", "-cfull_page_writes=off", "-cmax_connections=200"]);
        let environment = [("LC_ALL", "C"), ("TZ", "UTC")];
        let mut process =
            Supervised::start_stopped_by("INT", Path::new("/usr/bin/env"), &arguments, &environment, folder);
        let answers = wait::until("PostgreSQL to answer", START, || {
            if process.has_ended() { Some(false) } else { is_listening(port).then_some(true) }
        });
        let server = Self { port, process, databases: AtomicU32::new(0) };
        // It listens a moment before it takes anyone in.
        let ready = || {
            let mut asked = Command::new(binaries().join("pg_isready"));
            asked.args(["--quiet", "--host=127.0.0.1", &format!("--port={port}")]);
            asked.status().expect("pg_isready starts").success().then_some(())
        };
        answers.then(|| wait::until("PostgreSQL to be ready", START, ready))?;
        Some(server)
    }
}

/// Where Debian keeps the programs of the newest version there is.
fn binaries() -> &'static Path {
    static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
        let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let version = |folder: &PathBuf| folder.file_name()?.to_str()?.parse::<u32>().ok();
        let newest = versions.map(|entry| entry.path()).max_by_key(version);
        newest.expect("no PostgreSQL in /usr/lib/postgresql: run tests/setup").join("bin")
    });
    &FOLDER
}

fn is_root() -> bool {
    fs::metadata("/proc/self").expect("/proc").uid() == 0
}

/// What stands before a command so that it runs as `postgres` if this process is root's.
fn unprivileged() -> Vec<&'static str> {
    if is_root() {
        vec!["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    } else {
        Vec::new()
    }
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// An authority, and a certificate for `localhost` that it signed.
fn make_certificates(folder: &Path) {
    let openssl = |arguments: &str| {
        run(Command::new("openssl").current_dir(folder).args(arguments.split(' ')));
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    openssl(&format!("req -x509 {key} -keyout ca.key -out ca.pem -days 2 -subj /CN=tests"));
    openssl(&format!(
        "req -x509 {key} -keyout server.key -out server.pem -days 2 -subj /CN=localhost -CA ca.pem -CAkey ca.key \
         -addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE"
    ));
}

fn make_cluster(folder: &Path) {
    fs::write(folder.join("password"), PASSWORD).expect("a file in our own folder");
    if is_root() {
        let (user, group) = postgres_ids();
        for name in ["", "password", "server.pem", "server.key"] {
            chown(folder.join(name), Some(user), Some(group)).expect("root may give files away");
        }
    }
    let key = Permissions::from_mode(0o600);
    fs::set_permissions(folder.join("server.key"), key).expect("the permissions of our own file");
    run(Command::new("/usr/bin/env")
        .current_dir(folder)
        .args(unprivileged())
        .arg(binaries().join("initdb"))
        .args(["--pgdata=cluster", "--auth=scram-sha-256", "--pwfile=password", "--no-sync"])
        .args(["--encoding=UTF8", "--locale=C", &format!("--username={USER}")]));
}

fn postgres_ids() -> (u32, u32) {
    let users = fs::read_to_string("/etc/passwd").expect("the users of this machine");
    let line = users.lines().find(|line| line.starts_with("postgres:"));
    let mut fields = line.expect("no user postgres: run tests/setup").split(':').skip(2);
    let mut id = || fields.next().and_then(|id| id.parse().ok()).expect("an id in /etc/passwd");
    (id(), id())
}

fn is_listening(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}
