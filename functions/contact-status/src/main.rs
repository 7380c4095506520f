//! The Lambda `contact-status`: see the library beside it, also for its settings.

use std::process::ExitCode;

use aws_sdk_dynamodb::Client;
use contact_status::{bucket_check::BucketCheck, config::Config, handler::Handler};
use jiff::Timestamp;
use switchboard_contacts::store::Store;
use switchboard_objects::store::Store as ObjectStore;
use switchboard_runtime::{
    aws,
    lambda::{self, HandlerError},
    metrics::Metrics,
};
use switchboard_store::call::CallContext;

/// What the function does.
enum Function {
    Follow(Handler),
    Check(BucketCheck),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    lambda::run(Config::read, open, async |function, event, deadline| match function {
        Function::Follow(handler) => {
            let call = CallContext::new(Timestamp::now(), deadline);
            // Boxed, as what else is waited for here: layouts are deeper than the compiler follows otherwise.
            Box::pin(handler.handle(event.get(), call)).await?.into_output()
        }
        Function::Check(check) => {
            let checked = Box::pin(check.run(deadline)).await;
            checked.map_err(|error| HandlerError::Failed(error.to_string()))?;
            lambda::respond(&(), Metrics::default())
        }
    })
    .await
}

async fn open(config: Config) -> anyhow::Result<Function> {
    let sdk = aws::config().await;
    let objects = ObjectStore::s3(aws_sdk_s3::Client::new(&sdk));
    Ok(match config {
        Config::CheckBucket(bucket) => Function::Check(BucketCheck::new(objects, bucket)),
        Config::Follow(follow) => {
            let client = async || Client::new(&sdk);
            let store = Box::pin(Store::open(&follow.contacts, follow.retention_minutes, client)).await?;
            Function::Follow(Handler::new(store).serving(follow.instances).reading(objects))
        }
    })
}
