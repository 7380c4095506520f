//! The Lambda `data-check`: see the library beside it, and docs/functions.md for its settings.

use std::process::ExitCode;

use anyhow::Context;
use aws_sdk_rdsdata::Client;
use data_check::handler::{HttpRequest, handle};
use jiff::Timestamp;
use switchboard_metrics::{selector::Selector, store::Store};
use switchboard_runtime::{aws, lambda, metrics::Metrics, secrets::SecretUrl, settings::Settings, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    telemetry::exit_code(run().await)
}

async fn run() -> anyhow::Result<()> {
    let mut settings = Settings::from_env();
    telemetry::init(&mut settings);
    let tables: Option<Selector> = settings.required("METRICS_DB");
    settings.check()?;

    let store = open(&tables.context("the settings are incomplete")?).await?;
    let served = lambda::serve(async |event, deadline| {
        let request: HttpRequest = lambda::read(event, "a request of an HTTP API")?;
        // On the heap: its layout is deeper than the compiler follows otherwise.
        let answer = Box::pin(handle(&store, &request, Timestamp::now(), deadline)).await;
        Ok((lambda::print(&answer)?, Metrics::default()))
    });
    served.await.map_err(anyhow::Error::from_boxed)
}

async fn open(tables: &Selector) -> anyhow::Result<Store> {
    Ok(match tables {
        Selector::Sqlite(path) => Store::sqlite(path).await?,
        Selector::Postgres(place) => {
            let secret = match &place.secret_url {
                Some(url) => Some(url.parse::<SecretUrl>()?.read().await?),
                None => None,
            };
            Store::postgres(place, secret.as_ref())?
        }
        Selector::RdsData(place) => Store::rds_data(&Client::new(&aws::config().await), place.clone()),
    })
}
