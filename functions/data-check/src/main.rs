//! The Lambda `data-check`: see the library beside it, and docs/functions.md for its settings.

use std::process::ExitCode;

use anyhow::Context;
use data_check::handler::Handler;
use jiff::Timestamp;
use switchboard_core::instance::Instance;
use switchboard_metrics::store::Store;
use switchboard_runtime::{database, http_api, lambda, metrics::Metrics, settings::Settings};
use switchboard_sql::url::SqlUrl;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    lambda::run(read, open, async |handler, event, deadline| {
        let request = lambda::parse(event, http_api::EXPECTED)?;
        // Boxed: its layout is deeper than the compiler follows otherwise.
        let response = Box::pin(handler.handle(&request, Timestamp::now(), deadline)).await;
        lambda::respond(&response, Metrics::default())
    })
    .await
}

/// The settings: which instance's tables are checked, and their database.
fn read(settings: &mut Settings) -> Option<(Instance, SqlUrl)> {
    let (instance, database) = (settings.required("CONNECT_INSTANCE_ARN"), settings.required("METRICS_DB"));
    Some((instance?, database?))
}

async fn open((instance, url): (Instance, SqlUrl)) -> anyhow::Result<Handler> {
    let database = database::open(&url).await.context("METRICS_DB can't be opened")?;
    Ok(Handler::new(Store::new(database, instance)))
}
