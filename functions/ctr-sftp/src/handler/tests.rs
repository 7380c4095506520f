//! Notifications in, files in a folder out. The store is a folder too; the path through both is the one
//! that S3 and SFTP have.

mod batches;
mod bench;
mod objects;
mod properties;
#[cfg(feature = "aws")]
mod s3;
