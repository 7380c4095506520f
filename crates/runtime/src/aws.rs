//! The AWS SDK's configuration.

use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig, timeout::TimeoutConfig};
use aws_sdk_kinesis::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};

use crate::telemetry::whole;

/// Why a call failed, in a few words that may stand in a log line: the service's code for it, or how the connection
/// failed. A service's own sentence, and the SDK's account of the whole answer, could quote what was sent.
pub fn reason<E: ProvideErrorMetadata>(error: &SdkError<E>) -> String {
    match error {
        SdkError::TimeoutError(_) => "timeout".to_owned(),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => "timeout".to_owned(),
        SdkError::DispatchFailure(failure) if failure.is_io() => "no connection".to_owned(),
        // Nothing was sent yet: there are no credentials, say, or no region.
        SdkError::DispatchFailure(failure) => {
            failure.as_connector_error().map_or_else(|| "not sent".to_owned(), |error| whole(error))
        }
        SdkError::ServiceError(service) => {
            let is_code = |code: &&str| code.len() <= 64 && code.bytes().all(|b| b.is_ascii_alphanumeric());
            let status = service.raw().status();
            error.code().filter(is_code).map_or_else(|| format!("HTTP {status}"), str::to_owned)
        }
        SdkError::ConstructionFailure(_) => "the request can't be built".to_owned(),
        _ => "the answer is not understood".to_owned(),
    }
}

/// Region, credentials and endpoints from the environment, as the SDK reads them
/// (`AWS_ENDPOINT_URL[_SERVICE]` leads to an emulator), over `rustls` with `ring`.
///
/// A try takes at most 5 s; the SDK tries three times with back-off.
pub async fn config() -> SdkConfig {
    let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(2))
        .operation_attempt_timeout(Duration::from_secs(5))
        .build();
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(http)
        .timeout_config(timeouts)
        .load()
        .await
}
