//! An AWS service that a test invents: a configuration for the SDK's clients, and nothing behind it.
//!
//! For the answers that no server at hand gives. The SDK's own stub of this kind brings a feature of `serde_json` with it
//! that keeps the order of keys, and tests would then see other documents than the functions do.

use std::{fmt, sync::Arc};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
        SharedHttpConnector,
    },
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;
use hyper::{Request, Response};

/// A configuration with which every request is answered by `answer`, at once and with no connection.
pub fn config<B: Into<SdkBody>>(
    answer: impl Fn(Request<SdkBody>) -> Response<B> + Send + Sync + 'static,
) -> SdkConfig {
    let answer = move |request: Request<SdkBody>| answer(request).map(Into::into);
    let credentials = Credentials::new("key", "secret", None, None, "test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(SharedHttpClient::new(Invented(Arc::new(answer))))
        .build()
}

#[derive(Clone)]
struct Invented(Arc<dyn Fn(Request<SdkBody>) -> Response<SdkBody> + Send + Sync>);

impl Invented {
    fn answer(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
        let response = (self.0)(request);
        HttpResponse::try_from(response).map_err(|error| ConnectorError::user(error.into()))
    }
}

impl fmt::Debug for Invented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invented").finish_non_exhaustive()
    }
}

impl HttpConnector for Invented {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::ready(self.answer(request))
    }
}

impl HttpClient for Invented {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}
