//! The Lambda `ctr-sftp`: see the library beside it, also for its settings.

use std::process::ExitCode;

use anyhow::Context;
use ctr_sftp::{config::Config, handler::Feed, store::Store};
use switchboard_runtime::{aws, batch::SqsEvent, lambda, settings::Settings, telemetry};

// One thread reads from S3; the work on each object has a blocking thread of its own.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    telemetry::exit_code(run().await)
}

async fn run() -> anyhow::Result<()> {
    let mut settings = Settings::from_env();
    telemetry::init(&mut settings);
    let config = Config::read(&mut settings);
    settings.check()?;
    let config = config.context("the settings are incomplete")?;

    let store = Store::s3(aws_sdk_s3::Client::new(&aws::config().await));
    let feed = Feed::new(store, config.open().await?, config.layout);
    let served = lambda::serve(async |event, deadline| {
        let batch: SqsEvent = lambda::read(event, "a batch of SQS messages")?;
        let handled = feed.handle(batch, deadline).await;
        Ok((lambda::print(&handled.response)?, handled.metrics))
    });
    served.await.map_err(anyhow::Error::from_boxed)
}
