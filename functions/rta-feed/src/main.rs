//! The Lambda `rta-feed`: see the library beside it, also for its settings.

use std::process::ExitCode;

use jiff::Timestamp;
use rta_feed::{config::Config, handler::Handler};
use switchboard_runtime::{aws, lambda};
use switchboard_store::call::CallContext;
use switchboard_wfm::feed::{Feed, Store};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    lambda::run(Config::read, open, async |handler, event, deadline| {
        handler.handle(event.get(), CallContext::new(Timestamp::now(), deadline)).await?.into_output()
    })
    .await
}

async fn open(config: Config) -> anyhow::Result<Handler> {
    let account = config.rta.open(config.format).await?;
    let client = async || aws_sdk_dynamodb::Client::new(&aws::config().await);
    let store = Store::open(&config.agents, client).await?;
    let feed = Feed::new(store, account.current().await, config.states).joining(config.joined);
    Ok(Handler::new(feed, account).serving(config.instances))
}
