//! What a failing directory says in the log, and what it does not.

use std::{
    io,
    sync::{Arc, Mutex},
};

use switchboard_callers::{ApiKey, Directory, Limits};
use tracing::{Level, subscriber::DefaultGuard};

use super::{
    far, numbers,
    server::{Server, status, text},
};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Keeps what this thread logs from now on, every level of it.
    fn record() -> (Self, DefaultGuard) {
        let log = Self::default();
        let writer = log.clone();
        let subscriber =
            tracing_subscriber::fmt().with_max_level(Level::TRACE).with_writer(move || writer.clone());
        (log, tracing::subscriber::set_default(subscriber.with_ansi(false).finish()))
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    fn warnings(&self) -> Vec<String> {
        self.text().lines().filter(|line| line.contains("WARN")).map(str::to_owned).collect()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_failing_directory_is_one_warning_with_counts_by_reason() {
    let server = Server::start(|path, _| match path.chars().last() {
        Some('0') => text("Ada Example"),
        Some('1') => text("<html>"),
        _ => status(403),
    })
    .await;
    let key = ApiKey::from_json(r#"{"header": "x-api-key", "value": "s3cret"}"#).unwrap();
    let directory = Directory::http(server.url("/private/path/"), Some(key), Limits::default()).unwrap();
    let (log, _recording) = Log::record();
    directory.look_up(&numbers(10), far()).await;

    let warnings = log.warnings();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    for part in ["asked=10", "from_cache=0", "failed=9", "not understood: 1", "status 403: 8"] {
        assert!(warnings[0].contains(part), "{part} in {}", warnings[0]);
    }
    for hidden in ["2025550", "Ada", "private", "s3cret"] {
        assert!(!log.text().contains(hidden), "{hidden} in {}", log.text());
    }
}

#[tokio::test]
async fn a_directory_that_answers_says_nothing() {
    let server = Server::start(|_, _| text("Ada Example")).await;
    let directory = Directory::http(server.url("/"), None, Limits::default()).unwrap();
    let (log, _recording) = Log::record();
    directory.look_up(&numbers(10), far()).await;
    assert!(log.warnings().is_empty(), "{}", log.text());
}
