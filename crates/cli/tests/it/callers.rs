//! `switchboard callers serve`, and a replay that asks it.

use serde_json::Value;

use crate::program::{Ended, Folder, Server, event};

fn serve(folder: &Folder) -> Server {
    let callers = event("callers.csv");
    let arguments = ["callers", "serve", "--listen", "127.0.0.1:0", "--callers", &callers, "--delay-ms", "1"];
    Server::start(folder, &arguments)
}

#[test]
fn a_replay_asks_the_served_directory() {
    let folder = Folder::new();
    let server = serve(&folder);
    let replay = |more: &[&str]| {
        let samples = event("firehose");
        let arguments = [&["replay", "--json", &samples], more].concat();
        let output = folder.command(&arguments).env("CALLERS", &server.address).output().unwrap();
        serde_json::from_str::<Value>(&Ended::of(output).stdout).unwrap()
    };
    let over_http = replay(&["--out", "http"]);
    let from_file = replay(&["--out", "file", "--callers", &event("callers.csv")]);
    assert_eq!(over_http["callers"]["from"], "environment");
    assert_eq!(from_file["callers"]["from"], "argument");
    assert!(over_http["total"]["known"].as_u64().unwrap() > 10);
    assert_eq!(over_http["total"], from_file["total"]);
    let is_database = |name: &str| name.contains("contacts.db") || name.contains("metrics.db");
    for name in folder.files("file").into_iter().filter(|name| !is_database(name)) {
        assert_eq!(folder.read(&format!("http/{name}")), folder.read(&format!("file/{name}")), "{name}");
    }
    let ended = server.end();
    assert_eq!(ended.status, 0);
    assert!(!ended.stderr.contains("614915"), "no number in a log line: {}", ended.stderr);
}

#[test]
fn an_address_in_use_is_an_error() {
    let folder = Folder::new();
    let server = serve(&folder);
    let listen = server.address.strip_prefix("http://").unwrap().split('/').next().unwrap();
    let ended = folder.run(&["callers", "serve", "--callers", &event("callers.csv"), "--listen", listen]);
    assert_eq!(ended.status, 2);
    assert!(ended.stderr.contains("can't be listened on"), "{}", ended.stderr);
}

#[test]
fn a_directory_that_is_not_there_is_a_failed_look_up_not_a_failed_record() {
    let folder = Folder::new();
    // A port that was free a moment ago, and that nobody listens on.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let output = folder
        .command(&["replay", "--json", &event("firehose/caller-known.json")])
        .env("CALLERS", format!("http://{free}/api/user/"))
        .output()
        .unwrap();
    let ended = Ended::of(output);
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((ended.status, &report["total"]["lookups_failed"]), (0, &1.into()));
    assert!(ended.stderr.contains("callers could not be looked up"), "{}", ended.stderr);
}
