//! Calls, their answers and their failures.

use std::{fmt, io::Write as _, time::Duration};

use backon::{ExponentialBuilder, Retryable as _};
use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use tokio::time::{Instant, timeout, timeout_at};
use url::Url;

use super::{
    account::{AccountError, JsonAccount, SoapAccount},
    error::{Accepted, Failure},
    json, soap,
};
use crate::agent_state::StateChange;

/// The most states of one call: Teleopti's service rejects larger batches.
pub const STATES_PER_CALL: usize = 50;

/// How long one try may take, from connecting to the last byte.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);
/// How often a call is sent, the first time included.
const MAX_ATTEMPTS: usize = 3;
/// The wait before the second try; jitter at most doubles it.
const FIRST_DELAY: Duration = Duration::from_millis(100);
/// More of an answer than this is not read.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// A service, and one client for all calls to it.
pub struct Client {
    service: Service,
}

enum Service {
    Soap { http: reqwest::Client, account: SoapAccount },
    Json { http: reqwest::Client, url: Url },
    Stdout,
}

impl Client {
    /// Teleopti's service. No connection is made.
    ///
    /// # Errors
    /// If no client can be built.
    pub fn soap(account: SoapAccount) -> Result<Self, AccountError> {
        let http = http(&account.url, HeaderMap::new())?;
        Ok(Self { service: Service::Soap { http, account } })
    }

    /// A service that takes JSON. No connection is made.
    ///
    /// # Errors
    /// If no client can be built.
    pub fn json(account: JsonAccount) -> Result<Self, AccountError> {
        let http = http(&account.url, account.headers)?;
        Ok(Self { service: Service::Json { http, url: account.url } })
    }

    /// Standard output: a line of JSON for each call.
    pub fn stdout() -> Self {
        Self { service: Service::Stdout }
    }

    /// Sends states, at most [`STATES_PER_CALL`], as a batch or as a part of a snapshot of this id.
    ///
    /// # Errors
    /// If no try was acknowledged before the deadline.
    pub async fn send(
        &self,
        batch_id: Timestamp,
        is_snapshot: bool,
        states: &[StateChange],
        deadline: Instant,
    ) -> Result<Accepted, Failure> {
        match &self.service {
            Service::Soap { http, account } => {
                let body = soap::batch(account, batch_id, is_snapshot, states);
                self.call(http, &account.url, soap::BATCH_ACTION, body, deadline).await
            }
            Service::Json { http, url } => {
                let body = json::body(batch_id, is_snapshot, false, states);
                self.call(http, url, "", body, deadline).await
            }
            Service::Stdout => print(json::body(batch_id, is_snapshot, false, states)),
        }
    }

    /// Closes the snapshot of this id: the service logs off whoever was not in it.
    ///
    /// # Errors
    /// If no try was acknowledged before the deadline.
    pub async fn close_snapshot(&self, batch_id: Timestamp, deadline: Instant) -> Result<Accepted, Failure> {
        match &self.service {
            Service::Soap { http, account } => {
                let body = soap::close(account, batch_id);
                self.call(http, &account.url, soap::SINGLE_ACTION, body, deadline).await
            }
            Service::Json { http, url } => {
                let body = json::body(batch_id, true, true, &[]);
                self.call(http, url, "", body, deadline).await
            }
            Service::Stdout => print(json::body(batch_id, true, true, &[])),
        }
    }

    async fn call(
        &self,
        http: &reqwest::Client,
        url: &Url,
        soap_action: &'static str,
        body: Vec<u8>,
        deadline: Instant,
    ) -> Result<Accepted, Failure> {
        let is_soap = matches!(self.service, Service::Soap { .. });
        let once = || async {
            let mut request = http.post(url.clone()).body(body.clone());
            request = if is_soap {
                request.header(CONTENT_TYPE, soap::CONTENT_TYPE).header("SOAPAction", soap_action)
            } else {
                request.header(CONTENT_TYPE, "application/json")
            };
            timeout(ATTEMPT_TIMEOUT, exchange(request, is_soap)).await.unwrap_or(Err(Failure::Timeout))
        };
        if deadline <= Instant::now() {
            return Err(Failure::PastDeadline);
        }
        let tries = once.retry(back_off()).when(Failure::is_transient);
        timeout_at(deadline, tries).await.unwrap_or(Err(Failure::PastDeadline))
    }
}

async fn exchange(request: reqwest::RequestBuilder, is_soap: bool) -> Result<Accepted, Failure> {
    let mut response = request.send().await.map_err(|_| Failure::Connection)?;
    let status = response.status().as_u16();
    let mut body = Vec::new();
    while body.len() <= MAX_BODY_BYTES
        && let Some(chunk) = response.chunk().await.map_err(|_| Failure::Connection)?
    {
        body.extend_from_slice(&chunk);
    }
    if is_soap {
        soap::answer(status, &body)
    } else if (200..300).contains(&status) {
        Ok(Accepted::default())
    } else {
        Err(Failure::Status(status))
    }
}

fn print(mut line: Vec<u8>) -> Result<Accepted, Failure> {
    line.push(b'\n');
    std::io::stdout().lock().write_all(&line).map_err(|_| Failure::Stdout)?;
    Ok(Accepted::default())
}

fn http(url: &Url, headers: HeaderMap) -> Result<reqwest::Client, AccountError> {
    switchboard_https::client(url, headers).map_err(|_| AccountError::client())
}

/// The waits between tries, growing, with jitter.
fn back_off() -> ExponentialBuilder {
    ExponentialBuilder::new().with_min_delay(FIRST_DELAY).with_max_times(MAX_ATTEMPTS - 1).with_jitter()
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.service {
            Service::Soap { .. } => "Client(SOAP)",
            Service::Json { .. } => "Client(JSON)",
            Service::Stdout => "Client(standard output)",
        })
    }
}
