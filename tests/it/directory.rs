//! That the stand-in for a customer directory behaves as it was told.

use std::process::Command;
use std::time::Duration;

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
    // curl gives up after a second, without a status.
    assert_eq!(get(&instead(Instead::Hang), "+61491570006"), " 000");
}

#[test]
fn open_requests_are_counted() {
    let delay = Duration::from_millis(300);
    let directory = Directory::start(Behaviour { delay, ..Behaviour::default() });
    let mut clients = [(); 3].map(|()| curl(&directory, "+61491570006").spawn().expect("curl starts"));
    until("three requests at one time", Duration::from_secs(5), || {
        (directory.most_in_flight() == 3).then_some(())
    });
    for client in &mut clients {
        client.wait().expect("curl ends");
    }
    assert_eq!(get(&directory, "+61491570006"), " 404");
    assert_eq!(directory.most_in_flight(), 3);
}

/// The body, a blank, and the status.
fn get(directory: &Directory, number: &str) -> String {
    let output = curl(directory, number).output().expect("curl starts");
    String::from_utf8(output.stdout).expect("text")
}

fn curl(directory: &Directory, number: &str) -> Command {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--noproxy", "*", "--max-time", "1", "--write-out", " %{http_code}"]);
    curl.arg(format!("{}{number}", directory.url()));
    curl.stdout(std::process::Stdio::piped());
    curl
}
