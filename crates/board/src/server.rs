//! The server: pages for people, an API for programs.

mod api;
mod failure;
mod html;
mod named;
mod no_look;
mod query;
mod reply;
mod search;
#[cfg(feature = "sign-in")]
mod sign_in;

use std::{io, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::header,
    middleware::{self, Next},
    response::Response,
    routing::{get, post},
};
use tokio::{net::TcpListener, sync::watch, time::timeout};
use tower::{Layer as _, ServiceExt as _, util::MapRequestLayer};

use self::failure::Failure;
use crate::{
    access::{Access, AskedFor, Refusal, WatchedSources},
    sources::Sources,
};

/// The longest body of a search, in bytes.
const BODY_MAX_BYTES: usize = 4096;

/// How long requests under way are waited for at the end.
const TIME_TO_END: Duration = Duration::from_secs(3);

/// Serves the board to who has access until `shutdown` is over; then requests under way have some seconds to end.
///
/// # Errors
/// When connections can't be taken.
pub async fn serve(
    listener: TcpListener,
    sources: Arc<Sources>,
    access: Access,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (ending, mut is_ending) = watch::channel(false);
    let signal = async move {
        shutdown.await;
        ending.send_replace(true);
    };
    let server =
        axum::serve(listener, router(WatchedSources::new(sources, access))).with_graceful_shutdown(signal);
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

/// A board that answers requests one by one, for a server that is not its own.
#[derive(Debug, Clone)]
pub struct App(Router);

impl App {
    /// The board of these sources, for who has access.
    pub fn new(sources: Arc<Sources>, access: Access) -> Self {
        Self(router(WatchedSources::new(sources, access)))
    }

    /// The answer to a request.
    pub async fn respond(&self, request: Request) -> Response {
        match self.0.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}

fn router(watched: WatchedSources) -> Router {
    let watched = Arc::new(watched);
    let api = Router::new()
        .route("/board", get(api::board))
        .route("/agents", get(api::agents))
        .route("/contacts", get(api::contacts))
        .route("/contacts/{id}", get(api::contact))
        .route("/contacts/{id}/journey", get(api::journey))
        .route("/customers/{key}/contacts", get(api::customer))
        .route("/queues/{id}/intervals", get(api::intervals))
        .route("/search", post(api::search))
        .route("/health", get(api::health))
        .route("/instances", get(api::instances))
        .route("/openapi.json", get(api::openapi))
        .fallback(async || Failure::NotFound.reply("/api/"))
        .method_not_allowed_fallback(async || Failure::Method.reply("/api/"));
    let pages = Router::new()
        .route("/", get(html::board))
        .route("/agents", get(html::agents))
        .route("/contacts", get(html::contacts).post(html::search))
        .route("/contacts/{id}", get(html::journey))
        .route("/customers/{key}", get(html::customer))
        .route("/queues/{id}", get(html::queue))
        .route("/queues/{id}/intervals.csv", get(html::queue_csv))
        .route("/health", get(html::health))
        .nest("/api/v1", api)
        .fallback(async || Failure::NotFound.reply("/"))
        .method_not_allowed_fallback(async || Failure::Method.reply("/"))
        .layer(DefaultBodyLimit::max(BODY_MAX_BYTES))
        .layer(middleware::from_fn_with_state(Arc::clone(&watched), admit));
    // What is the same for everybody, and part of the program.
    let open = Router::new()
        .route("/assets/board.js", get(html::script))
        .route("/assets/board.css", get(html::style));
    #[cfg(feature = "sign-in")]
    let open = open.merge(sign_in::routes());
    let routes = pages.merge(open).layer(middleware::from_fn_with_state(Arc::clone(&watched), mark));
    // Before a route is looked for: each is there for every instance.
    Router::new().fallback_service(MapRequestLayer::new(AskedFor::take_out).layer(routes.with_state(watched)))
}

/// Lets in who may look.
async fn admit(State(watched): State<Arc<WatchedSources>>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let admitted = match watched.access().admit(request.method(), request.headers()).await {
        Err(refusal) => return refused(&watched, refusal, &request),
        Ok(admitted) => admitted,
    };
    request.extensions_mut().insert(admitted.viewer);
    let mut response = match timeout(Duration::from_secs(30), next.run(request)).await {
        Ok(response) => response,
        Err(_) => Failure::Unavailable.reply(&path),
    };
    reply::set_cookies(response.headers_mut(), &admitted.cookies);
    response
}

fn refused(watched: &WatchedSources, refusal: Refusal, request: &Request) -> Response {
    let is_unknown = matches!(refusal, Refusal::Unknown);
    #[cfg(feature = "sign-in")]
    if is_unknown && let Some(response) = sign_in::asked_for(watched, request) {
        return response;
    }
    let mut response = Failure::from(refusal).reply(request.uri().path());
    if is_unknown {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, watched.access().challenge());
    }
    response
}

/// Marks what goes out with the board's time and with what a browser may do with it.
async fn mark(State(watched): State<Arc<WatchedSources>>, request: Request, next: Next) -> Response {
    let base = request.extensions().get().map(AskedFor::base).unwrap_or_default();
    let mut response = next.run(request).await;
    failure::write_page(&mut response, &base);
    reply::mark(response.headers_mut(), watched.clock());
    #[cfg(feature = "sign-in")]
    if let Some(sign_in) = watched.access().sign_in() {
        reply::mark_signed_in(response.headers_mut(), &sign_in.server_origin());
    }
    response
}
