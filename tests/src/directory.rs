//! A customer directory (CRM) over HTTP: `GET /api/user/{phone}` answers the caller's name as plain text.
//!
//! A real server with chosen bad habits. Like a directory that takes anybody's number it answers 404 with no body for
//! an unknown one.

use std::collections::HashMap;
use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::Full;
use hyper::Response;
use hyper::body::Bytes;

use crate::loopback::{Loopback, plain, serve};

const PREFIX: &str = "/api/user/";

/// What the directory knows, and how it behaves. The default knows nobody and answers at once.
#[derive(Debug, Clone, Default)]
pub struct Behaviour {
    /// Names by the number as it stands in the path, percent-decoded (`+61491570006`).
    pub names: HashMap<String, String>,
    /// How long each answer takes.
    pub delay: Duration,
    /// This many requests are answered 503 before the first good answer.
    pub fail_first: usize,
    /// What is answered instead of names, after `delay` and `fail_first`.
    pub instead: Option<Instead>,
    /// A header and its value, without which a request is answered 401.
    pub key: Option<(&'static str, &'static str)>,
}

/// An answer that is no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instead {
    /// The connection stays open and silent.
    Hang,
    /// Status 200 and a page of HTML: a proxy's login, or a maintenance notice.
    HtmlPage,
    /// This status with a body of plain text.
    Status(u16),
}

/// A running directory; stopped on drop.
#[derive(Debug)]
pub struct Directory {
    server: Loopback,
    seen: Arc<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    paths: Mutex<Vec<String>>,
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
}

impl Behaviour {
    /// A directory that knows these callers: number in E.164 form, name.
    pub fn knowing(callers: &[(&str, &str)]) -> Self {
        let names = callers.iter().map(|&(number, name)| (number.to_owned(), name.to_owned())).collect();
        Self { names, ..Self::default() }
    }
}

impl Directory {
    /// Starts a directory on a free loopback port.
    pub fn start(behaviour: Behaviour) -> Self {
        let seen = Arc::new(Seen::default());
        let (behaviour, counting) = (Arc::new(behaviour), Arc::clone(&seen));
        let server = serve(move |request| {
            let (behaviour, seen) = (Arc::clone(&behaviour), Arc::clone(&counting));
            async move {
                let path = request.uri().path();
                let count = seen.count(path);
                let given = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
                let admitted = behaviour.key.is_none_or(|(name, value)| given(name) == Some(value));
                let _in_flight = InFlight::begin(&seen);
                tokio::time::sleep(behaviour.delay).await;
                if !admitted {
                    return plain(401, "text/plain", "no key");
                }
                behaviour.answer(path, count).await
            }
        });
        Self { server, seen }
    }

    /// `http://127.0.0.1:PORT/api/user/`: what `CALLERS` is set to.
    pub fn url(&self) -> String {
        format!("http://{}{PREFIX}", self.server.address)
    }

    /// The path of every request so far, in order and as it was sent (`/api/user/%2B61491570006`).
    pub fn paths(&self) -> Vec<String> {
        self.seen.paths.lock().expect("no panic while the paths are held").clone()
    }

    /// How many requests have come.
    pub fn requests(&self) -> usize {
        self.paths().len()
    }

    /// The greatest number of requests that were open at one time.
    pub fn most_in_flight(&self) -> usize {
        self.seen.most_in_flight.load(Ordering::SeqCst)
    }
}

impl Behaviour {
    /// The answer to the `count`th request, the first being 1.
    async fn answer(&self, path: &str, count: usize) -> Response<Full<Bytes>> {
        if count <= self.fail_first {
            return plain(503, "text/plain", "busy");
        }
        match self.instead {
            Some(Instead::Hang) => pending().await,
            Some(Instead::HtmlPage) => plain(200, "text/html", "<!doctype html><title>Please log in</title>"),
            Some(Instead::Status(status)) => plain(status, "text/plain", "no name here"),
            None => {
                let number = path.strip_prefix(PREFIX).unwrap_or_default().replace("%2B", "+");
                match self.names.get(&number) {
                    Some(name) => plain(200, "text/plain; charset=utf-8", name.clone()),
                    None => plain(404, "text/plain", ""),
                }
            }
        }
    }
}

impl Seen {
    /// Keeps the path, and says how many there are with it.
    fn count(&self, path: &str) -> usize {
        let mut paths = self.paths.lock().expect("no panic while the paths are held");
        paths.push(path.to_owned());
        paths.len()
    }
}

/// Counts one request as open until it is answered or its client has gone.
struct InFlight<'a>(&'a Seen);

impl<'a> InFlight<'a> {
    fn begin(seen: &'a Seen) -> Self {
        let open = seen.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        seen.most_in_flight.fetch_max(open, Ordering::SeqCst);
        Self(seen)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::SeqCst);
    }
}
