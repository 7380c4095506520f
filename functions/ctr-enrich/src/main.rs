//! The Lambda `ctr-enrich`: see the library beside it, and docs/functions.md for its settings.

use std::process::ExitCode;

use ctr_enrich::{config::Config, event::FirehoseEvent, handler::Enricher, requeue::Requeue};
use switchboard_runtime::{aws, lambda, settings::Settings, streams::Streams, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    telemetry::exit_code(run().await)
}

async fn run() -> anyhow::Result<()> {
    let mut settings = Settings::from_env();
    telemetry::init(&mut settings);
    let config = Config::read(&mut settings);
    settings.check()?;

    let requeue = Requeue::Streams(Streams::new(&aws::config().await));
    let enricher = Enricher::new(config.open().await?, requeue);
    let served = lambda::serve(async |event, deadline| {
        let batch: FirehoseEvent<'_> = lambda::read(event, "a Firehose transformation event")?;
        let handled = enricher.handle(&batch, deadline).await;
        Ok((lambda::print(&handled.response)?, handled.metrics))
    });
    served.await.map_err(anyhow::Error::from_boxed)
}
