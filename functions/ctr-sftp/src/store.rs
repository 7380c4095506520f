//! Where the objects are: S3, or a local folder.

use std::{fs::File, path::Path};

use crate::folder::Folder;

/// Where the objects are.
#[derive(Debug)]
pub enum Store {
    /// A folder that holds a folder for each bucket, and objects under their keys.
    Folder(Folder),
    /// Amazon S3.
    #[cfg(feature = "aws")]
    S3(aws_sdk_s3::Client),
}

/// Why a store does not do what it is asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// There is no such object, so that it can never be delivered: a person has to look.
    #[error("there is no such object")]
    Missing,
    /// The store refuses. S3 says the same of a missing object to those who may not list its bucket.
    #[error("access denied (or there is no such object, and the bucket may not be listed)")]
    Denied,
    /// It was replaced while it was read: its own notification, or a retry, sees the new one whole.
    #[error("the object changed while it was read")]
    Changed,
    /// It is no name that this store can have an object under.
    #[error("not a name that a folder can hold an object under")]
    BadName,
    /// Something else, which a retry may get over.
    #[error("the object store failed: {0}")]
    Failed(String),
}

/// An object that is being read.
#[derive(Debug)]
pub(crate) struct Opened {
    /// Which object this is: another one under the same name has another tag.
    pub(crate) etag: String,
    pub(crate) body: Body,
}

/// The bytes of an object, as they come.
#[derive(Debug)]
pub(crate) enum Body {
    Folder(File),
    #[cfg(feature = "aws")]
    S3(aws_sdk_s3::primitives::ByteStream),
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
    ) -> Result<Opened, StoreError> {
        match self {
            Self::Folder(folder) => folder.open(bucket, key, from_byte, etag),
            #[cfg(feature = "aws")]
            Self::S3(client) => crate::s3::open(client, bucket, key, from_byte, etag).await,
        }
    }

    /// Puts a file in the store, in place of what was there.
    pub(crate) async fn put(&self, bucket: &str, key: &str, file: &Path) -> Result<(), StoreError> {
        match self {
            Self::Folder(folder) => folder.put(bucket, key, file),
            #[cfg(feature = "aws")]
            Self::S3(client) => crate::s3::put(client, bucket, key, file).await,
        }
    }
}

#[cfg_attr(not(feature = "aws"), expect(clippy::unused_async, reason = "S3 is waited for"))]
impl Body {
    /// Appends the next bytes to `out` and says how many; 0 at the end.
    pub(crate) async fn next(&mut self, out: &mut Vec<u8>) -> Result<usize, StoreError> {
        match self {
            Self::Folder(file) => crate::folder::next(file, out),
            #[cfg(feature = "aws")]
            Self::S3(stream) => crate::s3::next(stream, out).await,
        }
    }
}
