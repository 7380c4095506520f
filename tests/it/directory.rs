//! That the stand-in for a customer directory behaves as it was told.

use std::process::Command;
use std::time::{Duration, Instant};

use switchboard_tests::directory::{Behaviour, Directory, Instead};
use switchboard_tests::wait::until;

#[test]
fn names_are_found_by_number_and_requests_remembered() {
    let directory = Directory::start(Behaviour::knowing(&[("+61491570006", "Ada Løvelace")]));
    assert_eq!(get(&directory, "%2B61491570006"), "Ada Løvelace 200");
    assert_eq!(get(&directory, "+61491570006"), "Ada Løvelace 200");
    assert_eq!(get(&directory, "+61491570156"), " 404");
    let expected = ["/api/user/%2B61491570006", "/api/user/+61491570006", "/api/user/+61491570156"];
    assert_eq!(directory.paths(), expected);
    assert_eq!(directory.requests(), 3);
}

#[test]
fn the_first_requests_fail_when_told_so() {
    let behaviour = Behaviour { fail_first: 2, ..Behaviour::knowing(&[("+61491570006", "Ada")]) };
    let directory = Directory::start(behaviour);
    let answers = [(); 3].map(|()| get(&directory, "+61491570006"));
    assert_eq!(answers, ["busy 503", "busy 503", "Ada 200"]);
}

#[test]
fn other_answers_than_names() {
    let instead = |instead| Directory::start(Behaviour { instead: Some(instead), ..Behaviour::default() });
    assert!(get(&instead(Instead::HtmlPage), "+61491570006").starts_with("<!doctype html>"));
    assert_eq!(get(&instead(Instead::Status(429)), "+61491570006"), "no name here 429");
    let silent = instead(Instead::Hang);
    let given_up = curl(&silent, "+61491570006").args(["--max-time", "1"]).output().expect("curl starts");
    assert_eq!(given_up.stdout, b" 000");
}

#[test]
fn an_answer_takes_its_time() {
    let delay = Duration::from_millis(300);
    let directory = Directory::start(Behaviour { delay, ..Behaviour::knowing(&[("+61491570006", "Ada")]) });
    let asked = Instant::now();
    assert_eq!(get(&directory, "+61491570006"), "Ada 200");
    assert!(asked.elapsed() >= delay);
}

#[test]
fn open_requests_are_counted() {
    let directory = Directory::start(Behaviour { instead: Some(Instead::Hang), ..Behaviour::default() });
    let mut clients = [(); 3].map(|()| curl(&directory, "+61491570006").spawn().expect("curl starts"));
    until("three open requests", Duration::from_secs(10), || (directory.most_in_flight() == 3).then_some(()));
    for client in &mut clients {
        client.kill().expect("a client that waits");
        client.wait().expect("a client that has ended");
    }
    assert_eq!(directory.requests(), 3);
}

/// The body, a blank, and the status.
fn get(directory: &Directory, number: &str) -> String {
    let output = curl(directory, number).output().expect("curl starts");
    String::from_utf8(output.stdout).expect("text")
}

fn curl(directory: &Directory, number: &str) -> Command {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--noproxy", "*", "--max-time", "30", "--write-out", " %{http_code}"]);
    curl.arg(format!("{}{number}", directory.url()));
    curl.stdout(std::process::Stdio::piped());
    curl
}
