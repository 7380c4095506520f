//! Files onto a WFM's SFTP server, or into a local folder.
//!
//! [`FileUploader::upload`] writes a file under a hidden temporary name of that attempt alone, has it flushed to disk,
//! checks its size and renames it, so that the WFM sees a whole file or none. Delivering a file again replaces it,
//! so a queue that delivers at least once has the effect of once, as long as the reader leaves the file
//! where it is between the two deliveries. Nothing that another attempt made is removed.
//!
//! A step for safety alone (flush, size check) is left out where the server can't do it. For a server that renames nothing or
//! accepts no hidden names the secret has `"delivery": "direct"`: the file has its own name from the beginning, and a reader may see
//! half of it.
//!
//! Everything here blocks, as libssh2 does: in async code, call it from a blocking thread.
//!
//! # Bounds
//! Up to four SSH sessions, each with a megabyte of buffer and as much inside libssh2; every call ends at the
//! deadline its caller gives, save the look-up of the host name, which the system's resolver bounds.
//!
//! The SSH side needs the feature `ssh`, which compiles OpenSSL; a folder needs nothing.

#[cfg(feature = "ssh")]
mod account;
mod error;
mod file_uploader;
#[cfg(feature = "ssh")]
mod host_key;
mod local_staged_file;
#[cfg(feature = "ssh")]
mod login;
mod name;
mod name_locks;
#[cfg(feature = "ssh")]
mod pool;
#[cfg(feature = "ssh")]
mod private_key;
#[cfg(feature = "ssh")]
mod remote_staged_file;
#[cfg(feature = "ssh")]
mod session;
mod staged_file;
mod target_url;

#[cfg(feature = "ssh")]
pub use account::Account;
pub use error::SftpError;
pub use file_uploader::{FileUploader, Target, UploadedFile};
pub use name::MAX_NAME_BYTES;
#[cfg(feature = "ssh")]
pub use remote_staged_file::RemoteStagedFile;
#[cfg(feature = "ssh")]
pub use session::Session;
pub use target_url::SftpTargetUrl;
