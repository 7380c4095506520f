//! Contacts that a reader holds, so that it reads again only what has changed.

use std::{collections::BTreeMap, fmt, sync::Arc};

use crate::status::Status;

/// The active contacts that one reader has read of a store: of [`active_in`](crate::store::Store::active_in), each time for the same
/// instances. Its [`Debug`](fmt::Debug) tells their number alone.
#[derive(Default)]
pub struct HeldContacts(BTreeMap<String, (Revision, Arc<Status>)>);

/// Which of a contact's writes was read. Of a contact that expired and came again the count begins anew, but it expires later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Revision {
    /// How often it was written.
    pub(crate) count: i64,
    /// When it expires, in seconds since 1970.
    pub(crate) expires_at: i64,
}

impl HeldContacts {
    /// The ids of those that are not held as they are now.
    pub(crate) fn changed<'a>(&self, current: &'a BTreeMap<String, Revision>) -> Vec<&'a str> {
        let is_held = |(id, revision): &(&String, &Revision)| {
            self.0.get(*id).is_some_and(|(held, _)| held == *revision)
        };
        current.iter().filter(|one| !is_held(one)).map(|(id, _)| id.as_str()).collect()
    }

    /// Holds those that there are, with what was read of the changed ones, and gives them out. What was to be read and is not there
    /// any more is not held.
    pub(crate) fn refresh(
        &mut self,
        current: &BTreeMap<String, Revision>,
        read: Vec<Status>,
    ) -> Vec<Arc<Status>> {
        self.0.retain(|id, (held, _)| current.get(id) == Some(held));
        for status in read {
            // It may have been written once more since: then its revision is not the one that is listed next, and it is read again.
            if let Some(revision) = current.get(status.contact_id()) {
                self.0.insert(status.contact_id().to_owned(), (*revision, Arc::new(status)));
            }
        }
        self.0.values().map(|(_, status)| Arc::clone(status)).collect()
    }
}

impl fmt::Debug for HeldContacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HeldContacts({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn current(of: &[(&str, i64, i64)]) -> BTreeMap<String, Revision> {
        let one =
            |&(id, count, expires_at): &(&str, i64, i64)| (id.to_owned(), Revision { count, expires_at });
        of.iter().map(one).collect()
    }

    #[test]
    fn what_was_written_since_is_read_and_what_left_is_let_go() {
        let mut held = HeldContacts::default();
        let first = current(&[("a", 1, 10), ("b", 1, 10), ("c", 1, 10)]);
        assert_eq!(held.changed(&first), ["a", "b", "c"]);
        assert_eq!(held.refresh(&first, ["a", "b", "c"].map(Status::new).into()).len(), 3);
        assert!(held.changed(&first).is_empty());
        let next = current(&[("a", 1, 10), ("b", 2, 10), ("c", 1, 20), ("d", 1, 10)]);
        assert_eq!(held.changed(&next), ["b", "c", "d"], "written, come again, new");
        // The last one ended meanwhile.
        let all = held.refresh(&next, ["b", "c"].map(Status::new).into());
        assert_eq!(all.iter().map(|status| status.contact_id()).collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(held.changed(&next), ["d"]);
        assert!(held.refresh(&current(&[]), Vec::new()).is_empty());
        assert_eq!(held.changed(&first), ["a", "b", "c"]);
    }
}
