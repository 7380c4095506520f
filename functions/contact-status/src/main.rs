//! The Lambda `contact-status`: see the library beside it, also for its settings.

use std::{num::NonZeroU32, process::ExitCode};

use aws_sdk_dynamodb::Client;
use contact_status::handler::Handler;
use jiff::Timestamp;
use switchboard_contacts::{expiry::RETENTION_DEFAULT_MINUTES, store::Store};
use switchboard_core::served_instances::ServedInstances;
use switchboard_objects::store::Store as ObjectStore;
use switchboard_runtime::{aws, lambda, settings::Settings};
use switchboard_store::{call::CallContext, store_url::StoreUrl};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    lambda::run(config, open, async |handler, event, deadline| {
        let call = CallContext::new(Timestamp::now(), deadline);
        handler.handle(event.get(), call).await?.into_output()
    })
    .await
}

/// The store of contacts, how many minutes a contact is retained, and whose contacts are followed.
fn config(settings: &mut Settings) -> Option<(StoreUrl, u32, ServedInstances)> {
    let contacts = settings.required("CONTACTS");
    let retention: Option<NonZeroU32> = settings.optional("CONTACT_RETENTION_MINUTES");
    let instances = settings.optional_or("CONNECT_INSTANCES", ServedInstances::default());
    Some((contacts?, retention.map_or(RETENTION_DEFAULT_MINUTES, NonZeroU32::get), instances))
}

async fn open(
    (contacts, retention_minutes, instances): (StoreUrl, u32, ServedInstances),
) -> anyhow::Result<Handler> {
    let config = aws::config().await;
    let client = async || Client::new(&config);
    let handler = Handler::new(Store::open(&contacts, retention_minutes, client).await?);
    Ok(handler.serving(instances).reading(ObjectStore::s3(aws_sdk_s3::Client::new(&config))))
}
