//! Writing: the status under its condition, the history as it is.

use std::{iter, time::Duration};

use aws_sdk_dynamodb::{
    operation::update_item::UpdateItemError,
    types::{ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use backon::BackoffBuilder as _;
use jiff::Timestamp;
use switchboard_store::{
    dynamodb::{
        back_off,
        batch::{self, Item},
        failure,
    },
    error::StoreError,
};

use super::{Table, item, update::Update};
use crate::{expiry::forgotten_until_epoch_seconds, fold::ContactChange, history::STATUS_KEY};

/// How a write went, with what is stored after it.
enum Written {
    Whole(Item),
    Rejected(Item),
}

impl Table {
    /// Keeps one contact's change: the status, then the history, which goes when the status does. Both halves can be
    /// repeated, so one of them failing needs no undoing.
    pub(crate) async fn upsert(
        &self,
        change: &ContactChange,
        now: Timestamp,
        retention_minutes: u32,
    ) -> Result<(), StoreError> {
        let mut stored = None;
        for update in Update::all(&change.status, now, retention_minutes) {
            let item = self.write(update).await?;
            if item::is_forgotten(&item) {
                return Ok(());
            }
            stored = Some(item);
        }
        match self.settle(change.contact_id(), stored, now, retention_minutes).await? {
            Some(expiry) => self.keep_history(change, expiry).await,
            None => Ok(()),
        }
    }

    /// Writes until it is written, nothing is left of it or the contact is forgotten, and gives what is stored then. The first repetition goes at
    /// once: it is due to an event that came late, more often than to another writer.
    async fn write(&self, mut update: Update) -> Result<Item, StoreError> {
        let mut delays = iter::once(Duration::ZERO).chain(back_off().build());
        loop {
            let stored = match self.try_write(&update).await? {
                Written::Whole(stored) => return Ok(stored),
                Written::Rejected(stored) if item::is_forgotten(&stored) => return Ok(stored),
                Written::Rejected(stored) => stored,
            };
            match update.against(&stored)? {
                Some(rest) => update = rest,
                None => return Ok(stored),
            }
            tokio::time::sleep(delays.next().unwrap_or_default()).await;
        }
    }

    /// Writes once.
    async fn try_write(&self, update: &Update) -> Result<Written, StoreError> {
        let request = update
            .request(self.client.update_item())
            .table_name(&self.name)
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let error = match request.send().await {
            Ok(output) => return Ok(Written::Whole(output.attributes.unwrap_or_default())),
            Err(error) => error,
        };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
                refused.item().cloned().map(Written::Rejected).ok_or(StoreError::NotUnderstood)
            }
            _ => Err(failure(&error)),
        }
    }

    /// Replaces a contact's status by one that says that it is forgotten, and deletes its history.
    pub(crate) async fn erase(
        &self,
        contact_id: &str,
        now: Timestamp,
        retention_minutes: u32,
    ) -> Result<(), StoreError> {
        let forgotten = item::forgotten(contact_id, forgotten_until_epoch_seconds(now, retention_minutes));
        let request = self.client.put_item().table_name(&self.name).set_item(Some(forgotten));
        request.send().await.map_err(|error| failure(&error))?;
        for entry in self.entries(contact_id).await?.into_iter().filter(|entry| entry != STATUS_KEY) {
            let request = self.client.delete_item().table_name(&self.name);
            let request = request.set_key(Some(item::keys(contact_id, &entry)));
            request.send().await.map_err(|error| failure(&error))?;
        }
        Ok(())
    }

    async fn keep_history(
        &self,
        change: &ContactChange,
        expiry_epoch_seconds: i64,
    ) -> Result<(), StoreError> {
        let entries = change.history.iter();
        let items = entries.map(|(key, entry)| item::from_entry(key, entry, expiry_epoch_seconds));
        batch::put(&self.client, &self.name, items.collect()).await
    }
}
