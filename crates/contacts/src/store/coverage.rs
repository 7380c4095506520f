//! How much of what is known a source told.

use std::collections::BTreeSet;

use futures_util::FutureExt as _;
use switchboard_store::{call::CallContext, deadline::with_deadline, error::StoreError};

use super::{Backend, Store};
use crate::{attribute::SystemAttribute, version::Source};

/// How much of what is known of contacts a source told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coverage {
    /// How many of the contacts anything is known of.
    pub known: u64,
    /// How many of those the source told anything of.
    pub told: u64,
}

impl Store {
    /// Of how many of these contacts anything is known, and of how many of those a source told anything.
    ///
    /// On DynamoDB this reads a status each, a hundred with a request, and no history.
    ///
    /// # Errors
    ///
    /// If the store can't be read before the deadline.
    pub async fn coverage(
        &self,
        source: Source,
        contact_ids: &BTreeSet<String>,
        call: CallContext,
    ) -> Result<Coverage, StoreError> {
        let read = async {
            match &self.backend {
                Backend::Sqlite(database) => database.statuses_of(contact_ids, call.now).await,
                #[cfg(feature = "aws")]
                Backend::DynamoDb(table) => table.statuses(contact_ids, call.now).await,
            }
        };
        let known = with_deadline(call.deadline, read.boxed()).await?;
        let told = known.iter().filter(|status| status.time(SystemAttribute::latest(source)).is_some());
        let count = |number| u64::try_from(number).unwrap_or(u64::MAX);
        Ok(Coverage { known: count(known.len()), told: count(told.count()) })
    }
}
