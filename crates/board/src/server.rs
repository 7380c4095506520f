//! The server: pages for people, an API for programs.

mod api;
mod failure;
mod html;
mod query;
mod reply;
mod search;

use std::{io, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderMap, Method, header},
    middleware::{self, Next},
    response::Response,
    routing::{get, post},
};
use tokio::{net::TcpListener, sync::watch, time::timeout};

use self::failure::Failure;
use crate::sources::Sources;

/// The longest body of a search, in bytes.
const BODY_MAX_BYTES: usize = 4096;

/// How long requests under way are waited for at the end.
const TIME_TO_END: Duration = Duration::from_secs(3);

/// Serves the board until `shutdown` is over; then requests under way have some seconds to end.
///
/// The listener is one on loopback: a request for another host than this machine is refused, so that no page of another server
/// reads the board through a name that leads here.
///
/// # Errors
/// When connections can't be taken.
pub async fn serve(
    listener: TcpListener,
    sources: Arc<Sources>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (ending, mut is_ending) = watch::channel(false);
    let signal = async move {
        shutdown.await;
        ending.send_replace(true);
    };
    let server = axum::serve(listener, router(sources)).with_graceful_shutdown(signal);
    let over = async {
        // An error is the end of the server, too.
        drop(is_ending.wait_for(|is_ending| *is_ending).await);
        tokio::time::sleep(TIME_TO_END).await;
    };
    tokio::select! {
        ended = async { server.await } => ended,
        () = over => Ok(()),
    }
}

fn router(sources: Arc<Sources>) -> Router {
    let api = Router::new()
        .route("/board", get(api::board))
        .route("/agents", get(api::agents))
        .route("/contacts", get(api::contacts))
        .route("/contacts/{id}", get(api::contact))
        .route("/contacts/{id}/journey", get(api::journey))
        .route("/search", post(api::search))
        .route("/health", get(api::health))
        .route("/openapi.json", get(api::openapi))
        .fallback(async || Failure::NotFound.reply("/api/"))
        .method_not_allowed_fallback(async || Failure::Method.reply("/api/"));
    Router::new()
        .route("/", get(html::board))
        .route("/agents", get(html::agents))
        .route("/contacts", get(html::contacts).post(html::search))
        .route("/contacts/{id}", get(html::journey))
        .route("/health", get(html::health))
        .route("/assets/board.js", get(html::script))
        .route("/assets/board.css", get(html::style))
        .nest("/api/v1", api)
        .fallback(async || Failure::NotFound.reply("/"))
        .method_not_allowed_fallback(async || Failure::Method.reply("/"))
        .layer(DefaultBodyLimit::max(BODY_MAX_BYTES))
        .layer(middleware::from_fn_with_state(Arc::clone(&sources), guard))
        .with_state(sources)
}

/// Refuses what comes from another site, and marks what goes out with the board's time and with what a browser may do with it.
async fn guard(State(sources): State<Arc<Sources>>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let refusal = refusal(request.method(), request.headers());
    let mut response = match refusal {
        Some(failure) => failure.reply(&path),
        None => match timeout(Duration::from_secs(30), next.run(request)).await {
            Ok(response) => response,
            Err(_) => Failure::Unavailable.reply(&path),
        },
    };
    reply::mark(response.headers_mut(), sources.clock());
    response
}

fn refusal(method: &Method, headers: &HeaderMap) -> Option<Failure> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(header::HOST)?;
    if !is_this_machine(host) {
        return Some(Failure::OtherHost);
    }
    let own = format!("http://{host}");
    let is_foreign = text(header::ORIGIN).is_some_and(|origin| origin != own);
    (method == Method::POST && is_foreign).then_some(Failure::OtherOrigin)
}

/// True for an address, and for the name of this machine to itself: no other name can be made to lead here.
fn is_this_machine(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(address) => return address.contains(']'),
        None => host.split(':').next().unwrap_or_default(),
    };
    name == "localhost" || name.parse::<std::net::Ipv4Addr>().is_ok()
}
