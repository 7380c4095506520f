//! Where contacts are kept: one contract, on DynamoDB Local and on SQLite.

mod contract;
mod dynamodb;
mod events;
mod figures;
mod meter;
mod places;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use switchboard_contacts::fold::{ContactChange, fold};
use switchboard_contacts::history::HistoryEntry;
use switchboard_contacts::observation::Observation;
use switchboard_contacts::status::Status;
use switchboard_contacts::store::Store;
use switchboard_store::call::CallContext;
use tokio::time::Instant;

use self::events::at;
use self::meter::Meter;
use self::places::{Place, places};

/// A day, in minutes.
const DAY: u32 = 1440;

/// Now, with a minute to do it in.
fn when(now: Timestamp) -> CallContext {
    CallContext::new(now, Instant::now() + Duration::from_mins(1))
}

/// Soon after all events.
fn now() -> CallContext {
    when(at(3600))
}

/// Records changes that must not fail.
async fn record(store: &Store, changes: impl IntoIterator<Item = ContactChange>, call: CallContext) {
    let recorded = store.write(changes, call).await;
    assert_eq!(recorded.failed, []);
}

/// The one change of these observations of one contact.
fn change(observations: impl IntoIterator<Item = Observation>) -> ContactChange {
    let mut changes = fold(observations);
    assert_eq!(changes.len(), 1, "of one contact");
    changes.pop_first().expect("a change").1
}

/// What a store must hold of these changes.
fn expected<'a>(changes: impl IntoIterator<Item = &'a ContactChange>) -> BTreeMap<String, ContactChange> {
    let mut all: BTreeMap<String, ContactChange> = BTreeMap::new();
    for change in changes {
        match all.get_mut(change.contact_id()) {
            Some(held) => held.merge(change.clone()),
            None => {
                all.insert(change.contact_id().to_owned(), change.clone());
            }
        }
    }
    all
}

async fn status(store: &Store, contact_id: &str, call: CallContext) -> Option<Status> {
    store.status(contact_id, call).await.expect("a store that can be read")
}

async fn history(store: &Store, contact_id: &str, call: CallContext) -> Vec<HistoryEntry> {
    store.history(contact_id, call).await.expect("a store that can be read")
}

/// Asserts that a store holds this contact, whole.
async fn assert_holds(store: &Store, wanted: &ContactChange, what: &str) {
    let id = wanted.contact_id();
    assert_eq!(status(store, id, now()).await.as_ref(), Some(&wanted.status), "{what}");
    let entries: Vec<_> = wanted.history.values().cloned().collect();
    assert_eq!(history(store, id, now()).await, entries, "{what}");
}

/// The ids of contacts, in order.
fn ids(statuses: &[Status]) -> Vec<&str> {
    statuses.iter().map(Status::contact_id).collect()
}
