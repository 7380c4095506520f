//! Clients of the services, and calls with retries and pages.

use std::time::Duration;

use aws_config::{Region, SdkConfig};
use backon::{ExponentialBuilder, Retryable};
use serde_json::Value;
use switchboard_aws::transient_codes;

use crate::{
    aws::signed_api::{Service, SignedApi},
    doctor::observation::Observation,
};

/// The most pages of one list.
const MOST_PAGES: usize = 100;

/// A client for each service.
#[derive(Debug)]
pub(super) struct Services {
    pub(super) connect: Client,
    pub(super) kinesis: Client,
    pub(super) kms: Client,
    pub(super) firehose: Client,
    pub(super) logs: Client,
    pub(super) events: Client,
    pub(super) lambda: Client,
    pub(super) quotas: Client,
    pub(super) search: Client,
    pub(super) s3: aws_sdk_s3::Client,
    pub(super) sqs: aws_sdk_sqs::Client,
}

/// The client of one service.
#[derive(Debug)]
pub(super) struct Client {
    name: &'static str,
    api: SignedApi,
}

/// A list's page: its rows' member, and how it goes on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paged {
    pub(super) rows: &'static str,
    /// The member of the answer that has the token.
    pub(super) next: &'static str,
    /// The parameter of the request that takes it.
    pub(super) token: &'static str,
}

impl Services {
    /// Clients for a Region, with the SDK's own settings.
    ///
    /// # Errors
    /// When there are no credentials, or an endpoint is none that data may go to.
    pub(super) async fn new(region: &str) -> anyhow::Result<Self> {
        let config = switchboard_runtime::aws::config().await;
        let config = config.to_builder().region(Region::new(region.to_owned())).build();
        let client = |name, target, endpoint| Client::new(&config, Service { name, target, endpoint });
        Ok(Self {
            connect: client("connect", "", "AWS_ENDPOINT_URL_CONNECT")?,
            kinesis: client("kinesis", "Kinesis_20131202", "AWS_ENDPOINT_URL_KINESIS")?,
            kms: client("kms", "TrentService", "AWS_ENDPOINT_URL_KMS")?,
            firehose: client("firehose", "Firehose_20150804", "AWS_ENDPOINT_URL_FIREHOSE")?,
            logs: client("logs", "Logs_20140328", "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS")?,
            events: client("events", "AWSEvents", "AWS_ENDPOINT_URL_EVENTBRIDGE")?,
            lambda: client("lambda", "", "AWS_ENDPOINT_URL_LAMBDA")?,
            quotas: client("servicequotas", "ServiceQuotasV20190624", "AWS_ENDPOINT_URL_SERVICE_QUOTAS")?,
            search: client("es", "", "AWS_ENDPOINT_URL_OPENSEARCH")?,
            s3: aws_sdk_s3::Client::new(&config),
            sqs: aws_sdk_sqs::Client::new(&config),
        })
    }
}

impl Client {
    fn new(config: &SdkConfig, service: Service) -> anyhow::Result<Self> {
        Ok(Self { name: service.name, api: SignedApi::new(config, service)? })
    }

    /// How a call is named: service, operation, and what it is asked of.
    pub(super) fn call(&self, operation: &str, of: &str) -> String {
        format!("{} {operation} {of}", self.name).trim_end().to_owned()
    }

    /// Calls an operation of the JSON protocol.
    pub(super) async fn post(&self, operation: &str, request: &Value) -> Result<Value, String> {
        (|| self.api.call(operation, request)).retry(patience()).when(is_transient).await
    }

    /// Gets what a path names.
    pub(super) async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value, String> {
        (|| self.api.get(path, query)).retry(patience()).when(is_transient).await
    }

    /// All rows of a list of the JSON protocol.
    pub(super) async fn post_all(
        &self,
        operation: &str,
        mut request: Value,
        paged: Paged,
    ) -> Result<Vec<Value>, String> {
        let mut rows = Vec::new();
        for _ in 0..MOST_PAGES {
            let mut answer = self.post(operation, &request).await?;
            rows.append(&mut take_rows(&mut answer, paged.rows));
            let Some(token) = token(&answer, paged.next) else { return Ok(rows) };
            if let Some(request) = request.as_object_mut() {
                request.insert(paged.token.to_owned(), token.into());
            }
        }
        Err("too many pages".to_owned())
    }

    /// All rows of the list that a path names.
    pub(super) async fn get_all(
        &self,
        path: &str,
        query: &[(&str, &str)],
        paged: Paged,
    ) -> Result<Vec<Value>, String> {
        let mut rows = Vec::new();
        let mut next: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let mut query = query.to_vec();
            query.extend(next.as_deref().map(|next| (paged.token, next)));
            let mut answer = self.get(path, &query).await?;
            rows.append(&mut take_rows(&mut answer, paged.rows));
            next = token(&answer, paged.next);
            if next.is_none() {
                return Ok(rows);
            }
        }
        Err("too many pages".to_owned())
    }
}

/// An observation of a call.
pub(super) fn observed<T>(call: String, found: Result<T, String>) -> Observation<T> {
    Observation { call, found }
}

/// A member that is a text, of a row.
pub(super) fn text(row: &Value, member: &str) -> Option<String> {
    row.get(member)?.as_str().map(str::to_owned)
}

/// The texts of one member of rows.
pub(super) fn texts(rows: &[Value], member: &str) -> Vec<String> {
    rows.iter().filter_map(|row| text(row, member)).collect()
}

/// What an answer lacks that it should have.
pub(super) fn lacking(member: &str) -> String {
    format!("the answer has no {member}")
}

fn take_rows(answer: &mut Value, member: &str) -> Vec<Value> {
    answer.get_mut(member).and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default()
}

fn token(answer: &Value, member: &str) -> Option<String> {
    answer.get(member)?.as_str().filter(|token| !token.is_empty()).map(str::to_owned)
}

fn patience() -> ExponentialBuilder {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(300))
        .with_max_delay(Duration::from_secs(3))
        .with_max_times(6)
        .with_jitter()
}

/// Connect allows two calls of an operation a second.
#[expect(clippy::ptr_arg, reason = "the retry hands out what the call returns")]
fn is_transient(error: &String) -> bool {
    transient_codes().any(|code| error.ends_with(code))
}
