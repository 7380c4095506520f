//! Plain HTTP, without a client's help.

use serde_json::{Value, json};
use switchboard_simulator::connect_api::{ConnectApi, Faults, Operation, Options, Quota, Quotas};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{api, config};

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The header `x-amzn-errortype`, or nothing.
    pub(crate) error: String,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }
}

/// One request on a connection of its own.
pub(crate) async fn send(api: &ConnectApi, method: &str, path: &str, body: &str) -> Answer {
    let address = api.endpoint().replace("http://", "");
    let mut stream = TcpStream::connect(&address).await.unwrap();
    let head = format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
    let request = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, text) = answer.split_once("\r\n\r\n").unwrap();
    let error = head.lines().find_map(|line| line.strip_prefix("x-amzn-errortype: ")).unwrap_or_default();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, error: error.to_owned(), text: text.to_owned() }
}

pub(crate) async fn get(api: &ConnectApi, folder: &str, query: &str) -> Answer {
    send(api, "GET", &format!("/{folder}/{}{query}", api.instance_id()), "").await
}

pub(crate) async fn post(api: &ConnectApi, folder: &str, body: &Value) -> Answer {
    let path = if folder == "data" { "data".to_owned() } else { format!("{folder}/{}", api.instance_id()) };
    send(api, "POST", &format!("/metrics/{path}"), &body.to_string()).await
}

/// The ids of all standard queues.
pub(crate) async fn queue_ids(api: &ConnectApi) -> Vec<String> {
    ids(&get(api, "queues-summary", "?queueTypes=STANDARD&maxResults=1000").await.json()["QueueSummaryList"])
}

/// The ids of all users.
pub(crate) async fn user_ids(api: &ConnectApi) -> Vec<String> {
    ids(&get(api, "users-summary", "?maxResults=1000").await.json()["UserSummaryList"])
}

fn ids(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|row| row["Id"].as_str().unwrap().to_owned()).collect()
}

fn online(queues: &[String]) -> Value {
    json!({
        "Filters": { "Queues": queues, "Channels": ["VOICE"] },
        "Groupings": ["QUEUE"],
        "CurrentMetrics": [{ "Name": "AGENTS_ONLINE", "Unit": "COUNT" }],
    })
}

#[tokio::test]
async fn every_error_has_its_type_and_message() {
    let (api, _) = api(3, 5).await;
    let unknown = send(&api, "GET", "/queues-summary/00000000-0000-4000-8000-000000000000", "").await;
    assert_eq!((unknown.status, unknown.error.as_str()), (404, "ResourceNotFoundException"));
    assert_eq!(unknown.json()["Message"], "there is no such instance");
    let path = send(&api, "DELETE", "/queues/1/2", "").await;
    assert_eq!((path.status, path.error.as_str()), (404, "UnknownOperationException"));
    let broken = send(&api, "POST", &format!("/metrics/current/{}", api.instance_id()), "{").await;
    assert_eq!((broken.status, broken.error.as_str()), (400, "InvalidRequestException"));
    let typed = post(&api, "current", &json!({ "Filters": [] })).await;
    assert_eq!((typed.status, typed.error.as_str()), (400, "InvalidRequestException"));
    let results = get(&api, "users-summary", "?maxResults=1001").await;
    assert_eq!((results.status, results.error.as_str()), (400, "InvalidParameterException"));
}

#[tokio::test]
async fn a_token_is_of_its_parameters_and_of_five_minutes() {
    let (api, clock) = api(30, 60).await;
    let queues = queue_ids(&api).await;
    let mut body = online(&queues);
    body["MaxResults"] = 10.into();
    body["CurrentMetrics"][0]["Name"] = "CONTACTS_SCHEDULED".into();
    // Somebody is scheduled somewhere within the hour.
    let mut token = Value::Null;
    for minute in 0..60 {
        clock.set(crate::noon() + jiff::SignedDuration::from_mins(minute));
        token = post(&api, "current", &body).await.json()["NextToken"].clone();
        if token.is_string() {
            break;
        }
    }
    let at = clock.now();
    body["NextToken"] = token;
    assert_eq!(post(&api, "current", &body).await.status, 200);
    assert_eq!(post(&api, "current", &body).await.status, 200, "a retry gets the page again");
    clock.set(at + jiff::SignedDuration::from_secs(301));
    let late = post(&api, "current", &body).await;
    assert_eq!((late.status, late.error.as_str()), (400, "InvalidParameterException"));
    clock.set(at);
    body["MaxResults"] = 11.into();
    let other = post(&api, "current", &body).await;
    assert_eq!((other.status, other.error.as_str()), (400, "InvalidParameterException"));
}

#[tokio::test]
async fn quotas_throttle_and_recover() {
    let quota = Quota { per_second: 1e-9, burst: 2.0 };
    let options =
        Options { quotas: Quotas { others: quota, ..Quotas::default() }, ..Options::new(config(1, 1)) };
    let api = ConnectApi::start(options).await.unwrap();
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(get(&api, "users-summary", "").await.status);
    }
    assert_eq!(statuses, [200, 200, 429]);
    // Each operation has its own.
    assert_eq!(get(&api, "agent-status", "").await.status, 200);
    let throttled = get(&api, "users-summary", "").await;
    assert_eq!(throttled.error, "ThrottlingException");
}

#[tokio::test]
async fn faults_come_as_ordered() {
    let (api, _) = api(3, 150).await;
    let status = async || get(&api, "users-summary", "?maxResults=100").await.status;
    api.set_faults(Faults { throttle_every: Some(3), ..Faults::default() });
    let statuses = [status().await, status().await, status().await, status().await];
    assert_eq!(statuses, [200, 200, 429, 200]);

    api.set_faults(Faults { fail_page: Some(2), ..Faults::default() });
    let first = get(&api, "users-summary", "?maxResults=100").await.json();
    let token =
        first["NextToken"].as_str().unwrap().replace('/', "%2F").replace('+', "%2B").replace('=', "%3D");
    let next = format!("?maxResults=100&nextToken={token}");
    let failed = get(&api, "users-summary", &next).await;
    assert_eq!((failed.status, failed.error.as_str()), (500, "InternalServiceException"));
    api.set_faults(Faults::default());
    let second = get(&api, "users-summary", &next).await.json();
    assert_eq!(second["UserSummaryList"].as_array().unwrap().len(), 50);
    assert_eq!(second.get("NextToken"), None);

    api.set_faults(Faults { repeat_token: true, ..Faults::default() });
    let again = get(&api, "users-summary", &next).await.json();
    let once_more = get(&api, "users-summary", &next).await.json();
    assert_eq!(again["NextToken"].as_str().unwrap(), first["NextToken"].as_str().unwrap());
    assert_eq!(again, once_more);

    api.set_faults(Faults { unreadable: true, ..Faults::default() });
    let unreadable = get(&api, "users-summary", "").await;
    assert_eq!(unreadable.status, 200);
    serde_json::from_str::<Value>(&unreadable.text).unwrap_err();

    api.set_faults(Faults { unreadable: true, only: Some(Operation::ListQueues), ..Faults::default() });
    get(&api, "users-summary", "").await.json();
}

#[tokio::test]
async fn calls_are_logged() {
    let (api, _) = api(3, 5).await;
    let queues = queue_ids(&api).await;
    api.forget_calls();
    post(&api, "current", &online(&queues)).await;
    get(&api, "users-summary", "?maxResults=0").await;
    let calls = api.calls();
    assert_eq!((calls[0].operation, calls[0].filter_values), (Operation::GetCurrentMetricData, 4));
    assert_eq!((calls[0].page, calls[0].status), (1, 200));
    assert_eq!((calls[1].operation, calls[1].page, calls[1].status), (Operation::ListUsers, 0, 400));
}

#[tokio::test]
async fn it_stops_when_it_is_dropped() {
    let (api, _) = api(1, 1).await;
    let address = api.endpoint().replace("http://", "");
    drop(api);
    // The task ends at its next turn, which this one's waits give it.
    while TcpStream::connect(&address).await.is_ok() {
        tokio::task::yield_now().await;
    }
}
