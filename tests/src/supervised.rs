//! A server process that never outlives the test, however the test ends.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use tempfile::TempDir;

const LOG: &str = "server.log";

/// Replaces itself with the server, and leaves a watcher behind. When this process closes the watcher's input, by
/// dropping it or by dying, the watcher stops the server: politely, and a second later for good (the emulator ignores
/// SIGTERM while it waits for a custom resource). What is polite the server decides: PostgreSQL waits for its clients
/// after SIGTERM, and not after SIGINT. Then it removes the server's folder, and ends what is left of the
/// process group, itself included.
const SCRIPT: &str = r#"
exec 3<&0
folder=$1 signal=$2
shift 2
(
    trap '' TERM INT
    read -r _ <&3
    kill "-$signal" 0
    tries=0
    while [ $tries -lt 20 ] && kill -0 $$; do sleep 0.05; tries=$((tries + 1)); done
    ! kill -0 $$ || kill -KILL $$
    rm -rf -- "$folder"
    kill -KILL 0
) 2>/dev/null &
exec "$@" 3<&- </dev/null
"#;

/// A running server; stopped on drop, and its folder removed soon after.
#[derive(Debug)]
pub(crate) struct Supervised {
    server: Child,
    watcher: Option<ChildStdin>,
    folder: PathBuf,
}

impl Supervised {
    /// Starts `program` with a clean environment. Its output goes to `server.log` in `folder`, which is its own.
    pub(crate) fn start(
        program: &Path,
        arguments: &[&str],
        environment: &[(&str, &str)],
        folder: TempDir,
    ) -> Self {
        Self::start_stopped_by("TERM", program, arguments, environment, folder)
    }

    /// The same with the signal (`TERM`, `INT`) that asks the server to stop.
    pub(crate) fn start_stopped_by(
        signal: &str,
        program: &Path,
        arguments: &[&str],
        environment: &[(&str, &str)],
        folder: TempDir,
    ) -> Self {
        let log = File::create(folder.path().join(LOG)).expect("a log file for the server");
        let mut server = Command::new("/bin/sh")
            .args(["-c", SCRIPT, "sh"])
            .arg(folder.path())
            .arg(signal)
            .arg(program)
            .args(arguments)
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin")
            .envs(environment.iter().copied())
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(log.try_clone().expect("the log file, for both outputs"))
            .stderr(log)
            .spawn()
            .expect("/bin/sh starts");
        let watcher = server.stdin.take();
        // From here on the watcher removes it: a static value such as a shared server is never dropped.
        Self { server, watcher, folder: folder.keep() }
    }

    /// The server's own folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether the server has ended on its own account.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.server.try_wait().is_ok_and(|status| status.is_some())
    }

    /// What it has printed so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.join(LOG)).unwrap_or_default()
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        self.watcher = None;
        // It cannot fail for a child that nobody else waits for.
        drop(self.server.wait());
    }
}

/// A loopback port that nothing listened on a moment ago. Another process may take it first, so a server that ends
/// at once deserves a second try with another port.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free loopback port");
    listener.local_addr().expect("the port of a listener").port()
}
