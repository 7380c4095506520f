//! The Lambda `reconcile`: see the library beside it, also for its settings.

use std::process::ExitCode;

use anyhow::Context;
use aws_sdk_dynamodb::Client;
use jiff::Timestamp;
use reconcile::{config::Config, handler::Handler};
use switchboard_contacts::{expiry::RETENTION_DEFAULT_MINUTES, store::Store};
use switchboard_records::{
    RecordTables,
    reconcile::{ConnectContacts, Reconciler, ReconciliationTables},
};
use switchboard_runtime::{aws, database, lambda};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    lambda::run(Config::read, open, async |handler, event, deadline| {
        handler.handle(event.get(), Timestamp::now(), deadline).await?.into_output()
    })
    .await
}

async fn open(config: Config) -> anyhow::Result<Handler> {
    let database = database::open(&config.database).await.context("METRICS_DB can't be opened")?;
    let sdk = aws::config().await;
    let connect =
        ConnectContacts::new(&aws_sdk_connect::Config::new(&sdk), config.instance.arn(), config.rate);
    let tables = ReconciliationTables::new(RecordTables::new(database), config.instance.arn());
    let reconciler = Reconciler::new(connect, tables).with_attributes(config.attributes);
    let mut handler = Handler::new(reconciler, config.retention).with_healing(config.heals);
    if let Some(contacts) = &config.contacts {
        // It only reads, so no contact gets this retention.
        let store = Box::pin(Store::open(contacts, RETENTION_DEFAULT_MINUTES, async || Client::new(&sdk)));
        handler = handler.with_contacts(store.await?);
    }
    Ok(handler)
}
