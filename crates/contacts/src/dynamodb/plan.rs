//! What becomes of a stored status by a change.

use aws_sdk_dynamodb::{operation::put_item::builders::PutItemFluentBuilder, types::AttributeValue};
use jiff::Timestamp;
use switchboard_store::{dynamodb::batch::Item, error::StoreError};

use super::{
    expiry::deletion_epoch_seconds,
    item::{self, BEGAN, CONTACT_ID, REGISTERS, RETENTION},
    registers::Registers,
};
use crate::{
    expiry::{EXPIRY_NAME, expiry_epoch_seconds},
    standing,
    status::{Status, time_text},
};

/// What is to be done about a status.
pub(super) enum Plan {
    /// Nothing: the contact was erased.
    Forget,
    /// Nothing: all of the change is there. The contact's items are deleted then, in seconds since 1970.
    Keep(i64),
    /// The status is replaced.
    Replace(Replacement),
}

/// A status to put in place of the one that was read, and of no other.
pub(super) struct Replacement {
    item: Item,
    /// The registers that were read, as they were packed.
    held: Option<AttributeValue>,
    /// When the contact's items are deleted, in seconds since 1970.
    pub(super) deletion: i64,
    /// Whether that is another time than before, so that the history's entries are to be told.
    pub(super) moves_history: bool,
}

impl Plan {
    /// What a change makes of what is stored.
    ///
    /// Equal versions are equal values: each event of a contact says again when it began.
    pub(super) fn new(
        stored: Option<&Item>,
        change: &Status,
        now: Timestamp,
        retention_minutes: u32,
    ) -> Result<Self, StoreError> {
        if stored.is_some_and(item::is_forgotten) {
            return Ok(Self::Forget);
        }
        let held = stored.map(item::registers).transpose()?;
        let mut registers = held.unwrap_or_else(|| Registers::new(change.contact_id()));
        let is_news = !change.newer_than(&registers.status).is_empty();
        registers.status.merge(change.clone());

        let held_deletion = stored.map(item::expiry_epoch_seconds);
        let deletion = deletion(held_deletion, &registers.status, now, retention_minutes);
        let moves_history = held_deletion.is_some_and(|held| held != deletion);
        if !is_news && !moves_history {
            return Ok(Self::Keep(deletion));
        }
        let mut item = item::of_status(&registers)?;
        let began = || standing::began(&registers.status).map(|at| AttributeValue::S(time_text(at)));
        let began = stored.and_then(|stored| stored.get(BEGAN)).cloned().or_else(began);
        item.extend(began.map(|began| (BEGAN.to_owned(), began)));
        for (name, number) in [(EXPIRY_NAME, deletion), (RETENTION, i64::from(retention_minutes))] {
            item.insert(name.to_owned(), AttributeValue::N(number.to_string()));
        }
        let held = stored.and_then(|stored| stored.get(REGISTERS)).cloned();
        Ok(Self::Replace(Replacement { item, held, deletion, moves_history }))
    }
}

/// When a contact's items are deleted: when they were to be, unless that is before the contact expires or more than a retention
/// after it.
fn deletion(held: Option<i64>, status: &Status, now: Timestamp, retention_minutes: u32) -> i64 {
    let needed = expiry_epoch_seconds(status, now, retention_minutes);
    let latest = deletion_epoch_seconds(status, now, retention_minutes);
    held.filter(|held| (needed..=latest).contains(held)).unwrap_or(latest)
}

impl Replacement {
    /// The request, which is refused if somebody else has written meanwhile.
    pub(super) fn request(&self, request: PutItemFluentBuilder) -> PutItemFluentBuilder {
        let request = request.set_item(Some(self.item.clone()));
        match &self.held {
            Some(held) => request
                .condition_expression("#r = :held")
                .expression_attribute_names("#r", REGISTERS)
                .expression_attribute_values(":held", held.clone()),
            None => request
                .condition_expression("attribute_not_exists(#p)")
                .expression_attribute_names("#p", CONTACT_ID),
        }
    }
}
