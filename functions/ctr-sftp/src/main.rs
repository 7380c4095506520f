//! The Lambda `ctr-sftp`: see the library beside it, also for its settings.

use std::process::ExitCode;

use ctr_sftp::{config::Config, handler::Handler};
use switchboard_objects::store::Store;
use switchboard_runtime::{aws, lambda};

// One thread reads from S3; the work on each object has a blocking thread of its own.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    lambda::run(Config::read, open, async |handler, event, deadline| {
        let batch = lambda::parse(event, "a batch of SQS messages")?;
        let handled = handler.handle(batch, deadline).await;
        lambda::respond(&handled.response, handled.metrics)
    })
    .await
}

async fn open(config: Config) -> anyhow::Result<Handler> {
    let store = Store::s3(aws_sdk_s3::Client::new(&aws::config().await));
    let handler = Handler::new(store, config.open().await?, config.layout);
    Ok(handler.serving(config.instances).rejecting_into(config.rejects_bucket))
}
