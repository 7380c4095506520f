//! A cache of look-up results: bounded, least recently used out first, each for its TTL.

use std::time::Duration;

use lru::LruCache;
use switchboard_core::phone::PhoneNumber;
use tokio::time::Instant;

use crate::lookup_results::LookupResult;

/// What a directory said lately. Bounded, and forgetful.
pub(crate) struct Cache {
    entries: LruCache<PhoneNumber, Entry>,
    ttl: Duration,
    max_entries: usize,
}

struct Entry {
    result: LookupResult,
    stored: Instant,
}

impl Cache {
    /// An empty cache. Memory is taken as results come, not ahead of them.
    pub(crate) fn new(ttl: Duration, max_entries: usize) -> Self {
        Self { entries: LruCache::unbounded(), ttl, max_entries }
    }

    /// What was said about this number, if that was less than the time to live ago.
    pub(crate) fn get(&mut self, number: &PhoneNumber, now: Instant) -> Option<LookupResult> {
        let entry = self.entries.get(number)?;
        if now.duration_since(entry.stored) < self.ttl {
            return Some(entry.result.clone());
        }
        self.entries.pop(number);
        None
    }

    /// Caches a result, and evicts the least recently used one if there are too many.
    pub(crate) fn put(&mut self, number: PhoneNumber, result: LookupResult, now: Instant) {
        self.entries.put(number, Entry { result, stored: now });
        if self.entries.len() > self.max_entries {
            self.entries.pop_lru();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> PhoneNumber {
        PhoneNumber::parse(text).unwrap()
    }

    #[test]
    fn a_result_is_cached_until_its_time_to_live_is_over() {
        let (ttl, now) = (Duration::from_mins(5), Instant::now());
        let mut cache = Cache::new(ttl, 10);
        cache.put(number("+61491570006"), LookupResult::Known("Ada".into()), now);
        cache.put(number("+61491570156"), LookupResult::Unknown, now);

        let last_moment = now + ttl - Duration::from_nanos(1);
        assert_eq!(cache.get(&number("+61491570006"), last_moment), Some(LookupResult::Known("Ada".into())));
        assert_eq!(cache.get(&number("+61491570156"), last_moment), Some(LookupResult::Unknown));
        assert_eq!(cache.get(&number("+61491570006"), now + ttl), None);
        assert_eq!(cache.entries.len(), 1, "what is over takes no place");
    }

    #[test]
    fn the_least_recently_used_goes_first() {
        let now = Instant::now();
        let mut cache = Cache::new(Duration::from_mins(5), 2);
        cache.put(number("+61491570006"), LookupResult::Unknown, now);
        cache.put(number("+61491570156"), LookupResult::Unknown, now);
        assert!(cache.get(&number("+61491570006"), now).is_some());
        cache.put(number("+61491570157"), LookupResult::Unknown, now);

        assert!(cache.get(&number("+61491570156"), now).is_none());
        assert!(cache.get(&number("+61491570006"), now).is_some());
        assert!(cache.get(&number("+61491570157"), now).is_some());
    }

    #[test]
    fn it_never_grows_past_its_bound() {
        let now = Instant::now();
        for bound in [0, 1, 1_000] {
            let mut cache = Cache::new(Duration::MAX, bound);
            for line in 0..100_000 {
                cache.put(number(&format!("+{line:011}")), LookupResult::Unknown, now);
                assert!(cache.entries.len() <= bound);
            }
            assert_eq!(cache.entries.len(), bound);
        }
    }

    #[test]
    fn a_time_to_live_of_zero_keeps_nothing() {
        let now = Instant::now();
        let mut cache = Cache::new(Duration::ZERO, 10);
        cache.put(number("+61491570006"), LookupResult::Unknown, now);
        assert!(cache.get(&number("+61491570006"), now).is_none());
    }
}
