//! A real HTTP server on a free loopback port that behaves as badly as it is told to.

use std::{
    convert::Infallible,
    future::pending,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use http_body_util::{BodyExt as _, Full};
use hyper::{
    Method, Request, Response,
    body::{Bytes, Incoming},
    header::{CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use url::Url;

/// What the server does with a request.
pub(crate) enum Reaction {
    Response(u16, &'static str, String),
    Slow(Duration, String),
    Hang,
    /// Says that it is too busy, and when to ask again.
    Busy(u16, &'static str),
    /// Closes the connection without a response.
    HangUp,
}

/// A plain text response.
pub(crate) fn text(body: impl Into<String>) -> Reaction {
    Reaction::Response(200, "text/plain", body.into())
}

pub(crate) fn status(status: u16) -> Reaction {
    Reaction::Response(status, "text/plain", "Ada Example".to_owned())
}

#[derive(Default)]
struct Seen {
    requests: Vec<(String, HeaderMap)>,
    in_flight: usize,
    max_in_flight: usize,
}

pub(crate) struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
}

impl Server {
    /// Starts a server in the test's runtime, which ends it. `react` is told the request (the path of a
    /// GET, the body of a POST) and how often it was asked before.
    pub(crate) async fn start(react: impl Fn(&str, usize) -> Reaction + Send + Sync + 'static) -> Self {
        Self::listen(react, None).await
    }

    async fn listen(
        react: impl Fn(&str, usize) -> Reaction + Send + Sync + 'static,
        key: Option<(&'static str, &'static str)>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self { address: listener.local_addr().unwrap(), seen: Arc::default() };
        let (seen, react) = (server.seen.clone(), Arc::new(react));
        tokio::spawn(async move {
            loop {
                let (connection, _) = listener.accept().await.unwrap();
                let (seen, react) = (seen.clone(), react.clone());
                let service = service_fn(move |request| respond(request, seen.clone(), react.clone(), key));
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(connection), service));
            }
        });
        server
    }

    /// One that refuses whoever comes without this header.
    pub(crate) async fn start_with_key(
        header: &'static str,
        value: &'static str,
        react: impl Fn(&str, usize) -> Reaction + Send + Sync + 'static,
    ) -> Self {
        Self::listen(react, Some((header, value))).await
    }

    pub(crate) fn url(&self, path: &str) -> Url {
        format!("http://{}{path}", self.address).parse().unwrap()
    }

    /// The requests, in order: the path of a GET, the body of a POST.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.seen.lock().unwrap().requests.iter().map(|(request, _)| request.clone()).collect()
    }

    pub(crate) fn headers(&self) -> HeaderMap {
        self.seen.lock().unwrap().requests[0].1.clone()
    }

    pub(crate) fn max_in_flight(&self) -> usize {
        self.seen.lock().unwrap().max_in_flight
    }
}

/// Counts a request as under way until it is answered or given up.
struct InFlight(Arc<Mutex<Seen>>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.lock().unwrap().in_flight -= 1;
    }
}

async fn respond(
    request: Request<Incoming>,
    seen: Arc<Mutex<Seen>>,
    react: Arc<impl Fn(&str, usize) -> Reaction>,
    key: Option<(&'static str, &'static str)>,
) -> Result<Response<Full<Bytes>>, std::io::Error> {
    let (head, body) = request.into_parts();
    let is_let_in =
        key.is_none_or(|(header, value)| head.headers.get(header).is_some_and(|sent| sent == value));
    let request = match head.method {
        Method::GET => head.uri.path_and_query().unwrap().to_string(),
        _ => String::from_utf8(body.collect().await.unwrap().to_bytes().into()).unwrap(),
    };
    let before = {
        let mut seen = seen.lock().unwrap();
        let before = seen.requests.iter().filter(|(asked, _)| *asked == request).count();
        seen.requests.push((request.clone(), head.headers));
        seen.in_flight += 1;
        seen.max_in_flight = seen.max_in_flight.max(seen.in_flight);
        before
    };
    let _in_flight = InFlight(seen);
    let reaction = if is_let_in { react(&request, before) } else { status(403) };
    let mut retry_after = None;
    let (status, content_type, body) = match reaction {
        Reaction::Busy(status, after) => {
            retry_after = Some(after);
            (status, "text/plain", String::new())
        }
        Reaction::Response(status, content_type, body) => (status, content_type, body),
        Reaction::Slow(delay, body) => {
            tokio::time::sleep(delay).await;
            (200, "text/plain", body)
        }
        Reaction::Hang => {
            let never: Infallible = pending().await;
            match never {}
        }
        Reaction::HangUp => return Err(std::io::ErrorKind::ConnectionAborted.into()),
    };
    let response = Response::builder().status(status).header(CONTENT_TYPE, content_type);
    let response = match retry_after {
        Some(after) => response.header(RETRY_AFTER, after),
        None => response,
    };
    Ok(response.header(LOCATION, "/elsewhere").body(Full::from(body)).unwrap())
}
