//! An open object, and the errors of a store.

use std::fs::File;

/// Why a store's request failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// There is no such object, so that it can never be delivered: a person has to look.
    #[error("there is no such object")]
    Missing,
    /// The store denies access. S3 returns the same for a missing object to a caller without the right to list its bucket.
    #[error("access denied (or there is no such object, and the bucket may not be listed)")]
    Denied,
    /// It was replaced while it was read: its own notification, or a retry, sees the new one whole.
    #[error("the object changed while it was read")]
    Changed,
    /// The name is none that this store can have an object under.
    #[error("not a name that a folder can hold an object under")]
    BadName,
    /// Another failure, which a retry may mend.
    #[error("the object store failed: {0}")]
    Failed(String),
}

/// An open object.
#[derive(Debug)]
pub(crate) struct OpenObject {
    /// The tag of this version: another object under the same name has another tag.
    pub(crate) etag: String,
    pub(crate) body: ObjectBody,
}

/// The bytes of an object, as a stream.
#[derive(Debug)]
pub(crate) enum ObjectBody {
    Folder(File),
    #[cfg(feature = "aws")]
    S3(aws_sdk_s3::primitives::ByteStream),
}
