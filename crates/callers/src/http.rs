//! An HTTP service that knows callers by their number.

use backon::Retryable;
use futures_util::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{
    Client, Response,
    header::{CONTENT_TYPE, HeaderMap},
};
use switchboard_core::phone::PhoneNumber;
use url::Url;

use crate::{
    answer::{self, MAX_BODY_BYTES},
    api_key::ApiKey,
    directory::OpenError,
    failure::{Failure, Found, Outcome},
    limits::{Limits, back_off},
    selector,
};

/// All but the unreserved characters of RFC 3986. A `+` in a path is read as a space by some servers.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The service, and one client for all requests to it.
pub(crate) struct Service {
    client: Client,
    base: Url,
    limits: Limits,
}

impl Service {
    /// Builds the client. No connection is made.
    pub(crate) fn new(url: Url, key: Option<&ApiKey>, limits: Limits) -> Result<Self, OpenError> {
        let base = selector::http_base(url)?;
        let headers: HeaderMap = key.map(ApiKey::header).transpose()?.into_iter().collect();
        Ok(Self { client: switchboard_https::client(&base, headers)?, base, limits })
    }

    /// Asks for every number, several at a time, each answer as it comes.
    pub(crate) fn ask(&self, numbers: Vec<PhoneNumber>) -> BoxStream<'_, Found> {
        stream::iter(numbers)
            .map(move |number| async move {
                let outcome = self.ask_for(&number).await;
                (number, outcome)
            })
            .buffer_unordered(self.limits.concurrency.max(1))
            .boxed()
    }

    async fn ask_for(&self, number: &PhoneNumber) -> Outcome {
        let url = format!("{}{}", self.base, utf8_percent_encode(number.as_str(), ENCODED));
        let ask_once = || async {
            let exchange = tokio::time::timeout(self.limits.request_timeout, self.exchange(&url));
            exchange.await.unwrap_or(Err(Failure::Timeout))
        };
        ask_once.retry(back_off()).when(Failure::may_pass).await
    }

    async fn exchange(&self, url: &str) -> Outcome {
        let response = self.client.get(url).send().await.map_err(|_| Failure::Connection)?;
        let status = response.status().as_u16();
        let content_type = response.headers().get(CONTENT_TYPE).cloned();
        // Also of an answer whose status says it all: only a connection that was read empty is used again.
        let body = body(response).await?;
        let content_type = content_type.as_ref().and_then(|value| value.to_str().ok()).unwrap_or_default();
        answer::read(status, content_type, &body)
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
