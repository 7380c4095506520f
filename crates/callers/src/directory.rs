//! One directory of callers, whatever is behind it.

use std::{
    collections::{HashMap, hash_map},
    fmt,
    path::Path,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures_util::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use switchboard_core::phone::PhoneNumber;
use tokio::time::{Instant, sleep_until};
use url::Url;

use crate::{
    api_key::RenewableKey,
    cache::Cache,
    csv_file,
    error::OpenError,
    failure::{Failure, Failures, NumberResult},
    http,
    limits::Limits,
    lookup_results::{LookupResult, LookupResults},
};

/// Names by phone number, from one backend, with a cache in front of it.
pub struct Directory {
    backend: Backend,
    cache: Mutex<Cache>,
}

enum Backend {
    Http(Box<http::Service>),
    File(HashMap<PhoneNumber, Arc<str>>),
    #[cfg(feature = "aws")]
    DynamoDb(crate::dynamodb::Table),
}

impl Directory {
    /// An HTTP service: `GET` of the address with the number appended, percent-encoded.
    ///
    /// What its responses mean: text, a JSON string or a JSON object with a string `name` is a name; 404, 204,
    /// nothing, `null` and an empty name are "unknown"; anything else is a failure. A time-out, a connection
    /// error, 429 and 5xx are retried, three attempts in all. After five failures in a row nothing is requested for ten
    /// seconds, and after a `Retry-After` for as long as it says. A key that is refused (401, 403) is read again. No
    /// connection is made yet.
    ///
    /// # Errors
    ///
    /// If numbers can't be sent to this address, for the reasons that [`CallersUrl`](crate::CallersUrl) gives.
    pub fn http(url: Url, key: Option<RenewableKey>, limits: Limits) -> Result<Self, OpenError> {
        let service = http::Service::new(url, key, limits)?;
        Ok(Self::new(Backend::Http(Box::new(service)), limits))
    }

    /// A CSV file, read now and kept in memory; see [`csv_file::read`].
    ///
    /// # Errors
    ///
    /// If it can't be read or understood.
    pub fn file(path: &Path, limits: Limits) -> Result<Self, OpenError> {
        let rows = csv_file::read(path)?;
        let names = rows.into_iter().map(|(number, name)| (number, name.into())).collect();
        Ok(Self::new(Backend::File(names), limits))
    }

    /// A DynamoDB table with the partition key `Phone` (E.164) and the attribute `Name`, both strings.
    ///
    /// An item that is missing, or has no string `Name`, is "unknown".
    #[cfg(feature = "aws")]
    pub fn dynamodb(client: aws_sdk_dynamodb::Client, table: String, limits: Limits) -> Self {
        Self::new(Backend::DynamoDb(crate::dynamodb::Table::new(client, table, limits)), limits)
    }

    fn new(backend: Backend, limits: Limits) -> Self {
        Self { backend, cache: Mutex::new(Cache::new(limits.cache_ttl, limits.cache_entries)) }
    }

    /// Looks up each distinct number once: in the cache, then in the backend.
    ///
    /// Returns by the deadline; numbers without a result by then are [`LookupResult::Failed`], and their requests
    /// are dropped. Known and unknown are cached, failures are not. If anything failed, one warning
    /// is logged, with counts by reason.
    pub async fn look_up<'n>(
        &self,
        numbers: impl IntoIterator<Item = &'n PhoneNumber>,
        deadline: Instant,
    ) -> LookupResults {
        let mut looked_up = LookupResults::default();
        let missing = self.read_cache(numbers, &mut looked_up);
        let mut unfinished = missing.len();
        let mut failures = Failures::default();

        // A timer may be a millisecond late; what is over before it began starts no request.
        let missing = if Instant::now() < deadline { missing } else { Vec::new() };
        let mut found = pin!(self.backend.look_up(missing).take_until(sleep_until(deadline)));
        while let Some((number, outcome)) = found.next().await {
            unfinished = unfinished.saturating_sub(1);
            match outcome {
                Ok(name) => {
                    let result = name.map_or(LookupResult::Unknown, LookupResult::Known);
                    self.cache().put(number.clone(), result.clone(), Instant::now());
                    looked_up.results.insert(number, result);
                }
                Err(failure) => failures.add(&failure, 1),
            }
        }
        failures.add(&Failure::PastDeadline, unfinished);

        let looked_up = looked_up.counted();
        if !failures.is_empty() {
            let LookupResults { requested, from_cache, failed, .. } = looked_up;
            tracing::warn!(event = "lookups_failed", requested, from_cache, failed, reasons = %failures, "callers could not be looked up");
        }
        looked_up
    }

    /// Fills in what the cache has. Returns the other distinct numbers, which count as failed until their result comes.
    fn read_cache<'n>(
        &self,
        numbers: impl IntoIterator<Item = &'n PhoneNumber>,
        looked_up: &mut LookupResults,
    ) -> Vec<PhoneNumber> {
        let mut missing = Vec::new();
        let mut cache = self.cache();
        let now = Instant::now();
        for number in numbers {
            if let hash_map::Entry::Vacant(entry) = looked_up.results.entry(number.clone()) {
                if let Some(cached) = cache.get(number, now) {
                    looked_up.from_cache += 1;
                    entry.insert(cached);
                } else {
                    entry.insert(LookupResult::Failed);
                    missing.push(number.clone());
                }
            }
        }
        missing
    }

    /// The cache is whole after every call to it, so a panic elsewhere is no reason not to use it.
    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Backend {
    /// The result for each number, as it comes. A stream that is dropped sends no further request.
    fn look_up(&self, numbers: Vec<PhoneNumber>) -> BoxStream<'_, NumberResult> {
        match self {
            Self::Http(service) => service.look_up(numbers),
            Self::File(names) => {
                let find = |number| {
                    let name = names.get(&number).cloned();
                    (number, Ok(name))
                };
                stream::iter(numbers).map(find).boxed()
            }
            #[cfg(feature = "aws")]
            Self::DynamoDb(table) => table.look_up(&numbers),
        }
    }
}

impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.backend {
            Backend::Http(_) => "Directory(HTTP)",
            Backend::File(_) => "Directory(file)",
            #[cfg(feature = "aws")]
            Backend::DynamoDb(_) => "Directory(DynamoDB)",
        })
    }
}
