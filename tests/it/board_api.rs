//! The board's JSON API as its `OpenAPI` document describes it: schemathesis asks the demo for what the document allows, and for what
//! it does not.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use switchboard_tests::{wait::until, workspace};

/// A demo that stands still; it ends with the test.
struct Demo {
    child: Child,
    address: String,
}

impl Demo {
    fn start(folder: &Path) -> Self {
        let mut child = Command::new(workspace::program())
            .args(["demo", "--port", "0", "--agents", "8", "--queues", "3", "--tz", "UTC"])
            .args(["--until", "2026-11-02T08:40"])
            .current_dir(folder)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program");
        let mut address = String::new();
        BufReader::new(child.stdout.take().expect("its output"))
            .read_line(&mut address)
            .expect("its address");
        let demo = Self { child, address: address.trim().to_owned() };
        until("the day so far", Duration::from_mins(3), || {
            demo.health().contains(r#""state":"stopped""#).then_some(())
        });
        demo
    }

    fn health(&self) -> String {
        let host = self.address.trim_start_matches("http://").trim_end_matches('/');
        let mut stream = TcpStream::connect(host).expect("the board");
        write!(stream, "GET /api/v1/health HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n")
            .expect("sent");
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("an answer");
        text
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn the_api_is_as_its_document_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = Demo::start(folder.path());
    let program = workspace::root().join(".tools/schemathesis/bin/schemathesis");
    let ran = Command::new(&program)
        .args(["run", &format!("{}api/v1/openapi.json", demo.address), "--seed", "1", "--max-examples", "20"])
        .args(["--generation-deterministic", "--no-color"])
        .current_dir(folder.path())
        .output()
        .unwrap_or_else(|error| panic!("{}: {error}; tests/setup installs it", program.display()));
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{said}\n{}", String::from_utf8_lossy(&ran.stderr));
    assert!(said.contains("Tested: 10"), "each operation was asked for: {said}");
}
