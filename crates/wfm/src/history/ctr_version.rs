//! The copy of a contact record that counts, where several were delivered.
//!
//! Connect delivers a record again, whole and under the same `ContactId`, when something about the
//! contact changes, days later even; and streams deliver at least once. The copy with the greatest
//! [`CtrVersion`] counts, whatever order the copies come in.

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    hash::{BuildHasher, RandomState},
    mem,
};

use switchboard_core::ctr_version::CtrVersion;

/// The latest copies of one stream: a first pass inserts all versions, a second one looks up which copies count.
///
/// Keeps at most 170 bytes per contact and none of its data: 150 MB for a million contacts (`tests/memory.rs`
/// measures it).
///
/// ```
/// use switchboard_core::{ctr::Ctr, ctr_version::CtrVersion};
/// use switchboard_wfm::history::ctr_version::CtrVersions;
/// let documents = [
///     r#"{"ContactId":"c","InitiationMethod":"API","LastUpdateTimestamp":"2024-05-01T10:00:00Z"}"#,
///     r#"{"ContactId":"c","InitiationMethod":"API","LastUpdateTimestamp":"2024-05-01T10:00:01Z"}"#,
/// ];
/// let now = "2024-05-01T10:05:00Z".parse().unwrap();
/// let mut versions = CtrVersions::default();
/// for (index, document) in (0..).zip(documents) {
///     versions.insert(index, "c", CtrVersion::of(&Ctr::parse(document).unwrap(), document, now));
/// }
/// assert_eq!([versions.is_latest(0), versions.is_latest(1)], [false, true]);
/// ```
#[derive(Debug, Default)]
pub struct CtrVersions {
    /// In parts, as a table that grows is there twice for a moment.
    newest: [HashMap<u128, (CtrVersion, u64)>; 16],
    superseded: HashSet<u64>,
    keys: [RandomState; 2],
}

impl CtrVersions {
    /// Inserts a record of the stream. `index` identifies it in both passes: the number of records before it, or its first
    /// byte.
    pub fn insert(&mut self, index: u64, contact_id: &str, version: CtrVersion) {
        let key = self.key(contact_id);
        let [a, b, c, d, ..] = key.to_be_bytes();
        let part = usize::from(a ^ b ^ c ^ d) % self.newest.len();
        let Some(part) = self.newest.get_mut(part) else { return };
        let Some((newest, at)) = part.get_mut(&key) else {
            part.insert(key, (version, index));
            return;
        };
        if version > *newest {
            self.superseded.insert(*at);
            (*newest, *at) = (version, index);
        } else {
            self.superseded.insert(index);
        }
    }

    /// True for the record that counts among those of its contact that were inserted.
    pub fn is_latest(&self, index: u64) -> bool {
        !self.superseded.contains(&index)
    }

    /// Contact ids are up to 256 characters; 128 keyed bits differ for any number of them.
    fn key(&self, contact_id: &str) -> u128 {
        let [high, low] = self.keys.each_ref().map(|key| u128::from(key.hash_one(contact_id)));
        high << 64 | low
    }
}

/// The latest copy of each contact, in memory, across any number of streams.
#[derive(Debug, Clone)]
pub struct LatestByContact<T> {
    newest: HashMap<String, (CtrVersion, T)>,
}

impl<T> Default for LatestByContact<T> {
    fn default() -> Self {
        Self { newest: HashMap::new() }
    }
}

impl<T> LatestByContact<T> {
    /// Inserts what was read from one copy of a contact's record. Returns the latest and the superseded one, if there are two.
    pub fn insert_if_newer(
        &mut self,
        contact_id: String,
        version: CtrVersion,
        value: T,
    ) -> Option<(&mut T, T)> {
        match self.newest.entry(contact_id) {
            Entry::Vacant(entry) => {
                entry.insert((version, value));
                None
            }
            Entry::Occupied(entry) => {
                let (newest, latest) = entry.into_mut();
                if version <= *newest {
                    return Some((latest, value));
                }
                *newest = version;
                let superseded = mem::replace(latest, value);
                Some((latest, superseded))
            }
        }
    }

    /// The latest of a contact.
    pub fn get(&self, contact_id: &str) -> Option<&T> {
        self.newest.get(contact_id).map(|(_, value)| value)
    }

    /// The latest of all contacts, by contact id and with its version, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, CtrVersion, &T)> + Clone {
        self.newest.iter().map(|(contact_id, (version, value))| (&**contact_id, *version, value))
    }
}

#[cfg(test)]
mod tests;
