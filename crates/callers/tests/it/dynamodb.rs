//! Against a stub of `BatchGetItem`: the SDK's real requests to a real HTTP server, but no table behind it.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use aws_sdk_dynamodb::{
    Client,
    config::{BehaviorVersion, Config, Credentials, Region},
};
use serde_json::{Value, json};
use switchboard_callers::{Directory, Limits, LookupResult};
use tokio::time::Instant;

use super::{
    far, numbers,
    server::{Reaction, Server},
};

/// A server that responds to `BatchGetItem`; the closure gets the request and how often it came before.
async fn table(react: impl Fn(&Value, usize) -> Reaction + Send + Sync + 'static) -> Server {
    Server::start(move |body, before| react(&parse(body), before)).await
}

fn parse(body: &str) -> Value {
    serde_json::from_str(body).unwrap()
}

fn open(server: &Server, limits: Limits) -> Directory {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("eu-west-1"))
        .credentials_provider(Credentials::new("key", "secret", None, None, "test"))
        .endpoint_url(server.url("/"))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    Directory::dynamodb(Client::from_conf(config), "Callers".to_owned(), limits)
}

/// How many numbers each request asked for.
fn sizes(server: &Server) -> Vec<usize> {
    server.requests().iter().map(|body| keys(&parse(body)).len()).collect()
}

/// The numbers that a request asks for.
fn keys(request: &Value) -> Vec<String> {
    let keys = request["RequestItems"]["Callers"]["Keys"].as_array().unwrap();
    keys.iter().map(|key| key["Phone"]["S"].as_str().unwrap().to_owned()).collect()
}

fn named(phone: &str) -> Value {
    json!({ "Phone": { "S": phone }, "Name": { "S": format!("Caller {phone}") } })
}

fn output(items: &[Value], unprocessed: &[String]) -> Reaction {
    let keys: Vec<_> = unprocessed.iter().map(|phone| json!({ "Phone": { "S": phone } })).collect();
    let unprocessed = if keys.is_empty() { json!({}) } else { json!({ "Callers": { "Keys": keys } }) };
    reaction(200, &json!({ "Responses": { "Callers": items }, "UnprocessedKeys": unprocessed }))
}

fn error(code: &str) -> Reaction {
    reaction(400, &json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{code}") }))
}

fn throttled() -> Reaction {
    error("ProvisionedThroughputExceededException")
}

fn reaction(status: u16, document: &Value) -> Reaction {
    Reaction::Response(status, "application/x-amz-json-1.0", document.to_string())
}

#[tokio::test]
async fn numbers_go_in_batches_of_a_hundred() {
    let server = table(|request, _| {
        let items: Vec<_> = keys(request).iter().map(|phone| named(phone)).collect();
        output(&items, &[])
    })
    .await;
    let asked = numbers(250);
    let looked_up = open(&server, Limits::default()).look_up(asked.iter().chain(&asked), far()).await;
    assert_eq!((looked_up.requested, looked_up.known), (250, 250));
    assert_eq!(looked_up.get(&asked[249]), &LookupResult::Known("Caller +12025550249".into()));

    let mut sizes = sizes(&server);
    sizes.sort_unstable();
    assert_eq!(sizes, [50, 100, 100]);
    let distinct: BTreeSet<_> = server.requests().iter().flat_map(|body| keys(&parse(body))).collect();
    assert_eq!(distinct.len(), 250);
}

#[tokio::test]
async fn batches_go_side_by_side_within_the_bound() {
    for concurrency in [1, 3] {
        let slow = |_: &Value, _| {
            let Reaction::Response(_, _, body) = output(&[], &[]) else { unreachable!() };
            Reaction::Slow(Duration::from_millis(50), body)
        };
        let server = table(slow).await;
        let directory = open(&server, Limits { concurrency, ..Limits::default() });
        assert_eq!(directory.look_up(&numbers(600), far()).await.unknown, 600);
        assert_eq!((server.requests().len(), server.max_in_flight()), (6, concurrency));
    }
}

/// `Name` is a reserved word, which DynamoDB refuses in an expression.
#[tokio::test]
async fn only_the_two_attributes_are_read_and_the_reserved_one_by_another_name() {
    let server = table(|_, _| output(&[], &[])).await;
    open(&server, Limits::default()).look_up(&numbers(1), far()).await;
    let request = &parse(&server.requests()[0])["RequestItems"]["Callers"];
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
    let server = table(move |request, _| {
        let here = keys(request).into_iter().filter(|phone| !phone.ends_with('6'));
        output(&here.map(item).collect::<Vec<_>>(), &[])
    })
    .await;
    let (directory, asked) = (open(&server, Limits::default()), numbers(7));
    let looked_up = directory.look_up(&asked, far()).await;
    assert_eq!(looked_up.get(&asked[0]), &LookupResult::Known("Ada".into()));
    for number in [1, 2, 3, 4, 6] {
        assert_eq!(looked_up.get(&asked[number]), &LookupResult::Unknown, "{number}");
    }
    assert_eq!(looked_up.get(&asked[5]), &LookupResult::Failed);

    assert_eq!(directory.look_up(&asked, far()).await.from_cache, 6);
    assert_eq!(sizes(&server), [7, 1]);
}

#[tokio::test]
async fn what_was_left_out_is_asked_for_again() {
    let server = table(|request, _| {
        let keys = keys(request);
        let (now, later) = keys.split_at(keys.len().min(40));
        output(&now.iter().map(|phone| named(phone)).collect::<Vec<_>>(), later)
    })
    .await;
    let looked_up = open(&server, Limits::default()).look_up(&numbers(100), far()).await;
    assert_eq!(looked_up.known, 100);
    assert_eq!(sizes(&server), [100, 60, 20]);
}

#[tokio::test]
async fn what_is_left_out_for_good_fails_at_the_deadline_and_alone() {
    let server = table(|request, _| {
        let (now, later): (Vec<_>, Vec<_>) =
            keys(request).into_iter().partition(|phone| phone.ends_with('0'));
        output(&now.iter().map(|phone| named(phone)).collect::<Vec<_>>(), &later)
    })
    .await;
    let (directory, start) = (open(&server, Limits::default()), Instant::now());
    let looked_up = directory.look_up(&numbers(100), start + Duration::from_secs(1)).await;
    assert_eq!((looked_up.known, looked_up.failed), (10, 90));
    // The first, and then what it left out, again and again, with waits that grow.
    let sizes = sizes(&server);
    assert_eq!((sizes[0], sizes[1..].iter().all(|size| *size == 90)), (100, true), "{sizes:?}");
    assert!(sizes.len() <= 6, "{sizes:?}");
}

#[tokio::test]
async fn throttling_that_passes_costs_nothing() {
    let server = table(|request, before| match before {
        0 | 1 => throttled(),
        _ => output(&[named(&keys(request)[0])], &[]),
    })
    .await;
    assert_eq!(open(&server, Limits::default()).look_up(&numbers(1), far()).await.known, 1);
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn a_batch_that_fails_costs_its_own_numbers() {
    let server = table(|request, _| match keys(request) {
        keys if keys.len() == 100 => throttled(),
        keys => output(&keys.iter().map(|phone| named(phone)).collect::<Vec<_>>(), &[]),
    })
    .await;
    let (directory, asked) = (open(&server, Limits::default()), numbers(120));
    let looked_up = directory.look_up(&asked, far()).await;
    assert_eq!((looked_up.known, looked_up.failed), (20, 100));
    let mut tries = HashMap::new();
    for size in sizes(&server) {
        *tries.entry(size).or_insert(0) += 1;
    }
    assert_eq!(tries, HashMap::from([(100, 3), (20, 1)]));
    assert_eq!(directory.look_up(&asked, far()).await.from_cache, 20);
}

#[tokio::test]
async fn a_refusal_is_not_asked_again() {
    let server = table(|_, _| error("AccessDeniedException")).await;
    assert_eq!(open(&server, Limits::default()).look_up(&numbers(1), far()).await.failed, 1);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_table_that_never_answers_is_given_up() {
    let server = table(|_, _| Reaction::Hang).await;
    let limits = Limits { request_timeout: Duration::from_millis(200), ..Limits::default() };
    assert_eq!(open(&server, limits).look_up(&numbers(1), far()).await.failed, 1);
    assert_eq!(server.requests().len(), 3);

    // The deadline comes first.
    let limits = Limits { request_timeout: Duration::from_hours(1), ..Limits::default() };
    let deadline = Instant::now() + Duration::from_millis(300);
    assert_eq!(open(&server, limits).look_up(&numbers(1), deadline).await.failed, 1);
}
