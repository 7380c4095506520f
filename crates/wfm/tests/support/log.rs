//! What a server writes to its standard error, line by line.

use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

/// The longest wait for a line.
const PATIENCE: Duration = Duration::from_secs(20);

/// The lines so far.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    grown: Condvar,
}

#[derive(Default)]
struct State {
    lines: Vec<String>,
    ended: bool,
}

impl Log {
    /// Follows a stream on a thread of its own, to its end.
    pub(crate) fn follow(stream: impl Read + Send + 'static) -> Self {
        let log = Self::default();
        let writer = log.clone();
        thread::spawn(move || {
            for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
                writer.0.state.lock().unwrap().lines.push(String::from_utf8_lossy(&line).into_owned());
                writer.0.grown.notify_all();
            }
            writer.0.state.lock().unwrap().ended = true;
            writer.0.grown.notify_all();
        });
        log
    }

    /// How many lines contain the text.
    pub(crate) fn count(&self, text: &str) -> usize {
        count(&self.0.state.lock().unwrap().lines, text)
    }

    /// Waits until that many lines contain the text; false if the stream ended before.
    pub(crate) fn wait_for(&self, text: &str, times: usize) -> bool {
        let state = self.0.state.lock().unwrap();
        let (state, timeout) = self
            .0
            .grown
            .wait_timeout_while(state, PATIENCE, |state| !state.ended && count(&state.lines, text) < times)
            .unwrap();
        assert!(!timeout.timed_out(), "no {text:?} in:\n{}", state.lines.join("\n"));
        count(&state.lines, text) >= times
    }

    /// All of it.
    pub(crate) fn text(&self) -> String {
        self.0.state.lock().unwrap().lines.join("\n")
    }
}

fn count(lines: &[String], text: &str) -> usize {
    lines.iter().filter(|line| line.contains(text)).count()
}
