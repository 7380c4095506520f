//! `switchboard callers serve`: the directory over HTTP.

use std::{
    convert::Infallible,
    io::{self, Write},
    net::SocketAddr,
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use caller_api::handler::Handler;
use http_body_util::Full;
use hyper::{
    Request, Response, StatusCode, body::Bytes, body::Incoming, server::conn::http1, service::service_fn,
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use switchboard_callers::{Directory, Limits};
use tokio::{
    net::TcpListener,
    time::{Instant, sleep, timeout},
};

use crate::{outcome::CommandOutcome, signal::shutdown_signal};

/// How long a request may take; a file answers at once.
const TIME_FOR_A_REQUEST: Duration = Duration::from_secs(10);

/// How long requests under way are waited for at the end.
const TIME_TO_END: Duration = Duration::from_secs(5);

/// The wait after a connection could not be taken, for want of file handles say.
const AFTER_A_REFUSAL: Duration = Duration::from_millis(100);

const AFTER_HELP: &str = "\
The first line on standard output is the address, once the server answers. Ctrl-C ends the server.

Examples:
  switchboard callers serve --callers callers.csv
  CALLERS=http://127.0.0.1:8080/api/user/ switchboard replay events/";

/// Answer GET /api/user/{phone} from a CSV file, as the function `caller-api` does.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The directory: a CSV file with the columns Phone and Name.
    #[arg(long, value_name = "FILE.csv")]
    callers: PathBuf,
    /// The address to listen on; port 0 for any free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Wait so many milliseconds before each answer, as a slow directory would: for load tests.
    #[arg(long, value_name = "N", default_value_t = 0)]
    delay_ms: u64,
}

/// Serves until it is told to end.
///
/// # Errors
/// When the file can't be read or the address not be listened on.
pub(crate) async fn run(args: Args) -> anyhow::Result<CommandOutcome> {
    let handler = Arc::new(Handler::new(Directory::file(&args.callers, Limits::default())?));
    let delay = Duration::from_millis(args.delay_ms);
    let listener = TcpListener::bind(args.listen)
        .await
        .with_context(|| format!("{} can't be listened on", args.listen))?;
    let mut end = std::pin::pin!(shutdown_signal()?);
    writeln!(io::stdout(), "http://{}/api/user/", listener.local_addr()?)?;

    let connections = GracefulShutdown::new();
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut end => break,
        };
        let Ok((stream, _)) = stream else {
            sleep(AFTER_A_REFUSAL).await;
            continue;
        };
        let handler = Arc::clone(&handler);
        let service = service_fn(move |request| {
            let handler = Arc::clone(&handler);
            async move { Ok::<_, Infallible>(reply(&handler, &request, delay).await) }
        });
        let connection =
            http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
        // A client that breaks off is its own affair.
        let connection = connections.watch(connection);
        tokio::spawn(async move { drop(connection.await) });
    }
    drop(listener);
    if timeout(TIME_TO_END, connections.shutdown()).await.is_err() {
        tracing::warn!(event = "requests_cancelled", "requests that were under way were broken off");
    }
    Ok(CommandOutcome::Success)
}

async fn reply(handler: &Handler, request: &Request<Incoming>, delay: Duration) -> Response<Full<Bytes>> {
    sleep(delay).await;
    let deadline = Instant::now() + TIME_FOR_A_REQUEST;
    let answer = handler.respond(request.method().as_str(), request.uri().path(), deadline).await;
    let mut response = Response::new(Full::from(answer.body));
    *response.status_mut() =
        StatusCode::from_u16(answer.status_code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in answer.headers {
        let value = hyper::header::HeaderValue::from_static(value);
        response.headers_mut().insert(hyper::header::HeaderName::from_static(name), value);
    }
    response
}
