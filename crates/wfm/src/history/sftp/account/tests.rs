use secrecy::ExposeSecret;
use serde_json::json;

use super::*;

const FINGERPRINT: &str = "SHA256:BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";
const KEY: &str = "-----BEGIN PRIVATE KEY-----\nhunter22\n-----END PRIVATE KEY-----\n";

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

fn error_of(secret: &Value) -> String {
    match read(secret) {
        Err(SftpError::Settings(message)) => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_whole_secret_is_read_and_its_debug_shows_the_place_alone() {
    let account = read(&secret()).unwrap();
    assert_eq!(account.username.expose_secret(), "wendy");
    assert_eq!(account.login.password.as_ref().unwrap().expose_secret(), "hunter2");
    assert!(account.login.key.is_none());
    assert_eq!(account.delivery, Delivery::Rename);
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
        assert!(error_of(&with("port", port)).contains("port is not a number"));
    }
}

#[test]
fn without_a_host_key_the_secret_is_rejected() {
    for absent in [Value::Null, json!("")] {
        assert!(error_of(&with("hostKey", absent)).contains("hostKey is missing"));
    }
    assert!(error_of(&with("hostKey", json!("yes"))).contains("hostKey is neither"));
}

#[test]
fn a_key_is_read_with_its_passphrase() {
    let mut secret = with("password", json!(""));
    secret["privateKey"] = json!(KEY.replace('\n', "\\n"));
    let login = read(&secret).unwrap().login;
    assert!(login.password.is_none());
    let key = login.key.unwrap();
    assert_eq!(key.text.expose_secret(), KEY);
    assert!(key.passphrase.is_none());
    secret["passphrase"] = json!("open sesame");
    assert_eq!(read(&secret).unwrap().login.key.unwrap().passphrase.unwrap().expose_secret(), "open sesame");
    secret["privateKey"] = json!("ssh-ed25519 AAAA");
    assert!(error_of(&secret).contains("privateKey is not an OpenSSH or PEM private key"));
}

#[test]
fn a_secret_has_a_password_or_a_key_or_both() {
    let both = read(&with("privateKey", json!(KEY))).unwrap().login;
    assert!(both.password.is_some() && both.key.is_some());
    assert!(error_of(&with("password", Value::Null)).contains("password or privateKey is missing"));
}

#[test]
fn a_delivery_is_by_rename_or_direct() {
    assert_eq!(read(&with("delivery", json!("rename"))).unwrap().delivery, Delivery::Rename);
    assert_eq!(read(&with("delivery", json!("direct"))).unwrap().delivery, Delivery::Direct);
    assert_eq!(read(&with("delivery", json!(""))).unwrap().delivery, Delivery::Rename);
    for wrong in [json!("Direct"), json!("hunter2")] {
        let message = error_of(&with("delivery", wrong));
        assert!(message.contains("delivery is neither") && !message.contains("hunter2"), "{message}");
    }
    assert!(error_of(&with("delivery", json!(true))).contains("delivery is not a text"));
}

#[test]
fn every_problem_is_in_one_message_and_no_value() {
    let message = error_of(&json!({
        "host": 7, "port": "hunter2", "username": "", "password": ["hunter2"], "hostKey": "hunter2",
        "directory": "/in\nhunter2",
    }));
    for problem in [
        "host is not a text",
        "port is",
        "username is",
        "password is not",
        "hostKey is",
        "directory contains",
    ] {
        assert!(message.contains(problem), "{problem}: {message}");
    }
    assert!(!message.contains("host is missing"), "{message}");
    assert!(!message.contains("hunter2"), "{message}");
}

#[test]
fn what_is_no_object_is_rejected_without_being_shown() {
    for json in ["", "hunter2", r#""hunter2""#, "[]", r#"{"password": hunter2}"#] {
        let message = Account::from_json(json).unwrap_err().to_string();
        assert_eq!(message, "the SFTP secret is not a JSON object");
    }
}
