//! How an account proves itself, and what a refusal is.

use super::support::asyncssh::{Asyncssh, PASSWORD};
use super::*;

#[test]
fn an_rsa_key_logs_in_where_the_servers_list_of_signatures_is_long_and_repeats() {
    let server = Asyncssh::start(json!({"sig_algs_times": 40}));
    upload(&uploader(&server.key_secret()), "a.csv", b"a").unwrap();
    assert_eq!(files_in(&server.folder()), ["a.csv"]);
    assert_eq!(server.log.count("failed"), 0);
}

#[test]
fn a_password_logs_in_where_it_is_asked_for_interactively() {
    let server = Asyncssh::start(json!({"password": PASSWORD, "interactive": true}));
    let secret = server.password_secret();
    upload(&uploader(&secret), "a.csv", b"a").unwrap();
    assert_eq!(files_in(&server.folder()), ["a.csv"]);

    let error = upload(&uploader(&with(secret, "password", json!("hunter2"))), "b.csv", b"b").unwrap_err();
    assert!(matches!(error, SftpError::Auth { .. }), "{error:?}");
    assert!(server.log.wait_for("login keyboard-interactive failed", 1));
    assert_eq!(server.log.count("login "), 2);
}

#[test]
fn a_password_that_is_rejected_costs_one_login() {
    let server = Asyncssh::start(json!({"password": PASSWORD}));
    let secret = server.password_secret();
    upload(&uploader(&secret), "a.csv", b"a").unwrap();
    let error = upload(&uploader(&with(secret, "password", json!("hunter2"))), "b.csv", b"b").unwrap_err();
    assert!(matches!(error, SftpError::Auth { .. }), "{error:?}");
    assert!(server.log.wait_for("login password failed", 1));
    assert_eq!(server.log.count("login "), 2);
}

#[test]
fn a_key_and_a_password_log_in_where_the_server_wants_both() {
    for methods in ["publickey,password", "password,publickey"] {
        let sshd = Sshd::configured(
            &["ed25519"],
            "",
            &format!("PasswordAuthentication yes\nAuthenticationMethods {methods}"),
        );
        let secret = with(sshd.password_secret(), "privateKey", json!(sshd.client_key()));
        upload(&uploader(&secret), "a.csv", b"a").unwrap();
        assert_eq!(files_in(&sshd.folder()), ["a.csv"], "{methods}");

        let wrong = with(secret, "password", json!("hunter2"));
        let error = upload(&uploader(&wrong), "b.csv", b"b").unwrap_err();
        assert!(matches!(error, SftpError::Auth { .. }), "{methods}: {error:?}");
        assert!(sshd.log.wait_for("Failed password", 1));
        assert_eq!(sshd.log.count("Failed password"), 1, "{methods}");
    }
}

#[test]
fn either_logs_in_where_the_server_takes_either() {
    let sshd = Sshd::start();
    let both = with(sshd.password_secret(), "privateKey", json!(sshd.client_key()));
    upload(&uploader(&both), "a.csv", b"a").unwrap();
    let server = Asyncssh::start(json!({"password": PASSWORD}));
    let both = with(server.password_secret(), "privateKey", json!(sshd.client_key()));
    upload(&uploader(&both), "a.csv", b"a").unwrap();
    assert_eq!(server.log.count("failed"), 0);
}

#[test]
fn many_uploads_at_once_cost_one_rejected_login() {
    let server = Asyncssh::start(json!({"password": PASSWORD}));
    let secret = server.password_secret();
    let uploader = uploader(&with(secret, "password", json!("hunter2")));
    for round in 1..=2 {
        let errors = thread::scope(|scope| {
            let uploader = &uploader;
            let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
            let deliveries = names.map(|name| scope.spawn(move || upload(uploader, name, b"a").unwrap_err()));
            deliveries.map(|delivery| delivery.join().unwrap())
        });
        let tried = errors.iter().filter(|error| matches!(error, SftpError::Auth { .. })).count();
        assert_eq!(tried, 1, "{errors:?}");
        let rest = errors.iter().filter(|error| matches!(error, SftpError::NotTried { .. })).count();
        assert_eq!(rest, 7, "{errors:?}");
        assert!(server.log.wait_for("login password failed", round));
        assert_eq!(server.log.count("login "), round);
        uploader.retry_account();
    }
}

#[test]
fn a_connection_cut_anywhere_in_the_login_is_no_rejection() {
    let sshd = Sshd::start();
    let secret = sshd.password_secret();
    for secret in [secret, sshd.secret()] {
        // From the end of the key exchange to the end of the login.
        for cut in (1_200..3_000).step_by(300) {
            let proxy =
                Proxy::start(sshd.port, move |nth| if nth == 0 { Fate::CutAfter(cut) } else { Fate::Pass });
            let uploader = uploader(&with(secret.clone(), "port", json!(proxy.port)));
            let delivered = upload(&uploader, "a.csv", b"a");
            assert!(delivered.is_ok(), "cut after {cut}: {delivered:?}");
        }
    }
}

#[test]
fn the_fingerprint_of_any_of_the_servers_keys_is_accepted() {
    let sshd = Sshd::with(&["rsa", "ecdsa", "ed25519"], "");
    for kind in ["ed25519", "ecdsa", "rsa"] {
        let uploader = uploader(&with(sshd.secret(), "hostKey", json!(sshd.fingerprint(kind))));
        upload(&uploader, &format!("{kind}.csv"), b"a").unwrap();
    }
    let server = Asyncssh::start(json!({"host_keys": ["rsa", "ecdsa", "ed25519"], "password": PASSWORD}));
    for kind in ["ed25519", "ecdsa", "rsa"] {
        let uploader = uploader(&with(server.password_secret(), "hostKey", json!(server.fingerprint(kind))));
        upload(&uploader, &format!("{kind}.csv"), b"a").unwrap();
    }
}

#[test]
fn a_wrong_fingerprint_is_reported_beside_every_key_of_the_server_and_no_user_is_named() {
    let server = Asyncssh::start(json!({"host_keys": ["rsa", "ed25519"], "password": PASSWORD}));
    let other = Sshd::start().fingerprint("ed25519");
    let error = upload(&uploader(&with(server.password_secret(), "hostKey", json!(other))), "a.csv", b"a");
    let error = error.unwrap_err();
    let SftpError::HostKey { shown, .. } = &error else { panic!("{error:?}") };
    for kind in ["rsa", "ed25519"] {
        assert!(shown.contains(&server.fingerprint(kind)), "{shown}");
    }
    assert_eq!(server.log.count("user"), 0);
    // The first, and one for each type that was not shown: three curves, and the other of the two keys.
    assert!(server.log.wait_for("connection", 5));
    assert_eq!(server.log.count("connection"), 5);
}

#[test]
fn the_public_half_of_a_key_pins_it() {
    let sshd = Sshd::with(&["ecdsa", "ed25519"], "");
    let line = sshd.known_hosts_line("ed25519");
    let public = line.split_once(' ').unwrap().1;
    upload(&uploader(&with(sshd.secret(), "hostKey", json!(public))), "a.csv", b"a").unwrap();
}

/// What OpenSSH 6.6 spoke.
const OLD_SERVER: &str = "KexAlgorithms curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,\
diffie-hellman-group-exchange-sha256,diffie-hellman-group-exchange-sha1,diffie-hellman-group14-sha1
Ciphers aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com,aes128-cbc,3des-cbc
MACs hmac-sha1-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha1,umac-64@openssh.com,hmac-sha2-256,hmac-sha2-512
HostKeyAlgorithms ecdsa-sha2-nistp256,ssh-ed25519,ssh-rsa
PubkeyAcceptedAlgorithms ecdsa-sha2-nistp256,ssh-ed25519,ssh-rsa";

#[test]
fn a_server_of_2014_is_delivered_to() {
    let sshd = Sshd::configured(&["rsa", "ecdsa", "ed25519"], "", OLD_SERVER);
    for kind in ["ed25519", "ecdsa"] {
        let uploader = uploader(&with(sshd.secret(), "hostKey", json!(sshd.fingerprint(kind))));
        upload(&uploader, &format!("{kind}.csv"), b"a").unwrap();
    }
    let login = with(sshd.password_secret(), "hostKey", json!(sshd.fingerprint("ecdsa")));
    upload(&uploader(&login), "password.csv", b"a").unwrap();
}

#[test]
fn an_algorithm_that_is_not_supported_is_reported() {
    let old_key_exchange = "KexAlgorithms diffie-hellman-group14-sha1,diffie-hellman-group-exchange-sha1";
    for (first, kind) in [(old_key_exchange, "ed25519"), ("HostKeyAlgorithms ssh-rsa", "rsa")] {
        let sshd = Sshd::configured(&["ed25519", "rsa"], "", first);
        let secret = with(sshd.password_secret(), "hostKey", json!(sshd.fingerprint(kind)));
        let error = upload(&uploader(&secret), "a.csv", b"a").unwrap_err();
        assert!(matches!(&error, SftpError::Settings(text) if text.contains("SHA-1")), "{error:?}");
    }
}
