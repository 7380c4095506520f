//! An object that is being read, and why it can not be.

use std::fs::File;

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
