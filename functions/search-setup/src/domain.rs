//! Requests to an OpenSearch domain, with requests signed as AWS wants them.

use std::time::Duration;

use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, SharedCredentialsProvider},
};
use backon::{ExponentialBuilder, Retryable as _};
use reqwest::{Client, Method, header::HeaderMap};
use serde_json::Value;
use switchboard_https::{
    ClientError,
    sigv4::{self, Unsigned},
};
use tokio::time::{Instant, timeout, timeout_at};
use url::Url;

/// The timeout of one attempt.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);

/// Why a document is not in the domain. No part of it is anybody's data: the documents are our own.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// No answer within the time of a try, or of all.
    #[error("{path}: not answered in time")]
    Deadline {
        /// The document's path.
        path: String,
    },
    /// No connection, or one that broke.
    #[error("{path}: no connection to the domain")]
    Connection {
        /// The document's path.
        path: String,
    },
    /// The domain answered that it did not take it.
    #[error("{path}: the domain answered {status} {reason}")]
    Rejected {
        /// The document's path.
        path: String,
        /// The HTTP status.
        status: u16,
        /// The domain's reason, if it gave one.
        reason: String,
    },
    /// There are no credentials, or none to sign with.
    #[error("the request can't be signed")]
    Unsigned,
}

impl Failure {
    /// True if the same request may be taken later. A new domain, or a role that is seconds old, is not known everywhere
    /// at once, so 403 is one of these.
    fn is_transient(&self) -> bool {
        match self {
            Self::Rejected { status, .. } => matches!(status, 403 | 408 | 429 | 500..),
            Self::Connection { .. } | Self::Deadline { .. } => true,
            Self::Unsigned => false,
        }
    }
}

/// A domain, and who calls it.
#[derive(Debug)]
pub struct Domain {
    url: Url,
    client: Client,
    region: String,
    credentials: SharedCredentialsProvider,
}

impl Domain {
    /// Builds the client of the domain at `url`, in this region. No connection is made.
    ///
    /// # Errors
    /// When no client can be built.
    pub fn new(
        url: Url,
        region: String,
        credentials: SharedCredentialsProvider,
    ) -> Result<Self, ClientError> {
        Ok(Self { client: switchboard_https::client(&url, HeaderMap::new())?, url, region, credentials })
    }

    /// Puts a JSON document at a path, over the one that is there, and tries again for as long as there is time.
    ///
    /// # Errors
    /// That of the last try.
    pub async fn put(&self, path: &str, document: &str, deadline: Instant) -> Result<(), Failure> {
        self.ask(Method::PUT, path, document, deadline).await
    }

    /// Posts a JSON document to a path, and tries again for as long as there is time.
    ///
    /// # Errors
    /// That of the last try.
    pub async fn post(&self, path: &str, document: &str, deadline: Instant) -> Result<(), Failure> {
        self.ask(Method::POST, path, document, deadline).await
    }

    /// Whether there is something at a path.
    ///
    /// # Errors
    /// That of the last try.
    pub async fn has(&self, path: &str, deadline: Instant) -> Result<bool, Failure> {
        match self.ask(Method::GET, path, "", deadline).await {
            Ok(()) => Ok(true),
            Err(Failure::Rejected { status: 404, .. }) => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    async fn ask(&self, method: Method, path: &str, body: &str, deadline: Instant) -> Result<(), Failure> {
        let again = ExponentialBuilder::new().with_min_delay(Duration::from_millis(500)).without_max_times();
        let again = again.with_max_delay(Duration::from_secs(5)).with_jitter();
        let mut last = None;
        let ask = || async {
            let tried = timeout(ATTEMPT_TIMEOUT, self.try_once(&method, path, body)).await;
            tried.unwrap_or_else(|_| Err(Failure::Deadline { path: path.to_owned() }))
        };
        let noted =
            ask.retry(again).when(Failure::is_transient).notify(|failure, _| last = Some(failure.clone()));
        match timeout_at(deadline, noted).await {
            Ok(outcome) => outcome,
            // The reason of the last try tells more than that the time is over.
            Err(_) => Err(last.unwrap_or_else(|| Failure::Deadline { path: path.to_owned() })),
        }
    }

    async fn try_once(&self, method: &Method, path: &str, body: &str) -> Result<(), Failure> {
        let url = self.url.join(path).map_err(|_| Failure::Unsigned)?;
        let credentials = self.credentials.provide_credentials().await.map_err(|_| Failure::Unsigned)?;
        let signed =
            signed_headers(method, &url, body, credentials, &self.region).ok_or(Failure::Unsigned)?;
        let request = self.client.request(method.clone(), url).header("content-type", "application/json");
        let mut request = request.body(body.to_owned());
        for (name, value) in &signed {
            request = request.header(name, value);
        }
        let unconnected = |_| Failure::Connection { path: path.to_owned() };
        let response = request.send().await.map_err(unconnected)?;
        let status = response.status();
        let body = response.bytes().await.map_err(unconnected)?;
        if status.is_success() {
            return Ok(());
        }
        Err(Failure::Rejected { path: path.to_owned(), status: status.as_u16(), reason: reason(&body) })
    }
}

/// The headers that sign a request with this body by signature version 4, for the service `es`; [`None`] where it can't be
/// signed.
fn signed_headers(
    method: &Method,
    url: &Url,
    body: &str,
    credentials: Credentials,
    region: &str,
) -> Option<Vec<(String, String)>> {
    let request = Unsigned { method, url, headers: &[], body };
    sigv4::signed_headers(request, credentials, region, "es")
}

/// What an answer of OpenSearch (`{"error": {"type": …, "reason": …}}`) or of the service before it (`{"Message": …}`)
/// gives as reason; empty where it gives none.
fn reason(body: &[u8]) -> String {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let at = |pointer| answer.pointer(pointer).and_then(Value::as_str);
    let reason =
        at("/error/reason").or_else(|| at("/error")).or_else(|| at("/Message")).or_else(|| at("/message"));
    reason.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_of_the_engine_and_of_the_service_are_told() {
        assert_eq!(
            reason(br#"{"error":{"type":"parse_exception","reason":"no processor"},"status":400}"#),
            "no processor"
        );
        assert_eq!(reason(br#"{"error":"Incorrect HTTP method","status":405}"#), "Incorrect HTTP method");
        assert_eq!(reason(br#"{"Message":"User is not authorized"}"#), "User is not authorized");
        assert_eq!(reason(b"<html>"), "");
    }

    #[test]
    fn a_request_is_signed_for_the_service_of_domains() {
        let url =
            "https://search-x.us-east-1.es.amazonaws.com/_index_template/contact-records".parse().unwrap();
        let credentials = Credentials::new("AKID", "secret", Some("token".to_owned()), None, "test");
        let headers = signed_headers(&Method::PUT, &url, "{}", credentials, "us-east-1").unwrap();
        let header =
            |name: &str| headers.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str());
        let authorization = header("authorization").unwrap();
        assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKID/"), "{authorization}");
        assert!(authorization.contains("/us-east-1/es/aws4_request"), "{authorization}");
        assert!(authorization.contains("SignedHeaders=host;"), "{authorization}");
        assert_eq!(header("x-amz-security-token"), Some("token"));
        // Of `{}`.
        let hash = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
        assert_eq!(header("x-amz-content-sha256"), Some(hash));
    }
}
