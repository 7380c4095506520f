//! The tags of responses that were made of pictures, so that who has one need not wait until it is made again.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::shown::ViewRights;
use crate::sources::Picture;

/// The most that are kept: an address has as many queries as somebody likes to think of.
const MAX_KEPT: usize = 256;

/// The tags of what was made of the pictures of this moment.
#[derive(Debug, Default)]
pub(super) struct KnownTags(Mutex<Vec<KnownTag>>);

#[derive(Debug)]
struct KnownTag {
    /// It is let go with the picture.
    picture: Weak<Picture>,
    asked: Asked,
    tag: String,
}

/// What was made of a picture: the address with its query, and for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) target: String,
    pub(super) rights: ViewRights,
}

impl KnownTags {
    /// The tag of what was asked for, if it was made of this picture before.
    pub(super) fn get(&self, picture: &Arc<Picture>, asked: &Asked) -> Option<String> {
        let of = Arc::downgrade(picture);
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.iter().find(|known| known.picture.ptr_eq(&of) && known.asked == *asked);
        known.map(|known| known.tag.clone())
    }

    /// Keeps the tag of what was made of this picture.
    pub(super) fn keep(&self, picture: &Arc<Picture>, asked: Asked, tag: &str) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|known| known.picture.strong_count() > 0);
        let of = Arc::downgrade(picture);
        let is_kept = known.iter().any(|known| known.picture.ptr_eq(&of) && known.asked == asked);
        if !is_kept && known.len() < MAX_KEPT {
            known.push(KnownTag { picture: of, asked, tag: tag.to_owned() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{AgentNames, Role, picture};

    #[test]
    fn a_tag_is_known_of_the_same_picture_the_same_address_and_the_same_rights() {
        let asked = |target: &str, role| Asked {
            target: target.to_owned(),
            rights: ViewRights { role, agent_names: AgentNames::default() },
        };
        let (tags, this) = (KnownTags::default(), picture());
        tags.keep(&this, asked("/?team=a", Role::Supervisors), "\"1\"");
        let known = |picture, target, role| tags.get(picture, &asked(target, role));
        assert_eq!(known(&this, "/?team=a", Role::Supervisors).as_deref(), Some("\"1\""));
        assert_eq!(known(&this, "/?team=b", Role::Supervisors), None);
        assert_eq!(known(&this, "/?team=a", Role::Investigators), None);
        assert_eq!(known(&picture(), "/?team=a", Role::Supervisors), None);
        tags.keep(&this, asked("/?team=a", Role::Supervisors), "\"1\"");
        assert_eq!(tags.0.lock().unwrap().len(), 1, "each is kept once");
        for number in 0..2 * MAX_KEPT {
            tags.keep(&this, asked(&format!("/?team={number}"), Role::Supervisors), "\"2\"");
        }
        assert_eq!(tags.0.lock().unwrap().len(), MAX_KEPT);
        drop(this);
        tags.keep(&picture(), asked("/", Role::Supervisors), "\"3\"");
        assert_eq!(tags.0.lock().unwrap().len(), 1, "those of a picture that is gone are gone");
    }
}
