//! The Lambda `ctr-sftp`: see the library beside it, also for its settings.

use std::process::ExitCode;

use anyhow::Context;
use ctr_sftp::{config::Config, handler::Feed, store::Store};
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::value::{RawValue, to_raw_value};
use switchboard_runtime::{aws, batch::SqsEvent, deadline, metrics::Metric, settings::Settings, telemetry};

const NAME: &str = "ctr-sftp";

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
    let feed = &Feed::new(store, config.open().await?, config.layout);
    let serve = |event| answer(feed, event);
    lambda_runtime::run(service_fn(serve)).await.map_err(|error| anyhow::anyhow!(error))
}

async fn answer(feed: &Feed, event: LambdaEvent<Box<RawValue>>) -> Result<Box<RawValue>, Diagnostic> {
    let started = std::time::Instant::now();
    // The parser's own words may quote the event.
    let batch: SqsEvent = serde_json::from_str(event.payload.get())
        .map_err(|_| failure("NotAnSqsEvent", "the event is no batch of SQS messages"))?;
    let mut handled = feed.handle(batch, deadline::with_margin(event.context.deadline)).await;
    let took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    handled.metrics.add(Metric::HandlerMillis, took_ms);
    if let Err(error) = handled.metrics.emit(NAME) {
        tracing::warn!(%error, "the metrics of this invocation are lost");
    }
    to_raw_value(&handled.response).map_err(|_| failure("Unprintable", "the answer could not be printed"))
}

fn failure(error_type: &str, error_message: &str) -> Diagnostic {
    Diagnostic { error_type: error_type.to_owned(), error_message: error_message.to_owned() }
}
