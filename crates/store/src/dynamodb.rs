//! A DynamoDB table: the client it is used with, the retry policy, and what its failures mean.
//!
//! # The retry policy
//!
//! A transient failure is tried again, with growing waits and jitter, for as long as the caller waits: callers have a
//! deadline, which is the invocation's end less its margin ([`with_deadline`](crate::deadline::with_deadline)). No count ends it
//! earlier. A store that is throttled for a second then costs its batch a second. With a count, the batch would fail after
//! tenths of one and come again minutes later. What the service refuses for good is told at once.

use std::time::Duration;

use aws_sdk_dynamodb::{
    Client,
    config::{
        interceptors::InterceptorContext,
        retry::{ClassifyRetry, RetryAction, RetryConfig, RetryPartition, TokenBucket},
        timeout::TimeoutConfig,
    },
    error::{ProvideErrorMetadata, SdkError},
};
use backon::ExponentialBuilder;
use switchboard_aws::{Failure, transient_codes};

use crate::error::StoreError;

pub mod batch;

/// How long one request may take before it counts as failed and is repeated.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(1);
/// More than fit before any deadline. The SDK counts to it each time it looks for credentials, so it is no greater.
const MAX_TRIES: u32 = 1000;
const FIRST_DELAY: Duration = Duration::from_millis(10);
const MAX_DELAY: Duration = Duration::from_millis(500);

/// A client with this one's region and credentials, and our own retry policy and time-out.
pub fn client(client: &Client) -> Client {
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(REQUEST_TIMEOUT).build();
    let retries = RetryConfig::standard()
        .with_max_attempts(MAX_TRIES)
        .with_initial_backoff(FIRST_DELAY)
        .with_max_backoff(MAX_DELAY);
    // The SDK's own bucket gives up for all requests of a process after a hundred failures or so.
    let unlimited =
        RetryPartition::custom("until the deadline").token_bucket(TokenBucket::unlimited()).build();
    let config = client
        .config()
        .to_builder()
        .timeout_config(timeouts)
        .retry_config(retries)
        .retry_partition(unlimited)
        .retry_classifier(Transient);
    Client::from_conf(config.build())
}

/// Recognises the transient codes that the SDK takes for refusals, such as a conflict with somebody's transaction.
#[derive(Debug)]
struct Transient;

impl ClassifyRetry for Transient {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let body = context.response().and_then(|response| response.body().bytes());
        let body = String::from_utf8_lossy(body.unwrap_or_default());
        // `{"__type":"com.amazonaws.dynamodb.v20120810#TransactionConflictException", …}`
        let is_failed = context.output_or_error().is_some_and(|outcome| outcome.is_err());
        let is_transient = is_failed && transient_codes().any(|code| body.contains(&format!("#{code}\"")));
        if is_transient { RetryAction::transient_error() } else { RetryAction::NoActionIndicated }
    }

    fn name(&self) -> &'static str {
        "transient codes of DynamoDB"
    }
}

/// The waits before what was left out is sent again, growing, with jitter, and without end: a deadline is set elsewhere.
pub fn back_off() -> ExponentialBuilder {
    ExponentialBuilder::new()
        .with_min_delay(FIRST_DELAY)
        .with_max_delay(MAX_DELAY)
        .without_max_times()
        .with_jitter()
}

/// What a failed request means.
pub fn failure<E: ProvideErrorMetadata>(error: &SdkError<E>) -> StoreError {
    match Failure::from(error) {
        Failure::NotUnderstood => StoreError::NotUnderstood,
        failure if failure.is_transient() => StoreError::Unavailable(failure.to_string()),
        failure if is_of_the_item(error) => StoreError::ItemRejected(failure.to_string()),
        failure => StoreError::Rejected(failure.to_string()),
    }
}

/// Whether DynamoDB can never take the item, and takes others. It has one code, `ValidationException`, for this and for a table
/// with other keys than ours; only its sentence tells them apart. Sentences that are not known are of the table: what is
/// tried again is not lost.
fn is_of_the_item<E: ProvideErrorMetadata>(error: &SdkError<E>) -> bool {
    const OF_ITEMS: [&str; 5] = [
        "Item size",
        "has exceeded the",
        "Nesting Levels have exceeded",
        "empty string value",
        "significant digits",
    ];
    let SdkError::ServiceError(refusal) = error else { return false };
    let (code, message) = (refusal.err().code(), refusal.err().message().unwrap_or_default());
    match code {
        Some("ItemCollectionSizeLimitExceededException") => true,
        Some("ValidationException") => OF_ITEMS.iter().any(|part| message.contains(part)),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
