//! The board in a real browser: the demo, stopped at chosen moments of an invented call, and what its pages show. The tests are in
//! tests/browser, and are told here what is true.

mod truth;

use std::{fs, process::Command};

use switchboard_tests::{figures::figure, workspace};
use truth::Story;

/// The centre: arguments of the demo. [`truth`] has the same centre.
const CENTRE: [&str; 8] = ["--agents", "16", "--queues", "5", "--seed", "1", "--tz", "UTC"];

#[test]
fn the_pages_show_what_is_true() {
    let folder = tempfile::tempdir().expect("a folder");
    let story = folder.path().join("story.json");
    fs::write(&story, Story::of_a_call().to_json(&CENTRE).to_string()).expect("a file");
    let ran = Command::new("node")
        .args(["--test-reporter=spec", "index.js"])
        .current_dir(workspace::root().join("tests/browser"))
        .env("SWITCHBOARD", workspace::program())
        .env("STORY", &story)
        .output()
        .expect("Node.js: tests/setup says what the tests need");
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{said}\n{}", String::from_utf8_lossy(&ran.stderr));
    let version = said.lines().find_map(|line| line.split_once("browser: "));
    figure("browser", version.expect("its version").1);
}
