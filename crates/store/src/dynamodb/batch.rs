//! Reading and writing many items of one table, until DynamoDB left none out.
//!
//! `BatchGetItem` and `BatchWriteItem` answer with success although they dealt with a part only, under throttling or
//! beyond 16 MB. What they left out is sent again, as the [retry policy](crate::dynamodb) says.

use std::{collections::HashMap, iter, time::Duration};

use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, KeysAndAttributes, PutRequest, WriteRequest},
};
use backon::BackoffBuilder as _;

use super::{back_off, failure};
use crate::error::StoreError;

/// An item of a table: its attributes by name.
pub type Item = HashMap<String, AttributeValue>;

/// The most keys that one `BatchGetItem` takes.
const MAX_KEYS: usize = 100;
/// The most items that one `BatchWriteItem` takes.
const MAX_ITEMS: usize = 25;

/// The items under these keys, as they are after all writes so far. A key without an item yields none.
///
/// # Errors
/// As [`failure`] maps them.
pub async fn get(client: &Client, table: &str, keys: &[Item]) -> Result<Vec<Item>, StoreError> {
    let mut found = Vec::new();
    for batch in keys.chunks(MAX_KEYS) {
        let mut left = batch.to_vec();
        let mut delays = iter::once(None).chain(back_off().build().map(Some));
        while !left.is_empty() {
            wait(&mut delays).await;
            let wanted = KeysAndAttributes::builder().set_keys(Some(left)).consistent_read(true).build();
            let wanted = wanted.map_err(|_| StoreError::NotUnderstood)?;
            let output = client.batch_get_item().request_items(table, wanted).send().await;
            let output = output.map_err(|error| failure(&error))?;
            found.extend(output.responses.unwrap_or_default().remove(table).unwrap_or_default());
            let unprocessed = output.unprocessed_keys.unwrap_or_default().remove(table);
            left = unprocessed.map(|unprocessed| unprocessed.keys).unwrap_or_default();
        }
    }
    Ok(found)
}

/// Puts these items over what is stored under their keys.
///
/// # Errors
/// As [`failure`] maps them. Some items may be written then; putting all of them again is harmless.
pub async fn put(client: &Client, table: &str, items: Vec<Item>) -> Result<(), StoreError> {
    let mut items = items.into_iter().peekable();
    while items.peek().is_some() {
        let puts = items.by_ref().take(MAX_ITEMS).map(|item| {
            let put = PutRequest::builder().set_item(Some(item)).build()?;
            Ok(WriteRequest::builder().put_request(put).build())
        });
        let puts = puts.collect::<Result<Vec<_>, aws_sdk_dynamodb::error::BuildError>>();
        let mut left = puts.map_err(|_| StoreError::NotUnderstood)?;
        let mut delays = iter::once(None).chain(back_off().build().map(Some));
        while !left.is_empty() {
            wait(&mut delays).await;
            let output = client.batch_write_item().request_items(table, left).send().await;
            let output = output.map_err(|error| failure(&error))?;
            left = output.unprocessed_items.unwrap_or_default().remove(table).unwrap_or_default();
        }
    }
    Ok(())
}

/// Waits as long as the next of these says: not at all before the first request.
async fn wait(delays: &mut impl Iterator<Item = Option<Duration>>) {
    if let Some(delay) = delays.next().flatten() {
        tokio::time::sleep(delay).await;
    }
}
