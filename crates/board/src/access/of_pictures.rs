//! What was made of the pictures of this moment, so that it is made once.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::sources::Picture;

/// The most that is kept: an address has as many queries as somebody likes to think of.
const MAX_KEPT: usize = 256;

/// What was made of the pictures of this moment, by whatever it depends on besides.
#[derive(Debug)]
pub(super) struct OfPictures<K, V>(Mutex<Vec<Made<K, V>>>);

#[derive(Debug)]
struct Made<K, V> {
    /// What was made of it is let go with it.
    picture: Weak<Picture>,
    key: K,
    value: V,
}

impl<K: Clone + PartialEq, V: Clone> OfPictures<K, V> {
    /// What was made of this picture before.
    pub(super) fn get(&self, picture: &Arc<Picture>, key: &K) -> Option<V> {
        found(&self.0.lock().unwrap_or_else(PoisonError::into_inner), &Arc::downgrade(picture), key)
    }

    /// The same; what was not, is made now.
    pub(super) fn get_or_make(&self, picture: &Arc<Picture>, key: &K, make: impl FnOnce() -> V) -> V {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let picture = Arc::downgrade(picture);
        if let Some(value) = found(&kept, &picture, key) {
            return value;
        }
        let value = make();
        kept.retain(|one| one.picture.strong_count() > 0);
        if kept.len() < MAX_KEPT {
            kept.push(Made { picture, key: key.clone(), value: value.clone() });
        }
        value
    }

    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

impl<K, V> Default for OfPictures<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

fn found<K: PartialEq, V: Clone>(made: &[Made<K, V>], picture: &Weak<Picture>, key: &K) -> Option<V> {
    let one = made.iter().find(|one| one.picture.ptr_eq(picture) && one.key == *key);
    one.map(|one| one.value.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{AgentNames, Role, ViewRights, picture};

    #[test]
    fn a_tag_is_known_of_the_same_picture_the_same_address_and_the_same_rights() {
        let asked =
            |target: &str, role| (target.to_owned(), ViewRights { role, agent_names: AgentNames::default() });
        let (tags, this) = (OfPictures::default(), picture());
        let keep = |picture: &Arc<Picture>, target: &str, tag: &str| {
            tags.get_or_make(picture, &asked(target, Role::Supervisors), || tag.to_owned());
        };
        keep(&this, "/?team=a", "\"1\"");
        let known = |picture, target, role| tags.get(picture, &asked(target, role));
        assert_eq!(known(&this, "/?team=a", Role::Supervisors).as_deref(), Some("\"1\""));
        assert_eq!(known(&this, "/?team=b", Role::Supervisors), None);
        assert_eq!(known(&this, "/?team=a", Role::Investigators), None);
        assert_eq!(known(&picture(), "/?team=a", Role::Supervisors), None);
        keep(&this, "/?team=a", "\"1\"");
        assert_eq!(tags.count(), 1, "each is kept once");
        for number in 0..2 * MAX_KEPT {
            keep(&this, &format!("/?team={number}"), "\"2\"");
        }
        assert_eq!(tags.count(), MAX_KEPT);
        drop(this);
        keep(&picture(), "/", "\"3\"");
        assert_eq!(tags.count(), 1, "those of a picture that is gone are gone");
    }
}
