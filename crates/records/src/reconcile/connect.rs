//! Amazon Connect's own lists of contacts.
//!
//! One request at a time, at a rate that leaves others their half of the account's quota. What fails for a moment is tried
//! again, at the same rate, for five minutes and at least twice, or until the deadline.

use std::{
    sync::{
        PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use aws_sdk_connect::{
    Client,
    config::{retry::RetryConfig, timeout::TimeoutConfig},
    error::{ProvideErrorMetadata, SdkError},
    types::{
        Channel, ContactInitiationMethod, ContactSearchSummary, FilterV2, MetricV2, QueueSummary, QueueType,
        SearchContactsAdditionalTimeRange, SearchContactsAdditionalTimeRangeCriteria,
        SearchContactsMatchType, SearchContactsTimeRange, SearchContactsTimeRangeConditionType,
        SearchContactsTimeRangeType, SearchContactsTimestampCondition, SearchCriteria, SortOrder,
        SortableFieldName,
    },
};
use backon::{BackoffBuilder as _, ExponentialBuilder};
use jiff::Timestamp;
use switchboard_aws::{
    Failure,
    pages::{PageTokens, PagesError},
};
use switchboard_core::arn::last_segment;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::{
    SearchRate,
    described::{DescribedContact, Names},
    hour::Hour,
    sdk_time::{date_time, time},
    search::{ListedContact, Search, SearchPage},
};

/// The greatest page of a search.
const SEARCH_PAGE: i32 = 100;
/// The greatest page of a list.
const LIST_PAGE: i32 = 1000;
/// The most queues of one filter.
const QUEUES: usize = 100;
/// How long one attempt may take.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);
const FIRST_DELAY: Duration = Duration::from_millis(200);
const MAX_DELAY: Duration = Duration::from_secs(10);
/// How long a request is tried again after it first failed. What was found is kept, so whoever asked may go on when Connect answers again, and is told
/// before a day has passed.
const PATIENCE: Duration = Duration::from_mins(5);
/// How often it is sent at least, however slow the rate is.
const MIN_ATTEMPTS: u32 = 3;

/// Why Connect could not be asked. No message repeats what was sent or received.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// The deadline came first; whatever was the matter before may be over by then.
    #[error("no time left{}", reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default())]
    NoTime {
        /// The last failure, if there was one.
        reason: Option<String>,
    },
    /// It did not answer for five minutes, or only that it can't for the moment.
    #[error("Connect does not answer: {0}")]
    NoAnswer(String),
    /// It rejects the request, and would do so again.
    #[error("Connect rejects the request: {0}")]
    Rejected(String),
    /// The answer is not one that it is documented to give.
    #[error("Connect's answer is not understood")]
    NotUnderstood,
}

impl From<PagesError> for ConnectError {
    fn from(_: PagesError) -> Self {
        Self::NotUnderstood
    }
}

/// The contacts of an instance, as Connect lists them.
#[derive(Debug)]
pub struct ConnectContacts {
    client: Client,
    instance_arn: String,
    searches: Pace,
    others: Pace,
    requests: AtomicU64,
}

/// One request at a time, each so long after the one before.
#[derive(Debug)]
struct Pace {
    interval: Duration,
    next: std::sync::Mutex<Option<Instant>>,
}

impl Pace {
    fn new(per_second: f64) -> Self {
        Self { interval: Duration::from_secs(1).div_f64(per_second), next: std::sync::Mutex::default() }
    }

    /// When the next request may be sent.
    fn take(&self) -> Instant {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let at = next.map_or_else(Instant::now, |next| next.max(Instant::now()));
        *next = Some(at + self.interval);
        at
    }
}

impl ConnectContacts {
    /// The API of an instance, with the SDK's configuration. It sets its own timeouts and retries.
    pub fn new(config: &aws_sdk_connect::Config, instance_arn: impl Into<String>, rate: SearchRate) -> Self {
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT).build();
        let config = config.to_builder().timeout_config(timeouts).retry_config(RetryConfig::disabled());
        Self {
            client: Client::from_conf(config.build()),
            instance_arn: instance_arn.into(),
            searches: Pace::new(rate.searches_per_second()),
            others: Pace::new(rate.others_per_second()),
            requests: AtomicU64::default(),
        }
    }

    /// The ARN of the instance.
    pub fn instance_arn(&self) -> &str {
        &self.instance_arn
    }

    /// How many requests were sent so far.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// A page of a search, the first without a token.
    pub(super) async fn search(
        &self,
        search: &Search,
        token: Option<&str>,
        deadline: Instant,
    ) -> Result<SearchPage, ConnectError> {
        let criteria = SearchCriteria::builder()
            .set_channels(search.channel.as_deref().map(|channel| vec![Channel::from(channel)]))
            .set_initiation_methods(
                search.initiation_method.as_deref().map(|method| vec![ContactInitiationMethod::from(method)]),
            )
            .build();
        let sort = aws_sdk_connect::types::Sort::builder()
            .field_name(SortableFieldName::DisconnectTimestamp)
            .order(SortOrder::Ascending)
            .build()
            .map_err(|_| ConnectError::NotUnderstood)?;
        let time = time_range(SearchContactsTimeRangeType::DisconnectTimestamp, search.from, search.to)?;
        let request = self.client.search_contacts().instance_id(self.instance_id());
        let request = request
            .time_range(time)
            .search_criteria(criteria)
            .sort(sort)
            .max_results(SEARCH_PAGE)
            .set_next_token(token.map(str::to_owned));
        let page = self.call(&self.searches, deadline, || request.clone().send()).await?;
        let contacts: Vec<_> = page.contacts.into_iter().filter_map(listed).collect();
        let in_page = u64::try_from(contacts.len()).unwrap_or(u64::MAX);
        let total = page.total_count.map_or(Ok(in_page), u64::try_from);
        let total = total.map_err(|_| ConnectError::NotUnderstood)?;
        // A page without a total is one of more only if there are more pages.
        let total = if page.next_token.is_some() { total.max(in_page + 1) } else { total };
        Ok(SearchPage { total, contacts, next_token: page.next_token })
    }

    /// How many of the contacts that began in an hour are open, or in after-contact work.
    pub(super) async fn open(&self, hour: Hour, deadline: Instant) -> Result<u64, ConnectError> {
        let not_understood = |_| ConnectError::NotUnderstood;
        let has_not_ended = SearchContactsTimestampCondition::builder()
            .r#type(SearchContactsTimeRangeType::DisconnectTimestamp)
            .condition_type(SearchContactsTimeRangeConditionType::NotExists)
            .build()
            .map_err(not_understood)?;
        let criteria = SearchContactsAdditionalTimeRangeCriteria::builder();
        let more = SearchContactsAdditionalTimeRange::builder()
            .criteria(criteria.timestamp_condition(has_not_ended).build())
            .match_type(SearchContactsMatchType::MatchAll)
            .build()
            .map_err(not_understood)?;
        let time = time_range(SearchContactsTimeRangeType::InitiationTimestamp, hour.start(), hour.end())?;
        let request = self.client.search_contacts().instance_id(self.instance_id()).time_range(time);
        let criteria = SearchCriteria::builder().additional_time_range(more).build();
        let request = request.search_criteria(criteria).max_results(1);
        let page = self.call(&self.searches, deadline, || request.clone().send()).await?;
        u64::try_from(page.total_count.unwrap_or_default()).map_err(|_| ConnectError::NotUnderstood)
    }

    /// How many contacts that were disconnected in an hour waited in one of these queues, by Connect's metrics.
    pub(super) async fn queued(
        &self,
        queues: &[String],
        hour: Hour,
        deadline: Instant,
    ) -> Result<u64, ConnectError> {
        let mut sum = 0.0;
        for queues in queues.chunks(QUEUES) {
            let filter =
                FilterV2::builder().filter_key("QUEUE").set_filter_values(Some(queues.to_vec())).build();
            let request = self.client.get_metric_data_v2().resource_arn(&self.instance_arn);
            let request = request
                .start_time(date_time(hour.start()))
                .end_time(date_time(hour.end()))
                .filters(filter)
                .groupings("QUEUE")
                .metrics(MetricV2::builder().name("CONTACTS_QUEUED").build())
                .max_results(SEARCH_PAGE);
            let mut tokens = PageTokens::default();
            loop {
                let request = request.clone().set_next_token(tokens.token().map(str::to_owned));
                let page = self.call(&self.others, deadline, || request.clone().send()).await?;
                let results = page.metric_results.unwrap_or_default();
                let data = results.into_iter().flat_map(|result| result.collections.unwrap_or_default());
                sum += data.filter_map(|data| data.value).filter(|value| value.is_finite()).sum::<f64>();
                if !tokens.follow(page.next_token)? {
                    break;
                }
            }
        }
        whole(sum).ok_or(ConnectError::NotUnderstood)
    }

    /// The ids of the standard queues.
    pub(super) async fn standard_queues(&self, deadline: Instant) -> Result<Vec<String>, ConnectError> {
        let queues = self.queues(&[QueueType::Standard], deadline).await?;
        Ok(queues.into_iter().filter_map(|queue| queue.id).collect())
    }

    /// The names of all queues and users.
    pub(super) async fn names(&self, deadline: Instant) -> Result<Names, ConnectError> {
        let mut names = Names::default();
        for queue in self.queues(&[QueueType::Standard, QueueType::Agent], deadline).await? {
            match (queue.id, queue.name, queue.queue_type) {
                (Some(id), _, Some(QueueType::Agent)) => drop(names.agent_queues.insert(id)),
                (Some(id), Some(name), _) => drop(names.queues.insert(id, name)),
                _ => {}
            }
        }
        let mut tokens = PageTokens::default();
        loop {
            let request = self.client.list_users().instance_id(self.instance_id()).max_results(LIST_PAGE);
            let request = request.set_next_token(tokens.token().map(str::to_owned));
            let page = self.call(&self.others, deadline, || request.clone().send()).await?;
            let users = page.user_summary_list.unwrap_or_default().into_iter();
            names.users.extend(users.filter_map(|user| Some((user.id?, user.username?))));
            if !tokens.follow(page.next_token)? {
                return Ok(names);
            }
        }
    }

    async fn queues(
        &self,
        types: &[QueueType],
        deadline: Instant,
    ) -> Result<Vec<QueueSummary>, ConnectError> {
        let (mut queues, mut tokens) = (Vec::new(), PageTokens::default());
        loop {
            let request = self.client.list_queues().instance_id(self.instance_id()).max_results(LIST_PAGE);
            let request = request.set_queue_types(Some(types.to_vec()));
            let request = request.set_next_token(tokens.token().map(str::to_owned));
            let page = self.call(&self.others, deadline, || request.clone().send()).await?;
            queues.extend(page.queue_summary_list.unwrap_or_default());
            if !tokens.follow(page.next_token)? {
                return Ok(queues);
            }
        }
    }

    /// All that Connect tells of a contact; [`None`] if it does not know it.
    pub(super) async fn describe(
        &self,
        contact_id: &str,
        deadline: Instant,
    ) -> Result<Option<DescribedContact>, ConnectError> {
        let request = self.client.describe_contact().instance_id(self.instance_id()).contact_id(contact_id);
        match self.call(&self.others, deadline, || request.clone().send()).await {
            Ok(answer) => Ok(answer.contact.map(DescribedContact)),
            Err(ConnectError::Rejected(code)) if code == "ResourceNotFoundException" => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn instance_id(&self) -> &str {
        last_segment(&self.instance_arn)
    }

    /// Sends a request when it may be sent, and again while it fails for a moment.
    async fn call<T, E: ProvideErrorMetadata>(
        &self,
        pace: &Pace,
        deadline: Instant,
        send: impl AsyncFn() -> Result<T, SdkError<E, aws_sdk_connect::config::http::HttpResponse>>,
    ) -> Result<T, ConnectError> {
        let waits = ExponentialBuilder::new().with_min_delay(FIRST_DELAY).with_max_delay(MAX_DELAY);
        let mut waits = waits.without_max_times().with_jitter().build();
        let mut reason: Option<String> = None;
        let (mut attempts, mut patient_until) = (0, None);
        loop {
            let at = pace.take();
            if at >= deadline {
                return Err(ConnectError::NoTime { reason });
            }
            sleep_until(at).await;
            self.requests.fetch_add(1, Ordering::Relaxed);
            let Ok(reply) = timeout_at(deadline, send()).await else {
                return Err(ConnectError::NoTime { reason });
            };
            let failure = match reply {
                Ok(answer) => return Ok(answer),
                Err(error) => Failure::from(&error),
            };
            match failure {
                failure if failure.is_transient() => {
                    let failure = failure.to_string();
                    if reason.is_none() {
                        tracing::warn!(event = "connect_asked_again", error = %failure, "Connect is asked again");
                    }
                    reason = Some(failure);
                }
                Failure::NotUnderstood | Failure::Rejected { status: ..300, .. } => {
                    return Err(ConnectError::NotUnderstood);
                }
                failure => return Err(ConnectError::Rejected(failure.to_string())),
            }
            let wait = Instant::now() + waits.next().unwrap_or(MAX_DELAY);
            if wait >= deadline {
                return Err(ConnectError::NoTime { reason });
            }
            attempts += 1;
            let patient_until = *patient_until.get_or_insert_with(|| Instant::now() + PATIENCE);
            if wait >= patient_until && attempts >= MIN_ATTEMPTS {
                return Err(ConnectError::NoAnswer(reason.unwrap_or_default()));
            }
            sleep_until(wait).await;
        }
    }
}

fn time_range(
    of: SearchContactsTimeRangeType,
    from: Timestamp,
    to: Timestamp,
) -> Result<SearchContactsTimeRange, ConnectError> {
    let range = SearchContactsTimeRange::builder().r#type(of);
    let range = range.start_time(date_time(from)).end_time(date_time(to)).build();
    range.map_err(|_| ConnectError::NotUnderstood)
}

fn listed(contact: ContactSearchSummary) -> Option<ListedContact> {
    Some(ListedContact {
        contact_id: contact.id?,
        channel: contact.channel.map(|channel| channel.as_str().to_owned()),
        initiation_method: contact.initiation_method.map(|method| method.as_str().to_owned()),
        initiated_at: contact.initiation_timestamp.as_ref().and_then(time),
        disconnected_at: contact.disconnect_timestamp.as_ref().and_then(time),
        queue_id: contact.queue_info.and_then(|queue| queue.id),
        agent_id: contact.agent_info.and_then(|agent| agent.id),
    })
}

/// A count that came as a number with a fraction.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is within the bounds")]
fn whole(count: f64) -> Option<u64> {
    (0.0..1e15).contains(&count).then(|| count.round() as u64)
}

#[cfg(test)]
mod tests;
