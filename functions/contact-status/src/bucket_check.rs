//! The check of a bucket that was there before: whether it notifies `EventBridge`. A deployment calls it before it makes what reads
//! the bucket. It reads the bucket's notification configuration and never writes it: that is one document, in which others have
//! entries.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use switchboard_objects::store::{Store, StoreError};
use tokio::time::{Instant, timeout_at};

/// Why a deployment must not go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckError {
    /// The bucket tells nobody of its objects, so that nothing of it would be read.
    #[error(
        "the bucket {bucket} does not notify EventBridge of new objects, so nothing of it would be read. Add \"EventBridgeConfiguration\": {{}} to what `aws s3api get-bucket-notification-configuration --bucket {bucket}` prints, put the whole back by `put-bucket-notification-configuration`, which replaces all of it, and deploy again"
    )]
    Silent {
        /// Its name.
        bucket: String,
    },
    /// Its configuration can't be read.
    #[error("the notification configuration of the bucket {bucket} can't be read: {error}")]
    Store {
        /// Its name.
        bucket: String,
        /// The last failure.
        error: StoreError,
    },
}

/// Checks one bucket.
#[derive(Debug)]
pub struct BucketCheck {
    store: Store,
    bucket: String,
}

impl BucketCheck {
    /// Of this bucket.
    pub fn new(store: Store, bucket: String) -> Self {
        Self { store, bucket }
    }

    /// Checks it. What fails is tried again until the deadline: a role that is seconds old is not known everywhere at once.
    ///
    /// # Errors
    /// When it does not notify, or that could not be found out.
    pub async fn run(&self, deadline: Instant) -> Result<(), CheckError> {
        let patience =
            ExponentialBuilder::new().with_min_delay(Duration::from_millis(500)).without_max_times();
        let patience = patience.with_max_delay(Duration::from_secs(5)).with_jitter();
        let mut last = StoreError::Failed("there was no time to ask".to_owned());
        let ask = || self.store.notifies_event_bridge(&self.bucket);
        let asked = ask.retry(patience).notify(|error, _| last = error.clone());
        let bucket = self.bucket.clone();
        match timeout_at(deadline, asked).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err(CheckError::Silent { bucket }),
            Ok(Err(error)) => Err(CheckError::Store { bucket, error }),
            Err(_) => Err(CheckError::Store { bucket, error: last }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_bucket_that_tells_nobody_stops_a_deployment_with_the_change_to_make() {
        let folder = tempfile::tempdir().unwrap();
        let check = BucketCheck::new(Store::folder(folder.path()), "theirs".to_owned());
        let error = check.run(Instant::now() + Duration::from_mins(1)).await.unwrap_err();
        assert_eq!(error, CheckError::Silent { bucket: "theirs".to_owned() });
        let text = error.to_string();
        assert!(text.contains(r#"Add "EventBridgeConfiguration": {} to what"#), "{text}");
        assert!(text.contains("get-bucket-notification-configuration --bucket theirs`"), "{text}");
    }
}
