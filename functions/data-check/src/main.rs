//! The Lambda `data-check`: see the library beside it, and docs/functions.md for its settings.

use std::process::ExitCode;

use aws_sdk_rdsdata::Client;
use data_check::handler::Handler;
use jiff::Timestamp;
use switchboard_metrics::{selector::Selector, store::Store};
use switchboard_runtime::{aws, http_api, lambda, metrics::Metrics, secrets::SecretUrl};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    lambda::run(
        |settings| settings.required("METRICS_DB"),
        open,
        async |handler, event, deadline| {
            let request = lambda::parse(event, http_api::EXPECTED)?;
            // Boxed: its layout is deeper than the compiler follows otherwise.
            let response = Box::pin(handler.handle(&request, Timestamp::now(), deadline)).await;
            lambda::answer(&response, Metrics::default())
        },
    )
    .await
}

async fn open(database: Selector) -> anyhow::Result<Handler> {
    Ok(Handler::new(match &database {
        Selector::Sqlite(path) => Store::sqlite(path).await?,
        Selector::Postgres(place) => {
            let secret = match &place.secret_url {
                Some(url) => Some(url.parse::<SecretUrl>()?.read().await?),
                None => None,
            };
            Store::postgres(place, secret.as_ref())?
        }
        Selector::RdsData(place) => Store::rds_data(&Client::new(&aws::config().await), place.clone()),
    }))
}
