//! Calls of AWS services whose few operations need no SDK of their own, by the JSON protocol or by paths.

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
pub(crate) struct Service {
    /// As it is in the host's name and in signatures.
    pub(crate) name: &'static str,
    /// What operations begin with in `X-Amz-Target`; empty for a service whose operations are paths.
    pub(crate) target: &'static str,
    /// The variable that names another endpoint.
    pub(crate) endpoint: &'static str,
}

/// A service of a region, and who calls it.
#[derive(Debug)]
pub(crate) struct SignedApi {
    service: Service,
    url: Url,
    client: Client,
    region: String,
    credentials: SharedCredentialsProvider,
}

impl SignedApi {
    /// A client with the SDK's configuration. Connects when first used.
    ///
    /// # Errors
    /// When the endpoint is none that data may go to, or there are no credentials.
    pub(crate) fn new(config: &SdkConfig, service: Service) -> anyhow::Result<Self> {
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
    pub(crate) async fn call(&self, operation: &str, request: &Value) -> Result<Value, String> {
        let called = timeout(TIMEOUT, self.call_untimed(operation, request.to_string())).await;
        called.unwrap_or_else(|_| Err("not answered in time".to_owned()))
    }

    async fn call_untimed(&self, operation: &str, body: String) -> Result<Value, String> {
        let target = format!("{}.{operation}", self.service.target);
        let headers = [("content-type", CONTENT_TYPE), ("x-amz-target", &*target)];
        self.send(&Method::POST, self.url.clone(), &headers, body).await
    }

    /// Gets what a path names, with a query, once.
    ///
    /// # Errors
    /// The same as of [`call`](Self::call).
    pub(crate) async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value, String> {
        let mut url = self.url.join(path).map_err(|_| "the path is none".to_owned())?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let sent = timeout(TIMEOUT, self.send(&Method::GET, url, &[], String::new())).await;
        sent.unwrap_or_else(|_| Err("not answered in time".to_owned()))
    }

    async fn send(
        &self,
        method: &Method,
        url: Url,
        headers: &[(&str, &str)],
        body: String,
    ) -> Result<Value, String> {
        let signature = self.signature(Unsigned { method, url: &url, headers, body: &body }).await;
        let signature = signature.ok_or("the request can't be signed")?;
        let mut request = self.client.request(method.clone(), url).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        for (name, value) in signature {
            request = request.header(name, value);
        }
        let response = request.send().await.map_err(|_| "no connection")?;
        let status = response.status();
        let code = response.headers().get("x-amzn-errortype").and_then(|code| code.to_str().ok());
        let code = code.map(str::to_owned);
        let answer = response.bytes().await.map_err(|_| "no connection")?;
        let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
        if status.is_success() {
            return Ok(answer);
        }
        let code = code.or_else(|| Some(answer.get("__type")?.as_str()?.to_owned())).unwrap_or_default();
        // Some services put a namespace before the code, some an address behind it.
        let code = code.rsplit('#').next().unwrap_or_default().split(':').next().unwrap_or_default();
        Err(format!("{} {code}", status.as_u16()).trim_end().to_owned())
    }

    /// The headers that sign the request.
    async fn signature(&self, request: Unsigned<'_>) -> Option<Vec<(String, String)>> {
        let credentials = self.credentials.provide_credentials().await.ok()?;
        sigv4::signed_headers(request, credentials, &self.region, self.service.name)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        net::TcpListener,
        thread,
    };

    use aws_config::Region;
    use aws_credential_types::Credentials;
    use serde_json::json;

    use super::*;

    /// A service that answers each request, in order, with a head and a body; it returns the requests' first lines.
    fn service(answers: [(&'static str, &'static str); 3]) -> (SdkConfig, thread::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let served = thread::spawn(move || {
            let serve = |(head, body): (&str, &str)| {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") && !request.ends_with(b"{}") {
                    let mut byte = [0];
                    stream.read_exact(&mut byte).unwrap();
                    request.extend(byte);
                    // The head of a request with a body is not its end.
                    if request.ends_with(b"\r\n\r\n") && request.starts_with(b"POST") {
                        stream.read_exact(&mut byte).unwrap();
                        request.extend(byte);
                    }
                }
                let length = body.len();
                write!(
                    stream,
                    "HTTP/1.1 {head}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
                )
                .unwrap();
                String::from_utf8(request).unwrap().lines().next().unwrap_or_default().to_owned()
            };
            answers.into_iter().map(serve).collect()
        });
        let credentials =
            SharedCredentialsProvider::new(Credentials::new("id", "secret", None, None, "tests"));
        let config = SdkConfig::builder()
            .region(Region::new("eu-west-2"))
            .endpoint_url(endpoint)
            .credentials_provider(credentials)
            .build();
        (config, served)
    }

    #[tokio::test]
    async fn an_error_is_told_by_its_status_and_code_alone() {
        let (config, served) = service([
            (
                "403 Forbidden\r\nx-amzn-errortype: AccessDeniedException:http://internal.amazon.com/",
                r#"{"Message":"User alice may not"}"#,
            ),
            (
                "400 Bad Request",
                r#"{"__type":"com.amazonaws.x#ResourceNotFoundException","message":"of alice"}"#,
            ),
            ("200 OK", r#"{"a":1}"#),
        ]);
        let service = Service { name: "x", target: "X_1", endpoint: "AWS_ENDPOINT_URL_NONE" };
        let api = SignedApi::new(&config, service).unwrap();
        let query = [("of", "arn:a/b&c")];
        assert_eq!(api.get("/things/", &query).await, Err("403 AccessDeniedException".to_owned()));
        assert_eq!(api.call("Describe", &json!({})).await, Err("400 ResourceNotFoundException".to_owned()));
        assert_eq!(api.get("/things/1", &[]).await, Ok(json!({ "a": 1 })));
        let lines = served.join().unwrap();
        assert_eq!(
            lines,
            ["GET /things/?of=arn%3Aa%2Fb%26c HTTP/1.1", "POST / HTTP/1.1", "GET /things/1 HTTP/1.1"]
        );
    }
}
