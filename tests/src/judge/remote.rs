//! The way from a function to a server: an HTTP proxy in which calls fail and functions die as told.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::http::HeaderValue;
use hyper::{Request, Response};

use super::failures::{CallFate, Failures};
use crate::lambda::Lambda;
use crate::loopback::{ANSWER_IS_LOST, Loopback, forward, plain, serve_or_close};

/// How a server says that it is busy.
#[derive(Debug, Clone, Copy)]
pub(super) enum Refusal {
    /// DynamoDB, in its words.
    DynamoDb,
    /// Any other, by status 503.
    Unavailable,
}

/// Kills a function in the middle of its next remote calls.
#[derive(Debug, Default)]
pub(super) struct KillSwitch {
    /// After so many calls; not armed below 1.
    calls_left: AtomicI64,
    function: Mutex<Weak<Lambda>>,
}

/// A running proxy; stopped on drop.
#[derive(Debug)]
pub(super) struct Remote {
    server: Loopback,
    counts: Arc<CallCounts>,
}

#[derive(Debug, Default)]
struct CallCounts {
    all: AtomicU64,
    failed: AtomicU64,
}

impl KillSwitch {
    /// This process is the one that dies in that call of its own.
    pub(super) fn arm(&self, function: &Arc<Lambda>, call: u32) {
        *self.function.lock().expect("no panic while it is held") = Arc::downgrade(function);
        self.calls_left.store(i64::from(call), Ordering::SeqCst);
    }

    /// Nothing dies.
    pub(super) fn disarm(&self) {
        self.calls_left.store(0, Ordering::SeqCst);
    }

    /// Counts a call; whom it kills.
    pub(super) fn count(&self) -> Option<Arc<Lambda>> {
        let is_last = self.calls_left.fetch_sub(1, Ordering::SeqCst) == 1;
        is_last.then(|| self.function.lock().expect("no panic while it is held").upgrade()).flatten()
    }
}

impl Remote {
    /// From `name`, a function and its server, to the server on `port`.
    pub(super) fn start(
        name: String,
        port: u16,
        refusal: Refusal,
        failures: Failures,
        switch: Arc<KillSwitch>,
    ) -> Self {
        let counts = Arc::new(CallCounts::default());
        let (shared, name) = (Arc::clone(&counts), Arc::<str>::from(name));
        let server = serve_or_close(move |request| {
            let (counts, switch) = (Arc::clone(&shared), Arc::clone(&switch));
            let name = Arc::clone(&name);
            async move {
                let number = counts.all.fetch_add(1, Ordering::SeqCst) + 1;
                if let Some(function) = switch.count() {
                    // Every other one is killed with its work done.
                    if number.is_multiple_of(2) {
                        forward_unanswered(request, port).await;
                    }
                    drop(tokio::task::spawn_blocking(move || function.kill()).await);
                    return None;
                }
                let fate = failures.of_call(&name, number);
                counts.failed.fetch_add(u64::from(fate != CallFate::Answered), Ordering::SeqCst);
                match fate {
                    CallFate::Answered => forward(request, port).await,
                    CallFate::Refused => Some(refusal.answer()),
                    CallFate::Unanswered => {
                        forward_unanswered(request, port).await;
                        None
                    }
                }
            }
        });
        Self { server, counts }
    }

    /// `http://127.0.0.1:PORT`.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.server.address)
    }

    /// How many calls were made, and how many of them failed.
    pub(super) fn calls(&self) -> (u64, u64) {
        (self.counts.all.load(Ordering::SeqCst), self.counts.failed.load(Ordering::SeqCst))
    }
}

async fn forward_unanswered(mut request: Request<Incoming>, port: u16) {
    request.headers_mut().insert(ANSWER_IS_LOST, HeaderValue::from_static("true"));
    drop(forward(request, port).await);
}

impl Refusal {
    fn answer(self) -> Response<Full<Bytes>> {
        match self {
            Self::DynamoDb => plain(
                500,
                "application/x-amz-json-1.0",
                r#"{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"Try again."}"#,
            ),
            Self::Unavailable => plain(503, "text/plain", "Try again."),
        }
    }
}
