//! That the SSH server lets in whom it should, tried with OpenSSH's own client.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use switchboard_tests::cut::Cut;
use switchboard_tests::sshd::{RSA_PASSPHRASE, Sshd, USER};
use switchboard_tests::wait::until;
use tempfile::TempDir;

#[test]
fn a_key_logs_in_and_a_file_arrives() {
    let sshd = Sshd::start();
    let client = Client::new(&sshd.known_hosts_line());
    let output = client.put(sshd.port(), &key(&sshd.ed25519_key()), "");
    assert!(output.status.success(), "{}", said(&output, &sshd));
    let arrived = fs::read(sshd.uploads().join("rows.csv")).expect("the file in the folder for uploads");
    assert_eq!(arrived, client.file());
}

#[test]
fn a_key_with_a_passphrase_logs_in() {
    let sshd = Sshd::start();
    let client = Client::new(&sshd.known_hosts_line());
    let output = client.put(sshd.port(), &key(&sshd.rsa_key()), RSA_PASSPHRASE);
    assert!(output.status.success(), "{}", said(&output, &sshd));
    assert!(sshd.uploads().join("rows.csv").is_file());
    assert!(!client.put(sshd.port(), &key(&sshd.rsa_key()), "another passphrase").status.success());
}

#[test]
fn a_password_logs_in_and_a_wrong_one_does_not() {
    let sshd = Sshd::start();
    let client = Client::new(&sshd.known_hosts_line());
    let wrong = client.put(sshd.port(), &password(), "not the password");
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("Permission denied"), "{}", said(&wrong, &sshd));
    let right = client.put(sshd.port(), &password(), &Sshd::password());
    assert!(right.status.success(), "{}", said(&right, &sshd));
    assert!(sshd.uploads().join("rows.csv").is_file());
}

#[test]
fn an_unknown_key_is_turned_away() {
    let sshd = Sshd::start();
    let client = Client::new(&sshd.known_hosts_line());
    let output = client.put(sshd.port(), &key(&sshd.unknown_key()), "");
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("Permission denied"),
        "{}",
        said(&output, &sshd)
    );
}

#[test]
fn a_wrong_host_key_stops_the_client() {
    let sshd = Sshd::start();
    let client = Client::new(&sshd.wrong_known_hosts_line());
    let output = client.put(sshd.port(), &key(&sshd.ed25519_key()), "");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("Host key verification failed"), "{}", said(&output, &sshd));
    // OpenSSH prints the key that it met, which is the one that we say the server has.
    assert!(stderr.contains(&sshd.fingerprint()), "{stderr}");
    assert_ne!(sshd.fingerprint(), sshd.wrong_fingerprint());
    assert!(!sshd.uploads().join("rows.csv").exists());
}

#[test]
fn a_cut_connection_leaves_part_of_a_file() {
    let sshd = Sshd::start();
    // More than one write: the client sends 255 kB at a time, and the server writes what is whole.
    let cut = Cut::start(sshd.port(), 400_000);
    let client =
        Client::new(&sshd.known_hosts_line().replace(&sshd.port().to_string(), &cut.port().to_string()));
    let output = client.put(cut.port(), &key(&sshd.ed25519_key()), "");
    assert!(!output.status.success(), "{}", said(&output, &sshd));
    // The server may still be writing what it got.
    let arrived = until("a part of the file", Duration::from_secs(5), || {
        let part = fs::metadata(sshd.uploads().join("rows.csv")).ok()?;
        (part.len() > 0).then_some(part.len())
    });
    assert!(arrived < client.file().len() as u64, "{arrived} bytes arrived");
    cut.mend();
    let output = client.put(cut.port(), &key(&sshd.ed25519_key()), "");
    assert!(output.status.success(), "{}", said(&output, &sshd));
    assert_eq!(fs::read(sshd.uploads().join("rows.csv")).expect("the file"), client.file());
}

/// One folder with what a client needs, and a file to send.
struct Client(TempDir);

impl Client {
    /// A client that trusts this line of `known_hosts` and no other.
    fn new(known_hosts: &str) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        fs::write(folder.path().join("known_hosts"), known_hosts).expect("known_hosts");
        // ssh asks this program for a password or a passphrase.
        let ask = folder.path().join("ask");
        fs::write(&ask, "#!/bin/sh\nprintf '%s\\n' \"$ANSWER\"\n").expect("a script");
        fs::set_permissions(&ask, Permissions::from_mode(0o700)).expect("permissions");
        fs::write(folder.path().join("rows.csv"), "2026-11-20T00:00:00Z,+61491570006\n".repeat(20_000))
            .expect("a file to send");
        Self(folder)
    }

    fn file(&self) -> Vec<u8> {
        fs::read(self.0.path().join("rows.csv")).expect("the file to send")
    }

    /// Sends the file, and answers every question with `answer`.
    fn put(&self, port: u16, log_in: &[String], answer: &str) -> Output {
        let folder = self.0.path();
        let batch = folder.join("batch");
        fs::write(&batch, format!("put {}/rows.csv", folder.display())).expect("a batch of commands");
        let mut sftp = Command::new("sftp");
        // Not -b: it forbids questions.
        sftp.args(["-F", "none", "-P", &port.to_string()])
            .args([
                "-o",
                "StrictHostKeyChecking=yes",
                "-o",
                "NumberOfPasswordPrompts=1",
                "-o",
                "ConnectTimeout=10",
            ])
            .arg(format!("-oUserKnownHostsFile={}/known_hosts", folder.display()))
            .arg("-oGlobalKnownHostsFile=/dev/null")
            .args(log_in)
            .arg(format!("{USER}@127.0.0.1"))
            .env_remove("SSH_AUTH_SOCK")
            .env("SSH_ASKPASS", folder.join("ask"))
            .env("SSH_ASKPASS_REQUIRE", "force")
            .env("ANSWER", answer)
            .stdin(Stdio::from(fs::File::open(&batch).expect("the batch of commands")));
        sftp.output().expect("sftp starts")
    }
}

fn key(path: &Path) -> Vec<String> {
    let identity = format!("IdentityFile={}", path.display());
    ["-o", &identity, "-o", "IdentitiesOnly=yes", "-o", "PreferredAuthentications=publickey"]
        .map(str::to_owned)
        .into()
}

fn password() -> Vec<String> {
    ["-o", "PreferredAuthentications=password", "-o", "PubkeyAuthentication=no"].map(str::to_owned).into()
}

fn said(output: &Output, sshd: &Sshd) -> String {
    format!("sftp: {}\nsshd: {}", String::from_utf8_lossy(&output.stderr), sshd.log())
}
