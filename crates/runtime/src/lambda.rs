//! A function behind Lambda's Runtime API: from its settings to one event after the other, each with its deadline and
//! its metrics.

use std::{error::Error, fmt, process::ExitCode, time::Instant as Clock};

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde::{Deserialize, Serialize, Serializer, ser::SerializeStruct as _};
use serde_json::value::RawValue;
use tokio::time::Instant;

use crate::{
    deadline,
    handler::{Handled, Reply, UnsupportedEvent},
    metrics::{Metric, Metrics},
    settings::Settings,
    telemetry,
};

/// The response to an event, as JSON, and the counts of the invocation.
pub type InvocationOutput = (JsonText, Metrics);

/// A response that is JSON text already. The runtime copies it into its answer without reading it again.
pub struct JsonText(String);

impl JsonText {
    /// Text that was written as JSON. Whoever writes it answers for that: what is no JSON fails where it is read.
    pub fn written(text: String) -> Self {
        debug_assert!(serde_json::from_str::<&RawValue>(&text).is_ok(), "a response is JSON");
        Self(text)
    }
}

/// The name by which `serde_json` knows text that is to be written as it is. Its own [`RawValue`] has it, but is made of a
/// text only by reading all of it: a fifth of what an enriched batch costs. A test holds the name.
const AS_IT_IS: &str = "$serde_json::private::RawValue";

impl Serialize for JsonText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = serializer.serialize_struct(AS_IT_IS, 1)?;
        text.serialize_field(AS_IT_IS, &self.0)?;
        text.end()
    }
}

impl fmt::Debug for JsonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JsonText({} bytes)", self.0.len())
    }
}

/// The reason why an invocation fails. Its message never quotes the event.
///
/// The name of the variant is the `errorType` of the response.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HandlerError {
    /// The event is something else than the function is for.
    #[error(transparent)]
    UnexpectedEvent(#[from] UnsupportedEvent),
    /// The response can't be written as JSON.
    #[error("the response can't be written as JSON")]
    ResponseNotSerializable,
    /// The request of the event failed, for this reason. The reason never quotes an event.
    #[error("{0}")]
    Failed(String),
    /// Not all of the event was processed: it must be retried. The metrics are written all the same.
    #[error("not all of the event could be processed; it must be retried")]
    Retry(Metrics),
}

impl From<HandlerError> for Diagnostic {
    fn from(error: HandlerError) -> Self {
        let error_type = match error {
            HandlerError::UnexpectedEvent(_) => "UnexpectedEvent",
            HandlerError::ResponseNotSerializable => "ResponseNotSerializable",
            HandlerError::Failed(_) => "Failed",
            HandlerError::Retry(_) => "Retry",
        };
        Self { error_type: error_type.to_owned(), error_message: error.to_string() }
    }
}

/// The whole `main` of a function: reads its settings, starts logging, makes its handler, and serves events until Lambda
/// stops the process.
///
/// `handle` gets each event and the time by which it must be done, a margin before Lambda's own deadline. Metrics are
/// written with the time that the handler took, under the name that the function was deployed by, so that deployments in
/// one account count apart.
pub async fn run<C, H, E: Into<Box<dyn Error + Send + Sync>>>(
    read_config: impl FnOnce(&mut Settings) -> Option<C>,
    make_handler: impl AsyncFnOnce(C) -> Result<H, E>,
    handle: impl AsyncFn(&H, &RawValue, Instant) -> Result<InvocationOutput, HandlerError>,
) -> ExitCode {
    telemetry::exit_code(start(read_config, make_handler, handle).await)
}

async fn start<C, H, E: Into<Box<dyn Error + Send + Sync>>>(
    read_config: impl FnOnce(&mut Settings) -> Option<C>,
    make_handler: impl AsyncFnOnce(C) -> Result<H, E>,
    handle: impl AsyncFn(&H, &RawValue, Instant) -> Result<InvocationOutput, HandlerError>,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut settings = Settings::from_env();
    telemetry::init(&mut settings);
    let config = settings.complete(read_config)?;
    let handler = make_handler(config).await.map_err(Into::into)?;
    let (handler, handle) = (&handler, &handle);
    let invoke = async move |event: LambdaEvent<Box<RawValue>>| {
        let started = Clock::now();
        let outcome = handle(handler, &event.payload, deadline::with_margin(event.context.deadline)).await;
        let (response, mut metrics) = match outcome {
            Ok((response, metrics)) => (Ok(response), metrics),
            Err(HandlerError::Retry(metrics)) => (Err(HandlerError::Retry(metrics.clone())), metrics),
            Err(error) => return Err(error.into()),
        };
        metrics.add(Metric::HandlerMillis, u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX));
        if let Err(error) = metrics.emit(&event.context.env_config.function_name) {
            tracing::warn!(event = "metrics_lost", %error, "the metrics of this invocation are lost");
        }
        response.map_err(Diagnostic::from)
    };
    lambda_runtime::run(service_fn(invoke)).await
}

/// Parses an event as the type that the function is for; `expected` names that type.
///
/// # Errors
/// When it is something else. The parser's own words are left out: they may quote the event.
pub fn parse<'e, E: Deserialize<'e>>(
    event: &'e RawValue,
    expected: &'static str,
) -> Result<E, UnsupportedEvent> {
    serde_json::from_str(event.get()).map_err(|_| UnsupportedEvent { expected })
}

/// The response to an event that was handled.
///
/// # Errors
/// [`HandlerError::ResponseNotSerializable`].
pub fn respond(response: &impl Serialize, metrics: Metrics) -> Result<InvocationOutput, HandlerError> {
    let text = serde_json::to_string(response).map_err(|_| HandlerError::ResponseNotSerializable)?;
    Ok((JsonText(text), metrics))
}

impl<T: Serialize> Handled<T> {
    /// The response to the event.
    ///
    /// # Errors
    /// [`HandlerError::Retry`] where the event must be retried, and [`HandlerError::ResponseNotSerializable`].
    pub fn into_output(self) -> Result<InvocationOutput, HandlerError> {
        match self.reply {
            Reply::Batch(response) => respond(&response, self.metrics),
            Reply::Done(response) => respond(&response, self.metrics),
            Reply::Retry => Err(HandlerError::Retry(self.metrics)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_is_json_is_written_as_it_is() {
        for text in [r#"{"a":[1.50,"\u00e9\n"]}"#, "null", r#""é""#] {
            let written = serde_json::to_vec(&JsonText::written(text.to_owned())).unwrap();
            assert_eq!(String::from_utf8(written).unwrap(), text);
        }
    }
}
