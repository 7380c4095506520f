//! A contact record as a row of `contact_record` and `contact_record_personal`.

mod attributes;
pub(crate) mod columns;
pub(crate) mod derived;
mod members;
mod paths;
mod source;

use std::fmt;

use jiff::Timestamp;
use serde_json::Value;
use switchboard_core::{
    arn::{last_segment, region},
    contact_event::NotAContactEvent,
    ctr::{Ctr, NotACtr},
    ctr_version::CtrVersion,
};

pub use self::{
    attributes::AttributeSelection,
    source::{RowSource, RowVersion},
};
use self::{columns::COLUMNS, derived::Derived, members::Members};

/// The most bytes of a text that is part of a key: Connect's own limits are below.
const KEY_MAX_BYTES: usize = 256;

/// Why a document is no row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotARow {
    /// It is no contact record.
    #[error(transparent)]
    Record(#[from] NotACtr),
    /// It is no contact event.
    #[error(transparent)]
    Event(#[from] NotAContactEvent),
    /// Its id is longer than any of Connect's.
    #[error("a ContactId of more than 256 bytes")]
    Id,
    /// It is a contact event that does not say of which instance.
    #[error("a contact event that names no instance")]
    Instance,
}

/// What identifies a contact: ids are unique within an instance, and a replica of one has its source's id in another Region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContactKey {
    /// The Region of the instance; empty where the record names no instance.
    pub aws_region: String,
    /// The id of the instance; empty where the record names none.
    pub instance_id: String,
    /// The id of the contact.
    pub contact_id: String,
}

impl ContactKey {
    /// The key of an instance's contact; the ARN is empty where a record names no instance.
    pub(crate) fn new(instance_arn: &str, contact_id: &str) -> Result<Self, NotARow> {
        let contact_id = contact_id.replace('\0', "\u{fffd}");
        if contact_id.len() > KEY_MAX_BYTES {
            return Err(NotARow::Id);
        }
        Ok(Self {
            aws_region: key_text(region(instance_arn).unwrap_or_default()),
            instance_id: key_text(last_segment(instance_arn)),
            contact_id,
        })
    }
}

/// A row, made of one copy of a contact's record. Which copies came before does not matter.
#[derive(Clone, PartialEq, Eq)]
pub struct ContactRow {
    key: ContactKey,
    version: RowVersion,
    /// The values of [`COLUMNS`], in their order.
    values: Vec<Value>,
}

impl fmt::Debug for ContactRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContactRow").field("key", &self.key).finish_non_exhaustive()
    }
}

impl ContactRow {
    /// Reads a contact record `now`; of the contact's attributes those that are selected.
    ///
    /// # Errors
    /// When the document is no contact record.
    pub fn read(document: &str, attributes: &AttributeSelection, now: Timestamp) -> Result<Self, NotARow> {
        Self::of(document, RowSource::ContactRecord, attributes, now)
    }

    /// Reads a document in the form of a contact record, made of what a source tells.
    pub(crate) fn of(
        document: &str,
        source: RowSource,
        attributes: &AttributeSelection,
        now: Timestamp,
    ) -> Result<Self, NotARow> {
        let ctr = Ctr::parse(document)?;
        let instance = ctr.instance_arn.text().unwrap_or_default();
        let key = ContactKey::new(&instance, &ctr.contact_id.text().unwrap_or_default())?;
        let version = RowVersion { source, copy: CtrVersion::of(&ctr, document, now) };
        let members = Members::read(document);
        let derived = Derived::of(&ctr);
        let value = |(at, column): (usize, &columns::Column)| match column.name {
            _ if !column.member.is_empty() => members.value(at, column),
            "aws_region" => key.aws_region.clone().into(),
            "instance_id" => key.instance_id.clone().into(),
            "contact_id" => key.contact_id.clone().into(),
            "version" => version.to_string().into(),
            "source" => source.name().into(),
            "attributes" => attributes.select(members.attributes()),
            "unknown_members" => members.unknown().into(),
            name => derived.value(name),
        };
        let values = COLUMNS.iter().enumerate().map(value).collect();
        Ok(Self { key, version, values })
    }

    /// The contact's key.
    pub fn key(&self) -> &ContactKey {
        &self.key
    }

    /// Its version: the greatest of a contact's rows is kept.
    pub fn version(&self) -> RowVersion {
        self.version
    }

    /// The row as it is in a statement's parameter: a JSON array.
    pub(crate) fn json(&self) -> String {
        Value::from(self.values.clone()).to_string()
    }

    /// A column's text, by the column's place in [`COLUMNS`].
    pub(crate) fn text(&self, at: usize) -> Option<&str> {
        self.values.get(at).and_then(Value::as_str)
    }

    /// The values of [`COLUMNS`], in their order.
    pub(crate) fn into_values(self) -> Vec<Value> {
        self.values
    }

    /// A column's value; null if there is none.
    #[cfg(test)]
    pub(crate) fn get(&self, column: &str) -> Value {
        let at = COLUMNS.iter().position(|other| other.name == column);
        at.and_then(|at| self.values.get(at).cloned()).unwrap_or_default()
    }
}

/// A text that is part of a key: without what PostgreSQL can't store, and not longer than an index takes.
pub(crate) fn key_text(text: &str) -> String {
    let text = text.replace('\0', "\u{fffd}");
    let end = (0..=text.len().min(KEY_MAX_BYTES)).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or_default()).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests;
