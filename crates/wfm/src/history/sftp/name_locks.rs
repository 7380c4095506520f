//! A lock per file name, within one process.

use std::collections::HashSet;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::SftpError;

/// The locks of the names that are being uploaded by this process. A queue may deliver the same object twice in one
/// batch, and two writers would replace each other's file for nothing, or spoil one that has its name from the beginning.
#[derive(Debug, Default)]
pub(super) struct NameLocks {
    names: Mutex<HashSet<String>>,
    released: Condvar,
}

/// The lock on one name, released when it is dropped.
#[derive(Debug)]
pub(super) struct NameLock<'c> {
    locks: &'c NameLocks,
    name: &'c str,
}

impl NameLocks {
    /// Waits until no other upload has this name.
    pub(super) fn acquire<'c>(&'c self, name: &'c str, deadline: Instant) -> Result<NameLock<'c>, SftpError> {
        let left = deadline.saturating_duration_since(Instant::now());
        let wait = self.released.wait_timeout_while(self.lock(), left, |names| names.contains(name));
        let (mut names, timeout) = wait.unwrap_or_else(PoisonError::into_inner);
        if timeout.timed_out() {
            return Err(SftpError::Deadline { doing: "another delivery of this name ended" });
        }
        names.insert(name.to_owned());
        Ok(NameLock { locks: self, name })
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<String>> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for NameLock<'_> {
    fn drop(&mut self) {
        self.locks.lock().remove(self.name);
        self.locks.released.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_name_is_free_again_when_its_lock_is_dropped() {
        let locks = NameLocks::default();
        let soon = Instant::now() + Duration::from_millis(20);
        let first = locks.acquire("a.csv", soon).unwrap();
        assert!(locks.acquire("b.csv", soon).is_ok());
        assert!(matches!(locks.acquire("a.csv", soon), Err(SftpError::Deadline { .. })));
        drop(first);
        assert!(locks.acquire("a.csv", soon).is_ok());
    }
}
