//! AWS, as the person at the terminal has set it up.

pub(crate) mod signed_api;

use anyhow::ensure;
use aws_config::SdkConfig;

/// The SDK's configuration from the environment and the files in `~/.aws`.
///
/// # Errors
/// When no region is set: no service could be asked, and the SDK would tell so for each request alone.
pub(crate) async fn config() -> anyhow::Result<SdkConfig> {
    let config = switchboard_runtime::aws::config().await;
    ensure!(config.region().is_some(), "no AWS region is set: set AWS_REGION, or `region` in ~/.aws/config");
    Ok(config)
}
