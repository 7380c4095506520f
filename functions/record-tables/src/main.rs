//! The Lambda `record-tables`: see the library beside it, also for its settings.

use std::process::ExitCode;

use anyhow::Context;
use jiff::Timestamp;
use record_tables::{config::Config, handler::Handler};
use switchboard_objects::store::Store;
use switchboard_records::RecordTables;
use switchboard_runtime::{aws, database, lambda};

// One thread waits for the database; an object is read on a blocking thread of its own.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    lambda::run(Config::read, open, async |handler, event, deadline| {
        handler.handle(event.get(), Timestamp::now(), deadline).await?.into_output()
    })
    .await
}

async fn open(config: Config) -> anyhow::Result<Handler> {
    let database = database::open(&config.database).await.context("METRICS_DB can't be opened")?;
    let store = Store::s3(aws_sdk_s3::Client::new(&aws::config().await));
    Ok(Handler::new(RecordTables::new(database), store, config))
}
