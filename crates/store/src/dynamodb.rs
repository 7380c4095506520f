//! A DynamoDB table: the client it is used with, the waits between tries, and what its failures mean.

use std::time::Duration;

use aws_sdk_dynamodb::{
    Client,
    config::{retry::RetryConfig, timeout::TimeoutConfig},
    error::{ProvideErrorMetadata, SdkError},
};
use backon::ExponentialBuilder;
use switchboard_aws::Failure;

use crate::error::StoreError;

/// How long one request may take before it counts as failed and is repeated.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(3);
/// How often one request is sent, the first time included.
const MAX_TRIES: u32 = 5;
const FIRST_DELAY: Duration = Duration::from_millis(10);
const MAX_DELAY: Duration = Duration::from_millis(500);

/// What DynamoDB says of itself and not of the request.
const TRANSIENT: [&str; 7] = [
    "InternalServerError",
    "ProvisionedThroughputExceededException",
    "ReplicatedWriteConflictException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ThrottlingException",
    "TransactionConflictException",
];

/// A client with this one's region and credentials, and our own retries and time-out.
pub fn client(client: &Client) -> Client {
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(REQUEST_TIMEOUT).build();
    let retries = RetryConfig::standard()
        .with_max_attempts(MAX_TRIES)
        .with_initial_backoff(FIRST_DELAY)
        .with_max_backoff(MAX_DELAY);
    let config = client.config().to_builder().timeout_config(timeouts).retry_config(retries).build();
    Client::from_conf(config)
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
        failure if failure.is_transient(&TRANSIENT) => StoreError::Unavailable(failure.to_string()),
        failure => StoreError::Refused(failure.to_string()),
    }
}
