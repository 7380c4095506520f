//! Writing: the status in place of the one that was read, the history as it is.

use std::{iter, time::Duration};

use aws_sdk_dynamodb::{operation::put_item::PutItemError, types::ReturnValuesOnConditionCheckFailure};
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

use super::{
    Table, item,
    plan::{Plan, Replacement},
};
use crate::{
    expiry::forgotten_until_epoch_seconds, fold::ContactChange, history::STATUS_KEY, status::Status,
};

/// How a write went.
enum Written {
    Whole,
    /// Somebody else had written: what is stored, if anything is.
    Refused(Option<Item>),
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
        match self.merge(&change.status, now, retention_minutes).await? {
            Some(deletion) => self.keep_history(change, deletion).await,
            None => Ok(()),
        }
    }

    /// Reads, merges and writes until all of a change is stored or the contact is forgotten, and gives when the contact's items
    /// are deleted; [`None`] of one that is forgotten. The first repetition goes at once, with what the refusal told.
    async fn merge(
        &self,
        change: &Status,
        now: Timestamp,
        retention_minutes: u32,
    ) -> Result<Option<i64>, StoreError> {
        let contact_id = change.contact_id();
        let mut delays = iter::once(Duration::ZERO).chain(back_off().build());
        // Half the price of a read that is up to date, and the write's condition tells.
        let mut stored = self.item(contact_id, false).await?;
        let mut is_up_to_date = false;
        loop {
            match Plan::new(stored.as_ref(), change, now, retention_minutes)? {
                Plan::Forget => return Ok(None),
                Plan::Keep(deletion) if is_up_to_date => return Ok(Some(deletion)),
                // It may have been erased a moment ago.
                Plan::Keep(_) => stored = self.item(contact_id, true).await?,
                Plan::Replace(replacement) => {
                    // Before the status, so that a repeat after a failure finds that it is still to be done.
                    if replacement.moves_history {
                        self.move_history(contact_id, replacement.deletion).await?;
                    }
                    match self.replace(&replacement).await? {
                        Written::Whole => return Ok(Some(replacement.deletion)),
                        Written::Refused(held) => stored = held,
                    }
                    tokio::time::sleep(delays.next().unwrap_or_default()).await;
                }
            }
            is_up_to_date = true;
        }
    }

    /// The item of a contact's status, as it was a moment ago or as it is.
    pub(super) async fn item(
        &self,
        contact_id: &str,
        is_up_to_date: bool,
    ) -> Result<Option<Item>, StoreError> {
        let request = self.client.get_item().table_name(&self.name).consistent_read(is_up_to_date);
        let request = request.set_key(Some(item::keys(contact_id, STATUS_KEY)));
        Ok(request.send().await.map_err(|error| failure(&error))?.item)
    }

    /// Writes once.
    async fn replace(&self, replacement: &Replacement) -> Result<Written, StoreError> {
        let request = replacement
            .request(self.client.put_item())
            .table_name(&self.name)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let Err(error) = request.send().await else { return Ok(Written::Whole) };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(refused)) => {
                Ok(Written::Refused(refused.item().cloned()))
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
