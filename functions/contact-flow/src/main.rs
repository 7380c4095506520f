//! The Lambda `contact-flow`: see the library beside it, also for its settings.

use std::{num::NonZeroU32, process::ExitCode};

use anyhow::Context;
use aws_sdk_dynamodb::Client;
use contact_flow::handler::Flows;
use jiff::Timestamp;
use switchboard_contacts::{expiry::RETENTION_DEFAULT_MINUTES, store::Store};
use switchboard_runtime::{aws, lambda, settings::Settings, telemetry};
use switchboard_store::{call::CallContext, selector::Selector};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    telemetry::exit_code(run().await)
}

async fn run() -> anyhow::Result<()> {
    let mut settings = Settings::from_env();
    telemetry::init(&mut settings);
    let contacts: Option<Selector> = settings.required("CONTACTS");
    let retention: Option<NonZeroU32> = settings.optional("CONTACT_RETENTION_MINUTES");
    settings.check()?;
    let retention_minutes = retention.map_or(RETENTION_DEFAULT_MINUTES, NonZeroU32::get);

    let contacts = contacts.context("the settings are incomplete")?;
    let store = Store::open(&contacts, retention_minutes, async || Client::new(&aws::config().await)).await?;
    let flows = Flows::new(store);
    let served = lambda::serve(async |event, deadline| {
        let answered = flows.answer(event.get(), CallContext { now: Timestamp::now(), deadline }).await;
        Ok((lambda::print(&answered.answer)?, answered.metrics))
    });
    served.await.map_err(anyhow::Error::from_boxed)
}
