//! The Lambda `metrics-poller`: see the library beside it, also for its settings.

use std::process::ExitCode;

use anyhow::Context;
use jiff::Timestamp;
use metrics_poller::{
    config::Config,
    event::EXPECTED,
    handler::{Answer, Handler, Retention},
    tick::TickQueue,
};
use switchboard_metrics::{api::Connect, poll::Poller};
use switchboard_runtime::{
    aws,
    lambda::{self, Refusal},
    settings::Settings,
    telemetry,
};

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

    let sdk = aws::config().await;
    let connect = Connect::new(&aws_sdk_connect::Config::new(&sdk), config.instance, config.request_rate);
    let store = config.tables.open(&aws_sdk_rdsdata::Client::new(&sdk)).await?;
    let queue = TickQueue::new(aws_sdk_sqs::Client::new(&sdk), config.tick_queue_url);
    let poller = Poller::new(connect, store.in_time_zone(config.time_zone), config.service_level);
    let retention = Retention { samples: config.retention, history: config.history_retention };
    let function = Handler::new(poller, queue, retention).with_logins(config.logins);
    let served = lambda::serve(async |event, deadline| {
        let handled = function.handle(event.get(), Timestamp::now(), deadline).await;
        let handled = handled.map_err(|_| Refusal::UnexpectedEvent { expected: EXPECTED })?;
        match handled.answer {
            Answer::Batch(response) => Ok((lambda::print(&response)?, handled.metrics)),
            Answer::Done(report) => Ok((lambda::print(&report)?, handled.metrics)),
            Answer::Again => Err(Refusal::NotStored(handled.metrics)),
        }
    });
    served.await.map_err(anyhow::Error::from_boxed)
}
