//! Contacts in a DynamoDB table.

use aws_sdk_dynamodb::Client;

/// The table, and the client to use it with.
#[derive(Clone)]
pub(crate) struct Table {
    client: Client,
    name: String,
}

impl Table {
    pub(crate) fn new(client: Client, name: String) -> Self {
        Self { client, name }
    }
}

/// Makes a table of this name, with its indexes and its expiry, and waits until it can be used.
///
/// # Errors
///
/// If the table can't be made.
pub async fn create_table(client: &Client, name: &str) -> Result<(), crate::store::StoreError> {
    todo!("{client:?} {name}")
}
