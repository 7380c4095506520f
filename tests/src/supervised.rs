//! A server process that never outlives the test, however the test ends.

use std::fs::{self, File};
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

/// Replaces itself with the server, and leaves a watcher behind. When this process closes the watcher's input, by
/// dropping it or by dying, the watcher stops the whole process group: politely, and a second later for good (the
/// emulator ignores SIGTERM while it waits for a custom resource).
const SCRIPT: &str = r#"
exec 3<&0
(
    trap '' TERM
    read -r _ <&3
    kill -TERM 0
    tries=0
    while [ $tries -lt 20 ] && kill -0 $$ 2>/dev/null; do sleep 0.05; tries=$((tries + 1)); done
    kill -KILL 0
) &
exec "$@" 3<&- </dev/null
"#;

/// A running server; stopped on drop.
#[derive(Debug)]
pub(crate) struct Supervised {
    server: Child,
    watcher: Option<ChildStdin>,
    log: PathBuf,
}

impl Supervised {
    /// Starts `program` with a clean environment; its output goes to `log`.
    pub(crate) fn start(
        program: &Path,
        arguments: &[&str],
        environment: &[(&str, &str)],
        log: PathBuf,
    ) -> Self {
        let output = File::create(&log).expect("a log file for the server");
        let mut server = Command::new("/bin/sh")
            .args(["-c", SCRIPT, "sh"])
            .arg(program)
            .args(arguments)
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin")
            .envs(environment.iter().copied())
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(output.try_clone().expect("the log file, for both outputs"))
            .stderr(output)
            .spawn()
            .expect("/bin/sh starts");
        let watcher = server.stdin.take();
        Self { server, watcher, log }
    }

    /// Whether the server has ended on its own account.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.server.try_wait().is_ok_and(|status| status.is_some())
    }

    /// What it has printed so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        self.watcher = None;
        if let Err(error) = self.server.wait() {
            assert!(error.kind() == io::ErrorKind::NotFound, "a server could not be stopped: {error}");
        }
    }
}

/// A loopback port that nothing listened on a moment ago. Another process may take it first, so a server that ends
/// at once deserves a second try with another port.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free loopback port");
    listener.local_addr().expect("the port of a listener").port()
}
