//! An SFTP server of another make than OpenSSH, which misbehaves as configured (`tests/asyncssh/server.py`).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::log::Log;
use super::{line_of, run};

/// The password of every server that asks for one.
pub(crate) const PASSWORD: &str = "open sesame";

/// A running server; it ends with this value.
pub(crate) struct Asyncssh {
    child: Child,
    /// Its port on 127.0.0.1.
    pub(crate) port: u16,
    /// What it prints: a line for each event.
    pub(crate) log: Log,
    home: TempDir,
}

impl Asyncssh {
    /// Starts a server with these settings, as `server.py` lists them.
    pub(crate) fn start(settings: Value) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let python = root.join(".tools/asyncssh/bin/python");
        assert!(python.exists(), "{} is missing; run tests/setup", python.display());
        let home = tempfile::tempdir().unwrap();
        let path = |name: &str| home.path().join(name);
        fs::create_dir(path("in")).unwrap();
        for (name, kind) in
            [("host_ed25519", "ed25519"), ("host_ecdsa", "ecdsa"), ("host_rsa", "rsa"), ("client", "rsa")]
        {
            let (path, bits) = (path(name), if kind == "rsa" { "2048" } else { "256" });
            run(
                "ssh-keygen",
                &["-q", "-t", kind, "-b", bits, "-C", "", "-N", "", "-f", path.to_str().unwrap()],
            );
        }
        fs::copy(path("client.pub"), path("authorized_keys")).unwrap();
        let mut settings = settings;
        settings["folder"] = json!(path("in"));
        settings["keys"] = json!(home.path());
        let mut child = Command::new(python)
            .arg(root.join("tests/asyncssh/server.py"))
            .arg(settings.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let log = Log::follow(child.stdout.take().unwrap());
        assert!(log.wait_for("listening ", 1), "the server does not start");
        let port = log.text().lines().find_map(|line| line.strip_prefix("listening ")?.parse().ok()).unwrap();
        Self { child, port, log, home }
    }

    /// The folder that a session sees as `/`.
    pub(crate) fn folder(&self) -> PathBuf {
        self.home.path().join("in")
    }

    /// What a drop box took away.
    pub(crate) fn picked_up(&self) -> PathBuf {
        self.home.path().join("in-taken")
    }

    /// The secret of an account with the password.
    pub(crate) fn password_secret(&self) -> Value {
        json!({
            "host": "127.0.0.1", "port": self.port, "username": "wfm", "password": PASSWORD,
            "hostKey": self.fingerprint("ed25519"), "directory": "/",
        })
    }

    /// The secret of an account with an RSA key.
    pub(crate) fn key_secret(&self) -> Value {
        let mut secret = self.password_secret();
        secret["password"] = Value::Null;
        secret["privateKey"] = json!(fs::read_to_string(self.home.path().join("client")).unwrap());
        secret
    }

    /// A host key's fingerprint as `ssh-keygen -lf` prints it.
    pub(crate) fn fingerprint(&self, kind: &str) -> String {
        let path = self.home.path().join(format!("host_{kind}.pub"));
        let line = line_of("ssh-keygen", &["-lf", path.to_str().unwrap()]);
        line.split(' ').nth(1).unwrap().to_owned()
    }
}

impl Drop for Asyncssh {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
