use secrecy::ExposeSecret;
use serde_json::json;

use super::*;

const FINGERPRINT: &str = "SHA256:BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";
const KEY: &str = "-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2\n-----END OPENSSH PRIVATE KEY-----\n";

fn secret() -> Value {
    json!({
        "host": "sftp.example.com", "username": "wendy", "password": "hunter2",
        "hostKey": FINGERPRINT, "directory": "/in", "owner": "unknown members are ignored",
    })
}

fn with(member: &str, value: Value) -> Value {
    let mut secret = secret();
    secret[member] = value;
    secret
}

fn read(secret: &Value) -> Result<Account, SftpError> {
    Account::from_json(&secret.to_string())
}

fn refusal(secret: &Value) -> String {
    match read(secret) {
        Err(SftpError::Settings(message)) => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_whole_secret_is_read_and_its_debug_shows_the_place_alone() {
    let account = read(&secret()).unwrap();
    assert_eq!(account.username.expose_secret(), "wendy");
    assert!(matches!(&account.login, Login::Password(password) if password.expose_secret() == "hunter2"));
    assert_eq!(
        format!("{account:?}"),
        r#"Account { host: "sftp.example.com", port: 22, directory: "/in", .. }"#
    );
}

#[test]
fn a_port_may_be_a_text() {
    assert_eq!(read(&with("port", json!("2222"))).unwrap().port, 2222);
    assert_eq!(read(&with("port", json!(2222))).unwrap().port, 2222);
    for port in [json!(0), json!(65536), json!("ssh"), json!(true), json!(-1)] {
        assert!(refusal(&with("port", port)).contains("port is not a number"));
    }
}

#[test]
fn without_a_host_key_the_secret_is_refused() {
    for absent in [Value::Null, json!("")] {
        assert!(refusal(&with("hostKey", absent)).contains("hostKey is missing"));
    }
    assert!(refusal(&with("hostKey", json!("yes"))).contains("hostKey is neither"));
}

#[test]
fn a_key_is_read_with_its_line_ends_escaped_or_from_windows() {
    let mut secret = with("password", json!(""));
    for text in [KEY.to_owned(), KEY.replace('\n', "\\n"), KEY.replace('\n', "\r\n"), KEY.trim().to_owned()] {
        secret["privateKey"] = json!(text);
        let account = read(&secret).unwrap();
        assert!(matches!(&account.login, Login::Key { key, passphrase: None } if key.expose_secret() == KEY));
    }
    secret["passphrase"] = json!("open sesame");
    assert!(matches!(read(&secret).unwrap().login, Login::Key { passphrase: Some(_), .. }));
    secret["privateKey"] = json!("ssh-ed25519 AAAA");
    assert!(refusal(&secret).contains("privateKey is not an OpenSSH or PEM private key"));
}

#[test]
fn password_and_key_exclude_each_other() {
    assert!(refusal(&with("privateKey", json!(KEY))).contains("both"));
    assert!(refusal(&with("password", Value::Null)).contains("password or privateKey is missing"));
}

#[test]
fn every_problem_is_in_one_message_and_no_value() {
    let message = refusal(&json!({
        "host": 7, "port": "hunter2", "username": "", "password": ["hunter2"], "hostKey": "hunter2",
        "directory": "/in\nhunter2",
    }));
    for told in [
        "host is not a text",
        "port is",
        "username is",
        "password is not",
        "hostKey is",
        "directory contains",
    ] {
        assert!(message.contains(told), "{told}: {message}");
    }
    assert!(!message.contains("host is missing"), "{message}");
    assert!(!message.contains("hunter2"), "{message}");
}

#[test]
fn what_is_no_object_is_refused_without_being_shown() {
    for json in ["", "hunter2", r#""hunter2""#, "[]", r#"{"password": hunter2}"#] {
        let message = Account::from_json(json).unwrap_err().to_string();
        assert_eq!(message, "the SFTP secret is not a JSON object");
    }
}
