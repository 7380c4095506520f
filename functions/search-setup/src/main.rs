//! The Lambda `search-setup`: see the library beside it, and docs/functions.md for its settings.

use std::process::ExitCode;

use anyhow::Context;
use search_setup::{
    domain::Domain,
    handler::{EXPECTED, Handler},
};
use switchboard_runtime::{
    aws,
    lambda::{self, HandlerError},
    metrics::Metrics,
    settings::Settings,
};
use url::Url;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    lambda::run(config, open, async |handler, event, deadline| {
        let handled = handler.handle(lambda::parse(event, EXPECTED)?, deadline).await;
        let response = handled.map_err(|failure| HandlerError::Failed(failure.to_string()))?;
        lambda::respond(&response, Metrics::default())
    })
    .await
}

fn config(settings: &mut Settings) -> Option<Url> {
    let url = settings.required("SEARCH_URL");
    if url.as_ref().is_some_and(|url| !switchboard_https::is_confidential_transport(url)) {
        settings.add_problem("SEARCH_URL has to begin with https://");
    }
    url
}

async fn open(url: Url) -> anyhow::Result<Handler> {
    let config = aws::config().await;
    let region = config.region().context("there is no region")?.to_string();
    let credentials = config.credentials_provider().context("there are no credentials")?;
    Ok(Handler::new(Domain::new(url, region, credentials)?))
}
