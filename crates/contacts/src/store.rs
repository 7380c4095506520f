//! Where contacts are kept.
//!
//! One [`Store`], two backends, one contract:
//!
//! - [`write`](Store::write) takes what a batch of events [changes](crate::fold::fold). Each contact succeeds or
//!   fails alone. A register is replaced by a newer one only, so changes may come twice, late, in any order and
//!   from many writers at once: the outcome is that of merging them all. A repeat of a history entry overwrites
//!   itself.
//! - A contact's status and history [expire](crate::expiry) together: the store's retention after its last event, by
//!   the events' own times, and what waits not while it waits. What is expired is never read, whether it is gone
//!   yet or not. Where an event comes after its contact's expiry, what is known from before may come back with it or not.
//! - What queues and agents are called is kept beside them, from every event and record that tells it.
//! - Readers see each contact as one write left it or another, and never half of a write.
//!
//! No error and no log line holds a contact's data.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    fmt, future,
    path::Path,
    sync::Arc,
};

use futures_util::{FutureExt as _, StreamExt as _, stream};
use jiff::Timestamp;
#[cfg(feature = "aws")]
use switchboard_store::store_url::StoreUrl;
use switchboard_store::{call::CallContext, deadline::with_deadline, error::StoreError};
use tokio::time::Instant;

use crate::{
    attribute::SystemAttribute,
    fold::ContactChange,
    held::HeldContacts,
    history::HistoryEntry,
    line,
    names::{self, WrittenNames},
    resource_names::{self, HeldNames, ResourceNames},
    standing,
    status::Status,
};

mod coverage;
pub(crate) mod value_kind;

pub use self::coverage::Coverage;

/// Contacts that are written at once.
const CONCURRENCY: usize = 16;

/// How the recording of a batch ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[must_use = "a contact that failed must be given back to where its events came from"]
pub struct WriteOutcome {
    /// The contacts of which something may not be stored, by contact id, and why. All others are stored whole.
    pub failed: Vec<(String, StoreError)>,
}

/// The contacts of one place: their statuses and histories. Clones share connections.
#[derive(Clone)]
pub struct Store {
    backend: Backend,
    retention_minutes: u32,
    /// The names that this process has kept.
    names: Arc<WrittenNames>,
}

#[derive(Clone)]
enum Backend {
    Sqlite(crate::sqlite::Database),
    #[cfg(feature = "aws")]
    DynamoDb(crate::dynamodb::Table),
}

impl Store {
    /// A DynamoDB table as [`create_table`](crate::dynamodb::create_table) makes it. Nothing is asked of it yet.
    #[cfg(feature = "aws")]
    pub fn dynamodb(client: &aws_sdk_dynamodb::Client, table: String, retention_minutes: u32) -> Self {
        let backend = Backend::DynamoDb(crate::dynamodb::Table::new(client, table));
        Self { backend, retention_minutes, names: Arc::default() }
    }

    /// An SQLite file, which is made if there is none, and brought up to this program's schema.
    ///
    /// # Errors
    ///
    /// If it can't be opened, or is no SQLite file, or was written by a newer program.
    pub async fn sqlite(path: &Path, retention_minutes: u32) -> Result<Self, StoreError> {
        let backend = Backend::Sqlite(crate::sqlite::Database::open(path).await?);
        Ok(Self { backend, retention_minutes, names: Arc::default() })
    }

    /// The place that a selector names. `client` makes DynamoDB's client, and is asked for one only if it is needed.
    ///
    /// # Errors
    ///
    /// As [`sqlite`](Self::sqlite).
    #[cfg(feature = "aws")]
    pub async fn open(
        selector: &StoreUrl,
        retention_minutes: u32,
        client: impl AsyncFnOnce() -> aws_sdk_dynamodb::Client,
    ) -> Result<Self, StoreError> {
        match selector {
            StoreUrl::Sqlite(path) => Self::sqlite(path, retention_minutes).await,
            StoreUrl::DynamoDb { table } => {
                Ok(Self::dynamodb(&client().await, table.clone(), retention_minutes))
            }
        }
    }

    /// Keeps what a batch of events changes: 16 contacts at a time, each for itself.
    ///
    /// On DynamoDB a contact costs a read and a write of its status, and one request for every 25 entries of
    /// its history; see [`dynamodb`](crate::dynamodb) for the rest.
    pub async fn write(
        &self,
        changes: impl IntoIterator<Item = ContactChange>,
        call: CallContext,
    ) -> WriteOutcome {
        let changes: Vec<ContactChange> = changes.into_iter().collect();
        self.write_names(&changes, call).await;
        match &self.backend {
            Backend::Sqlite(database) => database.purge_expired(call).await,
            // It deletes by itself.
            #[cfg(feature = "aws")]
            Backend::DynamoDb(_) => {}
        }
        let one = async |change: ContactChange| {
            let written = with_deadline(call.deadline, self.write_contact(&change, call.now).boxed()).await;
            written.err().map(|error| (change.contact_id().to_owned(), error))
        };
        let failed = stream::iter(changes).map(one).buffer_unordered(CONCURRENCY);
        WriteOutcome { failed: failed.filter_map(future::ready).collect().await }
    }

    async fn write_contact(&self, change: &ContactChange, now: Timestamp) -> Result<(), StoreError> {
        match &self.backend {
            Backend::Sqlite(database) => database.upsert(change, now, self.retention_minutes).await,
            #[cfg(feature = "aws")]
            Backend::DynamoDb(table) => table.upsert(change, now, self.retention_minutes).await,
        }
    }

    /// Keeps the names that changes tell, each once by this store and its clones. Names are for people: where one can't be
    /// kept, the next event tells it again.
    async fn write_names(&self, changes: &[ContactChange], call: CallContext) {
        let told = changes.iter().flat_map(names::names_in_change).collect();
        let unwritten = self.names.unwritten(told);
        if unwritten.is_empty() {
            return;
        }
        let write = async {
            match &self.backend {
                Backend::Sqlite(database) => database.upsert_names(&unwritten).await,
                #[cfg(feature = "aws")]
                Backend::DynamoDb(table) => table.upsert_names(&unwritten, call.now).await,
            }
        };
        if with_deadline(call.deadline, write.boxed()).await.is_ok() {
            self.names.mark_written(unwritten);
        }
    }

    /// Forgets a contact, whether anything is known of it or not: its status and its history are deleted, and what is written
    /// of it later is not kept. Its id stays for as long as a contact may live and a retention.
    ///
    /// A write that is under way in DynamoDB may leave entries of the history, which nobody reads and which expire.
    ///
    /// # Errors
    ///
    /// If it can't be deleted before the deadline. Then a part of it may be gone.
    pub async fn erase(&self, contact_id: &str, call: CallContext) -> Result<(), StoreError> {
        let erase = async {
            match &self.backend {
                Backend::Sqlite(database) => {
                    database.erase(contact_id, call.now, self.retention_minutes).await
                }
                #[cfg(feature = "aws")]
                Backend::DynamoDb(table) => table.erase(contact_id, call.now, self.retention_minutes).await,
            }
        };
        with_deadline(call.deadline, erase.boxed()).await
    }

    /// The ids of the contacts that were [erased](Self::erase), as long as they are kept. On DynamoDB this reads the whole table.
    ///
    /// # Errors
    ///
    /// If the store can't be read before the deadline.
    pub async fn forgotten(&self, call: CallContext) -> Result<Vec<String>, StoreError> {
        let read = async {
            match &self.backend {
                Backend::Sqlite(database) => database.forgotten().await,
                #[cfg(feature = "aws")]
                Backend::DynamoDb(table) => table.forgotten().await,
            }
        };
        with_deadline(call.deadline, read).await
    }

    /// What these queues and agents are called, by ARN, as far as any event or record has told it.
    ///
    /// # Errors
    ///
    /// If the store can't be read before the deadline.
    pub async fn names(
        &self,
        arns: &BTreeSet<String>,
        call: CallContext,
    ) -> Result<BTreeMap<String, String>, StoreError> {
        let read = async {
            match &self.backend {
                Backend::Sqlite(database) => database.names(arns).await,
                #[cfg(feature = "aws")]
                Backend::DynamoDb(table) => table.names(arns).await,
            }
        };
        with_deadline(call.deadline, read).await
    }

    /// The names of the queues and agents of these contacts, those that the contacts themselves lack.
    ///
    /// # Errors
    ///
    /// If the store can't be read before the deadline.
    pub async fn resource_names(
        &self,
        contacts: &[Status],
        call: CallContext,
    ) -> Result<ResourceNames, StoreError> {
        self.names(&resource_names::nameless(contacts), call).await.map(ResourceNames::new)
    }

    /// The same, of which those that are held are not read again.
    ///
    /// # Errors
    ///
    /// If the store can't be read before the deadline.
    pub async fn resource_names_held(
        &self,
        contacts: &[Arc<Status>],
        held: &mut HeldNames,
        call: CallContext,
    ) -> Result<Arc<ResourceNames>, StoreError> {
        let unknown = held.unknown(resource_names::nameless(contacts), Instant::now());
        if !unknown.is_empty() {
            held.add(self.names(&unknown, call).await?);
        }
        Ok(held.names())
    }

    /// The contacts of this one's chain, itself among them, by when they began; [`None`] if it is not known.
    ///
    /// # Errors
    ///
    /// If the store can't be read before the deadline.
    pub async fn chain_of(
        &self,
        contact_id: &str,
        call: CallContext,
    ) -> Result<Option<Vec<Status>>, StoreError> {
        let Some(contact) = self.status(contact_id, call).await? else {
            return Ok(None);
        };
        let mut chain = self.chain(contact.initial_contact_id(), call).await?;
        // An index may be behind.
        if chain.iter().all(|one| one.contact_id() != contact_id) {
            chain.push(contact);
        }
        chain.sort_by_cached_key(|one| (standing::began(one), one.contact_id().to_owned()));
        Ok(Some(chain))
    }

    /// What is known of a contact; [`None`] if nothing is, or no more.
    ///
    /// # Errors
    ///
    /// If the store can't be read before the deadline.
    pub async fn status(&self, contact_id: &str, call: CallContext) -> Result<Option<Status>, StoreError> {
        let read = async {
            match &self.backend {
                Backend::Sqlite(database) => database.status(contact_id, call.now).await,
                #[cfg(feature = "aws")]
                Backend::DynamoDb(table) => table.status(contact_id, call.now).await,
            }
        };
        with_deadline(call.deadline, read).await
    }

    /// All contacts that something is known of, by contact id.
    ///
    /// On DynamoDB this reads the whole table, page by page: a tool for people, not for a function.
    ///
    /// # Errors
    ///
    /// If the store can't be read before the deadline.
    pub async fn all(&self, call: CallContext) -> Result<Vec<Status>, StoreError> {
        let read = async {
            match &self.backend {
                Backend::Sqlite(database) => database.all(call.now).await,
                #[cfg(feature = "aws")]
                Backend::DynamoDb(table) => table.all(call.now).await,
            }
        };
        with_deadline(call.deadline, read).await.map(by_contact_id)
    }

    /// A contact's history by time, all of it that is not expired.
    ///
    /// # Errors
    ///
    /// If the store can't be read before the deadline.
    pub async fn history(
        &self,
        contact_id: &str,
        call: CallContext,
    ) -> Result<Vec<HistoryEntry>, StoreError> {
        let read = async {
            match &self.backend {
                Backend::Sqlite(database) => database.history(contact_id, call.now).await,
                #[cfg(feature = "aws")]
                Backend::DynamoDb(table) => table.history(contact_id, call.now).await,
            }
        };
        with_deadline(call.deadline, read).await
    }

    /// The contacts of a transfer chain, by contact id: the first one, if it is known, and all that name it as
    /// the first.
    ///
    /// # Errors
    ///
    /// If the store can't be read before the deadline.
    pub async fn chain(
        &self,
        initial_contact_id: &str,
        call: CallContext,
    ) -> Result<Vec<Status>, StoreError> {
        let read = async {
            match &self.backend {
                Backend::Sqlite(database) => database.chain(initial_contact_id, call.now).await,
                #[cfg(feature = "aws")]
                Backend::DynamoDb(table) => table.chain(initial_contact_id, call.now).await,
            }
        };
        with_deadline(call.deadline, read).await.map(by_contact_id)
    }

    /// The contacts of these transfer chains, by contact id, those left out that are known already.
    ///
    /// On DynamoDB a chain costs one query of an index, and all of their contacts together one read.
    ///
    /// # Errors
    ///
    /// If the store can't be read before the deadline.
    pub async fn chains(
        &self,
        initial_contact_ids: &BTreeSet<String>,
        known: &BTreeSet<String>,
        call: CallContext,
    ) -> Result<Vec<Status>, StoreError> {
        let read = async {
            match &self.backend {
                Backend::Sqlite(database) => database.chains(initial_contact_ids, known, call.now).await,
                #[cfg(feature = "aws")]
                Backend::DynamoDb(table) => table.chains(initial_contact_ids, known, call.now).await,
            }
        };
        with_deadline(call.deadline, read.boxed()).await.map(by_contact_id)
    }

    /// The contacts of a customer, at most `limit` of them: those that began last, and of these the one with the latest event
    /// first. With `instance_arn`, those of that Connect instance alone; without, those of all instances in the store.
    ///
    /// `identifier` is what [`customer::identifier`](crate::customer::identifier) gives. On DynamoDB an index finds
    /// them, which is a moment behind what was written.
    ///
    /// # Errors
    ///
    /// If the store can't be read before the deadline.
    pub async fn by_customer(
        &self,
        identifier: &str,
        instance_arn: Option<&str>,
        limit: usize,
        call: CallContext,
    ) -> Result<Vec<Status>, StoreError> {
        let read = async {
            match &self.backend {
                Backend::Sqlite(database) => {
                    database.by_customer(identifier, instance_arn, limit, call.now).await
                }
                #[cfg(feature = "aws")]
                Backend::DynamoDb(table) => {
                    table.by_customer(identifier, instance_arn, limit, call.now).await
                }
            }
        };
        let mut found = by_contact_id(with_deadline(call.deadline, read).await?);
        found.sort_by_key(|status| Reverse(status.time(SystemAttribute::Updated)));
        found.truncate(limit);
        Ok(found)
    }

    /// The contacts that have [not ended](Status::is_active), and those that ended and whose [agents still work on
    /// them](Status::is_in_after_contact_work), of all instances: who waits first, the longest first, then who is due, the soonest
    /// first, then all others by contact id.
    ///
    /// It reads little more than those, by an index that a contact leaves when it is completed, or ends without an agent.
    ///
    /// # Errors
    ///
    /// If the store can't be read before the deadline.
    pub async fn active(&self, call: CallContext) -> Result<Vec<Status>, StoreError> {
        let found = self.active_in(&[], &mut HeldContacts::default(), call).await?;
        Ok(found.into_iter().map(Arc::unwrap_or_clone).collect())
    }

    /// The same of these instances, by ARN, and of what nobody has told the instance of; without any, of all. Who holds what was read
    /// last reads again only those that were written since, and the list of their ids.
    ///
    /// On DynamoDB all are read again: its index tells who is active, and not what was written.
    ///
    /// # Errors
    ///
    /// If the store can't be read before the deadline.
    pub async fn active_in(
        &self,
        instance_arns: &[&str],
        held: &mut HeldContacts,
        call: CallContext,
    ) -> Result<Vec<Arc<Status>>, StoreError> {
        let read = async {
            match &self.backend {
                Backend::Sqlite(database) => database.active(instance_arns, held, call.now).await,
                #[cfg(feature = "aws")]
                Backend::DynamoDb(table) => {
                    let found = table.active(instance_arns, call.now).await?;
                    Ok(found.into_iter().map(Arc::new).collect())
                }
            }
        };
        let mut found = with_deadline(call.deadline, read).await?;
        // An index is a moment behind the statuses, too, and instances of two Regions may have one id.
        found.retain(|status| {
            let instance = status.text(SystemAttribute::InstanceArn);
            let is_of_these =
                instance_arns.is_empty() || instance.is_none_or(|arn| instance_arns.contains(&arn));
            is_of_these && status.is_worked_on()
        });
        found.sort_by_cached_key(|status| (line::place(status), status.contact_id().to_owned()));
        Ok(found)
    }
}

fn by_contact_id(mut statuses: Vec<Status>) -> Vec<Status> {
    statuses.sort_by(|one, other| one.contact_id().cmp(other.contact_id()));
    statuses
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let backend = match self.backend {
            Backend::Sqlite(_) => "SQLite",
            #[cfg(feature = "aws")]
            Backend::DynamoDb(_) => "DynamoDB",
        };
        f.debug_struct("Store").field("backend", &backend).finish_non_exhaustive()
    }
}
