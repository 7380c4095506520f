//! An HTTP server on a loopback port, for the stand-ins.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::LazyLock;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::task::{AbortHandle, JoinSet};

/// The header of a request whose answer does not reach its sender, for a server that keeps account of that.
pub(crate) const ANSWER_IS_LOST: &str = "x-answer-is-lost";

/// The threads of all servers written here.
static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Runtime::new().expect("threads for the loopback servers"));

/// A server on a free loopback port; it and its connections end on drop.
#[derive(Debug)]
pub(crate) struct Loopback {
    pub(crate) address: SocketAddr,
    accepting: AbortHandle,
}

impl Drop for Loopback {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Gives every connection to `connected`, in a task of its own.
pub(crate) fn listen<F>(connected: impl Fn(TcpStream) -> F + Send + 'static) -> Loopback
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free loopback port");
    listener.set_nonblocking(true).expect("a listener that does not block");
    let address = listener.local_addr().expect("the port of a listener");
    let accepting = RUNTIME.spawn(async move {
        let listener = TcpListener::from_std(listener).expect("a listener on this runtime");
        // Dropped with this task, and every connection with it.
        let mut connections = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            connections.spawn(connected(stream));
            while connections.try_join_next().is_some() {}
        }
    });
    Loopback { address, accepting: accepting.abort_handle() }
}

/// Answers every HTTP/1.1 request with `answer`.
pub(crate) fn serve<F>(answer: impl Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static) -> Loopback
where
    F: Future<Output = Response<Full<Bytes>>> + Send + 'static,
{
    serve_or_close(move |request| {
        let answered = answer(request);
        async move { Some(answered.await) }
    })
}

/// As [`serve`]; where there is no answer the connection is closed without one.
pub(crate) fn serve_or_close<F>(
    answer: impl Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
) -> Loopback
where
    F: Future<Output = Option<Response<Full<Bytes>>>> + Send + 'static,
{
    listen(move |stream| {
        let answer = answer.clone();
        async move {
            let service = service_fn(move |request| {
                let answered = answer(request);
                async move { answered.await.ok_or_else(|| io::Error::from(io::ErrorKind::ConnectionAborted)) }
            });
            // A client that goes away in the middle is the test's business, not the server's.
            drop(http1::Builder::new().serve_connection(TokioIo::new(stream), service).await);
        }
    })
}

/// An answer with no headers of its own but its type.
pub(crate) fn plain(status: u16, content_type: &str, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    Response::builder()
        .status(status)
        .header("content-type", content_type)
        .body(Full::new(body.into()))
        .expect("a valid status and content type")
}

/// The answer of the server on `port`. `None` where the connection breaks; the client sees it break, too.
pub(crate) async fn forward(request: Request<Incoming>, port: u16) -> Option<Response<Full<Bytes>>> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.ok()?;
    let (mut sender, connection) = client::conn::http1::handshake(TokioIo::new(stream)).await.ok()?;
    let answered = async {
        let (head, body) = sender.send_request(request).await.ok()?.into_parts();
        let body = body.collect().await.ok()?.to_bytes();
        Some(Response::from_parts(head, Full::new(body)))
    };
    tokio::pin!(answered);
    tokio::select! {
        answer = &mut answered => answer,
        // The last bytes of an answer may be there when the connection has ended.
        _ = connection => answered.await,
    }
}
