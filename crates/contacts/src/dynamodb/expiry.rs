//! When DynamoDB deletes items.
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
    item::{self, CONTACT_ID, ENTRY},
};
use crate::{
    expiry::{EXPIRY_NAME, expiry_epoch_seconds},
    history::HISTORY_PREFIX,
    status::Status,
};

/// When a new item is deleted: a retention after it expires.
pub(super) fn deletion_epoch_seconds(status: &Status, now: Timestamp, retention_minutes: u32) -> i64 {
    expiry_epoch_seconds(status, now, retention_minutes) + i64::from(retention_minutes) * 60
}

impl Table {
    /// Moves the time when a contact's history is deleted.
    pub(super) async fn move_history(&self, contact_id: &str, deletion: i64) -> Result<(), StoreError> {
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
