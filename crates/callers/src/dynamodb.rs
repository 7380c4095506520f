//! A DynamoDB table of callers: partition key `Phone`, attribute `Name`.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use aws_sdk_dynamodb::{
    Client,
    config::{Config, retry::RetryConfig, timeout::TimeoutConfig},
    error::SdkError,
    operation::batch_get_item::{BatchGetItemError, BatchGetItemOutput},
    types::{AttributeValue, KeysAndAttributes},
};
use backon::{BackoffBuilder as _, ExponentialBackoff};
use futures_util::{
    Stream, StreamExt as _,
    stream::{self, BoxStream},
};
use switchboard_core::phone::PhoneNumber;

use crate::{
    failure::{BackendResult, Failure, NumberResult},
    limits::{FIRST_DELAY, Limits, MAX_DELAY, MAX_TRIES, back_off},
    response,
};

/// Keys in one `BatchGetItem`: the service takes no more.
const MAX_KEYS: usize = 100;

/// The table, and the client to read it with.
pub(crate) struct Table {
    client: Client,
    name: String,
    limits: Limits,
}

/// What is left of one batch, and how long to wait before requesting it.
struct RemainingBatch {
    numbers: Vec<PhoneNumber>,
    wait: Duration,
    delays: ExponentialBackoff,
}

impl Table {
    /// A table that is read with this client's region and credentials, and our own retries and time-out.
    pub(crate) fn new(client: Client, name: String, limits: Limits) -> Self {
        Self { client, name, limits }
    }

    /// Reads every number, in batches side by side, each batch's results as they come.
    pub(crate) fn look_up<'a>(&'a self, numbers: &[PhoneNumber]) -> BoxStream<'a, NumberResult> {
        let batches: Vec<_> = numbers.chunks(MAX_KEYS).map(<[_]>::to_vec).collect();
        let look_up_batch = |batch| self.look_up_batch(batch).flat_map(stream::iter).boxed();
        stream::iter(batches).flat_map_unordered(self.limits.concurrency.max(1), look_up_batch).boxed()
    }

    /// Reads one batch, and again what DynamoDB left out of it, for as long as the stream is polled.
    fn look_up_batch(&self, numbers: Vec<PhoneNumber>) -> impl Stream<Item = Vec<NumberResult>> {
        let delays = back_off().without_max_times().build();
        let rest = RemainingBatch { numbers, wait: Duration::ZERO, delays };
        stream::unfold(rest, async move |rest| {
            if rest.numbers.is_empty() {
                return None;
            }
            tokio::time::sleep(rest.wait).await;
            Some(match self.batch_get(&rest.numbers).await {
                Ok(output) => rest.split(&output, &self.name),
                Err(error) => rest.fail(&failure(&error)),
            })
        })
    }

    async fn batch_get(
        &self,
        numbers: &[PhoneNumber],
    ) -> Result<BatchGetItemOutput, SdkError<BatchGetItemError>> {
        let keys = numbers.iter().map(|number| {
            HashMap::from([("Phone".to_owned(), AttributeValue::S(number.as_str().to_owned()))])
        });
        let request = KeysAndAttributes::builder()
            .set_keys(Some(keys.collect()))
            // `Name` is a reserved word.
            .projection_expression("Phone, #name")
            .expression_attribute_names("#name", "Name")
            .build()?;
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(self.limits.request_timeout);
        let tries = u32::try_from(MAX_TRIES).unwrap_or(u32::MAX);
        let retries = RetryConfig::standard()
            .with_max_attempts(tries)
            .with_initial_backoff(FIRST_DELAY)
            .with_max_backoff(MAX_DELAY);
        let bounds = Config::builder().timeout_config(timeouts.build()).retry_config(retries);
        self.client
            .batch_get_item()
            .request_items(&self.name, request)
            .customize()
            .config_override(bounds)
            .send()
            .await
    }
}

impl RemainingBatch {
    /// The numbers that DynamoDB dealt with, and the others for later.
    fn split(mut self, output: &BatchGetItemOutput, table: &str) -> (Vec<NumberResult>, Self) {
        let responses = output.responses().and_then(|tables| tables.get(table));
        let items = responses.into_iter().flatten();
        let names: HashMap<&str, BackendResult> =
            items.filter_map(|item| Some((text(item, "Phone")?, name(item)))).collect();
        let unprocessed = output.unprocessed_keys().and_then(|tables| tables.get(table));
        let keys = unprocessed.map(KeysAndAttributes::keys).unwrap_or_default();
        let later: HashSet<&str> = keys.iter().filter_map(|key| text(key, "Phone")).collect();

        let is_later = |number: &PhoneNumber| later.contains(number.as_str());
        let (rest, done): (Vec<_>, Vec<_>) = self.numbers.into_iter().partition(is_later);
        let found = done.into_iter().map(|number| {
            let outcome = names.get(number.as_str()).cloned().unwrap_or(Ok(None));
            (number, outcome)
        });
        self.wait = self.delays.next().unwrap_or(MAX_DELAY);
        (found.collect(), Self { numbers: rest, ..self })
    }

    /// The whole batch failed, and is not retried.
    fn fail(self, failure: &Failure) -> (Vec<NumberResult>, Self) {
        let found = self.numbers.into_iter().map(|number| (number, Err(failure.clone())));
        (found.collect(), Self { numbers: Vec::new(), ..self })
    }
}

fn text<'a>(item: &'a HashMap<String, AttributeValue>, attribute: &str) -> Option<&'a str> {
    item.get(attribute)?.as_s().ok().map(String::as_str)
}

fn name(item: &HashMap<String, AttributeValue>) -> BackendResult {
    Ok(text(item, "Name").map(response::name).transpose()?.flatten())
}

fn failure(error: &SdkError<BatchGetItemError>) -> Failure {
    match switchboard_aws::Failure::from(error) {
        switchboard_aws::Failure::Timeout => Failure::Timeout,
        switchboard_aws::Failure::Connection | switchboard_aws::Failure::NotSent(_) => Failure::Connection,
        switchboard_aws::Failure::Rejected { code: Some(code), .. } => Failure::Code(code),
        switchboard_aws::Failure::Rejected { status, code: None } => Failure::Status(status),
        switchboard_aws::Failure::NotUnderstood => Failure::NotUnderstood,
    }
}
