//! The members of a record by their paths, and those that no column is known for.

use serde_json::{Map, Value, value::RawValue};
use switchboard_core::{
    arn::last_segment,
    ctr::whole_seconds,
    instant::instant,
    json::{self, Member, Raw, Visitor},
};

use super::{
    columns::{Column, ColumnType},
    paths::{PATHS, Path},
};
use crate::time::time_text;

/// The longest duration that is one, in seconds: ten years. A sum of longer ones would not fit.
const LONGEST_SECS: u64 = 10 * 366 * 86_400;

/// The members of a record.
pub(super) struct Members<'a> {
    /// Those that are known, by their slots.
    known: Vec<Raw<'a>>,
    unknown: Map<String, Value>,
    /// The objects that are open.
    open: Vec<&'static Path>,
}

impl<'a> Members<'a> {
    /// Reads a document, which is one JSON object. Where a name comes twice, the last counts.
    pub(super) fn read(document: &'a str) -> Self {
        let known = vec![Raw::ABSENT; PATHS.root.slots.len()];
        let mut read = Self { known, unknown: Map::new(), open: Vec::with_capacity(4) };
        let walked = json::walk(document, &mut read);
        debug_assert!(walked.is_ok(), "the document was read before");
        read
    }

    /// The path of a member of the innermost object that is open at that depth.
    fn path(&mut self, depth: usize, name: &str) -> Option<&'static Path> {
        self.open.truncate(depth);
        self.open.last().copied().unwrap_or(&PATHS.root).member(name)
    }

    /// Forgets what members of this path said before.
    fn forget(&mut self, path: &Path) {
        self.known.get_mut(path.slots.clone()).unwrap_or_default().fill(Raw::ABSENT);
    }

    /// The members that are attributes of the contact.
    pub(super) fn attributes(&self) -> Raw<'a> {
        self.at(PATHS.attributes)
    }

    fn at(&self, slot: Option<usize>) -> Raw<'a> {
        slot.and_then(|slot| self.known.get(slot)).copied().unwrap_or_default()
    }

    /// The members that no column is known for, by their paths, as the text of a JSON object of JSON texts; [`None`] if
    /// there are none.
    pub(super) fn unknown(&self) -> Option<String> {
        (!self.unknown.is_empty()).then(|| Value::Object(self.unknown.clone()).to_string())
    }

    /// The value of the column at this place of [`COLUMNS`](super::columns::COLUMNS); null if there is none, or one of a wrong type.
    pub(super) fn value(&self, at: usize, column: &Column) -> Value {
        let raw = self.at(PATHS.columns.get(at).copied().flatten());
        match column.kind {
            ColumnType::Text => text(raw),
            ColumnType::IdOfArn => {
                raw.text().map_or(Value::Null, |arn| last_segment(&arn).replace('\0', "\u{fffd}").into())
            }
            ColumnType::Integer => raw.integer().into(),
            ColumnType::Seconds => seconds(raw).into(),
            ColumnType::Milliseconds => seconds(raw).map(|seconds| seconds * 1000).into(),
            ColumnType::Timestamp => instant(raw).map(time_text).into(),
        }
    }
}

impl<'a> Visitor<'a> for Members<'a> {
    fn enter(&mut self, depth: usize, name: &str) -> bool {
        let Some(path) = self.path(depth, name).filter(|path| path.is_object()) else {
            return false;
        };
        self.forget(path);
        self.open.push(path);
        true
    }

    fn member(&mut self, depth: usize, member: Member<'a>) {
        match self.path(depth, &member.name) {
            // Its members were told.
            Some(path) if path.is_object() && member.value.is_object() => {}
            Some(path) => {
                self.forget(path);
                if let Some(kept) = path.slot().and_then(|slot| self.known.get_mut(slot)) {
                    *kept = member.value;
                }
            }
            None if matches!(member.value.json(), "null" | "[]" | "{}") => {}
            None => {
                let inside = self.open.last().map_or_else(String::new, |object| format!("{}.", object.whole));
                let path = format!("{inside}{}", member.name).replace('\0', "\u{fffd}");
                // Text that is in the document can be read, so it has a value.
                let kept = serde_json::from_str::<&RawValue>(member.value.json()).ok();
                self.unknown.insert(path, kept.map(|raw| raw.get().to_owned()).into());
            }
        }
    }
}

/// A text, without what PostgreSQL can't store.
pub(super) fn text(raw: Raw<'_>) -> Value {
    raw.text().map_or(Value::Null, |text| text.replace('\0', "\u{fffd}").into())
}

fn seconds(raw: Raw<'_>) -> Option<u64> {
    whole_seconds(raw).filter(|seconds| *seconds <= LONGEST_SECS)
}
