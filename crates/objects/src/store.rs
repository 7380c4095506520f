//! The store of the objects: S3, or a local folder.

use std::path::Path;

use crate::folder::Folder;
pub use crate::open_object::StoreError;
use crate::open_object::{ObjectBody, OpenObject};

/// A store of objects.
#[derive(Debug)]
pub enum Store {
    /// A folder that holds a folder for each bucket, and objects under their keys.
    Folder(Folder),
    /// Amazon S3.
    #[cfg(feature = "aws")]
    S3(aws_sdk_s3::Client),
}

#[cfg_attr(not(feature = "aws"), expect(clippy::unused_async, reason = "S3 is waited for"))]
impl Store {
    /// A folder that holds a folder for each bucket.
    pub fn folder(root: impl Into<std::path::PathBuf>) -> Self {
        Self::Folder(Folder::new(root.into()))
    }

    /// Amazon S3, or what speaks its protocol.
    #[cfg(feature = "aws")]
    pub fn s3(client: aws_sdk_s3::Client) -> Self {
        Self::S3(client)
    }

    /// Opens an object at this byte, if it is the one with this tag, where one is given.
    pub(crate) async fn open(
        &self,
        bucket: &str,
        key: &str,
        from_byte: u64,
        etag: Option<&str>,
    ) -> Result<OpenObject, StoreError> {
        match self {
            Self::Folder(folder) => folder.open(bucket, key, from_byte, etag),
            #[cfg(feature = "aws")]
            Self::S3(client) => crate::s3::open(client, bucket, key, from_byte, etag).await,
        }
    }

    /// Whether a bucket tells `EventBridge` of new objects. A folder tells nobody.
    ///
    /// # Errors
    /// If the store failed.
    #[cfg_attr(not(feature = "aws"), expect(unused_variables, reason = "S3 has buckets"))]
    pub async fn notifies_event_bridge(&self, bucket: &str) -> Result<bool, StoreError> {
        match self {
            Self::Folder(_) => Ok(false),
            #[cfg(feature = "aws")]
            Self::S3(client) => crate::s3::notifies_event_bridge(client, bucket).await,
        }
    }

    /// Stores a file, in place of an object of that key.
    ///
    /// # Errors
    /// If the store failed.
    pub async fn put(&self, bucket: &str, key: &str, file: &Path) -> Result<(), StoreError> {
        match self {
            Self::Folder(folder) => folder.put(bucket, key, file),
            #[cfg(feature = "aws")]
            Self::S3(client) => crate::s3::put(client, bucket, key, file).await,
        }
    }
}

#[cfg_attr(not(feature = "aws"), expect(clippy::unused_async, reason = "S3 is waited for"))]
impl ObjectBody {
    /// Appends the next bytes to `out` and returns how many; 0 at the end.
    pub(crate) async fn next(&mut self, out: &mut Vec<u8>) -> Result<usize, StoreError> {
        match self {
            Self::Folder(file) => crate::folder::next(file, out),
            #[cfg(feature = "aws")]
            Self::S3(stream) => crate::s3::next(stream, out).await,
        }
    }
}
