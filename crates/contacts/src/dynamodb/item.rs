//! What an item of the table looks like.

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use jiff::Timestamp;
use switchboard_store::{dynamodb::batch::Item, error::StoreError};

use super::{body, registers::Registers};
use crate::{
    attribute::SystemAttribute,
    expiry::{self, EXPIRY_NAME},
    history::{HistoryEntry, STATUS_KEY},
    line,
    status::Status,
    version::digest,
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
/// The partition key of the index of contacts that somebody works on, which others do not have: instance and bucket.
pub(super) const ACTIVE: &str = "Active";
/// Its sort key: a contact's [place in the line](line::place).
pub(super) const PLACE: &str = "Place";

/// All that is known of a contact, [packed](super::registers).
pub(super) const REGISTERS: &str = "Registers";

/// What stands in a status for itself: the keys of the indexes, and what people look for.
const PLAIN: [SystemAttribute; 3] =
    [SystemAttribute::CustomerIdentifier, SystemAttribute::InitialContactId, SystemAttribute::Status];

/// True in the status of a contact that was erased. It has nothing else but its keys and its expiry.
pub(super) const FORGOTTEN: &str = "Forgotten";

/// The sort key of the index of a customer's contacts: when the contact began, as far as its first event told. It is set once,
/// as each change of a key is paid for.
pub(super) const BEGAN: &str = "Began";

/// Partitions of an instance in the index of active contacts: one takes 1,000 writes a second, and a contact costs six.
const BUCKETS: u32 = 4;

/// The partition that an active contact is in. What nobody told an instance of is in partitions of its own.
pub(super) fn active_partition(status: &Status) -> String {
    let instance = line::instance_id(status.text(SystemAttribute::InstanceArn));
    partition(instance, digest(status.contact_id().as_bytes()) % BUCKETS)
}

/// The partitions of an instance, or of what nobody told an instance of, in the index of active contacts.
pub(super) fn active_partitions(instance_arn: Option<&str>) -> impl Iterator<Item = String> {
    (0..BUCKETS).map(move |bucket| partition(line::instance_id(instance_arn), bucket))
}

fn partition(instance_id: &str, bucket: u32) -> String {
    format!("{instance_id}#{bucket}")
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
    let status = registers(item)?.status;
    let retention = item.get(RETENTION).and_then(|minutes| minutes.as_n().ok()?.parse().ok());
    let expiry = match retention {
        Some(minutes) if status.last_event_at().is_some() => {
            expiry::expiry_epoch_seconds(&status, now, minutes)
        }
        _ => expiry_epoch_seconds(item),
    };
    Ok((!expiry::is_expired(expiry, now)).then_some(status))
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

/// The registers that an item holds.
pub(super) fn registers(item: &Item) -> Result<Registers, StoreError> {
    let packed = item.get(REGISTERS).and_then(|packed| packed.as_b().ok());
    let packed = packed.ok_or(StoreError::NotUnderstood)?;
    Registers::unpack(text(item, CONTACT_ID)?, packed.as_ref()).ok_or(StoreError::NotUnderstood)
}

/// The status of these registers as an item: their packed form, and beside it what the indexes, the expiry and people go by.
pub(super) fn of_status(registers: &Registers) -> Result<Item, StoreError> {
    let status = &registers.status;
    let packed = registers.pack().map_err(|error| StoreError::ItemRejected(error.kind().to_string()))?;
    let mut item = keys(status.contact_id(), STATUS_KEY);
    item.insert(REGISTERS.to_owned(), AttributeValue::B(Blob::new(packed)));
    for plain in PLAIN {
        if let Some(text) = status.text(plain) {
            item.insert(plain.name().to_owned(), AttributeValue::S(text.to_owned()));
        }
    }
    if status.may_be_worked_on() {
        item.insert(ACTIVE.to_owned(), AttributeValue::S(active_partition(status)));
        item.insert(PLACE.to_owned(), AttributeValue::S(line::place(status)));
    }
    Ok(item)
}

/// An entry of the history as an item. It has none of the indexes' attributes.
pub(super) fn from_entry(key: &str, entry: &HistoryEntry, expiry_epoch_seconds: i64) -> Item {
    let mut item = keys(&entry.contact_id, key);
    item.insert(KIND.to_owned(), AttributeValue::S(entry.kind.clone()));
    item.insert(EXPIRY_NAME.to_owned(), AttributeValue::N(expiry_epoch_seconds.to_string()));
    if let Some(bytes) = entry.original_bytes {
        item.insert(ORIGINAL_BYTES.to_owned(), AttributeValue::N(bytes.to_string()));
    }
    if let Some(came) = entry.ahead_of {
        item.insert(AHEAD_OF.to_owned(), AttributeValue::N(came.as_millisecond().to_string()));
    }
    let body = body::kept(&entry.body, size(&item) + BODY.len());
    item.insert(BODY.to_owned(), body);
    item
}

/// What an item without lists and sets counts as, in bytes.
fn size(item: &Item) -> usize {
    let of_value = |value: &AttributeValue| match value {
        AttributeValue::S(text) => text.len(),
        // Two digits a byte, and one more.
        AttributeValue::N(number) => number.len() / 2 + 2,
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        _ => 1,
    };
    item.iter().map(|(name, value)| name.len() + of_value(value)).sum()
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
        body: item.get(BODY).and_then(body::read).ok_or(StoreError::NotUnderstood)?,
        original_bytes: original_bytes.and_then(|bytes| bytes.parse().ok()),
        ahead_of: ahead_of.and_then(|millis| Timestamp::from_millisecond(millis.parse().ok()?).ok()),
    })
}

/// A text of an item.
pub(super) fn text<'a>(item: &'a Item, name: &str) -> Result<&'a str, StoreError> {
    let value = item.get(name).and_then(|value| value.as_s().ok());
    value.map(String::as_str).ok_or(StoreError::NotUnderstood)
}
