//! Real servers for the tests, and a proxy that breaks connections.

pub(crate) mod asyncssh;
pub(crate) mod log;
pub(crate) mod proxy;
pub(crate) mod sshd;
pub(crate) mod tmpfs;

use std::process::{Command, Output};

/// Runs a program to its end and gives its output; a failure shows what it said.
pub(crate) fn run(program: &str, arguments: &[&str]) -> Output {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}; run tests/setup"));
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

/// The first output line of a program.
pub(crate) fn line_of(program: &str, arguments: &[&str]) -> String {
    String::from_utf8(run(program, arguments).stdout).unwrap().lines().next().unwrap().to_owned()
}
