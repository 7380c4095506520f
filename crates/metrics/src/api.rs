//! Amazon Connect's metric and list operations, read to the end.
//!
//! [`Connect`] asks as little as it can: filters in chunks of 100, pages of the greatest size, agents by their routing
//! profiles rather than one by one. It never asks faster than it is told, over all calls of a process, and repeats
//! what was throttled or failed, with back-off, up to the deadline. There are two token buckets, as AWS has it: one for
//! `GetMetricData` and `GetCurrentMetricData`, one for all others.
//!
//! What could not be read in full says so ([`Answer::fault`], [`Sample::complete`]), so that nobody takes the missing
//! part for gone.

use std::{sync::Arc, time::Duration};

use aws_sdk_connect::{
    Client,
    config::{retry::RetryConfig, timeout::TimeoutConfig},
    primitives::DateTime,
    types::{Channel, Filters, Grouping},
};
use jiff::Timestamp;

use self::refusals::Refusals;
use crate::{catalogue::CHANNELS, instance::Instance, rows::Sample, settings::RequestRate, tables::Table};

mod current;
mod error;
mod history;
mod intervals;
mod lists;
mod pace;
mod pages;
mod refusals;
mod users;

pub use error::ApiError;
pub use intervals::Of;
pub use pace::Counts;

/// As many as one filter may name.
const CHUNK: usize = 100;
/// The greatest page of the metric operations.
const METRICS_PAGE: i32 = 100;
/// How long one attempt may take. Connect answers within a second; a poll comes every ten.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(4);
/// How often one request is sent, the first time included: with every third attempt throttled, one request in six
/// thousand fails.
const MAX_ATTEMPTS: u32 = 8;
const FIRST_DELAY: Duration = Duration::from_millis(100);
const MAX_DELAY: Duration = Duration::from_secs(3);
/// How many requests an account may send at once, of one a second that it may send in the long run: five of two.
const AT_ONCE: f64 = 2.5;
/// How much more often it may ask for metrics of the two older operations: five times a second instead of twice.
const METRICS_RATE: f64 = 2.5;
/// The same as [`AT_ONCE`] for those: eight of five.
const METRICS_AT_ONCE: f64 = 1.6;

/// 1971-01-01T00:00:00Z in seconds since 1970.
const FIRST_SECOND: i64 = 31_536_000;

/// What the API answered, and why that is not all.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer<T> {
    /// The rows that were read.
    pub sample: Sample<T>,
    /// The first thing that went wrong; `None` exactly where the sample is complete.
    pub fault: Option<ApiError>,
}

/// An instance's API. Cheap to clone; all clones share the token buckets.
#[derive(Debug, Clone)]
pub struct Connect {
    instance: Instance,
    /// For `GetMetricData` and `GetCurrentMetricData`.
    metrics: Paced,
    /// For all other operations.
    others: Paced,
    refusals: Arc<Refusals>,
}

/// A client, and the bucket that its requests draw on.
#[derive(Debug, Clone)]
struct Paced {
    client: Client,
    pace: Arc<pace::Pace>,
}

impl Paced {
    fn new(config: &aws_sdk_connect::Config, pace: pace::Pace) -> Self {
        let pace = Arc::new(pace);
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT).build();
        let retries = RetryConfig::standard()
            .with_max_attempts(MAX_ATTEMPTS)
            .with_initial_backoff(FIRST_DELAY)
            .with_max_backoff(MAX_DELAY);
        let config = config.to_builder().timeout_config(timeouts).retry_config(retries);
        let config = config.interceptor(pace::Attempts(pace.clone())).build();
        Self { client: Client::from_conf(config), pace }
    }
}

impl Connect {
    /// The API of an instance, with the SDK's configuration, asked at most so often.
    ///
    /// Time-outs and retries are our own. Make one at start and keep it: it holds the connections.
    pub fn new(config: &aws_sdk_connect::Config, instance: Instance, rate: RequestRate) -> Self {
        let rate = rate.per_second();
        let (of_metrics, at_once) = (rate * METRICS_RATE, rate * METRICS_RATE * METRICS_AT_ONCE);
        Self {
            instance,
            metrics: Paced::new(config, pace::Pace::new(of_metrics, at_once)),
            others: Paced::new(config, pace::Pace::new(rate, rate * AT_ONCE)),
            refusals: Arc::default(),
        }
    }

    /// The instance that is asked.
    pub fn instance(&self) -> &Instance {
        &self.instance
    }

    /// What was sent so far.
    pub fn counts(&self) -> Counts {
        self.metrics.pace.counts().and(self.others.pace.counts())
    }

    /// The metrics of a table that Connect refuses, and that are not asked for any more.
    pub fn refused_metrics(&self, table: Table) -> Vec<&'static str> {
        self.refusals.metrics(table)
    }
}

fn channels(three: bool) -> Vec<Channel> {
    CHANNELS.into_iter().filter(|name| !three || *name != "EMAIL").map(Channel::from).collect()
}

fn queues_and_channels(queues: &[String], channels: Vec<Channel>) -> Filters {
    Filters::builder().set_queues(Some(queues.to_vec())).set_channels(Some(channels)).build()
}

/// By these alone is everything asked: without a grouping, `OLDEST_CONTACT_AGE` is in milliseconds.
fn by_queue_and_channel() -> Vec<Grouping> {
    vec![Grouping::Queue, Grouping::Channel]
}

/// Remembers the first fault, and says whether asking on makes sense.
fn note(fault: &mut Option<ApiError>, outcome: Result<(), ApiError>) -> bool {
    let Err(error) = outcome else { return true };
    let go_on = !error.ends_the_poll();
    fault.get_or_insert(error);
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
    arn.rsplit('/').next().filter(|id| !id.is_empty()).map(str::to_owned)
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
        let mut fault = None;
        assert!(note(&mut fault, Ok(())));
        assert!(note(&mut fault, Err(ApiError::Throttled)));
        assert!(note(&mut fault, Err(ApiError::Refused("InvalidParameterException".to_owned()))));
        assert!(!note(&mut fault, Err(ApiError::Refused("AccessDeniedException".to_owned()))));
        assert!(!note(&mut fault, Err(ApiError::NoTime)));
        assert_eq!(fault, Some(ApiError::Throttled), "the first is told");
    }
}
