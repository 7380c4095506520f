//! The Lambda `search-setup`: see the library beside it, and docs/functions.md for its settings.

use std::process::ExitCode;

use anyhow::Context;
use search_setup::{
    domain::Domain,
    handler::{EXPECTED, Request, expire, set_up},
};
use serde_json::json;
use switchboard_runtime::{
    aws,
    lambda::{self, Refusal},
    metrics::Metrics,
    settings::Settings,
    telemetry,
};
use url::Url;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    telemetry::exit_code(run().await)
}

async fn run() -> anyhow::Result<()> {
    let mut settings = Settings::from_env();
    telemetry::init(&mut settings);
    let url: Option<Url> = settings.required("SEARCH_URL");
    if url.as_ref().is_some_and(|url| !switchboard_https::is_private(url)) {
        settings.problem("SEARCH_URL has to begin with https://");
    }
    settings.check()?;

    let config = aws::config().await;
    let region = config.region().context("there is no region")?.to_string();
    let credentials = config.credentials_provider().context("there are no credentials")?;
    let domain = Domain::new(url.context("the settings are incomplete")?, region, credentials)?;
    let served = lambda::serve(async |event, deadline| {
        let request =
            serde_json::from_str(event.get()).map_err(|_| Refusal::UnexpectedEvent { expected: EXPECTED })?;
        let done = match request {
            Request::SetUp => set_up(&domain, deadline).await.map(|put| json!({ "put": put })),
            Request::Expire(days) => {
                expire(&domain, days, deadline).await.map(|()| json!({ "expire_after_days": days }))
            }
        };
        let done = done.map_err(|failure| Refusal::NotDone(failure.to_string()))?;
        Ok((lambda::print(&done)?, Metrics::default()))
    });
    served.await.map_err(anyhow::Error::from_boxed)
}
