//! A real OpenSSH server for SFTP: its own keys, configuration, port and folder. The system's own is left alone.
//!
//! It must run as root: only then may sshd let in another user than its own, and check a password. `tests/setup` makes
//! the user. PAM is off, and connections get SFTP only.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::supervised::{Supervised, free_port};
use crate::wait;

/// Who may log in.
pub const USER: &str = "switchboard-sftp";

/// The passphrase of [`Sshd::rsa_key`].
pub const RSA_PASSPHRASE: &str = "correct horse";

const PASSWORD_FILE: &str = "/var/lib/switchboard-tests/sftp-password";
const START: Duration = Duration::from_secs(10);

/// A running SSH server on a loopback port; stopped on drop.
#[derive(Debug)]
pub struct Sshd {
    port: u16,
    process: Supervised,
}

impl Sshd {
    /// Makes the keys, starts the server and waits until it listens.
    pub fn start() -> Self {
        // The port may be taken between its choice and its use.
        (0..3).find_map(|_| Self::try_start()).expect("an sshd on one of three free ports")
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The password of [`USER`].
    pub fn password() -> String {
        fs::read_to_string(PASSWORD_FILE)
            .unwrap_or_else(|error| panic!("cannot read {PASSWORD_FILE} ({error}): run tests/setup, as root"))
    }

    /// The private key that [`USER`] may log in with: ed25519, no passphrase, OpenSSH format.
    pub fn ed25519_key(&self) -> PathBuf {
        self.process.folder().join("client_ed25519")
    }

    /// Another: RSA, with [`RSA_PASSPHRASE`].
    pub fn rsa_key(&self) -> PathBuf {
        self.process.folder().join("client_rsa")
    }

    /// A private key that the server does not know.
    pub fn unknown_key(&self) -> PathBuf {
        self.process.folder().join("client_unknown")
    }

    /// The host key's fingerprint, `SHA256:…`.
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.process.folder().join("host"))
    }

    /// The host key as a line of a `known_hosts` file.
    pub fn known_hosts_line(&self) -> String {
        self.line(&self.process.folder().join("host"))
    }

    /// The fingerprint of a host key that this server does not have.
    pub fn wrong_fingerprint(&self) -> String {
        fingerprint(&self.process.folder().join("other_host"))
    }

    /// A line of `known_hosts` that has another key for this very server.
    pub fn wrong_known_hosts_line(&self) -> String {
        self.line(&self.process.folder().join("other_host"))
    }

    /// The folder that a session starts in, writable for [`USER`]. It is an absolute path for the client as well.
    pub fn uploads(&self) -> PathBuf {
        uploads(self.process.folder())
    }

    /// What the server has said about its connections.
    pub fn log(&self) -> String {
        self.process.log()
    }

    fn line(&self, key: &Path) -> String {
        format!("[127.0.0.1]:{} {}", self.port, public(key))
    }

    /// `None` if the server ends before it listens.
    fn try_start() -> Option<Self> {
        let folder = TempDir::with_prefix("switchboard-sshd-").expect("a temporary folder");
        let path = folder.path();
        for key in ["host", "other_host", "client_ed25519", "client_unknown"] {
            generate(&path.join(key), "ed25519", "");
        }
        generate(&path.join("client_rsa"), "rsa", RSA_PASSPHRASE);
        let authorized = [public(&path.join("client_ed25519")), public(&path.join("client_rsa"))].join("\n");
        write(&path.join("authorized_keys"), &authorized);
        fs::create_dir(uploads(path)).expect("a folder for uploads");
        let (user, group) = (id("-u"), id("-g"));
        chown(uploads(path), Some(user), Some(group)).expect("root may give a folder away");
        // The user passes through, and sees nothing.
        fs::set_permissions(path, Permissions::from_mode(0o711)).expect("permissions of a folder of ours");

        let port = free_port();
        let configuration = path.join("sshd_config");
        write(&configuration, &settings(path, port));
        let configuration = configuration.to_str().expect("a temporary folder with a UTF-8 name").to_owned();
        let arguments = ["-D", "-e", "-f", &configuration];
        let mut process = Supervised::start(Path::new("/usr/sbin/sshd"), &arguments, &[], folder);
        let listens = wait::until("sshd to listen", START, || {
            if process.has_ended() {
                let log = process.log();
                assert!(log.contains("Address already in use"), "sshd does not start: {log}");
                return Some(false);
            }
            process.log().contains("Server listening").then_some(true)
        });
        listens.then(|| Self { port, process })
    }
}

fn settings(folder: &Path, port: u16) -> String {
    let path = folder.display();
    let uploads = uploads(folder);
    let uploads = uploads.display();
    format!(
        "Port {port}
ListenAddress 127.0.0.1
HostKey {path}/host
AuthorizedKeysFile {path}/authorized_keys
AllowUsers {USER}
PubkeyAuthentication yes
PasswordAuthentication yes
KbdInteractiveAuthentication no
UsePAM no
# The folder is below /tmp, which everybody may write to.
StrictModes no
PidFile none
MaxStartups 100
LogLevel VERBOSE
Subsystem sftp internal-sftp -d {uploads}
ForceCommand internal-sftp -d {uploads}
AllowTcpForwarding no
"
    )
}

fn uploads(folder: &Path) -> PathBuf {
    folder.join("uploads")
}

fn generate(key: &Path, kind: &str, passphrase: &str) {
    run(Command::new("ssh-keygen").args(["-q", "-C", "", "-t", kind, "-N", passphrase, "-f"]).arg(key));
}

/// `SHA256:…` from `256 SHA256:… no comment (ED25519)`.
fn fingerprint(key: &Path) -> String {
    let printed = run(Command::new("ssh-keygen").arg("-lf").arg(key.with_extension("pub")));
    printed.split(' ').nth(1).expect("a fingerprint after the number of bits").to_owned()
}

fn public(key: &Path) -> String {
    let key = key.with_extension("pub");
    fs::read_to_string(key).expect("the public half of a key").trim().to_owned()
}

fn id(which: &str) -> u32 {
    run(Command::new("id").args([which, USER])).trim().parse().expect("id prints a number")
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} failed ({said}): has tests/setup been run, as root?");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
