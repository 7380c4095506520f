//! The table.

use std::time::Duration;

use aws_sdk_dynamodb::{
    Client,
    client::Waiters as _,
    error::BuildError,
    operation::create_table::builders::CreateTableFluentBuilder,
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
        ProjectionType, ScalarAttributeType, TimeToLiveSpecification,
    },
};

use switchboard_store::{dynamodb::failure, error::StoreError};

use super::{
    BY_ACTIVE, BY_CHAIN, BY_CUSTOMER,
    item::{ACTIVE, BEGAN, CONTACT_ID, ENTRY, PLACE},
};
use crate::{attribute::SystemAttribute, expiry::EXPIRY_NAME};

/// How long a new table may take until it can be used.
const READY: Duration = Duration::from_mins(1);

/// Makes a table of this name, paid for by request, with its indexes and its expiry; waits up to a minute until
/// it can be used.
///
/// # Errors
///
/// If the table can't be made, or there is one.
pub async fn create_table(client: &Client, name: &str) -> Result<(), StoreError> {
    let request = schema(client.create_table()).map_err(|_| StoreError::NotUnderstood)?;
    let request = request.table_name(name).billing_mode(BillingMode::PayPerRequest);
    request.send().await.map_err(|error| failure(&error))?;
    let ready = client.wait_until_table_exists().table_name(name).wait(READY).await;
    ready.map_err(|_| StoreError::Deadline)?;
    let expiry = TimeToLiveSpecification::builder().enabled(true).attribute_name(EXPIRY_NAME).build();
    let expiry = expiry.map_err(|_| StoreError::NotUnderstood)?;
    let request = client.update_time_to_live().table_name(name).time_to_live_specification(expiry);
    request.send().await.map_err(|error| failure(&error))?;
    Ok(())
}

fn schema(mut request: CreateTableFluentBuilder) -> Result<CreateTableFluentBuilder, BuildError> {
    let customer = SystemAttribute::CustomerIdentifier.name();
    let initial = SystemAttribute::InitialContactId.name();
    for name in [CONTACT_ID, ENTRY, customer, BEGAN, initial, ACTIVE, PLACE] {
        let attribute =
            AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S);
        request = request.attribute_definitions(attribute.build()?);
    }
    for (name, partition, sort) in
        [(BY_CUSTOMER, customer, BEGAN), (BY_CHAIN, initial, CONTACT_ID), (BY_ACTIVE, ACTIVE, PLACE)]
    {
        let index = GlobalSecondaryIndex::builder()
            .index_name(name)
            .set_key_schema(Some(keys(partition, sort)?))
            .projection(Projection::builder().projection_type(ProjectionType::KeysOnly).build());
        request = request.global_secondary_indexes(index.build()?);
    }
    Ok(request.set_key_schema(Some(keys(CONTACT_ID, ENTRY)?)))
}

fn keys(partition: &str, sort: &str) -> Result<Vec<KeySchemaElement>, BuildError> {
    let key = |name, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build();
    Ok(vec![key(partition, KeyType::Hash)?, key(sort, KeyType::Range)?])
}
