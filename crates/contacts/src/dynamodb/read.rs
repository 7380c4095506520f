//! Reading.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::{operation::query::builders::QueryFluentBuilder, types::AttributeValue};
use futures_util::{StreamExt as _, TryStreamExt as _, future::try_join_all, stream};
use jiff::Timestamp;
use switchboard_store::{
    dynamodb::{
        batch::{self, Item},
        failure,
    },
    error::StoreError,
};

use super::{
    BY_ACTIVE, BY_CHAIN, BY_CUSTOMER, Table,
    item::{self, ACTIVE, CONTACT_ID, ENTRY, FORGOTTEN},
};
use crate::{
    attribute::SystemAttribute,
    expiry::EXPIRY_NAME,
    history::{HISTORY_PREFIX, HistoryEntry, STATUS_KEY},
    status::Status,
};

/// The most items that one page of a query has.
const MAX_PAGE: usize = 100;
/// How many chains are asked for at once.
const CHAINS_AT_ONCE: usize = 8;

impl Table {
    /// What is known of a contact.
    pub(crate) async fn status(
        &self,
        contact_id: &str,
        now: Timestamp,
    ) -> Result<Option<Status>, StoreError> {
        let found = self.item(contact_id, true).await?;
        Ok(found.map(|item| item::fresh_status(&item, now)).transpose()?.flatten())
    }

    /// All contacts.
    pub(crate) async fn all(&self, now: Timestamp) -> Result<Vec<Status>, StoreError> {
        let scan = self
            .client
            .scan()
            .table_name(&self.name)
            .filter_expression("#k = :k AND #e > :now")
            .expression_attribute_names("#k", ENTRY)
            .expression_attribute_names("#e", EXPIRY_NAME)
            .expression_attribute_values(":k", text(STATUS_KEY))
            .expression_attribute_values(":now", seconds(now));
        let found = scan.into_paginator().items().send().try_collect().await;
        let found: Vec<Item> = found.map_err(|error| failure(&error))?;
        found.iter().filter_map(|item| item::fresh_status(item, now).transpose()).collect()
    }

    /// The ids of contacts that were erased.
    pub(crate) async fn forgotten(&self) -> Result<Vec<String>, StoreError> {
        let scan = self
            .client
            .scan()
            .table_name(&self.name)
            .filter_expression("attribute_exists(#f)")
            .expression_attribute_names("#f", FORGOTTEN);
        let found = scan.into_paginator().items().send().try_collect().await;
        let found: Vec<Item> = found.map_err(|error| failure(&error))?;
        Ok(contact_ids(&found)?.into_iter().collect())
    }

    /// A contact's history, by key: as long as its status is not expired.
    pub(crate) async fn history(
        &self,
        contact_id: &str,
        now: Timestamp,
    ) -> Result<Vec<HistoryEntry>, StoreError> {
        if self.status(contact_id, now).await?.is_none() {
            return Ok(Vec::new());
        }
        let query = self
            .query()
            .consistent_read(true)
            .key_condition_expression("#p = :p AND begins_with(#s, :s)")
            .expression_attribute_names("#p", CONTACT_ID)
            .expression_attribute_names("#s", ENTRY)
            .expression_attribute_values(":p", text(contact_id))
            .expression_attribute_values(":s", text(HISTORY_PREFIX));
        let entries = query.into_paginator().items().send().try_collect().await;
        entries.map_err(|error| failure(&error))?.iter().map(item::entry).collect()
    }

    /// The sort keys of all of a contact's items, also of what is expired.
    pub(super) async fn entries(&self, contact_id: &str) -> Result<Vec<String>, StoreError> {
        let query = self
            .query()
            .consistent_read(true)
            .key_condition_expression("#p = :p")
            .projection_expression("#s")
            .expression_attribute_names("#p", CONTACT_ID)
            .expression_attribute_names("#s", ENTRY)
            .expression_attribute_values(":p", text(contact_id));
        let items = query.into_paginator().items().send().try_collect().await;
        let items: Vec<Item> = items.map_err(|error| failure(&error))?;
        items.iter().map(|item| item::text(item, ENTRY).map(str::to_owned)).collect()
    }

    /// A contact, and all that name it as the first of their chain.
    pub(crate) async fn chain(
        &self,
        initial_contact_id: &str,
        now: Timestamp,
    ) -> Result<Vec<Status>, StoreError> {
        let mut ids = self.named_in(initial_contact_id).await?;
        ids.insert(initial_contact_id.to_owned());
        self.statuses(&ids, now).await
    }

    /// The contacts of these chains but those that are known.
    pub(crate) async fn chains(
        &self,
        initial_contact_ids: &BTreeSet<String>,
        known: &BTreeSet<String>,
        now: Timestamp,
    ) -> Result<Vec<Status>, StoreError> {
        let named = stream::iter(initial_contact_ids.iter().cloned());
        let named = named.map(async |initial| self.named_in(&initial).await);
        let named: Vec<_> = named.buffer_unordered(CHAINS_AT_ONCE).try_collect().await?;
        let ids = named.into_iter().flatten().chain(initial_contact_ids.iter().cloned());
        self.statuses(&ids.filter(|id| !known.contains(id)).collect(), now).await
    }

    /// The contacts that name this one as the first of their chain.
    async fn named_in(&self, initial_contact_id: &str) -> Result<BTreeSet<String>, StoreError> {
        let query = self
            .query()
            .index_name(BY_CHAIN)
            .key_condition_expression("#p = :p")
            .expression_attribute_names("#p", SystemAttribute::InitialContactId.name())
            .expression_attribute_values(":p", text(initial_contact_id));
        let named = query.into_paginator().items().send().try_collect().await;
        contact_ids(&named.map_err(|error| failure(&error))?)
    }

    /// A customer's contacts, those that began last first by the index.
    pub(crate) async fn by_customer(
        &self,
        identifier: &str,
        instance_arn: Option<&str>,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<Status>, StoreError> {
        let query = self
            .query()
            .index_name(BY_CUSTOMER)
            .key_condition_expression("#p = :p")
            .expression_attribute_names("#p", SystemAttribute::CustomerIdentifier.name())
            .expression_attribute_values(":p", text(identifier))
            .scan_index_forward(false)
            .limit(i32::try_from(limit.clamp(1, MAX_PAGE)).unwrap_or(1));
        let mut pages = query.into_paginator().send();
        let mut found = Vec::new();
        while found.len() < limit
            && let Some(page) = pages.next().await
        {
            let ids = contact_ids(page.map_err(|error| failure(&error))?.items())?;
            let mut statuses = self.statuses(&ids, now).await?;
            // The index is a moment behind the statuses.
            statuses.retain(|status| {
                let is_of_instance =
                    instance_arn.is_none() || status.text(SystemAttribute::InstanceArn) == instance_arn;
                is_of_instance && status.text(SystemAttribute::CustomerIdentifier) == Some(identifier)
            });
            found.append(&mut statuses);
        }
        Ok(found)
    }

    /// The contacts that have not ended, and those that ended and whose agents' work may not be over: of instances by one
    /// query of each of their partitions, and of those of no instance, and of all instances by reading the index, which holds
    /// nothing else.
    pub(crate) async fn active(
        &self,
        instance_arns: &[&str],
        now: Timestamp,
    ) -> Result<Vec<Status>, StoreError> {
        let items = if instance_arns.is_empty() {
            let scan = self.client.scan().table_name(&self.name).index_name(BY_ACTIVE);
            let found = scan.into_paginator().items().send().try_collect().await;
            found.map_err(|error| failure(&error))?
        } else {
            let instances = instance_arns.iter().copied().map(Some).chain([None]);
            let partitions: BTreeSet<String> = instances.flat_map(item::active_partitions).collect();
            let queries = partitions.into_iter().map(|partition| self.active_in(partition));
            try_join_all(queries).await?.concat()
        };
        self.statuses(&contact_ids(&items)?, now).await
    }

    /// A partition of the index of active contacts.
    async fn active_in(&self, partition: String) -> Result<Vec<Item>, StoreError> {
        let query = self
            .query()
            .index_name(BY_ACTIVE)
            .key_condition_expression("#p = :p")
            .expression_attribute_names("#p", ACTIVE)
            .expression_attribute_values(":p", AttributeValue::S(partition));
        query.into_paginator().items().send().try_collect().await.map_err(|error| failure(&error))
    }

    fn query(&self) -> QueryFluentBuilder {
        self.client.query().table_name(&self.name)
    }

    /// The statuses of these contacts as far as they are known.
    pub(crate) async fn statuses(
        &self,
        contact_ids: &BTreeSet<String>,
        now: Timestamp,
    ) -> Result<Vec<Status>, StoreError> {
        let keys: Vec<Item> = contact_ids.iter().map(|id| item::keys(id, STATUS_KEY)).collect();
        let items = batch::get(&self.client, &self.name, &keys).await?;
        let fresh = items.iter().map(|item| item::fresh_status(item, now));
        fresh.filter_map(Result::transpose).collect()
    }
}

fn contact_ids(items: &[Item]) -> Result<BTreeSet<String>, StoreError> {
    items.iter().map(|item| item::text(item, CONTACT_ID).map(str::to_owned)).collect()
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn seconds(now: Timestamp) -> AttributeValue {
    AttributeValue::N(now.as_second().to_string())
}
