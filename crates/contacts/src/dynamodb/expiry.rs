//! When DynamoDB deletes items, and which contacts are in the index of those that somebody works on.
//!
//! Readers go by what a status itself says. DynamoDB deletes by an attribute of each item, the history's entries too. That
//! time is moved only where it must be: it lies between the contact's expiry and a retention after it, so a contact that
//! lives for less than a retention costs no more writes, and one that lives longer costs its entries once a retention.

use aws_sdk_dynamodb::{operation::update_item::UpdateItemError, types::AttributeValue};
use jiff::Timestamp;
use switchboard_store::{
    dynamodb::{batch::Item, failure},
    error::StoreError,
};

use super::{
    Table,
    item::{self, ACTIVE, CONTACT_ID, ENTRY, FORGOTTEN},
};
use crate::{
    attribute::SystemAttribute,
    expiry::{EXPIRY_NAME, expiry_epoch_seconds},
    history::{HISTORY_PREFIX, STATUS_KEY},
    status::Status,
};

/// True if nobody has moved the time of a status since, or forgotten the contact.
const UNTOUCHED: &str = "#e=:held AND attribute_not_exists(#f)";

/// When a new item is deleted: a retention after it expires.
pub(super) fn deletion_epoch_seconds(status: &Status, now: Timestamp, retention_minutes: u32) -> i64 {
    expiry_epoch_seconds(status, now, retention_minutes) + i64::from(retention_minutes) * 60
}

impl Table {
    /// Sees to it that the stored status is deleted in time and is in the index where it belongs, and gives when it is
    /// deleted; [`None`] of one that is forgotten. Another writer may do the same at once: who knew less begins anew.
    pub(super) async fn settle(
        &self,
        contact_id: &str,
        mut stored: Option<Item>,
        now: Timestamp,
        retention_minutes: u32,
    ) -> Result<Option<i64>, StoreError> {
        loop {
            let item = match stored.take() {
                Some(item) => Some(item),
                None => self.item(contact_id).await?,
            };
            let Some(item) = item else {
                // A change without a status, or one that was deleted this moment.
                let status = Status::new(contact_id);
                return Ok(Some(deletion_epoch_seconds(&status, now, retention_minutes)));
            };
            if item::is_forgotten(&item) {
                return Ok(None);
            }
            let status = item::status(&item)?;
            let held = item::expiry_epoch_seconds(&item);
            let needed = expiry_epoch_seconds(&status, now, retention_minutes);
            let latest = deletion_epoch_seconds(&status, now, retention_minutes);
            let deletion = if (needed..=latest).contains(&held) { held } else { latest };
            let is_in_place = status.may_be_worked_on() == item.contains_key(ACTIVE);
            if deletion == held && is_in_place {
                return Ok(Some(held));
            }
            if self.try_settle(&status, held, deletion).await? {
                if deletion != held {
                    self.move_history(contact_id, deletion).await?;
                }
                return Ok(Some(deletion));
            }
        }
    }

    /// False if somebody else changed it meanwhile.
    async fn try_settle(&self, status: &Status, held: i64, deletion: i64) -> Result<bool, StoreError> {
        let number = |number: i64| AttributeValue::N(number.to_string());
        let request = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(item::keys(status.contact_id(), STATUS_KEY)))
            .expression_attribute_names("#e", EXPIRY_NAME)
            .expression_attribute_names("#act", ACTIVE)
            .expression_attribute_names("#f", FORGOTTEN)
            .expression_attribute_values(":held", number(held))
            .expression_attribute_values(":e", number(deletion));
        let request = if status.may_be_worked_on() {
            let request = request
                .expression_attribute_names("#st", SystemAttribute::Status.name())
                .expression_attribute_values(":act", AttributeValue::S(item::shard(status.contact_id())))
                .update_expression("SET #e=:e,#act=:act");
            match status.text(SystemAttribute::Status) {
                Some(state) => request
                    .expression_attribute_values(":st", AttributeValue::S(state.to_owned()))
                    .condition_expression(format!("{UNTOUCHED} AND #st=:st")),
                None => request.condition_expression(format!("{UNTOUCHED} AND attribute_not_exists(#st)")),
            }
        } else {
            request.update_expression("SET #e=:e REMOVE #act").condition_expression(UNTOUCHED)
        };
        match request.send().await {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(false),
                _ => Err(failure(&error)),
            },
        }
    }

    async fn item(&self, contact_id: &str) -> Result<Option<Item>, StoreError> {
        let request = self.client.get_item().table_name(&self.name).consistent_read(true);
        let request = request.set_key(Some(item::keys(contact_id, STATUS_KEY)));
        Ok(request.send().await.map_err(|error| failure(&error))?.item)
    }

    /// Moves the time when a contact's history is deleted.
    async fn move_history(&self, contact_id: &str, deletion: i64) -> Result<(), StoreError> {
        let query = self
            .client
            .query()
            .table_name(&self.name)
            .key_condition_expression("#p = :p AND begins_with(#s, :s)")
            .expression_attribute_names("#p", CONTACT_ID)
            .expression_attribute_names("#s", ENTRY)
            .expression_attribute_values(":p", AttributeValue::S(contact_id.to_owned()))
            .expression_attribute_values(":s", AttributeValue::S(HISTORY_PREFIX.to_owned()))
            .projection_expression("#p, #s");
        let entries: Result<Vec<Item>, _> = query.into_paginator().items().send().try_collect().await;
        for entry in entries.map_err(|error| failure(&error))? {
            let request = self
                .client
                .update_item()
                .table_name(&self.name)
                .set_key(Some(item::keys(contact_id, item::text(&entry, ENTRY)?)))
                .update_expression("SET #e=:e")
                .condition_expression("attribute_exists(#s)")
                .expression_attribute_names("#e", EXPIRY_NAME)
                .expression_attribute_names("#s", ENTRY)
                .expression_attribute_values(":e", AttributeValue::N(deletion.to_string()));
            match request.send().await {
                Ok(_) => {}
                Err(error) => match error.as_service_error() {
                    // Deleted this moment.
                    Some(UpdateItemError::ConditionalCheckFailedException(_)) => {}
                    _ => return Err(failure(&error)),
                },
            }
        }
        Ok(())
    }
}
