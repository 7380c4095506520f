//! Which contacts left flow logs, as the contacts store tells.

use anyhow::ensure;
use switchboard_contacts::{expiry::RETENTION_UNLIMITED_MINUTES, store::Store, version::Source};
use switchboard_records::reconcile::{Hour, ReconciliationTables};
use switchboard_store::{error::StoreError, store_url::StoreUrl};

use crate::{contacts::location, database::deadline};

/// The contacts store that `CONTACTS` names; [`None`] if it names none.
///
/// # Errors
/// When the setting is invalid, there is no store, or it can't be read.
pub(super) async fn contacts() -> anyhow::Result<Option<Store>> {
    let Some(selector) = location::from_environment()?.selector else { return Ok(None) };
    if let StoreUrl::Sqlite(path) = &selector {
        ensure!(path.is_file(), "CONTACTS names {}, which is not there", path.display());
    }
    // It only reads, so no contact gets this retention.
    location::open(&selector, RETENTION_UNLIMITED_MINUTES).await.map(Some)
}

/// Asks the store of how many contacts of an hour flow logs tell, and keeps it. That the store can't be asked stops nothing.
///
/// # Errors
/// When the tables can't be used.
pub(super) async fn count(tables: &ReconciliationTables, contacts: &Store, hour: Hour) -> anyhow::Result<()> {
    let look_up = |sample| async move {
        let found = contacts.coverage(Source::FlowLog, &sample, location::now()).await?;
        Ok::<_, StoreError>((found.known, found.told))
    };
    if let Err(error) = tables.count_flow_logs(hour, deadline(), look_up).await? {
        let error = error.to_string();
        tracing::warn!(error, "the contacts store can't be asked for flow logs");
    }
    Ok(())
}
