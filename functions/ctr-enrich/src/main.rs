//! The Lambda `ctr-enrich`: see the library beside it, and README.md for its settings.

use std::process::ExitCode;

use ctr_enrich::{config::Config, event::FirehoseEvent, handler::Enricher, put_back::PutBack};
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::value::{RawValue, to_raw_value};
use switchboard_runtime::{aws, deadline, metrics::Metric, settings::Settings, streams::Streams, telemetry};

const NAME: &str = "ctr-enrich";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    telemetry::exit_code(run().await)
}

async fn run() -> anyhow::Result<()> {
    let mut settings = Settings::from_env();
    telemetry::init(&mut settings);
    let config = Config::read(&mut settings);
    settings.check()?;

    let put_back = PutBack::Streams(Streams::new(&aws::config().await));
    let enricher = &Enricher::new(config.open().await?, put_back);
    let serve = |event| answer(enricher, event);
    lambda_runtime::run(service_fn(serve)).await.map_err(|error| anyhow::anyhow!(error))
}

async fn answer(enricher: &Enricher, event: LambdaEvent<Box<RawValue>>) -> Result<Box<RawValue>, Diagnostic> {
    let started = std::time::Instant::now();
    // The parser's own words may quote the event.
    let batch: FirehoseEvent<'_> = serde_json::from_str(event.payload.get())
        .map_err(|_| failure("NotAFirehoseEvent", "the event is no Firehose transformation event"))?;
    let mut handled = enricher.handle(&batch, deadline::with_margin(event.context.deadline)).await;
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
