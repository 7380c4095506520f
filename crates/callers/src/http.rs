//! An HTTP service that knows callers by their number.

use std::{sync::Arc, time::Duration};

use backon::Retryable;
use futures_util::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{
    Client, Response,
    header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER},
};
use switchboard_core::phone::PhoneNumber;
use tokio::time::Instant;
use url::Url;

use crate::{
    api_key::{ApiKey, RenewableKey},
    breaker::Breaker,
    callers_url,
    error::OpenError,
    failure::{BackendResult, Failure, NumberResult},
    limits::{Limits, MAX_DELAY, back_off},
    response::{self, MAX_BODY_BYTES},
};

/// All but the unreserved characters of RFC 3986. A `+` in a path is read as a space by some servers.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The service, and one client for all requests to it.
pub(crate) struct Service {
    client: Client,
    base: Url,
    key: Option<RenewableKey>,
    breaker: Breaker,
    limits: Limits,
}

impl Service {
    /// Builds the client. No connection is made.
    pub(crate) fn new(url: Url, key: Option<RenewableKey>, limits: Limits) -> Result<Self, OpenError> {
        let base = callers_url::http_base(url)?;
        let client = switchboard_https::client(&base, HeaderMap::new())?;
        Ok(Self { client, base, key, breaker: Breaker::default(), limits })
    }

    /// Requests every number, several at a time, each result as it comes.
    pub(crate) fn look_up(&self, numbers: Vec<PhoneNumber>) -> BoxStream<'_, NumberResult> {
        stream::iter(numbers)
            .map(move |number| async move {
                let outcome = self.look_up_one(&number).await;
                (number, outcome)
            })
            .buffer_unordered(self.limits.concurrency.max(1))
            .boxed()
    }

    async fn look_up_one(&self, number: &PhoneNumber) -> BackendResult {
        let url = format!("{}{}", self.base, utf8_percent_encode(number.as_str(), ENCODED));
        let try_once = || self.try_once(&url);
        let is_transient =
            |failure: &Failure| failure.is_transient() && !self.breaker.is_open(Instant::now());
        let outcome = try_once.retry(back_off()).when(is_transient).adjust(respect_retry_after).await;
        // Its time-outs were counted one by one: they are what costs time.
        if let Err(failure) = &outcome
            && failure.is_of_directory()
            && *failure != Failure::Timeout
        {
            self.breaker.fail(Instant::now());
        }
        outcome
    }

    /// One try, unless the directory is not worth it just now.
    async fn try_once(&self, url: &str) -> BackendResult {
        if self.breaker.is_open(Instant::now()) {
            return Err(Failure::CircuitOpen);
        }
        let exchange = tokio::time::timeout(self.limits.request_timeout, self.exchange_by_key(url));
        let outcome = exchange.await.unwrap_or(Err(Failure::Timeout));
        let now = Instant::now();
        match &outcome {
            Err(Failure::Timeout) => self.breaker.fail(now),
            Err(Failure::Busy { retry_after, .. }) if *retry_after > MAX_DELAY => {
                self.breaker.pause(now, *retry_after);
            }
            Ok(_) | Err(Failure::NotUnderstood) => self.breaker.succeed(),
            Err(_) => {}
        }
        outcome
    }

    /// Sends the request with the current key, and if that is rejected with the renewed one.
    async fn exchange_by_key(&self, url: &str) -> BackendResult {
        let Some(key) = &self.key else {
            return self.exchange(url, None).await;
        };
        let current = key.current().await;
        let outcome = self.exchange(url, Some(&current)).await;
        if outcome.as_ref().is_err_and(Failure::may_be_for_key)
            && let Some(renewed) = key.renewed(&current).await
        {
            return self.exchange(url, Some(&renewed)).await;
        }
        outcome
    }

    async fn exchange(&self, url: &str, key: Option<&Arc<ApiKey>>) -> BackendResult {
        let mut request = self.client.get(url);
        if let Some(key) = key {
            // A key that makes no header was refused when it was read.
            let (name, value) = key.header().map_err(|_| Failure::CircuitOpen)?;
            request = request.header(name, value);
        }
        let response = request.send().await.map_err(|_| Failure::Connection)?;
        let status = response.status().as_u16();
        let retry_after = retry_after(response.headers());
        let content_type = response.headers().get(CONTENT_TYPE).cloned();
        // Also of a response whose status says it all: only a connection that was read empty is used again.
        let body = body(response).await?;
        let content_type = content_type.as_ref().and_then(|value| value.to_str().ok()).unwrap_or_default();
        match (response::read(status, content_type, &body), retry_after) {
            (Err(Failure::Status(status @ (429 | 503))), Some(retry_after)) => {
                Err(Failure::Busy { status, retry_after })
            }
            (outcome, _) => outcome,
        }
    }
}

/// The value of `Retry-After`, in seconds. The other form, a date, is of no use with a clock that differs.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// The wait before the next try: as long as `Retry-After` demands, if that is longer.
fn respect_retry_after(failure: &Failure, wait: Option<Duration>) -> Option<Duration> {
    match failure {
        Failure::Busy { retry_after, .. } => wait.map(|wait| wait.max(*retry_after)),
        _ => wait,
    }
}

/// The body, or as much of it as shows that it is too long.
async fn body(mut response: Response) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    while body.len() <= MAX_BODY_BYTES
        && let Some(chunk) = response.chunk().await.map_err(|_| Failure::Connection)?
    {
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
