//! Against a stub of `BatchGetItem` at the SDK's HTTP client: real requests are built and real answers
//! read, but no table is behind them.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex},
    time::Duration,
};

use aws_sdk_dynamodb::{
    Client,
    config::{BehaviorVersion, Config, Credentials, HttpClient, Region},
};
use aws_smithy_http_client::test_util::{NeverClient, infallible_client_fn};
use hyper::{Request, Response};
use serde_json::{Value, json};
use switchboard_callers::{Answer, Directory, Limits};
use tokio::time::Instant;

use super::{far, numbers};

/// The requests that arrived, as JSON.
type Requests = Arc<Mutex<Vec<Value>>>;

/// A directory whose `BatchGetItem` is answered with a status and a document.
fn directory(
    limits: Limits,
    react: impl Fn(usize, &Value) -> (u16, Value) + Send + Sync + 'static,
) -> (Directory, Requests) {
    let requests = Requests::default();
    let seen = requests.clone();
    let client = infallible_client_fn(move |request: Request<_>| {
        let request: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        let mut seen = seen.lock().unwrap();
        let (status, answer) = react(seen.len(), &request);
        seen.push(request);
        Response::builder().status(status).body(answer.to_string()).unwrap()
    });
    (over(client, limits), requests)
}

fn over(http_client: impl HttpClient + 'static, limits: Limits) -> Directory {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("eu-west-1"))
        .credentials_provider(Credentials::new("key", "secret", None, None, "test"))
        .http_client(http_client)
        .build();
    Directory::dynamodb(Client::from_conf(config), "Callers".to_owned(), limits)
}

/// The numbers that a request asks for.
fn keys(request: &Value) -> Vec<String> {
    let keys = request["RequestItems"]["Callers"]["Keys"].as_array().unwrap();
    keys.iter().map(|key| key["Phone"]["S"].as_str().unwrap().to_owned()).collect()
}

fn named(phone: &str) -> Value {
    json!({ "Phone": { "S": phone }, "Name": { "S": format!("Caller {phone}") } })
}

fn output(items: &[Value], unprocessed: &[String]) -> (u16, Value) {
    let keys: Vec<_> = unprocessed.iter().map(|phone| json!({ "Phone": { "S": phone } })).collect();
    let unprocessed = if keys.is_empty() { json!({}) } else { json!({ "Callers": { "Keys": keys } }) };
    (200, json!({ "Responses": { "Callers": items }, "UnprocessedKeys": unprocessed }))
}

fn throttled() -> (u16, Value) {
    let code = "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException";
    (400, json!({ "__type": code, "message": "slow down" }))
}

#[tokio::test]
async fn numbers_go_in_batches_of_a_hundred() {
    let (directory, requests) = directory(Limits::default(), |_, request| {
        let items: Vec<_> = keys(request).iter().map(|phone| named(phone)).collect();
        output(&items, &[])
    });
    let asked = numbers(250);
    let looked_up = directory.look_up(asked.iter().chain(&asked), far()).await;
    assert_eq!((looked_up.asked, looked_up.known), (250, 250));
    assert_eq!(looked_up.get(&asked[249]), &Answer::Known("Caller +12025550249".into()));

    let requests = requests.lock().unwrap();
    let sizes: Vec<_> = requests.iter().map(|request| keys(request).len()).collect();
    assert_eq!(sizes, [100, 100, 50]);
    let distinct: BTreeSet<_> = requests.iter().flat_map(keys).collect();
    assert_eq!(distinct.len(), 250);
}

/// `Name` is a reserved word, which DynamoDB refuses in an expression.
#[tokio::test]
async fn only_the_two_attributes_are_read_and_the_reserved_one_by_another_name() {
    let (directory, requests) = directory(Limits::default(), |_, _| output(&[], &[]));
    directory.look_up(&numbers(1), far()).await;
    let request = &requests.lock().unwrap()[0]["RequestItems"]["Callers"];
    assert_eq!(request["ProjectionExpression"], "Phone, #name");
    assert_eq!(request["ExpressionAttributeNames"], json!({ "#name": "Name" }));
}

#[tokio::test]
async fn an_item_without_a_name_is_unknown_and_remembered() {
    let item = |phone: String| {
        let mut item = json!({ "Phone": { "S": phone } });
        match phone.chars().last().unwrap() {
            '0' => item["Name"] = json!({ "S": " Ada " }),
            '1' => item["Name"] = json!({ "S": "" }),
            '2' => item["Name"] = json!({ "N": "7" }),
            '3' => item["Name"] = json!({ "NULL": true }),
            '5' => item["Name"] = json!({ "S": "two\nlines" }),
            _ => {}
        }
        item
    };
    let (directory, requests) = directory(Limits::default(), move |_, request| {
        let here = keys(request).into_iter().filter(|phone| !phone.ends_with('6'));
        output(&here.map(item).collect::<Vec<_>>(), &[])
    });
    let asked = numbers(7);
    let looked_up = directory.look_up(&asked, far()).await;
    assert_eq!(looked_up.get(&asked[0]), &Answer::Known("Ada".into()));
    for number in [1, 2, 3, 4, 6] {
        assert_eq!(looked_up.get(&asked[number]), &Answer::Unknown, "{number}");
    }
    assert_eq!(looked_up.get(&asked[5]), &Answer::Failed);

    assert_eq!(directory.look_up(&asked, far()).await.from_cache, 6);
    assert_eq!(keys(&requests.lock().unwrap()[1]).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_was_left_out_is_asked_for_again() {
    let (directory, requests) = directory(Limits::default(), |_, request| {
        let keys = keys(request);
        let (now, later) = keys.split_at(keys.len().min(40));
        output(&now.iter().map(|phone| named(phone)).collect::<Vec<_>>(), later)
    });
    let looked_up = directory.look_up(&numbers(100), far()).await;
    assert_eq!(looked_up.known, 100);
    let sizes: Vec<_> = requests.lock().unwrap().iter().map(|request| keys(request).len()).collect();
    assert_eq!(sizes, [100, 60, 20]);
}

#[tokio::test(start_paused = true)]
async fn what_is_left_out_for_good_fails_at_the_deadline_and_alone() {
    let (directory, requests) = directory(Limits::default(), |_, request| {
        let (now, later): (Vec<_>, Vec<_>) =
            keys(request).into_iter().partition(|phone| phone.ends_with('0'));
        output(&now.iter().map(|phone| named(phone)).collect::<Vec<_>>(), &later)
    });
    let (asked, start) = (numbers(100), Instant::now());
    let looked_up = directory.look_up(&asked, start + Duration::from_secs(10)).await;
    assert_eq!((looked_up.known, looked_up.failed), (10, 90));
    let elapsed = start.elapsed();
    assert!((10_000..10_010).contains(&elapsed.as_millis()), "{elapsed:?}");
    let requests = requests.lock().unwrap().len();
    assert!((8..=20).contains(&requests), "{requests} requests: the waits grow, and not without end");
}

#[tokio::test(start_paused = true)]
async fn throttling_that_passes_costs_nothing() {
    let (directory, requests) = directory(Limits::default(), |before, request| match before {
        0 | 1 => throttled(),
        _ => output(&[named(&keys(request)[0])], &[]),
    });
    assert_eq!(directory.look_up(&numbers(1), far()).await.known, 1);
    assert_eq!(requests.lock().unwrap().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_fails_costs_its_own_numbers() {
    let (directory, requests) = directory(Limits::default(), |_, request| match keys(request) {
        keys if keys.len() == 100 => throttled(),
        keys => output(&keys.iter().map(|phone| named(phone)).collect::<Vec<_>>(), &[]),
    });
    let asked = numbers(120);
    let looked_up = directory.look_up(&asked, far()).await;
    assert_eq!((looked_up.known, looked_up.failed), (20, 100));
    let mut tries = HashMap::new();
    for request in requests.lock().unwrap().iter() {
        *tries.entry(keys(request).len()).or_insert(0) += 1;
    }
    assert_eq!(tries, HashMap::from([(100, 3), (20, 1)]));
    assert_eq!(directory.look_up(&asked, far()).await.from_cache, 20);
}

#[tokio::test]
async fn a_refusal_is_not_asked_again() {
    let (directory, requests) = directory(Limits::default(), |_, _| {
        (400, json!({ "__type": "com.amazon.coral.service#AccessDeniedException" }))
    });
    assert_eq!(directory.look_up(&numbers(1), far()).await.failed, 1);
    assert_eq!(requests.lock().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_table_that_never_answers_is_given_up() {
    let limits = Limits { request_timeout: Duration::from_secs(2), ..Limits::default() };
    let start = Instant::now();
    let looked_up = over(NeverClient::new(), limits).look_up(&numbers(1), far()).await;
    assert_eq!(looked_up.failed, 1);
    assert!((6..8).contains(&start.elapsed().as_secs()), "three tries of 2 s: {:?}", start.elapsed());

    let start = Instant::now();
    let deadline = start + Duration::from_secs(3);
    assert_eq!(over(NeverClient::new(), limits).look_up(&numbers(1), deadline).await.failed, 1);
    assert!((3_000..3_010).contains(&start.elapsed().as_millis()), "{:?}", start.elapsed());
}
