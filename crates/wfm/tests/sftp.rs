//! Deliveries to a real OpenSSH server, started by each test, and into a folder.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]
#![expect(clippy::case_sensitive_file_extension_comparisons, reason = "the names are of our own making")]

#[path = "sftp/logins.rs"]
mod logins;
#[path = "sftp/rivals.rs"]
mod rivals;
#[path = "sftp/servers.rs"]
mod servers;
mod support;

use std::fs;
use std::io::{self, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::proxy::{Fate, Proxy};
use support::sshd::Sshd;
use support::tmpfs::Tmpfs;
use switchboard_wfm::history::sftp::{
    Account, FileUploader, RemoteStagedFile, Session, SftpError, Target, UploadedFile,
};

const LOGIN: &str = "Accepted publickey for";
/// At DEBUG1, sshd notes every user name it is sent.
const LOGIN_ATTEMPT: &str = "userauth-request for user";

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

fn uploader(secret: &Value) -> FileUploader {
    FileUploader::new(Target::Sftp(Account::from_json(&secret.to_string()).unwrap()))
}

fn with(mut secret: Value, member: &str, value: Value) -> Value {
    secret[member] = value;
    secret
}

fn upload(uploader: &FileUploader, name: &str, content: &[u8]) -> Result<UploadedFile, SftpError> {
    uploader.upload(name, |out| out.write_all(content), soon())
}

/// Bytes in which a missing or moved block shows.
fn content(bytes: usize) -> Vec<u8> {
    (0_u32..).flat_map(|count| count.wrapping_mul(0x9e37_79b9).to_be_bytes()).take(bytes).collect()
}

/// How many logins succeeded; at least one has to.
fn logins(sshd: &Sshd) -> usize {
    assert!(sshd.log.wait_for(LOGIN, 1));
    sshd.log.count(LOGIN)
}

fn files_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// One file, with a name of an attempt that is under way.
#[track_caller]
fn assert_hidden(names: &[String]) {
    assert!(matches!(names, [name] if name.starts_with('.') && name.ends_with(".part")), "{names:?}");
}

#[test]
fn logs_in_with_a_key_and_delivers_every_byte() {
    let sshd = Sshd::start();
    let uploader = uploader(&sshd.secret());
    let files = [
        ("empty.csv", content(0)),
        ("one.csv", content(1)),
        ("five megabytes.csv", content(5_000_000)),
        ("Übersicht März – 日報.csv", content(70_000)),
    ];
    for (name, content) in &files {
        let delivered = upload(&uploader, name, content).unwrap();
        assert_eq!(delivered.bytes, content.len() as u64);
        assert!(fs::read(sshd.folder().join(name)).unwrap() == *content, "{name} differs");
    }
    assert_eq!(files_in(&sshd.folder()).len(), files.len());
    assert_eq!(logins(&sshd), 1, "one session for all files");
}

#[test]
fn logs_in_with_keys_of_every_type_and_format_and_a_passphrase() {
    const PASSPHRASE: &str = "a passphrase, with spaces";
    let sshd = Sshd::start();
    let keys =
        [("rsa", "RFC4716"), ("rsa", "PEM"), ("rsa", "PKCS8"), ("ecdsa", "RFC4716"), ("ed25519", "RFC4716")];
    for (kind, format) in keys {
        for passphrase in ["", PASSPHRASE] {
            let key = sshd.other_key(kind, format, passphrase).replace('\n', "\\n");
            let secret = with(with(sshd.secret(), "privateKey", json!(key)), "passphrase", json!(passphrase));
            let delivered = upload(&uploader(&secret), "a.csv", b"a");
            assert!(delivered.is_ok(), "{kind} {format}: {delivered:?}");
        }
    }
}

#[test]
fn another_passphrase_is_a_matter_of_settings() {
    let sshd = Sshd::start();
    for kind in ["rsa", "ed25519"] {
        let secret = with(sshd.secret(), "privateKey", json!(sshd.other_key(kind, "RFC4716", "open sesame")));
        let wrong = with(secret.clone(), "passphrase", json!("hunter2"));
        let error = upload(&uploader(&wrong), "a.csv", b"a").unwrap_err();
        assert!(
            matches!(&error, SftpError::Settings(text) if text.contains("privateKey cannot be read")),
            "{error:?}"
        );
        let error = Account::from_json(&secret.to_string()).unwrap_err();
        assert!(error.to_string().contains("there is no passphrase"), "{error}");
    }
}

#[test]
fn a_key_the_server_does_not_know_is_rejected_once() {
    let sshd = Sshd::start();
    let secret = sshd.secret();
    sshd.other_key("ed25519", "RFC4716", "");
    let error = upload(&uploader(&secret), "a.csv", b"a").unwrap_err();
    assert!(matches!(error, SftpError::Auth { .. }), "{error:?}");
    assert_eq!(sshd.log.count("Connection from"), 1);
}

#[test]
fn logs_in_with_a_password() {
    let sshd = Sshd::start();
    let secret = sshd.password_secret();
    upload(&uploader(&secret), "a.csv", b"a").unwrap();
    assert_eq!(fs::read(sshd.folder().join("a.csv")).unwrap(), b"a");

    let error = upload(&uploader(&with(secret, "password", json!("hunter2"))), "b.csv", b"b").unwrap_err();
    assert!(matches!(error, SftpError::Auth { .. }), "{error:?}");
    let message = format!("{error} {error:?}");
    assert!(!message.contains("hunter2") && !message.contains("switchboard-sftp"), "{message}");
    assert!(sshd.log.wait_for("Failed password", 1));
    assert_eq!(sshd.log.count("Failed password"), 1, "a rejected login is not repeated");
}

#[test]
fn another_fingerprint_ends_before_anything_is_sent() {
    let sshd = Sshd::start();
    let other = Sshd::start();
    let secret = with(sshd.secret(), "hostKey", json!(other.fingerprint("ed25519")));
    let error = upload(&uploader(&secret), "a.csv", b"a").unwrap_err();
    let SftpError::HostKey { shown, expected, .. } = &error else { panic!("{error:?}") };
    assert_eq!(*shown, format!("ssh-ed25519 {}", sshd.fingerprint("ed25519")));
    assert_eq!(*expected, other.fingerprint("ed25519"));
    assert_no_login_attempt(&sshd);
}

#[test]
fn a_known_hosts_line_makes_the_server_show_that_key() {
    let sshd = Sshd::with(&["ed25519", "rsa"], "");
    for kind in ["ed25519", "rsa"] {
        let secret = with(sshd.secret(), "hostKey", json!(sshd.known_hosts_line(kind)));
        upload(&uploader(&secret), &format!("{kind}.csv"), b"a").unwrap();
    }
    assert_eq!(files_in(&sshd.folder()), ["ed25519.csv", "rsa.csv"]);
}

#[test]
fn another_known_hosts_line_ends_before_anything_is_sent() {
    let sshd = Sshd::with(&["ed25519", "rsa"], "");
    let other = Sshd::with(&["ed25519", "rsa"], "");
    for kind in ["ed25519", "rsa"] {
        let secret = with(sshd.secret(), "hostKey", json!(other.known_hosts_line(kind)));
        let error = upload(&uploader(&secret), "a.csv", b"a").unwrap_err();
        let SftpError::HostKey { shown, .. } = &error else { panic!("{error:?}") };
        assert!(shown.contains(&sshd.fingerprint(kind)), "{error}");
    }
    assert_no_login_attempt(&sshd);
}

#[test]
fn a_key_type_the_server_has_not_is_a_matter_of_settings() {
    let sshd = Sshd::start();
    let key = "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBA==";
    let secret = with(sshd.secret(), "hostKey", json!(format!("host ecdsa-sha2-nistp256 {key}")));
    let error = upload(&uploader(&secret), "a.csv", b"a").unwrap_err();
    assert!(matches!(&error, SftpError::Settings(text) if text.contains("ecdsa-sha2-nistp256")), "{error:?}");
    assert_no_login_attempt(&sshd);
}

/// The server's log comes late: a login that does arrive marks the place up to which it is complete.
fn assert_no_login_attempt(sshd: &Sshd) {
    assert_eq!(sshd.log.count(LOGIN_ATTEMPT), 0, "{}", sshd.log.text());
    upload(&uploader(&sshd.secret()), "marker.csv", b"").unwrap();
    assert_eq!(logins(sshd), 1);
    let attempts = sshd.log.text();
    let first = attempts.lines().position(|line| line.contains(LOGIN_ATTEMPT)).unwrap();
    let connections = attempts.lines().take(first).filter(|line| line.contains("Connection from")).count();
    assert!(connections >= 2, "the first login belongs to the marker:\n{attempts}");
    assert_eq!(files_in(&sshd.folder()), ["marker.csv"]);
}

#[test]
fn a_redelivery_replaces_the_file() {
    let sshd = Sshd::start();
    let uploader = uploader(&sshd.secret());
    for size in [300_000, 10, 300_000] {
        upload(&uploader, "a.csv", &content(size)).unwrap();
        assert!(fs::read(sshd.folder().join("a.csv")).unwrap() == content(size));
        assert_eq!(files_in(&sshd.folder()), ["a.csv"]);
    }
}

#[test]
fn a_size_that_differs_on_the_server_is_a_rejection() {
    let sshd = Sshd::start();
    let write = |out: &mut dyn Write| {
        out.write_all(b"short")?;
        let part = sshd.folder().join(files_in(&sshd.folder()).pop().unwrap());
        fs::OpenOptions::new().write(true).open(part)?.set_len(100_000)
    };
    let error = uploader(&sshd.secret()).upload("a.csv", write, soon()).unwrap_err();
    assert!(error.to_string().ends_with("5 bytes were sent, the server has 100000"), "{error}");
    assert!(files_in(&sshd.folder()).is_empty());
}

#[test]
fn a_server_that_cannot_flush_to_disk_still_gets_its_files() {
    let sshd = Sshd::with(&["ed25519"], "-P fsync");
    upload(&uploader(&sshd.secret()), "a.csv", b"a").unwrap();
    assert_eq!(files_in(&sshd.folder()), ["a.csv"]);
}

#[test]
fn a_file_is_hidden_until_it_is_whole_and_gone_if_it_is_given_up() {
    let sshd = Sshd::start();
    let account = Account::from_json(&sshd.secret().to_string()).unwrap();
    let mut session = Session::connect(&account, soon()).unwrap();
    let mut upload = RemoteStagedFile::start(&mut session, "a.csv", soon()).unwrap();
    upload.write_all(&content(600_000)).unwrap();
    assert_hidden(&files_in(&sshd.folder()));
    drop(upload);
    assert!(files_in(&sshd.folder()).is_empty());

    let mut upload = RemoteStagedFile::start(&mut session, "a.csv", soon()).unwrap();
    upload.write_all(&content(600_000)).unwrap();
    assert_eq!(upload.commit().unwrap(), 600_000);
    assert_eq!(files_in(&sshd.folder()), ["a.csv"]);
}

#[test]
fn a_connection_cut_in_the_middle_costs_a_second_attempt_and_nothing_else() {
    let sshd = Sshd::start();
    let proxy = Proxy::start(sshd.port, |nth| if nth == 0 { Fate::CutAfter(1_000_000) } else { Fate::Pass });
    let uploader = uploader(&with(sshd.secret(), "port", json!(proxy.port)));
    let content = content(3_000_000);
    let calls = AtomicUsize::new(0);
    let write = |out: &mut dyn Write| {
        calls.fetch_add(1, Ordering::SeqCst);
        content.chunks(8_000).try_for_each(|chunk| out.write_all(chunk))
    };
    assert_eq!(uploader.upload("a.csv", write, soon()).unwrap(), UploadedFile { bytes: 3_000_000 });
    assert_eq!((calls.load(Ordering::SeqCst), proxy.accepted()), (2, 2));
    assert_eq!(files_in(&sshd.folder()), ["a.csv"]);
    assert!(fs::read(sshd.folder().join("a.csv")).unwrap() == content);
}

#[test]
fn a_connection_that_goes_silent_ends_at_the_deadline() {
    let sshd = Sshd::start();
    let proxy = Proxy::start(sshd.port, |_| Fate::SilentAfter(500_000));
    let uploader = uploader(&with(sshd.secret(), "port", json!(proxy.port)));
    let start = Instant::now();
    let content = content(3_000_000);
    let error =
        uploader.upload("a.csv", |out| out.write_all(&content), start + Duration::from_secs(3)).unwrap_err();
    assert!(matches!(error, SftpError::Broken { .. } | SftpError::Deadline { .. }), "{error:?}");
    assert!(start.elapsed() < Duration::from_millis(4_500), "{:?}", start.elapsed());
    assert!(!sshd.folder().join("a.csv").exists());
}

#[test]
fn a_closed_port_is_unreachable() {
    let sshd = Sshd::start();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let start = Instant::now();
    let error = upload(&uploader(&with(sshd.secret(), "port", json!(port))), "a.csv", b"a").unwrap_err();
    assert!(matches!(error, SftpError::Unreachable { .. }), "{error:?}");
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_full_disk_is_a_rejection_and_leaves_no_file() {
    let sshd = Sshd::start();
    let folder = sshd.folder();
    let _full = Tmpfs::mount(&folder, 256);
    let uploader = uploader(&sshd.secret());
    let error = upload(&uploader, "large.csv", &content(2_000_000)).unwrap_err();
    assert!(matches!(error, SftpError::Rejected { .. }), "{error:?}");
    assert!(files_in(&folder).is_empty(), "{:?}", files_in(&folder));

    upload(&uploader, "small.csv", b"a").unwrap();
    assert_eq!(files_in(&folder), ["small.csv"]);
    assert_eq!(logins(&sshd), 1, "a refusal does not cost the session");
}

#[test]
fn a_folder_without_permission_is_a_rejection() {
    let sshd = Sshd::start();
    let closed = sshd.folder().join("closed");
    fs::create_dir(&closed).unwrap();
    let secret = sshd.password_secret();
    for directory in [closed, sshd.folder().join("missing")] {
        let error = upload(&uploader(&with(secret.clone(), "directory", json!(directory))), "a.csv", b"a")
            .unwrap_err();
        assert!(matches!(error, SftpError::Rejected { .. }), "{error:?}");
        assert!(error.to_string().contains(directory.to_str().unwrap()), "{error}");
    }
}

#[test]
fn what_cannot_be_read_is_not_the_servers_fault() {
    let sshd = Sshd::start();
    let uploader = uploader(&sshd.secret());
    let mut calls = 0;
    let write = |out: &mut dyn Write| {
        calls += 1;
        out.write_all(&content(400_000))?;
        Err(io::Error::from(io::ErrorKind::InvalidData))
    };
    let error = uploader.upload("a.csv", write, soon()).unwrap_err();
    assert!(
        matches!(&error, SftpError::Source(error) if error.kind() == io::ErrorKind::InvalidData),
        "{error:?}"
    );
    assert_eq!(calls, 1);
    assert!(files_in(&sshd.folder()).is_empty());
}

#[test]
fn deliveries_run_in_parallel_and_the_same_name_in_turn() {
    let sshd = Sshd::start();
    let uploader = uploader(&sshd.secret());
    let names = ["a.csv", "b.csv", "same.csv", "same.csv", "same.csv", "c.csv", "d.csv"];
    thread::scope(|scope| {
        let uploader = &uploader;
        let deliveries = names.map(|name| scope.spawn(move || upload(uploader, name, &content(1_000_000))));
        for delivery in deliveries {
            delivery.join().unwrap().unwrap();
        }
    });
    assert_eq!(files_in(&sshd.folder()), ["a.csv", "b.csv", "c.csv", "d.csv", "same.csv"]);
    for name in names {
        assert!(fs::read(sshd.folder().join(name)).unwrap() == content(1_000_000), "{name} differs");
    }
    assert!(logins(&sshd) <= 4, "{} sessions", logins(&sshd));
}

#[test]
fn a_server_that_allows_two_sessions_gets_two_files_at_a_time() {
    let sshd = Sshd::start();
    let proxy = Proxy::start(sshd.port, |nth| if nth < 2 { Fate::Pass } else { Fate::Refuse });
    let uploader = uploader(&with(sshd.secret(), "port", json!(proxy.port)));
    // Half written, the first file waits for a second one.
    let (begun, another) = (Mutex::new(0), Condvar::new());
    let write = |out: &mut dyn Write| {
        out.write_all(&content(500_000))?;
        let mut begun = begun.lock().unwrap();
        *begun += 1;
        another.notify_all();
        let (_begun, wait) =
            another.wait_timeout_while(begun, Duration::from_secs(10), |begun| *begun < 2).unwrap();
        if wait.timed_out() {
            Err(io::Error::from(io::ErrorKind::TimedOut))
        } else {
            out.write_all(b"the end")
        }
    };
    thread::scope(|scope| {
        let (uploader, write) = (&uploader, &write);
        for number in 0..6 {
            scope.spawn(move || uploader.upload(&format!("{number}.csv"), write, soon()).unwrap());
        }
    });
    assert_eq!(files_in(&sshd.folder()).len(), 6);
    assert!(sshd.log.wait_for(LOGIN, 2));
    assert_eq!(logins(&sshd), 2);
}

#[test]
fn a_session_the_server_ended_is_replaced() {
    let sshd = Sshd::start();
    let uploader = uploader(&sshd.secret());
    upload(&uploader, "a.csv", b"a").unwrap();
    upload(&uploader, "b.csv", b"b").unwrap();
    assert_eq!(logins(&sshd), 1);
    sshd.cut_connections();
    upload(&uploader, "c.csv", b"c").unwrap();
    assert!(sshd.log.wait_for(LOGIN, 2));
    assert_eq!(files_in(&sshd.folder()), ["a.csv", "b.csv", "c.csv"]);
}

#[test]
fn an_idle_session_that_died_without_a_sign_is_replaced() {
    let sshd = Sshd::start();
    let proxy = Proxy::start(sshd.port, |_| Fate::Pass);
    let uploader = uploader(&with(sshd.secret(), "port", json!(proxy.port)));
    upload(&uploader, "a.csv", b"a").unwrap();
    proxy.silence();
    upload(&uploader, "b.csv", b"b").unwrap();
    assert_eq!(proxy.accepted(), 2);
    assert_eq!(files_in(&sshd.folder()), ["a.csv", "b.csv"]);
}

#[test]
fn a_name_that_leaves_the_folder_goes_nowhere() {
    let sshd = Sshd::start();
    let uploader = uploader(&sshd.secret());
    for name in ["../a.csv", "a/b.csv", "", "..", "a\nb.csv"] {
        assert!(matches!(upload(&uploader, name, b"a"), Err(SftpError::BadName(_))), "{name:?}");
    }
    assert_eq!(sshd.log.count("Connection from"), 0);
}

#[test]
fn a_folder_keeps_the_same_contract() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("wfm/in");
    let uploader = FileUploader::new(Target::Folder(folder.clone()));
    upload(&uploader, "März.csv", &content(100_000)).unwrap();
    upload(&uploader, "März.csv", &content(50_000)).unwrap();
    assert!(fs::read(folder.join("März.csv")).unwrap() == content(50_000));

    let write = |out: &mut dyn Write| {
        out.write_all(b"half")?;
        assert_hidden(&files_in(&folder)[..1]);
        Err(io::Error::from(io::ErrorKind::InvalidData))
    };
    assert!(matches!(uploader.upload("b.csv", write, soon()), Err(SftpError::Source(_))));
    assert_eq!(files_in(&folder), ["März.csv"]);
    assert!(matches!(upload(&uploader, "../a.csv", b"a"), Err(SftpError::BadName(_))));
}

#[test]
fn a_full_folder_is_a_rejection_even_if_the_writer_hides_it() {
    let home = tempfile::tempdir().unwrap();
    let _full = Tmpfs::mount(home.path(), 64);
    let uploader = FileUploader::new(Target::Folder(home.path().to_owned()));
    let write = |out: &mut dyn Write| {
        drop(out.write_all(&content(200_000)));
        Ok(())
    };
    let error = uploader.upload("a.csv", write, soon()).unwrap_err();
    assert!(matches!(error, SftpError::Rejected { .. }), "{error:?}");
    assert!(files_in(home.path()).is_empty());
}
