//! What a failing directory says in the log, and what it does not.
//!
//! Alone in its process: a subscriber of one thread misses events that another thread logged first.

use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use switchboard_callers::{ApiKey, Directory, Limits, RenewableKey};
use switchboard_core::phone::PhoneNumber;
use tokio::time::Instant;
use tracing::Level;

#[cfg(test)]
#[path = "it/server.rs"]
#[expect(dead_code, reason = "this server is told to do no more than respond")]
mod server;

use server::{Server, status, text};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

#[cfg(test)]
impl Log {
    /// Keeps what this process logs from now on, every level of it.
    fn record() -> Self {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false);
        subscriber.with_max_level(Level::TRACE).init();
        log
    }

    /// What was logged since the last call.
    fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap()
    }
}

#[cfg(test)]
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
    let directory =
        Directory::http(server.url("/private/path/"), Some(RenewableKey::fixed(key)), Limits::default())
            .unwrap();
    let numbers: Vec<_> =
        (0..10).map(|line| PhoneNumber::parse(&format!("+1202555010{line}")).unwrap()).collect();
    let deadline = Instant::now() + Duration::from_mins(1);
    let log = Log::record();

    directory.look_up(&numbers[..1], deadline).await;
    assert!(!log.take().contains("WARN"), "a directory that responds says nothing");

    directory.look_up(&numbers, deadline).await;
    let text = log.take();
    let warnings: Vec<_> = text.lines().filter(|line| line.contains("WARN")).collect();
    assert_eq!(warnings.len(), 1, "{text}");
    for part in ["requested=10", "from_cache=1", "failed=9", "not understood: 1", "status 403: 8"] {
        assert!(warnings[0].contains(part), "{part} in {}", warnings[0]);
    }
    for hidden in ["2025550", "Ada", "private", "s3cret"] {
        assert!(!text.contains(hidden), "{hidden} in {text}");
    }
}
