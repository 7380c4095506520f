//! The store of agents: one interface to both backends.

use std::{
    collections::BTreeMap,
    fmt,
    marker::PhantomData,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use backon::{BackoffBuilder as _, ExponentialBuilder};
use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use switchboard_store::{deadline::with_deadline, error::StoreError};
use tokio::time::Instant;

#[cfg(feature = "aws")]
use switchboard_store::store_url::StoreUrl;

use crate::{
    assignment::{RoutingProfile, RoutingProfileKey},
    backend::{CasResult, Changes, ItemVersion, VersionedItem},
    key::{AgentArn, AgentKey},
    record::{ArnAlias, Delivery, RETENTION, Record},
    sqlite::Database,
};

/// The beginning of keys that are no agent's: a Region has no `#`.
const RESERVED_PREFIX: char = '#';
/// The key of the consumer's state as a whole.
const FEED_STATE_KEY: &str = "#feed";
/// The beginning of the keys of routing profiles: no Region has this name.
const ROUTING_PROFILE_PREFIX: &str = "#routing/";

/// Agents that are written at once.
const CONCURRENCY: usize = 32;

/// The records that one process read and wrote a moment ago, so that they are not read again. If another process has written
/// one since, the next write of it is a conflict, and then it is read.
#[derive(Debug, Default)]
pub struct RecordCache {
    records: Mutex<BTreeMap<AgentKey, Option<VersionedItem>>>,
    routing_profiles: Mutex<BTreeMap<RoutingProfileKey, RoutingProfile>>,
}

/// All that a store has of agents. A clone shares the records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roster<D> {
    /// The agents.
    pub agents: BTreeMap<AgentKey, Arc<Record<D>>>,
    /// Their routing profiles.
    pub routing_profiles: BTreeMap<RoutingProfileKey, RoutingProfile>,
}

/// What a reader holds of one store's agents, so that it reads only those again of whom something was written.
#[derive(Debug, Default)]
pub struct HeldRoster<D> {
    versions: BTreeMap<String, ItemVersion>,
    roster: Roster<D>,
}

impl<D: Delivery> HeldRoster<D> {
    fn take(&mut self, Changes { current, changed }: Changes) {
        let gone = std::mem::take(&mut self.versions).into_keys().filter(|key| !current.contains_key(key));
        for key in gone {
            match StoredKey::of(&key) {
                Some(StoredKey::Agent(key)) => drop(self.roster.agents.remove(&key)),
                Some(StoredKey::RoutingProfile(key)) => drop(self.roster.routing_profiles.remove(&key)),
                None => {}
            }
        }
        self.versions = current;
        for (key, item) in changed {
            match StoredKey::of(&key) {
                Some(StoredKey::Agent(key)) => {
                    self.roster.agents.insert(key, Arc::new(parsed(&item)));
                }
                Some(StoredKey::RoutingProfile(key)) => {
                    self.roster.routing_profiles.insert(key, parsed(&item));
                }
                None => {}
            }
            // What was written since it was listed is not read again.
            self.versions.insert(key, item.version());
        }
    }
}

/// What the key of an item is of, if it is of the roster.
enum StoredKey {
    Agent(AgentKey),
    RoutingProfile(RoutingProfileKey),
}

impl StoredKey {
    fn of(text: &str) -> Option<Self> {
        match text.strip_prefix(ROUTING_PROFILE_PREFIX) {
            Some(key) => RoutingProfileKey::from_text(key).map(Self::RoutingProfile),
            None => AgentKey::from_text(text).map(Self::Agent),
        }
    }
}

impl RecordCache {
    /// Forgets these agents' records.
    pub fn invalidate<'a>(&self, agents: impl IntoIterator<Item = &'a AgentKey>) {
        let mut cache = self.lock();
        for key in agents {
            cache.remove(key);
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<AgentKey, Option<VersionedItem>>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A store of agents, and of a consumer's [`Delivery`] of them. Clones share connections.
#[derive(Clone)]
pub struct Store<D> {
    backend: Backend,
    delivery: PhantomData<fn() -> D>,
}

#[derive(Clone)]
enum Backend {
    Sqlite(Database),
    #[cfg(feature = "aws")]
    DynamoDb(crate::dynamodb::Table),
}

impl<D: Delivery> Store<D> {
    /// A DynamoDB table as [`create_table`](crate::dynamodb::create_table) makes it. Nothing is requested of it yet.
    #[cfg(feature = "aws")]
    pub fn dynamodb(client: &aws_sdk_dynamodb::Client, table: String) -> Self {
        Self { backend: Backend::DynamoDb(crate::dynamodb::Table::new(client, table)), delivery: PhantomData }
    }

    /// An SQLite file, which is made if there is none.
    ///
    /// # Errors
    /// If it can't be opened, or is no SQLite file, or was written by a newer program.
    pub async fn sqlite(path: &Path) -> Result<Self, StoreError> {
        Ok(Self { backend: Backend::Sqlite(Database::open(path).await?), delivery: PhantomData })
    }

    /// The store of a URL. `client` makes DynamoDB's client, and is called only if it is needed.
    ///
    /// # Errors
    /// As [`sqlite`](Self::sqlite).
    #[cfg(feature = "aws")]
    pub async fn open(
        url: &StoreUrl,
        client: impl AsyncFnOnce() -> aws_sdk_dynamodb::Client,
    ) -> Result<Self, StoreError> {
        match url {
            StoreUrl::Sqlite(path) => Self::sqlite(path).await,
            StoreUrl::DynamoDb { table } => Ok(Self::dynamodb(&client().await, table.clone())),
        }
    }

    /// Changes these agents' records, each for itself and many at a time. `step` gets the stored record of an agent, or the
    /// default, changes it and returns a result; it is called again if another process has written meanwhile. A record
    /// that it leaves as it is costs no write.
    pub async fn update<T>(
        &self,
        agents: impl IntoIterator<Item = AgentKey>,
        deadline: Instant,
        step: impl Fn(&AgentKey, &mut Record<D>) -> T,
    ) -> Vec<(AgentKey, Result<T, StoreError>)> {
        self.update_cached(&RecordCache::default(), agents, deadline, step).await
    }

    /// The same, and reads only what is not in the cache.
    pub async fn update_cached<T>(
        &self,
        cache: &RecordCache,
        agents: impl IntoIterator<Item = AgentKey>,
        deadline: Instant,
        step: impl Fn(&AgentKey, &mut Record<D>) -> T,
    ) -> Vec<(AgentKey, Result<T, StoreError>)> {
        let agents: Vec<AgentKey> = agents.into_iter().collect();
        if let Err(error) = with_deadline(deadline, self.prefetch(cache, &agents)).await {
            return agents.into_iter().map(|key| (key, Err(error.clone()))).collect();
        }
        let one = async |key: AgentKey| {
            let first = cache.lock().remove(&key).flatten();
            let change = |record: &mut Record<D>| step(&key, record);
            let changed = with_deadline(
                deadline,
                self.update_with_retry(&key.to_text(), first, change, Record::expires_at),
            )
            .await;
            let changed = changed.map(|(outcome, stored)| {
                cache.lock().insert(key.clone(), stored);
                outcome
            });
            (key, changed)
        };
        stream::iter(agents).map(one).buffer_unordered(CONCURRENCY).collect().await
    }

    /// Reads the records of these agents that are not in the cache.
    async fn prefetch(&self, cache: &RecordCache, agents: &[AgentKey]) -> Result<(), StoreError> {
        let missing: Vec<(String, &AgentKey)> = {
            let cache = cache.lock();
            let missing = agents.iter().filter(|key| !cache.contains_key(*key));
            missing.map(|key| (key.to_text(), key)).collect()
        };
        if missing.is_empty() {
            return Ok(());
        }
        let keys: Vec<&str> = missing.iter().map(|(text, _)| text.as_str()).collect();
        let mut stored = self.read(&keys).await?;
        let found = missing.into_iter().map(|(text, key)| (key.clone(), stored.remove(&text)));
        cache.lock().extend(found);
        Ok(())
    }

    /// Changes the alias of an ARN, as [`update`](Self::update) does with an agent.
    pub(crate) async fn update_alias<T>(
        &self,
        arn: &AgentArn,
        deadline: Instant,
        step: impl Fn(&mut ArnAlias) -> T,
    ) -> Result<T, StoreError> {
        let key = format!("{RESERVED_PREFIX}{}", arn.to_text());
        self.update_one(&key, deadline, step, ArnAlias::expires_at).await
    }

    /// Changes the one state `F` of the consumer as a whole, as [`update`](Self::update) does with an agent. It never expires.
    ///
    /// # Errors
    /// If it can't be read or written before the deadline.
    pub async fn update_feed_state<F, T>(
        &self,
        deadline: Instant,
        step: impl Fn(&mut F) -> T,
    ) -> Result<T, StoreError>
    where
        F: Serialize + DeserializeOwned + Default + Clone + PartialEq,
    {
        self.update_one(FEED_STATE_KEY, deadline, step, |_| i64::MAX).await
    }

    async fn update_one<R, T>(
        &self,
        key: &str,
        deadline: Instant,
        step: impl Fn(&mut R) -> T,
        expires_at: impl Fn(&R) -> i64,
    ) -> Result<T, StoreError>
    where
        R: Serialize + DeserializeOwned + Default + Clone + PartialEq,
    {
        let update = async {
            let first = self.read(&[key]).await?.remove(key);
            Ok(self.update_with_retry(key, first, step, expires_at).await?.0)
        };
        with_deadline(deadline, update).await
    }

    /// Keeps routing profiles that are new or have changed; the cache knows those that were written a moment ago.
    ///
    /// # Errors
    /// If one can't be kept before the deadline. The next event of its agents tells it again.
    pub(crate) async fn keep_routing_profiles(
        &self,
        cache: &RecordCache,
        profiles: BTreeMap<RoutingProfileKey, RoutingProfile>,
        deadline: Instant,
    ) -> Result<(), StoreError> {
        for (key, profile) in profiles {
            let is_known = {
                let known = cache.routing_profiles.lock().unwrap_or_else(PoisonError::into_inner);
                known.get(&key).is_some_and(|known| !known.is_outdated_by(&profile))
            };
            if is_known {
                continue;
            }
            let step = |stored: &mut RoutingProfile| {
                if stored.is_outdated_by(&profile) {
                    stored.clone_from(&profile);
                }
                stored.clone()
            };
            let text = format!("{ROUTING_PROFILE_PREFIX}{}", key.to_text());
            let stored = self.update_one(&text, deadline, step, profile_expires_at).await?;
            cache.routing_profiles.lock().unwrap_or_else(PoisonError::into_inner).insert(key, stored);
        }
        Ok(())
    }

    /// All agents with events within the retention, and their routing profiles, by what is held of them: of the others all is read,
    /// and of all which of their writes was the last.
    ///
    /// On DynamoDB this reads the whole table, page by page, as it was a moment ago.
    ///
    /// # Errors
    /// If they can't be read before the deadline.
    pub async fn roster<'h>(
        &self,
        held: &'h mut HeldRoster<D>,
        now: Timestamp,
        deadline: Instant,
    ) -> Result<&'h Roster<D>, StoreError> {
        let changes = with_deadline(deadline, async {
            match &self.backend {
                Backend::Sqlite(database) => database.changes(&held.versions, now.as_second()).await,
                #[cfg(feature = "aws")]
                Backend::DynamoDb(table) => table.changes(&held.versions, now.as_second()).await,
            }
        });
        held.take(changes.await?);
        Ok(&held.roster)
    }

    /// All agents with events within the retention; purges others.
    ///
    /// On DynamoDB this reads the whole table, page by page.
    ///
    /// # Errors
    /// If they can't be read before the deadline.
    pub async fn all(
        &self,
        now: Timestamp,
        deadline: Instant,
    ) -> Result<BTreeMap<AgentKey, Record<D>>, StoreError> {
        self.all_cached(&RecordCache::default(), now, deadline).await
    }

    /// The same, into the cache.
    ///
    /// # Errors
    /// As [`all`](Self::all).
    pub async fn all_cached(
        &self,
        cache: &RecordCache,
        now: Timestamp,
        deadline: Instant,
    ) -> Result<BTreeMap<AgentKey, Record<D>>, StoreError> {
        let mut agents = BTreeMap::new();
        for (text, item) in self.stored(now, deadline).await? {
            if let Some(key) = AgentKey::from_text(&text) {
                agents.insert(key.clone(), parsed(&item));
                cache.lock().insert(key, Some(item));
            }
        }
        Ok(agents)
    }

    /// All items that have not expired.
    async fn stored(
        &self,
        now: Timestamp,
        deadline: Instant,
    ) -> Result<BTreeMap<String, VersionedItem>, StoreError> {
        let stored = with_deadline(deadline, async {
            match &self.backend {
                Backend::Sqlite(database) => database.all(now.as_second()).await,
                #[cfg(feature = "aws")]
                Backend::DynamoDb(table) => table.all().await,
            }
        });
        let mut stored = stored.await?;
        stored.retain(|_, item| item.expires_at > now.as_second());
        Ok(stored)
    }

    /// Reads and writes until it is written; `stored` is what was read already. Returns also what is stored then.
    async fn update_with_retry<R, T>(
        &self,
        key: &str,
        mut stored: Option<VersionedItem>,
        step: impl Fn(&mut R) -> T,
        expires_at: impl Fn(&R) -> i64,
    ) -> Result<(T, Option<VersionedItem>), StoreError>
    where
        R: Serialize + DeserializeOwned + Default + Clone + PartialEq,
    {
        let mut delays = back_off().build();
        loop {
            let before: R = stored.as_ref().map(parsed).unwrap_or_default();
            let mut after = before.clone();
            let outcome = step(&mut after);
            if after == before {
                return Ok((outcome, stored));
            }
            let revision = stored.map_or(0, |stored| stored.revision);
            let text = serde_json::to_string(&after).map_err(|_| StoreError::NotUnderstood)?;
            let next =
                VersionedItem { revision: revision.saturating_add(1), text, expires_at: expires_at(&after) };
            match self.compare_and_swap(key, revision, &next).await? {
                CasResult::Written => return Ok((outcome, Some(next))),
                CasResult::Conflict(current) => stored = current,
            }
            tokio::time::sleep(delays.next().unwrap_or_default()).await;
        }
    }

    async fn read(&self, keys: &[&str]) -> Result<BTreeMap<String, VersionedItem>, StoreError> {
        match &self.backend {
            Backend::Sqlite(database) => database.read(keys).await,
            #[cfg(feature = "aws")]
            Backend::DynamoDb(table) => table.read(keys).await,
        }
    }

    async fn compare_and_swap(
        &self,
        key: &str,
        revision: i64,
        next: &VersionedItem,
    ) -> Result<CasResult, StoreError> {
        match &self.backend {
            Backend::Sqlite(database) => database.compare_and_swap(key, revision, next).await,
            #[cfg(feature = "aws")]
            Backend::DynamoDb(table) => table.compare_and_swap(key, revision, next).await,
        }
    }
}

/// A record that can't be read counts as the default: events bring its content again within minutes, and it must not hold up
/// its shard.
fn parsed<R: DeserializeOwned + Default>(stored: &VersionedItem) -> R {
    serde_json::from_str(&stored.text).unwrap_or_else(|_| {
        tracing::warn!(event = "record_unreadable", "stored agent record unreadable; starting fresh");
        R::default()
    })
}

/// When a routing profile expires, in seconds since 1970.
fn profile_expires_at(profile: &RoutingProfile) -> i64 {
    let at = profile.at.unwrap_or(Timestamp::UNIX_EPOCH);
    at.as_second().saturating_add(2 * RETENTION.as_secs())
}

/// The back-off after a conflict: growing, with jitter, and without end, as there is a deadline.
fn back_off() -> ExponentialBuilder {
    ExponentialBuilder::new()
        .with_min_delay(Duration::from_millis(2))
        .with_max_delay(Duration::from_millis(200))
        .without_max_times()
        .with_jitter()
}

impl<D> fmt::Debug for Store<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let backend = match self.backend {
            Backend::Sqlite(_) => "SQLite",
            #[cfg(feature = "aws")]
            Backend::DynamoDb(_) => "DynamoDB",
        };
        f.debug_struct("Store").field("backend", &backend).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
