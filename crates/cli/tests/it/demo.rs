//! `switchboard demo`, stopped at a moment: the board's figures are the model's; and `switchboard board` over the same files.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::TcpStream,
};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::Value;
use switchboard_simulator::model::{Behaviour, Centre, Config, InitiationMethod, QueueRef, Step};

use crate::program::{Ended, Folder, Server, event};

/// The moment, on the day's morning.
const UNTIL: &str = "2026-11-02T08:20:00Z";

/// A queue's figures: waiting, and contacts with an agent, holds included.
type Figures = BTreeMap<String, (u64, u64)>;

#[test]
fn the_stopped_demo_shows_what_is_true_and_ends_cleanly() {
    let folder = Folder::new();
    let arguments =
        ["demo", "--port", "0", "--agents", "8", "--queues", "3", "--tz", "UTC", "--until", UNTIL];
    let demo = Server::start(&folder, &arguments);
    let first = get(&demo.address, "api/v1/board");
    assert!(["catching-up", "stopped"].contains(&first["feed"]["state"].as_str().unwrap()), "{first}");
    let board = stopped(&demo.address);
    assert_eq!(board["feed"]["at"], UNTIL);
    let truth = truth();
    assert_eq!(figures(&board), truth.figures);
    assert!(!truth.figures.is_empty());
    let online: u64 = board["agents"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(state, _)| *state != "logged-off")
        .map(|(_, count)| count.as_u64().unwrap())
        .sum();
    assert_eq!(online, truth.online);
    let today =
        board["queues"].as_array().unwrap().iter().filter_map(|queue| queue["today"]["answered"].as_u64());
    assert!(today.sum::<u64>() > 0, "the record tables have the day so far: {board}");

    // A step on, and the board is as far.
    let ended = folder.run(&["demo", "step", "40"]);
    assert_eq!((ended.status, ended.stdout.as_str()), (0, "2026-11-02T08:20:40+00:00[UTC]\n"), "{ended:?}");
    assert_eq!(get(&demo.address, "api/v1/health")["feed"]["state"], "stopped");
    let nowhere = folder.run(&["demo", "step", "40", "--out", "nowhere"]);
    assert!(
        nowhere.status == 2 && nowhere.stderr.contains("no demo with --until runs in nowhere"),
        "{nowhere:?}"
    );

    // The same files, by the other command; its clock is the real one, by which all is expired but a task that may still wait: nothing of it looks fresh.
    let files =
        ["board", "--port", "0", "--contacts", "out/demo/contacts.db", "--agents", "out/demo/agents.db"];
    let other = Server::start(&folder, &files);
    let health = get(&other.address, "api/v1/health");
    assert!(["empty", "stale"].contains(&health["feed"]["state"].as_str().unwrap()), "{health}");
    for server in [demo, other] {
        let ended = server.end();
        assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
    }
}

#[test]
fn a_board_of_stores_that_are_not_there_says_so() {
    let folder = Folder::new();
    let ended = folder.run(&["board", "--port", "0"]);
    assert_eq!(ended.status, 2);
    assert!(ended.stderr.contains("contacts.db is not there"), "{}", ended.stderr);
    folder.write("agents.txt", "");
    let ended = folder.run(&["demo", "--port", "0", "--speed", "0"]);
    assert!(ended.status == 2 && ended.stderr.contains("--speed"), "{ended:?}");
}

#[test]
fn a_board_for_others_is_for_who_has_the_token() {
    const TOKEN: &str = "a-token-of-more-than-32-letters-0123";
    let folder = Folder::new();
    let (status, _) = folder.replay(&[&event("contact-events/answered-call.ndjson")]);
    assert_eq!(status, 0);
    let arguments = ["board", "--port", "0", "--contacts", "out/contacts.db"];
    let to_others = [&arguments[..], &["--listen", "0.0.0.0"]].concat();
    for (listen, expected) in [
        (
            "0.0.0.0:8081",
            "expected an address without a port; the port is --port's: --listen 0.0.0.0 --port 8081",
        ),
        ("[::1]:80", "--listen ::1 --port 80"),
        ("localhost", "expected an IP address of this machine, such as 192.0.2.7"),
        ("8081", "the port is --port's"),
    ] {
        let ended = folder.run(&[&arguments[..], &["--listen", listen]].concat());
        assert!(ended.status == 2 && ended.stderr.contains(expected), "{listen}: {ended:?}");
    }
    let ended = folder.run(&to_others);
    assert!(ended.status == 2 && ended.stderr.contains("BOARD_TOKEN is not set"), "{ended:?}");
    let ended = Ended::of(folder.command(&to_others).env("BOARD_TOKEN", "short").output().unwrap());
    assert!(ended.status == 2 && ended.stderr.contains("BOARD_TOKEN is invalid"), "{ended:?}");
    assert!(!ended.stderr.contains("short"), "{ended:?}");

    let mut command = folder.command(&arguments);
    command.env("BOARD_TOKEN", TOKEN).env("THRESHOLDS", r#"{"waiting": {"warn": 1, "alarm": 2}}"#);
    let board = Server::of(command);
    for (authorization, status) in [
        (String::new(), "401"),
        (format!("authorization: Bearer {TOKEN}0\r\n"), "401"),
        (format!("authorization: Bearer {}\r\n", TOKEN.to_uppercase()), "401"),
        (format!("authorization: Bearer {TOKEN}\r\n"), "200"),
    ] {
        for path in ["", "contacts", "api/v1/board", "api/v1/instances"] {
            let (head, _) = ask(&board.address, path, &authorization);
            assert!(head.starts_with(&format!("HTTP/1.1 {status}")), "{path}: {head}");
        }
    }
    assert_eq!(board.end().status, 0);
    folder.write("thresholds.json", r#"{"waiting": {"warn": 3, "alarm": 2}}"#);
    let wrong = folder.run(&[&arguments[..], &["--thresholds", "thresholds.json"]].concat());
    assert!(wrong.status == 2 && wrong.stderr.contains("thresholds.json"), "{wrong:?}");
}

/// What the model says of the same moment.
struct Truth {
    figures: Figures,
    online: u64,
}

fn truth() -> Truth {
    let from: Timestamp = "2026-11-02T00:00:00Z".parse().unwrap();
    let config = Config {
        agents: 8,
        queues: 3,
        contacts_per_day: 8 * 60,
        from,
        duration: SignedDuration::from_hours(24 * 30),
        zone: TimeZone::UTC,
        behaviour: Behaviour { weekend: 1.0, ..Behaviour::default() },
        ..Config::default()
    };
    let mut centre = Centre::new(config, |_: &Step<'_>| ()).unwrap();
    centre.advance(UNTIL.parse::<Timestamp>().unwrap().as_millisecond());
    let queues = &centre.directory().queues;
    let mut figures = Figures::new();
    for contact in centre.contacts().filter(|contact| contact.disconnected.is_none()) {
        let Some(QueueRef::Standard(place)) = contact.queue else { continue };
        let is_waiting = contact.is_in_queue() && contact.method != InitiationMethod::Callback;
        let entry = figures.entry(queues[place].id.clone()).or_default();
        entry.0 += u64::from(is_waiting);
        entry.1 += u64::from(contact.connected.is_some());
    }
    figures.retain(|_, figures| *figures != (0, 0));
    let online = centre.agents().iter().filter(|agent| agent.is_online).count();
    Truth { figures, online: u64::try_from(online).unwrap() }
}

fn figures(board: &Value) -> Figures {
    let number = |queue: &Value, name: &str| queue[name].as_u64().unwrap();
    let queues = board["queues"].as_array().unwrap().iter().map(|queue| {
        let with_agent = number(queue, "with_agent") + number(queue, "on_hold");
        (queue["queue_id"].as_str().unwrap().to_owned(), (number(queue, "waiting"), with_agent))
    });
    queues.filter(|(_, figures)| *figures != (0, 0)).collect()
}

/// The board once the centre stands still. The test's own time limit is the end of the waiting.
fn stopped(address: &str) -> Value {
    loop {
        let board = get(address, "api/v1/board");
        if board["feed"]["state"] == "stopped" {
            return board;
        }
    }
}

fn get(address: &str, path: &str) -> Value {
    let (head, body) = ask(address, path, "");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    serde_json::from_str(&body).unwrap()
}

/// The head and the body of an answer.
fn ask(address: &str, path: &str, headers: &str) -> (String, String) {
    let host = address.strip_prefix("http://").unwrap().trim_end_matches('/');
    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "GET /{path} HTTP/1.1\r\nhost: {host}\r\n{headers}connection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}
