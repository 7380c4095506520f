//! How often operations may be called.

use std::collections::HashMap;

use tokio::time::Instant;

use super::operation::Operation;

/// A token bucket: so many calls a second, so many at once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quota {
    /// Calls a second.
    pub per_second: f64,
    /// Calls at once, after a time without any.
    pub burst: f64,
}

/// The quotas of the account. Each operation has a bucket of its own. Time here is real time, whatever the centre's
/// clock tells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quotas {
    /// Of `GetCurrentMetricData` and `GetMetricData` each.
    pub metrics: Quota,
    /// Of `SearchContacts`.
    pub search: Quota,
    /// Of `DescribeContact`.
    pub contact: Quota,
    /// Of every other operation.
    pub others: Quota,
}

impl Default for Quotas {
    /// Those that an account has by default, as AWS documents them.
    fn default() -> Self {
        let quota = |per_second, burst| Quota { per_second, burst };
        Self {
            metrics: quota(5.0, 8.0),
            search: quota(0.5, 1.0),
            contact: quota(10.0, 15.0),
            others: quota(2.0, 5.0),
        }
    }
}

impl Quotas {
    /// None that anybody would reach.
    pub fn unlimited() -> Self {
        Self::same(Quota { per_second: 1e9, burst: 1e9 })
    }

    /// The same for every operation.
    pub fn same(quota: Quota) -> Self {
        Self { metrics: quota, search: quota, contact: quota, others: quota }
    }

    fn of(&self, operation: Operation) -> Quota {
        match operation {
            Operation::GetMetricData | Operation::GetCurrentMetricData => self.metrics,
            Operation::SearchContacts => self.search,
            Operation::DescribeContact => self.contact,
            _ => self.others,
        }
    }
}

/// What is left of the quotas.
#[derive(Debug)]
pub(crate) struct Buckets {
    quotas: Quotas,
    /// What is left of each, and when that was so.
    left: HashMap<Operation, (f64, Instant)>,
}

impl Buckets {
    pub(crate) fn new(quotas: Quotas) -> Self {
        Self { quotas, left: HashMap::new() }
    }

    /// Takes one call; false if there is none left.
    pub(crate) fn take(&mut self, operation: Operation) -> bool {
        let Quota { per_second, burst } = self.quotas.of(operation);
        let now = Instant::now();
        let (left, since) = self.left.entry(operation).or_insert((burst, now));
        *left = (now.duration_since(*since).as_secs_f64().mul_add(per_second, *left)).min(burst);
        *since = now;
        let allowed = *left >= 1.0;
        if allowed {
            *left -= 1.0;
        }
        allowed
    }
}
