//! What queues and agents are called: an item each, under its ARN.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::{operation::put_item::PutItemError, types::AttributeValue};
use jiff::Timestamp;
use switchboard_store::{
    dynamodb::{
        batch::{self, Item},
        failure,
    },
    error::StoreError,
};

use super::{
    Table,
    item::{self, CONTACT_ID},
};
use crate::{expiry::EXPIRY_NAME, names::ResourceName};

/// The sort key of a name.
const ENTRY_OF_NAME: &str = "NAME";
const NAME: &str = "Name";
const SECOND: &str = "Second";

/// A name that nothing told for a year is forgotten.
const KEPT_SECONDS: i64 = 366 * 24 * 60 * 60;

impl Table {
    /// Keeps what queues and agents are called, the latest name of each.
    pub(crate) async fn upsert_names(
        &self,
        names: &[ResourceName],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        for named in names {
            let number = |number: i64| AttributeValue::N(number.to_string());
            let mut item = item::keys(&named.arn, ENTRY_OF_NAME);
            item.insert(NAME.to_owned(), AttributeValue::S(named.name.clone()));
            item.insert(SECOND.to_owned(), number(named.second));
            item.insert(EXPIRY_NAME.to_owned(), number(now.as_second() + KEPT_SECONDS));
            let request = self.client.put_item().table_name(&self.name).set_item(Some(item));
            let request = request
                .condition_expression("attribute_not_exists(#s) OR #s < :s")
                .expression_attribute_names("#s", SECOND)
                .expression_attribute_values(":s", number(named.second));
            if let Err(error) = request.send().await {
                match error.as_service_error() {
                    Some(PutItemError::ConditionalCheckFailedException(_)) => {}
                    _ => return Err(failure(&error)),
                }
            }
        }
        Ok(())
    }

    /// What these queues and agents are called, by ARN, as far as it is known.
    pub(crate) async fn names(
        &self,
        arns: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, String>, StoreError> {
        let keys: Vec<Item> = arns.iter().map(|arn| item::keys(arn, ENTRY_OF_NAME)).collect();
        let items = batch::get(&self.client, &self.name, &keys).await?;
        let text = |item, name| item::text(item, name).map(str::to_owned);
        items.iter().map(|item| Ok((text(item, CONTACT_ID)?, text(item, NAME)?))).collect()
    }
}
