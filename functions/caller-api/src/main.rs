//! The Lambda `caller-api`: see the library beside it, and docs/functions.md for its settings.

use std::process::ExitCode;

use anyhow::bail;
use caller_api::handler::Handler;
use switchboard_callers::{CallersUrl, Directory, Limits};
use switchboard_runtime::{aws, http_api, lambda, metrics::Metrics};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    lambda::run(
        |settings| settings.required("CALLERS"),
        open,
        async |handler, event, deadline| {
            let request = lambda::parse(event, http_api::EXPECTED)?;
            lambda::respond(&handler.handle(&request, deadline).await, Metrics::default())
        },
    )
    .await
}

async fn open(callers: CallersUrl) -> anyhow::Result<Handler> {
    Ok(Handler::new(match callers {
        CallersUrl::File(path) => Directory::file(&path, Limits::default())?,
        CallersUrl::DynamoDb { table } => {
            let client = aws_sdk_dynamodb::Client::new(&aws::config().await);
            Directory::dynamodb(client, table, Limits::default())
        }
        CallersUrl::Http(_) => bail!(
            "CALLERS: expected dynamodb://TABLE or file:///PATH; an HTTP directory needs no second one before it"
        ),
    }))
}
