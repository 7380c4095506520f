//! Objects in Amazon S3.

use std::path::Path;

use aws_sdk_s3::{
    Client,
    config::{Config, timeout::TimeoutConfig},
    error::{ProvideErrorMetadata, SdkError},
    primitives::ByteStream,
};

use switchboard_aws::Failure;

use crate::open_object::{ObjectBody, OpenObject, StoreError};

/// Opens an object at this byte, if it is the one with this tag, where one is given.
pub(crate) async fn open(
    client: &Client,
    bucket: &str,
    key: &str,
    from_byte: u64,
    etag: Option<&str>,
) -> Result<OpenObject, StoreError> {
    let range = (from_byte > 0).then(|| format!("bytes={from_byte}-"));
    let request = client.get_object().bucket(bucket).key(key).set_range(range);
    let answer = request.set_if_match(etag.map(str::to_owned)).send().await.map_err(|error| fault(&error))?;
    // A store that ignores the range sends what was read already once more.
    let begins = format!("bytes {from_byte}-");
    if from_byte > 0 && !answer.content_range().is_some_and(|range| range.starts_with(&begins)) {
        return Err(StoreError::Failed("the store does not go on at the byte that was asked for".to_owned()));
    }
    // Without it a second pass could read another object unnoticed.
    let etag = answer.e_tag.ok_or_else(|| StoreError::Failed("the answer has no ETag".to_owned()))?;
    Ok(OpenObject { etag, body: ObjectBody::S3(answer.body) })
}

/// Appends the next bytes to `out` and returns how many; 0 at the end.
pub(crate) async fn next(stream: &mut ByteStream, out: &mut Vec<u8>) -> Result<usize, StoreError> {
    loop {
        match stream.next().await {
            None => return Ok(0),
            Some(Ok(bytes)) if bytes.is_empty() => {}
            Some(Ok(bytes)) => {
                out.extend_from_slice(&bytes);
                return Ok(bytes.len());
            }
            Some(Err(error)) => return Err(StoreError::Failed(error.to_string())),
        }
    }
}

/// Puts a file into a bucket, in one request: a file of rejected records is at most what fits the local
/// disk, and S3 takes 5 GB at once.
pub(crate) async fn put(client: &Client, bucket: &str, key: &str, file: &Path) -> Result<(), StoreError> {
    let body = ByteStream::from_path(file).await.map_err(|error| StoreError::Failed(error.to_string()))?;
    // The usual few seconds a try are for small requests; the invocation's deadline bounds this one.
    let unhurried = TimeoutConfig::builder().disable_operation_attempt_timeout().build();
    let request = client.put_object().bucket(bucket).key(key).content_type("application/x-ndjson");
    let request = request.body(body).customize();
    let request = request.config_override(Config::builder().timeout_config(unhurried));
    request.send().await.map(drop).map_err(|error| fault(&error))
}

/// Whether a bucket's notification configuration names `EventBridge`.
pub(crate) async fn notifies_event_bridge(client: &Client, bucket: &str) -> Result<bool, StoreError> {
    let configuration = client.get_bucket_notification_configuration().bucket(bucket).send().await;
    configuration.map(|told| told.event_bridge_configuration.is_some()).map_err(|error| fault(&error))
}

fn fault<E: ProvideErrorMetadata>(error: &SdkError<E>) -> StoreError {
    let status = error.raw_response().map(|response| response.status().as_u16());
    match (error.code(), status) {
        (Some("NoSuchKey"), _) => StoreError::Missing,
        (Some("PreconditionFailed"), _) | (_, Some(412)) => StoreError::Changed,
        (Some("AccessDenied"), _) | (None, Some(403)) => StoreError::Denied,
        _ => StoreError::Failed(Failure::from(error).to_string()),
    }
}
