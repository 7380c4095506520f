//! Figures that are measured on the way, for whoever reads the output.

use std::fmt::Display;
use std::io::Write;

/// Prints one, past the test runner, which keeps what passing tests print to itself.
pub fn figure(what: &str, value: impl Display) {
    let mut out = std::io::stderr().lock();
    // Nobody to tell it to is no failure of the test.
    drop(writeln!(out, "figure: {what}: {value}"));
}
