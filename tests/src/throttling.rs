//! A DynamoDB that refuses all requests for a while.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use http_body_util::Full;
use hyper::Response;
use hyper::body::Bytes;

use crate::loopback::{Loopback, forward, plain, serve_or_close};

/// An HTTP proxy on a loopback port that throttles every request for some time from the first on, in DynamoDB's words,
/// and lets all later ones through. Stopped on drop.
#[derive(Debug)]
pub struct Throttling {
    server: Loopback,
    throttled: Arc<AtomicUsize>,
}

impl Throttling {
    /// In front of a DynamoDB on `port`.
    pub fn start(port: u16, lasting: Duration) -> Self {
        let throttled = Arc::new(AtomicUsize::new(0));
        let (count, first) = (Arc::clone(&throttled), Arc::new(OnceLock::new()));
        let server = serve_or_close(move |request| {
            let is_throttled = first.get_or_init(Instant::now).elapsed() < lasting;
            if is_throttled {
                count.fetch_add(1, Ordering::SeqCst);
            }
            async move { if is_throttled { Some(throttle()) } else { forward(request, port).await } }
        });
        Self { server, throttled }
    }

    /// `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.server.address)
    }

    /// How many requests it has throttled.
    pub fn throttled(&self) -> usize {
        self.throttled.load(Ordering::SeqCst)
    }
}

fn throttle() -> Response<Full<Bytes>> {
    let kind = "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException";
    let body = format!(
        r#"{{"__type":"{kind}","message":"The level of configured provisioned throughput was exceeded."}}"#
    );
    plain(400, "application/x-amz-json-1.0", body)
}
