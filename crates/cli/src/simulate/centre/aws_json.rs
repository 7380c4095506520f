//! Calls of AWS services of the JSON protocol whose few operations need no SDK of their own.

use std::time::Duration;

use anyhow::{Context, ensure};
use aws_config::SdkConfig;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use reqwest::{Client, Method, header::HeaderMap};
use serde_json::Value;
use switchboard_https::sigv4::{self, Unsigned};
use switchboard_runtime::settings::Settings;
use tokio::time::timeout;
use url::Url;

/// The timeout of one call.
const TIMEOUT: Duration = Duration::from_secs(10);
const CONTENT_TYPE: &str = "application/x-amz-json-1.1";

/// A service.
#[derive(Debug, Clone, Copy)]
pub(super) struct Service {
    /// As it is in the host's name and in signatures.
    pub(super) name: &'static str,
    /// What operations begin with in `X-Amz-Target`.
    pub(super) target: &'static str,
    /// The variable that names another endpoint.
    pub(super) endpoint: &'static str,
}

/// A service of a region, and who calls it.
#[derive(Debug)]
pub(super) struct AwsJson {
    service: Service,
    url: Url,
    client: Client,
    region: String,
    credentials: SharedCredentialsProvider,
}

impl AwsJson {
    /// A client with the SDK's configuration. Connects when first used.
    ///
    /// # Errors
    /// When the endpoint is none that data may go to, or there are no credentials.
    pub(super) fn new(config: &SdkConfig, service: Service) -> anyhow::Result<Self> {
        let region = config.region().context("no AWS region is set")?.to_string();
        let suffix = if region.starts_with("cn-") { ".cn" } else { "" };
        let mut settings = Settings::from_env();
        let own: Option<Url> = settings.optional(service.endpoint);
        settings.check()?;
        let general = || config.endpoint_url().map(str::to_owned);
        let usual = || format!("https://{}.{region}.amazonaws.com{suffix}/", service.name);
        let url = match own {
            Some(url) => url,
            None => general()
                .unwrap_or_else(usual)
                .parse()
                .with_context(|| format!("the endpoint of {} is no URL", service.name))?,
        };
        ensure!(
            switchboard_https::is_confidential_transport(&url),
            "the endpoint of {} is not HTTPS",
            service.name
        );
        let client = switchboard_https::client(&url, HeaderMap::new())?;
        let credentials = config.credentials_provider().context("there are no AWS credentials")?;
        Ok(Self { service, url, client, region, credentials })
    }

    /// Calls an operation once.
    ///
    /// # Errors
    /// When it is not answered in time, or refused: the reason, with no part of the request.
    pub(super) async fn call(&self, operation: &str, request: &Value) -> Result<Value, String> {
        let called = timeout(TIMEOUT, self.call_untimed(operation, request.to_string())).await;
        called.unwrap_or_else(|_| Err("not answered in time".to_owned()))
    }

    async fn call_untimed(&self, operation: &str, body: String) -> Result<Value, String> {
        let target = format!("{}.{operation}", self.service.target);
        let headers = [("content-type", CONTENT_TYPE), ("x-amz-target", &*target)];
        let signature = self.signature(headers, &body).await.ok_or("the request can't be signed")?;
        let mut request = self.client.post(self.url.clone()).body(body);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        for (name, value) in signature {
            request = request.header(name, value);
        }
        let response = request.send().await.map_err(|_| "no connection")?;
        let status = response.status();
        let answer = response.bytes().await.map_err(|_| "no connection")?;
        let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
        if status.is_success() {
            return Ok(answer);
        }
        let code = answer.get("__type").and_then(Value::as_str).unwrap_or_default();
        Err(format!("{} {}", status.as_u16(), code.rsplit('#').next().unwrap_or_default()))
    }

    /// The headers that sign the request.
    async fn signature(&self, headers: [(&str, &str); 2], body: &str) -> Option<Vec<(String, String)>> {
        let credentials = self.credentials.provide_credentials().await.ok()?;
        let request = Unsigned { method: &Method::POST, url: &self.url, headers: &headers, body };
        sigv4::signed_headers(request, credentials, &self.region, self.service.name)
    }
}
