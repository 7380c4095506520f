//! Amazon Connect's metric and list operations, read to the end.
//!
//! [`Connect`] sends as few requests as possible: filters in chunks of 100, pages of the greatest size, agents by routing
//! profile rather than one by one. Its rate is limited over all calls of a process, and it retries throttled and failed
//! requests with back-off until the deadline. There are two token buckets, as AWS has two quotas: one for `GetMetricData`
//! and `GetCurrentMetricData`, one for all others.
//!
//! A partial result is marked as such ([`ApiSample::error`], [`Sample::complete`]), so that absent rows are not reset.

use std::{sync::Arc, time::Duration};

use aws_sdk_connect::{
    Client,
    config::{retry::RetryConfig, timeout::TimeoutConfig},
    primitives::DateTime,
    types::{Channel, Filters, Grouping},
};
use jiff::Timestamp;
use switchboard_core::instance::Instance;

use self::refusals::Refusals;
use crate::{catalogue::CHANNELS, rows::Sample, settings::RequestRate, tables::Table};

mod current;
mod error;
mod history;
mod intervals;
mod lists;
mod pages;
mod rate_limiter;
mod refusals;
mod users;

pub use error::ApiError;
pub use intervals::QueryScope;
pub use rate_limiter::RequestCounts;

/// As many as one filter may name.
const CHUNK: usize = 100;
/// The greatest page of the metric operations.
const METRICS_PAGE: i32 = 100;
/// How long one attempt may take. Connect responds within a second; a poll comes every ten.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(4);
/// How often one request is sent, the first time included: with every third attempt throttled, one request in six
/// thousand fails.
const MAX_ATTEMPTS: u32 = 8;
const FIRST_DELAY: Duration = Duration::from_millis(100);
const MAX_DELAY: Duration = Duration::from_secs(3);
/// The burst as a multiple of the sustained rate: five at two a second.
const BURST_FACTOR: f64 = 2.5;
/// The same as [`BURST_FACTOR`] for those: eight of five.
const METRICS_BURST_FACTOR: f64 = 1.6;

/// 1971-01-01T00:00:00Z in seconds since 1970.
const FIRST_SECOND: i64 = 31_536_000;

/// The sample that the API returned, with its first error.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiSample<T> {
    /// The rows that were read.
    pub sample: Sample<T>,
    /// The first error; `None` exactly if the sample is complete.
    pub error: Option<ApiError>,
}

/// An instance's API. Cheap to clone; all clones share the token buckets.
#[derive(Debug, Clone)]
pub struct Connect {
    instance: Instance,
    rate: RequestRate,
    /// For `GetMetricData` and `GetCurrentMetricData`.
    metrics: RateLimitedClient,
    /// For all other operations.
    others: RateLimitedClient,
    refusals: Arc<Refusals>,
}

/// A client with the rate limiter of its requests.
#[derive(Debug, Clone)]
struct RateLimitedClient {
    client: Client,
    limiter: Arc<rate_limiter::RateLimiter>,
}

impl RateLimitedClient {
    fn new(config: &aws_sdk_connect::Config, limiter: rate_limiter::RateLimiter) -> Self {
        let limiter = Arc::new(limiter);
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT).build();
        let retries = RetryConfig::standard()
            .with_max_attempts(MAX_ATTEMPTS)
            .with_initial_backoff(FIRST_DELAY)
            .with_max_backoff(MAX_DELAY);
        let config = config.to_builder().timeout_config(timeouts).retry_config(retries);
        let config = config.interceptor(rate_limiter::Attempts(limiter.clone())).build();
        Self { client: Client::from_conf(config), limiter }
    }
}

impl Connect {
    /// The API of an instance, with the SDK's configuration and a limit of its request rate.
    ///
    /// It sets its own timeouts and retries. Create one at start and reuse it: it holds the connections.
    pub fn new(config: &aws_sdk_connect::Config, instance: Instance, rate: RequestRate) -> Self {
        let (per_second, of_metrics) = (rate.per_second(), rate.of_metrics());
        let burst = of_metrics * METRICS_BURST_FACTOR;
        let others = rate_limiter::RateLimiter::new(per_second, per_second * BURST_FACTOR);
        Self {
            instance,
            rate,
            metrics: RateLimitedClient::new(config, rate_limiter::RateLimiter::new(of_metrics, burst)),
            others: RateLimitedClient::new(config, others),
            refusals: Arc::default(),
        }
    }

    /// The instance that is queried.
    pub fn instance(&self) -> &Instance {
        &self.instance
    }

    /// The limit of its request rate: this instance's share of what the account is allowed.
    pub fn request_rate(&self) -> RequestRate {
        self.rate
    }

    /// The numbers of requests sent so far.
    pub fn counts(&self) -> RequestCounts {
        self.metrics.limiter.counts().and(self.others.limiter.counts())
    }

    /// The metrics of a table that Connect rejects, and that are no longer requested.
    pub fn refused_metrics(&self, table: Table) -> Vec<&'static str> {
        self.refusals.metrics(table)
    }
}

fn channels(email_unsupported: bool) -> Vec<Channel> {
    CHANNELS.into_iter().filter(|name| !email_unsupported || *name != "EMAIL").map(Channel::from).collect()
}

fn queues_and_channels(queues: &[String], channels: Vec<Channel>) -> Filters {
    Filters::builder().set_queues(Some(queues.to_vec())).set_channels(Some(channels)).build()
}

/// The grouping of every metric request: without one, `OLDEST_CONTACT_AGE` is in milliseconds.
fn by_queue_and_channel() -> Vec<Grouping> {
    vec![Grouping::Queue, Grouping::Channel]
}

/// Stores the first error, and returns whether further requests make sense.
fn note(first_error: &mut Option<ApiError>, outcome: Result<(), ApiError>) -> bool {
    let Err(error) = outcome else { return true };
    let go_on = !error.ends_the_poll();
    first_error.get_or_insert(error);
    go_on
}

/// A time of the API's. One before 1971 was never set, and one after 9999 no table can hold.
fn time(time: &DateTime) -> Option<Timestamp> {
    let time = Timestamp::new(time.secs(), i32::try_from(time.subsec_nanos()).ok()?).ok()?;
    (time.as_second() >= FIRST_SECOND).then_some(time)
}

/// A time for the API.
fn date_time(time: Timestamp) -> DateTime {
    DateTime::from_secs(time.as_second())
}

/// The id at the end of an ARN; an id is its own.
fn last_part(arn: &str) -> Option<String> {
    Some(switchboard_core::arn::last_segment(arn)).filter(|id| !id.is_empty()).map(str::to_owned)
}

/// A value that a table can hold.
fn finite(value: Option<f64>) -> Option<f64> {
    value.filter(|value| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_email_is_left_out_where_it_is_refused() {
        assert_eq!(channels(false).len(), 4);
        assert_eq!(channels(true), [Channel::Voice, Channel::Chat, Channel::Task]);
        assert!(channels(false).iter().all(|channel| Channel::values().contains(&channel.as_str())));
    }

    #[test]
    fn a_time_that_was_never_set_is_none() {
        assert_eq!(time(&DateTime::from_millis(1)), None);
        assert_eq!(time(&DateTime::from_secs(i64::MIN)), None);
        assert_eq!(time(&DateTime::from_secs(i64::MAX)), None);
        assert_eq!(time(&DateTime::from_secs(31_536_000)), Some("1971-01-01T00:00:00Z".parse().unwrap()));
    }

    #[test]
    fn an_id_is_the_last_part_of_an_arn() {
        assert_eq!(last_part("arn:aws:connect:x:1:instance/1/agent-state/22").as_deref(), Some("22"));
        assert_eq!(last_part("22").as_deref(), Some("22"));
        assert_eq!(last_part("arn:aws:connect:x:1:instance/1/agent/"), None);
    }

    #[test]
    fn a_refusal_of_everything_ends_the_poll_and_a_failure_does_not() {
        let mut error = None;
        assert!(note(&mut error, Ok(())));
        assert!(note(&mut error, Err(ApiError::Throttled)));
        assert!(note(&mut error, Err(ApiError::Rejected("InvalidParameterException".to_owned()))));
        assert!(!note(&mut error, Err(ApiError::Rejected("AccessDeniedException".to_owned()))));
        assert!(!note(&mut error, Err(ApiError::NoTime)));
        assert_eq!(error, Some(ApiError::Throttled), "the first is reported");
    }
}
