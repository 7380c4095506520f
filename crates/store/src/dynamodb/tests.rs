use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, RuntimeComponents, http::HttpResponse};
use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    orchestrator::HttpRequest,
};
use aws_smithy_types::body::SdkBody;
use futures_util::future::join_all;
use tokio::time::Instant;

use super::*;
use crate::deadline::with_deadline;

mod batch;

/// A stub in place of the SDK's HTTP client: it refuses with this code until a moment, and then answers.
#[derive(Debug, Clone)]
struct Stub {
    code: &'static str,
    message: &'static str,
    until: Instant,
    requests: Arc<AtomicUsize>,
}

impl HttpConnector for Stub {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        self.requests.fetch_add(1, SeqCst);
        let (code, message) = (self.code, self.message);
        let body = format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","message":"{message}"}}"#);
        let (status, body) =
            if Instant::now() < self.until { (400, SdkBody::from(body)) } else { (200, SdkBody::from("{}")) };
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status.try_into().unwrap(), body)))
    }
}

impl HttpClient for Stub {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// The client under test over the stub, and the stub's count of requests.
fn refused(code: &'static str, seconds: u64) -> (Client, Arc<AtomicUsize>) {
    refused_with(code, "no", seconds)
}

fn refused_with(code: &'static str, message: &'static str, seconds: u64) -> (Client, Arc<AtomicUsize>) {
    let stub = Stub {
        code,
        message,
        until: Instant::now() + Duration::from_secs(seconds),
        requests: Arc::default(),
    };
    let requests = Arc::clone(&stub.requests);
    (over(stub), requests)
}

/// The client under test over this in place of the SDK's HTTP client.
fn over(stub: impl HttpClient + 'static) -> Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("ap-southeast-2"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .http_client(stub);
    client(&Client::from_conf(config.build()))
}

async fn read(client: &Client, deadline: Instant) -> Result<(), StoreError> {
    with_deadline(deadline, async {
        client.get_item().table_name("t").send().await.map(drop).map_err(|error| failure(&error))
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn a_second_of_transient_failures_costs_nobody_more_than_their_time() {
    for code in transient_codes() {
        let (client, _) = refused(code, 1);
        let deadline = Instant::now() + Duration::from_secs(5);
        let all = join_all((0..100).map(|_| read(&client, deadline))).await;
        assert!(all.iter().all(Result::is_ok), "{code}: {:?}", all.iter().find(|one| one.is_err()));
    }
}

#[tokio::test(start_paused = true)]
async fn the_deadline_ends_it() {
    let (client, requests) = refused("ThrottlingException", 3600);
    let deadline = Instant::now() + Duration::from_secs(20);
    assert_eq!(read(&client, deadline).await, Err(StoreError::Deadline));
    assert_eq!(Instant::now(), deadline);
    assert!(requests.load(SeqCst) > 40, "waits of half a second at most");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_told_at_once() {
    let (client, requests) = refused("ValidationException", 3600);
    let refusal = Err(StoreError::Rejected("ValidationException".to_owned()));
    assert_eq!(read(&client, Instant::now() + Duration::from_secs(20)).await, refusal);
    assert_eq!(requests.load(SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn an_item_that_is_refused_is_told_from_a_table_that_is_another() {
    let answer = async |code, message| {
        read(&refused_with(code, message, 3600).0, Instant::now() + Duration::from_secs(20)).await
    };
    for message in [
        "Item size to update has exceeded the maximum allowed size",
        "Item size has exceeded the maximum allowed size",
        "One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes",
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: k",
        "Nesting Levels have exceeded supported limits",
    ] {
        let rejected = Err(StoreError::ItemRejected("ValidationException".to_owned()));
        assert_eq!(answer("ValidationException", message).await, rejected, "{message}");
    }
    let rejected = Err(StoreError::ItemRejected("ItemCollectionSizeLimitExceededException".to_owned()));
    assert_eq!(answer("ItemCollectionSizeLimitExceededException", "").await, rejected);
    for message in [
        "The provided key element does not match the schema",
        "One or more parameter values were invalid: Type mismatch for key k expected: S actual: N",
        "One or more parameter values were invalid: Missing the key k in the item",
        "",
    ] {
        let refused = Err(StoreError::Rejected("ValidationException".to_owned()));
        assert_eq!(answer("ValidationException", message).await, refused, "{message}");
    }
    let refused = Err(StoreError::Rejected("AccessDeniedException".to_owned()));
    assert_eq!(answer("AccessDeniedException", "Item size").await, refused);
}
