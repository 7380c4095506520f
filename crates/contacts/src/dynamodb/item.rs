//! What an item of the table looks like.

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use jiff::Timestamp;
use switchboard_store::{dynamodb::batch::Item, error::StoreError};

use crate::{
    attribute::{Attribute, SystemAttribute},
    expiry::{self, EXPIRY_NAME},
    history::{HistoryEntry, STATUS_KEY},
    status::{Register, Status, Value},
    store::value_kind::{self, ValueKind},
    version::{Version, digest},
};

/// The partition key.
pub(super) const CONTACT_ID: &str = "Connect_ContactId";
/// The sort key.
pub(super) const ENTRY: &str = "Entry";

const KIND: &str = "Kind";
const BODY: &str = "Body";
const ORIGINAL_BYTES: &str = "OriginalBytes";
const AHEAD_OF: &str = "AheadOf";

/// For how long the contact is kept after its last event, in minutes: who reads need not be set as who writes is.
pub(super) const RETENTION: &str = "RetentionMinutes";
/// The partition key of the index of contacts that somebody works on, which others do not have.
pub(super) const ACTIVE: &str = "Active";

/// True in the status of a contact that was erased. It has nothing else but its keys and its expiry.
pub(super) const FORGOTTEN: &str = "Forgotten";

/// The sort key of the index of a customer's contacts: when the contact began, as far as its first event told. It is set once,
/// as each change of a key is paid for.
pub(super) const BEGAN: &str = "Began";

/// Partitions of that index: one takes 1,000 writes a second.
pub(super) const SHARDS: [&str; 16] =
    ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "a", "b", "c", "d", "e", "f"];

/// The partition that a contact is in.
pub(super) fn shard(contact_id: &str) -> String {
    format!("{:x}", digest(contact_id.as_bytes()) % 16)
}

/// Whether it is the status of a contact that was erased.
pub(super) fn is_forgotten(item: &Item) -> bool {
    item.contains_key(FORGOTTEN)
}

/// The status of a contact that was erased.
pub(super) fn forgotten(contact_id: &str, expiry_epoch_seconds: i64) -> Item {
    let mut item = keys(contact_id, STATUS_KEY);
    item.insert(FORGOTTEN.to_owned(), AttributeValue::Bool(true));
    item.insert(EXPIRY_NAME.to_owned(), AttributeValue::N(expiry_epoch_seconds.to_string()));
    item
}

/// The status that an item holds, if it is not expired or erased.
pub(super) fn fresh_status(item: &Item, now: Timestamp) -> Result<Option<Status>, StoreError> {
    if is_forgotten(item) {
        return Ok(None);
    }
    let status = status(item)?;
    let retention = item.get(RETENTION).and_then(|minutes| minutes.as_n().ok()?.parse().ok());
    let expiry = match retention {
        Some(minutes) if status.last_event_at().is_some() => {
            expiry::expiry_epoch_seconds(&status, now, minutes)
        }
        _ => expiry_epoch_seconds(item),
    };
    Ok((!expiry::is_expired(expiry, now)).then_some(status))
}

/// What the name of a version begins with.
const VERSION: &str = "v_";

/// A version as it is kept: a third shorter than its text.
pub(super) fn version(version: Version) -> AttributeValue {
    AttributeValue::B(Blob::new(version.to_bytes()))
}

/// The name that the version of an attribute is kept under: `v_` and the capitals of its name, as names are paid
/// for with each write. Data recorded by flows keeps its whole name, since nobody knows what it may be.
pub(super) fn version_name(attribute: &Attribute) -> String {
    match attribute {
        Attribute::System(known) => {
            let capitals: String = known.name().chars().filter(char::is_ascii_uppercase).collect();
            format!("{VERSION}{capitals}")
        }
        Attribute::Data(_) => format!("{VERSION}{}", attribute.name()),
    }
}

/// A value as it is kept.
pub(super) fn value(value: &Value) -> AttributeValue {
    match value {
        Value::Flag(flag) => AttributeValue::Bool(*flag),
        Value::Text(_) | Value::Time(_) => AttributeValue::S(value_kind::text(value)),
    }
}

/// The keys of an item.
pub(super) fn keys(contact_id: &str, entry: &str) -> Item {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    Item::from([(CONTACT_ID.to_owned(), text(contact_id)), (ENTRY.to_owned(), text(entry))])
}

/// When an item may go; the longest ago if it doesn't say.
pub(super) fn expiry_epoch_seconds(item: &Item) -> i64 {
    let number = item.get(EXPIRY_NAME).and_then(|value| value.as_n().ok());
    number.and_then(|number| number.parse().ok()).unwrap_or(i64::MIN)
}

/// The status that an item holds.
pub(super) fn status(item: &Item) -> Result<Status, StoreError> {
    let contact_id = text(item, CONTACT_ID)?;
    let known = SystemAttribute::ALL.into_iter().map(Attribute::System);
    let data = item.keys().filter_map(|name| match Attribute::from_name(name.strip_prefix(VERSION)?)? {
        Attribute::System(_) => None,
        data @ Attribute::Data(_) => Some(data),
    });
    let mut status = Status::new(contact_id);
    for attribute in known.chain(data) {
        if let Some(version) = item.get(&version_name(&attribute)) {
            let version = version.as_b().ok().and_then(|bytes| Version::from_bytes(bytes.as_ref()));
            let value = read_value(item, &attribute.name());
            let (version, value) = version.zip(value).ok_or(StoreError::NotUnderstood)?;
            status.set_if_newer(attribute, Register { version, value });
        }
    }
    Ok(status)
}

fn read_value(item: &Item, name: &str) -> Option<Value> {
    match (item.get(name)?, ValueKind::of(name)) {
        (AttributeValue::Bool(flag), ValueKind::Flag) => Some(Value::Flag(*flag)),
        (AttributeValue::S(text), kind @ (ValueKind::Text | ValueKind::Time)) => kind.read(text),
        _ => None,
    }
}

/// An entry of the history as an item. It has none of the indexes' attributes.
pub(super) fn from_entry(key: &str, entry: &HistoryEntry, expiry_epoch_seconds: i64) -> Item {
    let mut item = keys(&entry.contact_id, key);
    item.insert(KIND.to_owned(), AttributeValue::S(entry.kind.clone()));
    item.insert(BODY.to_owned(), AttributeValue::S(entry.body.clone()));
    item.insert(EXPIRY_NAME.to_owned(), AttributeValue::N(expiry_epoch_seconds.to_string()));
    if let Some(bytes) = entry.original_bytes {
        item.insert(ORIGINAL_BYTES.to_owned(), AttributeValue::N(bytes.to_string()));
    }
    if let Some(came) = entry.ahead_of {
        item.insert(AHEAD_OF.to_owned(), AttributeValue::N(came.as_millisecond().to_string()));
    }
    item
}

/// The entry of the history that an item holds.
pub(super) fn entry(item: &Item) -> Result<HistoryEntry, StoreError> {
    let (at, source, id) = HistoryEntry::parse_key(text(item, ENTRY)?).ok_or(StoreError::NotUnderstood)?;
    let original_bytes = item.get(ORIGINAL_BYTES).and_then(|bytes| bytes.as_n().ok());
    let ahead_of = item.get(AHEAD_OF).and_then(|millis| millis.as_n().ok());
    Ok(HistoryEntry {
        contact_id: text(item, CONTACT_ID)?.to_owned(),
        at,
        source,
        id: id.to_owned(),
        kind: text(item, KIND)?.to_owned(),
        body: text(item, BODY)?.to_owned(),
        original_bytes: original_bytes.and_then(|bytes| bytes.parse().ok()),
        ahead_of: ahead_of.and_then(|millis| Timestamp::from_millisecond(millis.parse().ok()?).ok()),
    })
}

/// A text of an item.
pub(super) fn text<'a>(item: &'a Item, name: &str) -> Result<&'a str, StoreError> {
    let value = item.get(name).and_then(|value| value.as_s().ok());
    value.map(String::as_str).ok_or(StoreError::NotUnderstood)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn versions_have_names_of_their_own() {
        let versions: BTreeSet<_> = SystemAttribute::ALL.map(|known| version_name(&known.into())).into();
        assert_eq!(versions.len(), SystemAttribute::ALL.len(), "{versions:?}");
        assert!(versions.contains("v_FOH"), "Flag_OnHold: {versions:?}");
        let data = version_name(&Attribute::data("menu").unwrap());
        assert_eq!(data, "v_Data_menu");
        let names: BTreeSet<String> = SystemAttribute::ALL.map(|known| known.name().to_owned()).into();
        assert!(versions.is_disjoint(&names));
    }
}
