//! The Lambda `rta-feed`: see the library beside it, also for its settings.

use std::process::ExitCode;

use anyhow::Context;
use jiff::Timestamp;
use rta_feed::{
    config::{Format, Rta},
    event::EXPECTED,
    handler::{Answer, Handler},
};
use switchboard_runtime::{
    aws,
    lambda::{self, Refusal},
    settings::Settings,
    telemetry,
};
use switchboard_store::selector::Selector;
use switchboard_wfm::{
    agent_state::StateMode,
    agents::Store,
    feed::{CallContext, Feed},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    telemetry::exit_code(run().await)
}

async fn run() -> anyhow::Result<()> {
    let mut settings = Settings::from_env();
    telemetry::init(&mut settings);
    let agents: Option<Selector> = settings.required("AGENTS");
    let rta: Option<Rta> = settings.required("RTA");
    let format: Format = settings.or("RTA_FORMAT", Format::default());
    let states: StateMode = settings.or("RTA_STATES", StateMode::default());
    settings.check()?;

    let account = rta.context("the settings are incomplete")?.open(format).await?;
    let store = match agents.context("the settings are incomplete")? {
        Selector::Sqlite(path) => Store::sqlite(&path).await?,
        Selector::DynamoDb { table } => {
            Store::dynamodb(&aws_sdk_dynamodb::Client::new(&aws::config().await), table)
        }
    };
    let handler = Handler::new(Feed::new(store, account.current().await, states), account);
    let served = lambda::serve(async |event, deadline| {
        let handled = handler.handle(event.get(), CallContext::new(Timestamp::now(), deadline)).await;
        let handled = handled.map_err(|_| Refusal::UnexpectedEvent { expected: EXPECTED })?;
        match handled.answer {
            Answer::Batch(response) => Ok((lambda::print(&response)?, handled.metrics)),
            Answer::Done => Ok((lambda::print(&())?, handled.metrics)),
            Answer::Again => Err(Refusal::NotStored(handled.metrics)),
        }
    });
    served.await.map_err(anyhow::Error::from_boxed)
}
