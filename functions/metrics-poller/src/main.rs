//! The Lambda `metrics-poller`: see the library beside it, also for its settings.

use std::process::ExitCode;

use anyhow::Context;
use jiff::Timestamp;
use metrics_poller::{
    config::Config,
    handler::{Handler, Retention},
    tick::TickQueue,
};
use switchboard_metrics::{api::Connect, poll::Poller, store::Store};
use switchboard_runtime::{aws, database, lambda};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    lambda::run(Config::read, open, async |handler, event, deadline| {
        handler.handle(event.get(), Timestamp::now(), deadline).await?.into_output()
    })
    .await
}

async fn open(config: Config) -> anyhow::Result<Handler> {
    let sdk = aws::config().await;
    let database = database::open(&config.database).await.context("METRICS_DB can't be opened")?;
    let store = Store::new(database, config.instance.clone());
    let connect = Connect::new(&aws_sdk_connect::Config::new(&sdk), config.instance, config.request_rate);
    let queue = TickQueue::new(aws_sdk_sqs::Client::new(&sdk), config.tick_queue_url);
    let poller = Poller::new(connect, store.in_time_zone(config.time_zone), config.service_level);
    let retention = Retention { samples: config.retention, history: config.history_retention };
    Ok(Handler::new(poller, queue, retention).with_logins(config.logins, config.board_login))
}
