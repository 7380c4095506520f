//! A file on its way, wherever it goes.

use std::io;

use super::SftpError;

/// A file that reports its own failure, for a producer that hides it.
pub(super) trait Part: io::Write {
    /// What failed in writing, if that was what made the producer stop.
    fn take_failure(&mut self) -> Option<SftpError>;
    /// Gives the file its name, and says how many bytes it has.
    fn commit(self) -> Result<u64, SftpError>;
}
