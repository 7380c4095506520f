//! A real OpenSSH server with its own keys, on a free loopback port.

use std::fmt::Write as _;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::log::Log;
use super::{line_of, run};

const SSHD: &str = "/usr/sbin/sshd";
/// The user for logins by password, and where `tests/setup` keeps the password of this machine.
const PASSWORD_USER: &str = "switchboard-sftp";
const PASSWORD_FILE: &str = "/var/lib/switchboard-tests/sftp-password";

/// A running server; it ends with this value.
pub(crate) struct Sshd {
    child: Child,
    /// Its port on 127.0.0.1.
    pub(crate) port: u16,
    /// Its log, at DEBUG1.
    pub(crate) log: Log,
    home: TempDir,
}

impl Sshd {
    /// Starts a server that lets the current user in with [`Sshd::client_key`].
    pub(crate) fn start() -> Self {
        Self::with(&["ed25519"], "")
    }

    /// The same with host keys of other types, and arguments for its SFTP subsystem.
    pub(crate) fn with(kinds: &[&str], sftp_arguments: &str) -> Self {
        Self::configured(kinds, sftp_arguments, "")
    }

    /// The same with further lines for `sshd_config`, which come first and so win.
    pub(crate) fn configured(kinds: &[&str], sftp_arguments: &str, first: &str) -> Self {
        assert!(Path::new(SSHD).exists(), "{SSHD} is missing; run tests/setup");
        let home = tempfile::tempdir().unwrap();
        // The other user has to reach the folder for its files.
        fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755)).unwrap();
        fs::create_dir(home.path().join("in")).unwrap();
        fs::set_permissions(home.path().join("in"), fs::Permissions::from_mode(0o777)).unwrap();
        let mut host_keys = String::new();
        for kind in kinds {
            let path = home.path().join(format!("host_{kind}"));
            make_key(&path, kind, "");
            writeln!(host_keys, "HostKey {}", path.display()).unwrap();
        }
        make_key(&home.path().join("client"), "ed25519", "");
        fs::copy(home.path().join("client.pub"), home.path().join("authorized_keys")).unwrap();
        loop {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let host_keys = format!("{first}\n{host_keys}");
            let mut child = launch(home.path(), port, &host_keys, sftp_arguments);
            let log = Log::follow(child.stderr.take().unwrap());
            if log.wait_for("Server listening on 127.0.0.1", 1) {
                return Self { child, port, log, home };
            }
            // Somebody else took the port in between.
            assert!(
                log.count("Address already in use") > 0,
                "sshd does not start; run tests/setup?\n{}",
                log.text()
            );
            child.wait().unwrap();
        }
    }

    /// The folder that the account's `directory` names.
    pub(crate) fn folder(&self) -> PathBuf {
        self.home.path().join("in")
    }

    /// The secret of an account with the client key and the Ed25519 host key's fingerprint.
    pub(crate) fn secret(&self) -> Value {
        json!({
            "host": "127.0.0.1", "port": self.port, "username": line_of("id", &["-un"]),
            "privateKey": self.client_key(), "hostKey": self.fingerprint("ed25519"), "directory": self.folder(),
        })
    }

    /// The same for [`PASSWORD_USER`], who is not root.
    pub(crate) fn password_secret(&self) -> Value {
        let password = fs::read_to_string(PASSWORD_FILE).unwrap_or_else(|error| {
            panic!("the password of {PASSWORD_USER} in {PASSWORD_FILE}: {error}; run tests/setup as root")
        });
        let mut secret = self.secret();
        secret["privateKey"] = Value::Null;
        secret["username"] = json!(PASSWORD_USER);
        secret["password"] = json!(password.trim());
        secret
    }

    /// An Ed25519 key without a passphrase.
    pub(crate) fn client_key(&self) -> String {
        fs::read_to_string(self.home.path().join("client")).unwrap()
    }

    /// From now on a key of this type is let in instead; it is given in a format of `ssh-keygen -m`.
    pub(crate) fn other_key(&self, kind: &str, format: &str, passphrase: &str) -> String {
        let path = self.home.path().join(format!("client_{kind}_{format}_{}", passphrase.len()));
        let path_text = path.to_str().unwrap();
        run("ssh-keygen", &["-q", "-t", kind, "-m", format, "-N", passphrase, "-f", path_text]);
        fs::copy(path.with_extension("pub"), self.home.path().join("authorized_keys")).unwrap();
        fs::read_to_string(path).unwrap()
    }

    /// A host key's fingerprint as `ssh-keygen -lf` prints it.
    pub(crate) fn fingerprint(&self, kind: &str) -> String {
        let path = self.home.path().join(format!("host_{kind}.pub"));
        let line = line_of("ssh-keygen", &["-lf", path.to_str().unwrap()]);
        line.split(' ').nth(1).unwrap().to_owned()
    }

    /// A host key's line in a `known_hosts` file.
    pub(crate) fn known_hosts_line(&self, kind: &str) -> String {
        let key = fs::read_to_string(self.home.path().join(format!("host_{kind}.pub"))).unwrap();
        format!("[127.0.0.1]:{} {}", self.port, key.trim())
    }

    /// Ends the processes of the connections, but not the server.
    pub(crate) fn cut_connections(&self) {
        for pid in children_of(self.child.id()) {
            for pid in children_of(pid).into_iter().chain([pid]) {
                // It may have ended by itself.
                drop(
                    Command::new("sh")
                        .args(["-c", &format!("kill -KILL {pid}")])
                        .stderr(Stdio::null())
                        .status(),
                );
            }
        }
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.cut_connections();
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn make_key(path: &Path, kind: &str, passphrase: &str) {
    run("ssh-keygen", &["-q", "-t", kind, "-N", passphrase, "-f", path.to_str().unwrap()]);
}

fn launch(home: &Path, port: u16, host_keys: &str, sftp_arguments: &str) -> Child {
    let home_text = home.display();
    let config = home.join("sshd_config");
    let text = format!(
        "Port {port}\nListenAddress 127.0.0.1\n{host_keys}PidFile none\nUsePAM no\nStrictModes no\n\
         KbdInteractiveAuthentication no\nPermitRootLogin yes\nAuthorizedKeysFile {home_text}/authorized_keys\n\
         Subsystem sftp internal-sftp {sftp_arguments}\nLogLevel DEBUG1\n"
    );
    fs::write(&config, text).unwrap();
    Command::new(SSHD)
        .args(["-D", "-e", "-f"])
        .arg(config)
        .stderr(Stdio::piped())
        .stdin(Stdio::null())
        .spawn()
        .unwrap()
}

/// The processes whose parent is this one.
fn children_of(parent: u32) -> Vec<u32> {
    let children = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
    children.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}
