//! A file under its temporary name, on a server or in a folder.

use std::io;

use super::SftpError;

/// A file that is written under a temporary name and renamed once it is whole. It reports its own failure, for a producer
/// that hides it.
pub(super) trait StagedFile: io::Write {
    /// What failed in writing, if that was what made the producer stop.
    fn take_failure(&mut self) -> Option<SftpError>;
    /// Gives the file its name, and returns its size in bytes.
    fn commit(self) -> Result<u64, SftpError>;
}
