//! One interface to both backends.

use std::{
    collections::BTreeMap,
    fmt,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use backon::{BackoffBuilder as _, ExponentialBuilder};
use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use switchboard_store::{deadline::by, error::StoreError};
use tokio::time::Instant;

use super::{
    backend::{CasResult, VersionedItem},
    record::{ArnAlias, FeedState, Record},
    sqlite::Database,
};
use crate::agent_state::Username;

/// What the keys begin with that are no user name: Amazon Connect has no `#` in one.
const RESERVED_PREFIX: char = '#';
/// The key of the [`FeedState`].
const FEED_STATE_KEY: &str = "#feed";

/// Agents that are written at once.
const CONCURRENCY: usize = 32;

/// What one process read and wrote of agents a moment ago, so that it is not read again. Should somebody else have
/// written since, a write on top of it fails, and then it is.
#[derive(Debug, Default)]
pub(crate) struct RecordCache(Mutex<BTreeMap<Username, Option<VersionedItem>>>);

impl RecordCache {
    /// Reads again what is kept of these agents.
    pub(crate) fn invalidate<'a>(&self, usernames: impl IntoIterator<Item = &'a Username>) {
        let mut cache = self.lock();
        for username in usernames {
            cache.remove(username);
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Username, Option<VersionedItem>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The agents of one place. Clones share connections.
#[derive(Clone)]
pub struct Store {
    backend: Backend,
}

#[derive(Clone)]
enum Backend {
    Sqlite(Database),
    #[cfg(feature = "aws")]
    DynamoDb(super::dynamodb::Table),
}

impl Store {
    /// A DynamoDB table as [`create_table`](super::dynamodb::create_table) makes it. Nothing is asked of it yet.
    #[cfg(feature = "aws")]
    pub fn dynamodb(client: &aws_sdk_dynamodb::Client, table: String) -> Self {
        Self { backend: Backend::DynamoDb(super::dynamodb::Table::new(client, table)) }
    }

    /// An SQLite file, which is made if there is none.
    ///
    /// # Errors
    /// If it can't be opened, or is no SQLite file, or was written by a newer program.
    pub async fn sqlite(path: &Path) -> Result<Self, StoreError> {
        Ok(Self { backend: Backend::Sqlite(Database::open(path).await?) })
    }

    /// Changes these agents' records, each for itself and many at a time. `step` gets what is kept of an agent, nothing
    /// at first, changes it and says what came of it; it is called again where somebody else wrote meanwhile. A record
    /// that it leaves as it is costs no write.
    pub async fn update<T>(
        &self,
        usernames: impl IntoIterator<Item = Username>,
        deadline: Instant,
        step: impl Fn(&Username, &mut Record) -> T,
    ) -> Vec<(Username, Result<T, StoreError>)> {
        self.update_cached(&RecordCache::default(), usernames, deadline, step).await
    }

    /// The same, and reads only what was not seen yet.
    pub(crate) async fn update_cached<T>(
        &self,
        cache: &RecordCache,
        usernames: impl IntoIterator<Item = Username>,
        deadline: Instant,
        step: impl Fn(&Username, &mut Record) -> T,
    ) -> Vec<(Username, Result<T, StoreError>)> {
        let usernames: Vec<Username> = usernames.into_iter().collect();
        if let Err(error) = by(deadline, self.prefetch(cache, &usernames)).await {
            return usernames.into_iter().map(|name| (name, Err(error.clone()))).collect();
        }
        let one = async |username: Username| {
            let first = cache.lock().remove(&username).flatten();
            let change = |record: &mut Record| step(&username, record);
            let changed =
                by(deadline, self.update_with_retry(username.as_str(), first, change, Record::expires_at))
                    .await;
            let changed = changed.map(|(outcome, kept)| {
                cache.lock().insert(username.clone(), kept);
                outcome
            });
            (username, changed)
        };
        stream::iter(usernames).map(one).buffer_unordered(CONCURRENCY).collect().await
    }

    /// Reads what was not seen yet of these agents.
    async fn prefetch(&self, cache: &RecordCache, usernames: &[Username]) -> Result<(), StoreError> {
        let unseen: Vec<&Username> = {
            let cache = cache.lock();
            usernames.iter().filter(|username| !cache.contains_key(*username)).collect()
        };
        if unseen.is_empty() {
            return Ok(());
        }
        let keys: Vec<&str> = unseen.iter().map(|username| username.as_str()).collect();
        let mut kept = self.read(&keys).await?;
        let found = unseen.into_iter().map(|username| (username.clone(), kept.remove(username.as_str())));
        cache.lock().extend(found);
        Ok(())
    }

    /// Changes what is kept of an ARN, as [`update`](Self::update) does with an agent.
    pub(crate) async fn update_alias<T>(
        &self,
        arn: &str,
        deadline: Instant,
        step: impl Fn(&mut ArnAlias) -> T,
    ) -> Result<T, StoreError> {
        let key = format!("{RESERVED_PREFIX}{arn}");
        let update = async {
            let first = self.read(&[&key]).await?.remove(&key);
            Ok(self.update_with_retry(&key, first, step, ArnAlias::expires_at).await?.0)
        };
        by(deadline, update).await
    }

    /// Changes what is kept of the feed as a whole, as [`update`](Self::update) does with an agent.
    ///
    /// # Errors
    /// If it can't be read or written before the deadline.
    pub async fn update_feed_state<T>(
        &self,
        deadline: Instant,
        step: impl Fn(&mut FeedState) -> T,
    ) -> Result<T, StoreError> {
        let update = async {
            let first = self.read(&[FEED_STATE_KEY]).await?.remove(FEED_STATE_KEY);
            Ok(self.update_with_retry(FEED_STATE_KEY, first, step, |_| i64::MAX).await?.0)
        };
        by(deadline, update).await
    }

    /// All agents of whom something was heard within the retention, by user name; forgets others.
    ///
    /// On DynamoDB this reads the whole table, page by page.
    ///
    /// # Errors
    /// If they can't be read before the deadline.
    pub async fn all(
        &self,
        now: Timestamp,
        deadline: Instant,
    ) -> Result<BTreeMap<Username, Record>, StoreError> {
        self.all_cached(&RecordCache::default(), now, deadline).await
    }

    /// The same, as what is seen from then on.
    pub(crate) async fn all_cached(
        &self,
        cache: &RecordCache,
        now: Timestamp,
        deadline: Instant,
    ) -> Result<BTreeMap<Username, Record>, StoreError> {
        let kept = by(deadline, async {
            match &self.backend {
                Backend::Sqlite(database) => database.all(now.as_second()).await,
                #[cfg(feature = "aws")]
                Backend::DynamoDb(table) => table.all().await,
            }
        });
        let mut agents = BTreeMap::new();
        for (key, kept) in kept.await? {
            if !key.starts_with(RESERVED_PREFIX)
                && kept.expires_at > now.as_second()
                && let Some(username) = Username::new(key)
            {
                agents.insert(username.clone(), parsed(&kept));
                cache.lock().insert(username, Some(kept));
            }
        }
        Ok(agents)
    }

    /// How often each agent was written.
    #[cfg(test)]
    pub(crate) async fn revisions(&self) -> BTreeMap<String, i64> {
        let Backend::Sqlite(database) = &self.backend else { return BTreeMap::new() };
        let all = database.all(0).await.unwrap_or_default().into_iter();
        all.filter(|(key, _)| !key.starts_with(RESERVED_PREFIX))
            .map(|(key, kept)| (key, kept.revision))
            .collect()
    }

    /// Reads and writes until it is written; `kept` is what was read already. Returns also what is kept then.
    async fn update_with_retry<R, T>(
        &self,
        key: &str,
        mut kept: Option<VersionedItem>,
        step: impl Fn(&mut R) -> T,
        expires_at: impl Fn(&R) -> i64,
    ) -> Result<(T, Option<VersionedItem>), StoreError>
    where
        R: Serialize + DeserializeOwned + Default + Clone + PartialEq,
    {
        let mut delays = back_off().build();
        loop {
            let before: R = kept.as_ref().map(parsed).unwrap_or_default();
            let mut after = before.clone();
            let outcome = step(&mut after);
            if after == before {
                return Ok((outcome, kept));
            }
            let revision = kept.map_or(0, |kept| kept.revision);
            let text = serde_json::to_string(&after).map_err(|_| StoreError::NotUnderstood)?;
            let next =
                VersionedItem { revision: revision.saturating_add(1), text, expires_at: expires_at(&after) };
            match self.compare_and_swap(key, revision, &next).await? {
                CasResult::Written => return Ok((outcome, Some(next))),
                CasResult::Conflict(current) => kept = current,
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

/// What is not understood counts as nothing: events tell it again within minutes, and it must not hold up its shard.
fn parsed<R: DeserializeOwned + Default>(kept: &VersionedItem) -> R {
    serde_json::from_str(&kept.text).unwrap_or_else(|_| {
        tracing::warn!(event = "record_unreadable", "stored agent record unreadable; starting fresh");
        R::default()
    })
}

/// The waits before what was refused is tried again, growing, with jitter, and without end: there is a deadline.
fn back_off() -> ExponentialBuilder {
    ExponentialBuilder::new()
        .with_min_delay(Duration::from_millis(2))
        .with_max_delay(Duration::from_millis(200))
        .without_max_times()
        .with_jitter()
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
