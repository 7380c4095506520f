//! The events of a contact as they are kept, one entry each.

use std::fmt;

use jiff::Timestamp;

use crate::{
    status::time_text,
    version::{Source, digest},
};

/// The sort key of the item that holds a contact's status.
pub const STATUS_KEY: &str = "STATUS";

/// What the sort key of every history entry begins with.
pub const HISTORY_PREFIX: &str = "HISTORY#";

/// The longest body kept, in bytes. DynamoDB's limit is 409,600 for an item with all its names; ids, keys and
/// names of the rest come to 3 KB at most.
pub const BODY_MAX_BYTES: usize = 400_000;

/// The longest event id that goes into a key as it is; a sort key holds 1,024 bytes.
const ID_MAX_BYTES: usize = 256;

/// One event in a contact's history. [`Debug`](fmt::Debug) hides the body.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HistoryEntry {
    /// The contact.
    pub contact_id: String,
    /// When it happened, by the event's own times.
    pub at: Timestamp,
    /// Where it came from.
    pub source: Source,
    /// What tells the event from another of the source: a repeat has the same.
    pub id: String,
    /// What it was: the contact event's type, the flow block's type, the contact's state with the agent,
    /// `CONTACT_RECORD`, or `RECORDED` for data from a flow.
    pub kind: String,
    /// The event as it came, JSON text. For an agent event, what it says about this contact alone, because the
    /// rest is about other people.
    pub body: String,
    /// The size of the body before it was cut, in bytes; [`None`] if it is whole. A body that was cut is no
    /// JSON any more.
    pub original_bytes: Option<usize>,
    /// When the event came, if it states a time too far ahead of that: such times are none. [`None`] for all others.
    pub ahead_of: Option<Timestamp>,
}

impl HistoryEntry {
    /// Makes an entry; a body over [`BODY_MAX_BYTES`] is cut, and says so.
    pub fn new(contact_id: &str, at: Timestamp, source: Source, id: &str, kind: &str, body: &str) -> Self {
        let cut = body.floor_char_boundary(BODY_MAX_BYTES);
        let id = match id.len() {
            0..=ID_MAX_BYTES => id.to_owned(),
            _ => format!("{:08x}", digest(id.as_bytes())),
        };
        Self {
            contact_id: contact_id.to_owned(),
            at,
            source,
            id,
            kind: kind.to_owned(),
            body: body.get(..cut).unwrap_or_default().to_owned(),
            original_bytes: (cut < body.len()).then_some(body.len()),
            ahead_of: None,
        }
    }

    /// The sort key: `HISTORY#<time>#<source>#<id>`. Sorts by time, and is the same for a repeat.
    pub fn key(&self) -> String {
        format!("{HISTORY_PREFIX}{}#{}#{}", time_text(self.at), self.source.name(), self.id)
    }

    /// True if the body is not whole.
    pub fn truncated(&self) -> bool {
        self.original_bytes.is_some()
    }

    /// The time, source and id in a sort key; [`None`] if it is not that of a history entry.
    pub fn parse_key(key: &str) -> Option<(Timestamp, Source, &str)> {
        let mut parts = key.strip_prefix(HISTORY_PREFIX)?.splitn(3, '#');
        let at = parts.next()?.parse().ok()?;
        let source = Source::from_name(parts.next()?)?;
        Some((at, source, parts.next()?))
    }
}

impl fmt::Debug for HistoryEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HistoryEntry")
            .field("key", &self.key())
            .field("kind", &self.kind)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(millis: i64, id: &str, body: &str) -> HistoryEntry {
        let at = Timestamp::from_millisecond(millis).unwrap();
        HistoryEntry::new("c", at, Source::FlowLog, id, "PlayPrompt", body)
    }

    #[test]
    fn keys_sort_by_time_and_read_back() {
        let keys = [1_000, 1_001, 60_000, 1_700_000_000_999].map(|millis| entry(millis, "e#1", "{}").key());
        assert!(keys.is_sorted(), "{keys:?}");
        assert_eq!(keys[1], "HISTORY#1970-01-01T00:00:01.001Z#FlowLog#e#1");
        let at = Timestamp::from_millisecond(1_001).unwrap();
        assert_eq!(HistoryEntry::parse_key(&keys[1]), Some((at, Source::FlowLog, "e#1")));
        assert_eq!(HistoryEntry::parse_key(STATUS_KEY), None);
        assert!(entry(0, &"x".repeat(2000), "").key().len() < 100);
    }

    #[test]
    fn an_entry_too_large_is_cut_between_characters_and_says_so() {
        let body = "é".repeat(BODY_MAX_BYTES / 2 + 1);
        let cut = entry(0, "e", &format!("x{body}"));
        assert_eq!(cut.original_bytes, Some(body.len() + 1));
        assert_eq!(cut.body.len(), BODY_MAX_BYTES - 1);
        assert!(!entry(0, "e", &"x".repeat(BODY_MAX_BYTES)).truncated());
    }

    #[test]
    fn debug_shows_no_body() {
        assert!(!format!("{:?}", entry(0, "e", r#"{"Text":"+61491570006"}"#)).contains("6149"));
    }
}
