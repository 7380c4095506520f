//! What the runtime alone costs: it reads the same events as `ctr-enrich` through the same runtime, and returns them.

use std::{convert::Infallible, process::ExitCode};

use switchboard_runtime::{lambda, lambda::JsonText, metrics::Metrics};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    lambda::run(
        |_| Some(()),
        async |()| Ok::<_, Infallible>(()),
        async |(), event, _| Ok((JsonText::written(event.get().to_owned()), Metrics::default())),
    )
    .await
}
