//! The Lambda `ctr-enrich`: see the library beside it, and docs/functions.md for its settings.

use std::process::ExitCode;

use ctr_enrich::{config::Config, event::FirehoseEvent, handler::Handler, requeue::Requeue};
use switchboard_runtime::{aws, lambda, lambda::JsonText, settings::Switch, streams::Streams};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    lambda::run(
        |settings| Some(Config::read(settings)),
        open,
        async |handler, event, deadline| {
            let batch = FirehoseEvent::read(event.get())?;
            let handled = handler.handle(&batch, deadline).await;
            Ok((JsonText::written(handled.response.to_json()), handled.metrics))
        },
    )
    .await
}

async fn open(config: Config) -> anyhow::Result<Handler> {
    let requeue = match config.requeue {
        Switch::On => Requeue::Streams(Streams::new(&aws::config().await)),
        Switch::Off => Requeue::Nowhere,
    };
    Ok(Handler::new(config.open().await?, requeue).serving(config.instances))
}
