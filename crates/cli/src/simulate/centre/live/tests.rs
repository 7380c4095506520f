//! What goes over the wire to the bus and the log group, and what becomes of what is refused.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    sync::mpsc::{Receiver, channel},
    thread,
};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use serde_json::{Value, json};
use switchboard_simulator::{
    View,
    model::{Config, emit::EmittedKind},
};

use super::*;

/// A service that gives these answers, one after the other, and tells what it was sent: the operation, who signed it for
/// what, and the request.
fn service(answers: Vec<(u16, Value)>) -> (SdkConfig, Receiver<(String, String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (sender, requests) = channel();
    thread::spawn(move || {
        for (status, answer) in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut target, mut signature, mut length) = (String::new(), String::new(), 0);
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                let Some((name, value)) = line.trim().split_once(": ") else {
                    if line.trim().is_empty() {
                        break;
                    }
                    continue;
                };
                match &*name.to_ascii_lowercase() {
                    "x-amz-target" => target = value.to_owned(),
                    "authorization" => signature = value.to_owned(),
                    "content-length" => length = value.parse().unwrap(),
                    _ => {}
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            sender.send((target, signature, serde_json::from_slice(&body).unwrap())).unwrap();
            let answer = answer.to_string();
            let head =
                format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}", answer.len());
            write!(stream, "{head}\r\n\r\n{answer}").unwrap();
        }
    });
    let credentials = Credentials::new("key", "secret", None, None, "test");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .endpoint_url(url)
        .build();
    (config, requests)
}

fn items(kind: EmittedKind, count: usize) -> Vec<Item> {
    View::new(Config::default(), kind).unwrap().take(count).collect()
}

#[tokio::test]
async fn a_bus_gets_each_event_until_it_takes_it() {
    let taken = json!({"EventId": "1"});
    let throttled = json!({"ErrorCode": "ThrottlingException", "ErrorMessage": "Rate exceeded"});
    let (config, requests) = service(vec![
        (400, json!({"__type": "com.amazonaws.events#ThrottlingException"})),
        (200, json!({"FailedEntryCount": 1, "Entries": [taken, throttled, taken]})),
        (200, json!({"FailedEntryCount": 0, "Entries": [taken]})),
    ]);
    let mut events = items(EmittedKind::ContactEvent, 3);
    let whole = events.clone();
    events.push(Item { text: whole[0].text.chars().take(100).collect(), ..whole[0].clone() });
    let mut bus = EventBus::new(&config, "default", "switchboard.simulated").unwrap();
    bus.put(&events).await;
    assert_eq!((bus.put, bus.not_put), (3, 1), "one is cut short");

    let requests: Vec<_> = requests.try_iter().collect();
    assert_eq!(requests.len(), 3);
    for (target, signature, _) in &requests {
        assert_eq!(target, "AWSEvents.PutEvents");
        assert!(signature.contains("/eu-west-1/events/aws4_request"), "{signature}");
        assert!(signature.contains("x-amz-target"), "{signature}");
    }
    let [_, whole_batch, again] = requests.try_into().unwrap();
    assert_eq!(whole_batch.2["Entries"].as_array().unwrap().len(), 3);
    let event: Value = serde_json::from_str(&whole[1].text).unwrap();
    let entry = &again.2["Entries"][0];
    assert_eq!(again.2["Entries"].as_array().unwrap().len(), 1, "only the refused one again");
    assert_eq!(entry["Source"], "switchboard.simulated");
    assert_eq!(entry["EventBusName"], "default");
    assert_eq!(entry["DetailType"], event["detail-type"]);
    assert_eq!(entry["Resources"], event["resources"]);
    let detail = entry["Detail"].as_str().unwrap();
    assert!(whole[1].text.contains(detail), "byte for byte");
}

#[tokio::test]
async fn a_log_group_gets_the_lines_of_batches() {
    let (config, requests) = service(vec![
        (400, json!({"__type": "ResourceAlreadyExistsException"})),
        (500, json!({})),
        (200, json!({})),
        (200, json!({})),
    ]);
    let batches = items(EmittedKind::FlowLogs, 2);
    let mut group = LogGroup::new(&config, "/aws/connect/example").unwrap();
    group.put(&batches).await;
    let requests: Vec<_> = requests.try_iter().collect();
    let operations: Vec<_> = requests.iter().map(|(target, ..)| target.rsplit('.').next().unwrap()).collect();
    assert_eq!(operations, ["CreateLogStream", "PutLogEvents", "PutLogEvents", "PutLogEvents"]);
    let lines: Vec<_> =
        requests[2..].iter().flat_map(|(.., request)| request["logEvents"].as_array().unwrap()).collect();
    assert_eq!((group.put, group.not_put), (lines.len(), 0));
    assert!(lines.iter().all(|line| line["message"].as_str().unwrap().starts_with(r#"{"ContactId":"#)));
    assert_eq!(requests[1].2, requests[2].2, "the same again");
}

#[tokio::test]
async fn nothing_goes_to_a_clear_endpoint_elsewhere() {
    let (config, _requests) = service(Vec::new());
    let config = config.into_builder().endpoint_url("http://example.com/").build();
    assert!(EventBus::new(&config, "default", "source").is_err());
}
