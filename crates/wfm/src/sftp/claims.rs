//! One delivery of a name at a time.

use std::collections::HashSet;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::SftpError;

/// The names under way in this process. A queue may hand the same object out twice in one batch, and
/// two writers would replace each other's file for nothing, or spoil one that has its name from the beginning.
#[derive(Debug, Default)]
pub(super) struct Claims {
    names: Mutex<HashSet<String>>,
    freed: Condvar,
}

/// A claimed name; it is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Claim<'c> {
    claims: &'c Claims,
    name: &'c str,
}

impl Claims {
    /// Waits until nobody else delivers this name.
    pub(super) fn claim<'c>(&'c self, name: &'c str, deadline: Instant) -> Result<Claim<'c>, SftpError> {
        let left = deadline.saturating_duration_since(Instant::now());
        let wait = self.freed.wait_timeout_while(self.lock(), left, |names| names.contains(name));
        let (mut names, timeout) = wait.unwrap_or_else(PoisonError::into_inner);
        if timeout.timed_out() {
            return Err(SftpError::Deadline { doing: "another delivery of this name ended" });
        }
        names.insert(name.to_owned());
        Ok(Claim { claims: self, name })
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<String>> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.claims.lock().remove(self.name);
        self.claims.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_name_is_free_again_when_its_claim_ends() {
        let claims = Claims::default();
        let soon = Instant::now() + Duration::from_millis(20);
        let first = claims.claim("a.csv", soon).unwrap();
        assert!(claims.claim("b.csv", soon).is_ok());
        assert!(matches!(claims.claim("a.csv", soon), Err(SftpError::Deadline { .. })));
        drop(first);
        assert!(claims.claim("a.csv", soon).is_ok());
    }
}
