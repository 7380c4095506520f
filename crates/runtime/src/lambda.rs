//! A function behind Lambda's Runtime API: one event after the other, each with its deadline and its
//! metrics.

use std::time::Instant as Clock;

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use tokio::time::Instant;

use crate::{
    deadline,
    metrics::{Metric, Metrics},
};

/// What a function answers to an event, as JSON, and what it counted.
pub type Answer = (Box<RawValue>, Metrics);

/// An event as a whole that can't be answered. Its message never quotes the event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The event is something else than the function is for.
    #[error("the event is not {expected}")]
    UnexpectedEvent {
        /// What it should be.
        expected: &'static str,
    },
    /// The answer could not be printed as JSON.
    #[error("the answer can't be printed")]
    Unprintable,
    /// What the event asks for could not be done, for this reason. It never quotes an event.
    #[error("{0}")]
    NotDone(String),
    /// Not all of the event could be stored: it is to come again.
    #[error("not all of the event could be stored")]
    NotStored(Metrics),
}

impl From<Refusal> for Diagnostic {
    fn from(refusal: Refusal) -> Self {
        let error_type = match refusal {
            Refusal::UnexpectedEvent { .. } => "UnexpectedEvent",
            Refusal::Unprintable => "Unprintable",
            Refusal::NotDone(_) => "NotDone",
            Refusal::NotStored(_) => "NotStored",
        };
        Self { error_type: error_type.to_owned(), error_message: refusal.to_string() }
    }
}

/// Serves events until the process is told to stop. `work` gets each event and when to be done with it,
/// a margin before Lambda's own deadline; its metrics are written with the time it took, under the name that the
/// function was deployed by, so that deployments in one account count apart.
///
/// # Errors
/// When the Runtime API can't be reached.
pub async fn serve(
    work: impl AsyncFn(&RawValue, Instant) -> Result<Answer, Refusal>,
) -> Result<(), lambda_runtime::Error> {
    let work = &work;
    let answer = async move |event: LambdaEvent<Box<RawValue>>| {
        let started = Clock::now();
        let worked = work(&event.payload, deadline::with_margin(event.context.deadline)).await;
        let (answer, mut metrics) = match worked {
            Ok((answer, metrics)) => (Ok(answer), metrics),
            Err(Refusal::NotStored(metrics)) => (Err(Refusal::NotStored(metrics.clone())), metrics),
            Err(refusal) => return Err(refusal.into()),
        };
        metrics.add(Metric::HandlerMillis, u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX));
        if let Err(error) = metrics.emit(&event.context.env_config.function_name) {
            tracing::warn!(%error, "the metrics of this invocation are lost");
        }
        answer.map_err(Diagnostic::from)
    };
    lambda_runtime::run(service_fn(answer)).await
}

/// Reads an event as what the function is for; `expected` names that.
///
/// # Errors
/// When it is something else. The parser's own words are left out: they may quote the event.
pub fn read<'e, E: Deserialize<'e>>(event: &'e RawValue, expected: &'static str) -> Result<E, Refusal> {
    serde_json::from_str(event.get()).map_err(|_| Refusal::UnexpectedEvent { expected })
}

/// Prints an answer.
///
/// # Errors
/// When it can't be printed as JSON.
pub fn print(answer: &impl Serialize) -> Result<Box<RawValue>, Refusal> {
    to_raw_value(answer).map_err(|_| Refusal::Unprintable)
}
