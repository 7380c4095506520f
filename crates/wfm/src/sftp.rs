//! Files onto a WFM's SFTP server, or into a local folder.
//!
//! [`Courier::deliver`] writes a file under a hidden temporary name, has it flushed to disk, checks its
//! size and renames it, so that the WFM sees a whole file or none. Delivering a file again replaces it,
//! so a queue that delivers at least once has the effect of once, as long as the reader leaves the file
//! where it is between the two deliveries.
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
mod claims;
mod courier;
mod error;
mod folder;
#[cfg(feature = "ssh")]
mod host_key;
mod name;
mod part;
#[cfg(feature = "ssh")]
mod pool;
mod selector;
#[cfg(feature = "ssh")]
mod session;
#[cfg(feature = "ssh")]
mod upload;

#[cfg(feature = "ssh")]
pub use account::Account;
pub use courier::{Courier, Delivered, Target};
pub use error::SftpError;
pub use selector::Selector;
#[cfg(feature = "ssh")]
pub use session::Session;
#[cfg(feature = "ssh")]
pub use upload::Upload;
