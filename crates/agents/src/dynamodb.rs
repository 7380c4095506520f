//! Agents in a DynamoDB table: partition key `Agent`, no sort key, no index.
//!
//! | attribute | what it is |
//! |---|---|
//! | `Agent` | `REGION/INSTANCE-ID/USERNAME`; `#REGION/INSTANCE-ID/ID` for an ARN alias; `#routing/REGION/INSTANCE-ID/ID` for a routing profile; `#feed` for the consumer's state |
//! | `Record` | the record as JSON |
//! | `Revision` | counts the writes: each is a `PutItem` under the condition that this is still what was read |
//! | `DDB_ExpiryEpoch` | when the item may go, in seconds since 1970 |
//!
//! An agent's events of one batch cost one consistent read and one write, each of some 1 KB, with team and routing profile up
//! to 1.3 KB (2 units), and one more write where a change was sent. A batch as a whole costs one read of `#feed`, one more where a change was sent, and every half minute
//! a write, or two with a change. A snapshot costs a scan, a few writes of `#feed`, and none of an agent whose state was
//! acknowledged. An agent who is new, or without events for a day, costs one read and one write more.

use std::{collections::BTreeMap, time::Duration};

use aws_sdk_dynamodb::{
    Client,
    client::Waiters as _,
    operation::put_item::PutItemError,
    types::{
        AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
        ReturnValuesOnConditionCheckFailure, ScalarAttributeType, TimeToLiveSpecification,
    },
};
use switchboard_store::{
    dynamodb::{
        self,
        batch::{self, Item},
        failure,
    },
    error::StoreError,
};

use crate::backend::{CasResult, Changes, ItemVersion, VersionedItem};

const AGENT: &str = "Agent";
const RECORD: &str = "Record";
const REVISION: &str = "Revision";
const EXPIRY: &str = "DDB_ExpiryEpoch";

/// How long a new table may take until it can be used.
const READY: Duration = Duration::from_mins(1);

/// The table, and the client to use it with.
#[derive(Clone)]
pub(crate) struct Table {
    client: Client,
    name: String,
}

impl Table {
    /// A table that is used with this client's region and credentials, and our own retries and time-out.
    pub(crate) fn new(client: &Client, name: String) -> Self {
        Self { client: dynamodb::client(client), name }
    }

    /// The items with these keys, as they are after all writes so far.
    pub(crate) async fn read(&self, keys: &[&str]) -> Result<BTreeMap<String, VersionedItem>, StoreError> {
        let keys: Vec<_> = keys.iter().map(|key| Item::from([(AGENT.to_owned(), text(key))])).collect();
        let items = batch::get(&self.client, &self.name, &keys).await?;
        Ok(items.iter().filter_map(stored).collect())
    }

    /// Writes this item if the stored one has that revision, or there is none and it is 0.
    pub(crate) async fn compare_and_swap(
        &self,
        key: &str,
        revision: i64,
        next: &VersionedItem,
    ) -> Result<CasResult, StoreError> {
        let request = self
            .client
            .put_item()
            .table_name(&self.name)
            .item(AGENT, text(key))
            .item(RECORD, text(&next.text))
            .item(REVISION, number(next.revision))
            .item(EXPIRY, number(next.expires_at))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let request = if revision == 0 {
            request.condition_expression("attribute_not_exists(Revision)")
        } else {
            request
                .condition_expression("Revision = :held")
                .expression_attribute_values(":held", number(revision))
        };
        let Err(error) = request.send().await else { return Ok(CasResult::Written) };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(rejected)) => {
                Ok(CasResult::Conflict(rejected.item().and_then(stored).map(|(_, stored)| stored)))
            }
            _ => Err(failure(&error)),
        }
    }

    /// All items.
    pub(crate) async fn all(&self) -> Result<BTreeMap<String, VersionedItem>, StoreError> {
        self.scan(true).await
    }

    /// What there is beside what is held. Nothing but the whole table tells it; a moment later is early enough, for half the price.
    pub(crate) async fn changes(
        &self,
        held: &BTreeMap<String, ItemVersion>,
        now_epoch_seconds: i64,
    ) -> Result<Changes, StoreError> {
        let mut changes = Changes { current: BTreeMap::new(), changed: self.scan(false).await? };
        changes.changed.retain(|_, item| item.expires_at > now_epoch_seconds);
        changes.current = changes.changed.iter().map(|(key, item)| (key.clone(), item.version())).collect();
        changes.changed.retain(|key, item| held.get(key) != Some(&item.version()));
        Ok(changes)
    }

    async fn scan(&self, is_consistent: bool) -> Result<BTreeMap<String, VersionedItem>, StoreError> {
        let mut found = BTreeMap::new();
        let scan = self.client.scan().table_name(&self.name).consistent_read(is_consistent);
        let mut pages = scan.into_paginator().send();
        while let Some(page) = pages.next().await {
            for item in page.map_err(|error| failure(&error))?.items() {
                found.extend(stored(item));
            }
        }
        Ok(found)
    }
}

/// Makes a table of this name, paid for by request, with its expiry; waits up to a minute until it can be used.
///
/// # Errors
/// If the table can't be made, or there is one.
pub async fn create_table(client: &Client, name: &str) -> Result<(), StoreError> {
    let key = KeySchemaElement::builder().attribute_name(AGENT).key_type(KeyType::Hash).build();
    let attribute =
        AttributeDefinition::builder().attribute_name(AGENT).attribute_type(ScalarAttributeType::S).build();
    let expiry = TimeToLiveSpecification::builder().enabled(true).attribute_name(EXPIRY).build();
    let not_built = |_| StoreError::NotUnderstood;
    let request = client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .key_schema(key.map_err(not_built)?)
        .attribute_definitions(attribute.map_err(not_built)?);
    request.send().await.map_err(|error| failure(&error))?;
    let ready = client.wait_until_table_exists().table_name(name).wait(READY).await;
    ready.map_err(|_| StoreError::Deadline)?;
    let expiry = expiry.map_err(not_built)?;
    let request = client.update_time_to_live().table_name(name).time_to_live_specification(expiry);
    request.send().await.map_err(|error| failure(&error))?;
    Ok(())
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn number(number: i64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// The key and the content of an item. A part that is missing, or of another type, counts as empty, as if it had never been
/// written.
fn stored(item: &Item) -> Option<(String, VersionedItem)> {
    let text = |name| item.get(name).and_then(|value| value.as_s().ok()).cloned();
    let number = |name| item.get(name).and_then(|value| value.as_n().ok()).and_then(|text| text.parse().ok());
    let stored = VersionedItem {
        revision: number(REVISION).unwrap_or_default(),
        text: text(RECORD).unwrap_or_default(),
        expires_at: number(EXPIRY).unwrap_or_default(),
    };
    Some((text(AGENT)?, stored))
}
