//! The Lambda `caller-api`: see the library beside it, and docs/functions.md for its settings.

use std::process::ExitCode;

use anyhow::bail;
use caller_api::handler::{HttpRequest, handle};
use switchboard_callers::{Directory, Limits, Selector};
use switchboard_runtime::{aws, lambda, metrics::Metrics, settings::Settings, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    telemetry::exit_code(run().await)
}

async fn run() -> anyhow::Result<()> {
    let mut settings = Settings::from_env();
    telemetry::init(&mut settings);
    let callers: Option<Selector> = settings.required("CALLERS");
    settings.check()?;

    let directory = match callers {
        Some(Selector::File(path)) => Directory::file(&path, Limits::default())?,
        Some(Selector::DynamoDb { table }) => {
            let client = aws_sdk_dynamodb::Client::new(&aws::config().await);
            Directory::dynamodb(client, table, Limits::default())
        }
        _ => bail!(
            "CALLERS: expected dynamodb://TABLE or file:///PATH; an HTTP directory needs no second one before it"
        ),
    };
    let served = lambda::serve(async |event, deadline| {
        let request: HttpRequest = lambda::read(event, "a request of an HTTP API")?;
        let answer = handle(&directory, &request, deadline).await;
        Ok((lambda::print(&answer)?, Metrics::default()))
    });
    served.await.map_err(anyhow::Error::from_boxed)
}
