//! The copy of a contact record that counts, where several were delivered.
//!
//! Connect delivers a record again, whole and under the same `ContactId`, when something about the
//! contact changes, days later even; and streams deliver at least once. The copy with the greatest
//! [`Version`] counts, whatever order the copies come in.

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    hash::{BuildHasher, DefaultHasher, Hasher, RandomState},
    mem,
};

use jiff::Timestamp;
use switchboard_core::{ctr::Ctr, instant::instant};

/// How new a copy of a contact record is. Copies compare by, in this order:
///
/// 1. `LastUpdateTimestamp` as an instant; absent or unreadable is older than any;
/// 2. the length of the text: an update adds (a recording's place, an evaluation);
/// 3. a digest of the text, so that the choice does not depend on which copy came first.
///
/// Equal versions are the same text, so that either will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    last_update: Option<Timestamp>,
    length_bytes: usize,
    digest: u64,
}

impl Version {
    /// The version of a record and the document it was read from.
    pub fn of(ctr: &Ctr<'_>, document: &str) -> Self {
        // Without random keys, so that two processes choose alike.
        let mut digest = DefaultHasher::new();
        digest.write(document.as_bytes());
        Self {
            last_update: instant(ctr.last_update_timestamp),
            length_bytes: document.len(),
            digest: digest.finish(),
        }
    }
}

/// Which records of one stream count, decided in a first pass for a second one to ask.
///
/// Keeps at most 170 bytes per contact and none of its data: 150 MB for a million contacts (`tests/memory.rs`
/// measures it).
///
/// ```
/// use switchboard_core::ctr::Ctr;
/// use switchboard_wfm::latest::{Version, Versions};
/// let documents = [
///     r#"{"ContactId":"c","InitiationMethod":"API","LastUpdateTimestamp":"2024-05-01T10:00:00Z"}"#,
///     r#"{"ContactId":"c","InitiationMethod":"API","LastUpdateTimestamp":"2024-05-01T10:00:01Z"}"#,
/// ];
/// let mut versions = Versions::default();
/// for (index, document) in (0..).zip(documents) {
///     versions.note(index, "c", Version::of(&Ctr::parse(document).unwrap(), document));
/// }
/// assert_eq!([versions.wins(0), versions.wins(1)], [false, true]);
/// ```
#[derive(Debug, Default)]
pub struct Versions {
    /// In parts, as a table that grows is there twice for a moment.
    newest: [HashMap<u128, (Version, u64)>; 16],
    beaten: HashSet<u64>,
    keys: [RandomState; 2],
}

impl Versions {
    /// Takes a record of the stream. `index` is its place, any number that is its own and that the
    /// second pass has too: how many records came before it, or at which byte it begins.
    pub fn note(&mut self, index: u64, contact_id: &str, version: Version) {
        let key = self.key(contact_id);
        let [a, b, c, d, ..] = key.to_be_bytes();
        let part = usize::from(a ^ b ^ c ^ d) % self.newest.len();
        let Some(part) = self.newest.get_mut(part) else { return };
        let Some((newest, at)) = part.get_mut(&key) else {
            part.insert(key, (version, index));
            return;
        };
        if version > *newest {
            self.beaten.insert(*at);
            (*newest, *at) = (version, index);
        } else {
            self.beaten.insert(index);
        }
    }

    /// True for the record that counts among those of its contact that were noted.
    pub fn wins(&self, index: u64) -> bool {
        !self.beaten.contains(&index)
    }

    /// Contact ids are up to 256 characters; 128 keyed bits tell any number of them apart.
    fn key(&self, contact_id: &str) -> u128 {
        let [high, low] = self.keys.each_ref().map(|key| u128::from(key.hash_one(contact_id)));
        high << 64 | low
    }
}

/// What counts of each contact, in memory, across any number of streams.
#[derive(Debug, Clone)]
pub struct Latest<T> {
    newest: HashMap<String, (Version, T)>,
}

impl<T> Default for Latest<T> {
    fn default() -> Self {
        Self { newest: HashMap::new() }
    }
}

impl<T> Latest<T> {
    /// Takes what was read from one copy of a contact's record. Where there was one already: what counts now, and the other.
    pub fn offer(&mut self, contact_id: String, version: Version, value: T) -> Option<(&mut T, T)> {
        match self.newest.entry(contact_id) {
            Entry::Vacant(entry) => {
                entry.insert((version, value));
                None
            }
            Entry::Occupied(entry) => {
                let (newest, kept) = entry.into_mut();
                if version <= *newest {
                    return Some((kept, value));
                }
                *newest = version;
                let beaten = mem::replace(kept, value);
                Some((kept, beaten))
            }
        }
    }

    /// What counts of a contact.
    pub fn get(&self, contact_id: &str) -> Option<&T> {
        self.newest.get(contact_id).map(|(_, value)| value)
    }

    /// What counts, by contact id and with its version, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Version, &T)> + Clone {
        self.newest.iter().map(|(contact_id, (version, value))| (&**contact_id, *version, value))
    }
}

#[cfg(test)]
mod tests;
