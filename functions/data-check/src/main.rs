//! The Lambda `data-check`: see the library beside it, and docs/functions.md for its settings.

use std::process::ExitCode;

use aws_sdk_rdsdata::Client;
use data_check::handler::Handler;
use jiff::Timestamp;
use switchboard_metrics::{database::Database, instance::Instance, selector::Selector, store::Store};
use switchboard_runtime::{aws, http_api, lambda, metrics::Metrics, secrets::SecretUrl, settings::Settings};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    lambda::run(read, open, async |handler, event, deadline| {
        let request = lambda::parse(event, http_api::EXPECTED)?;
        // Boxed: its layout is deeper than the compiler follows otherwise.
        let response = Box::pin(handler.handle(&request, Timestamp::now(), deadline)).await;
        lambda::answer(&response, Metrics::default())
    })
    .await
}

/// The settings: which instance's tables are checked, and their database.
fn read(settings: &mut Settings) -> Option<(Instance, Selector)> {
    let (instance, database) = (settings.required("CONNECT_INSTANCE_ARN"), settings.required("METRICS_DB"));
    Some((instance?, database?))
}

async fn open((instance, database): (Instance, Selector)) -> anyhow::Result<Handler> {
    let database = match &database {
        Selector::Sqlite(path) => Database::sqlite(path).await?,
        Selector::Postgres(place) => {
            let secret = match &place.secret_url {
                Some(url) => Some(url.parse::<SecretUrl>()?.read().await?),
                None => None,
            };
            Database::postgres(place, secret.as_ref())?
        }
        Selector::RdsData(place) => Database::rds_data(&Client::new(&aws::config().await), place.clone()),
    };
    Ok(Handler::new(Store::new(database, instance)))
}
