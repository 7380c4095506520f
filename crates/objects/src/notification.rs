//! The notifications of S3 about its objects: those that it sends to a queue itself, and those that it sends to `EventBridge`, whose
//! rule sends them on.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html>
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html>

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::value::RawValue;

/// The events of S3 that create no object. A name that is neither is an error, and its message fails.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html>
const OTHERS: [&str; 10] = [
    "ObjectRemoved",
    "ObjectRestore",
    "ReducedRedundancyLostObject",
    "Replication",
    "LifecycleExpiration",
    "LifecycleTransition",
    "IntelligentTiering",
    "ObjectTagging",
    "ObjectAcl",
    "ObjectAccessed",
];

/// The same of `EventBridge`.
const OTHER_EVENTS: [&str; 9] = [
    "Object Deleted",
    "Object Restore Initiated",
    "Object Restore Completed",
    "Object Restore Expired",
    "Object Storage Class Changed",
    "Object Access Tier Changed",
    "Object ACL Updated",
    "Object Tags Added",
    "Object Tags Deleted",
];

/// One record of a notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum S3Notification {
    /// A new object.
    Object {
        /// Its bucket.
        bucket: String,
        /// Its key, decoded.
        key: String,
    },
    /// Another event of an object.
    Other,
    /// It can't be read.
    Unreadable,
}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(rename = "Records", borrow)]
    records: Option<Vec<&'a RawValue>>,
    #[serde(rename = "Event")]
    event: Option<String>,
    /// Of a message that went through SNS: the message that S3 sent.
    #[serde(rename = "Message", borrow)]
    message: Option<Cow<'a, str>>,
    /// Of an event of `EventBridge`: what it is about.
    #[serde(rename = "detail-type")]
    detail_type: Option<String>,
    #[serde(borrow)]
    source: Option<Cow<'a, str>>,
    #[serde(borrow)]
    detail: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Record {
    #[serde(rename = "eventName")]
    event_name: String,
    s3: Entity,
}

#[derive(Deserialize)]
struct Entity {
    bucket: Bucket,
    object: Object,
}

#[derive(Deserialize)]
struct Bucket {
    name: String,
}

#[derive(Deserialize)]
struct Object {
    key: String,
}

/// The records in the body of a message. None, if it is empty or the test that S3 sends
/// when its notifications are set up.
pub fn read(body: &str) -> Vec<S3Notification> {
    if body.trim().is_empty() {
        return Vec::new();
    }
    match serde_json::from_str(body) {
        Ok(Body { message: Some(inner), records: None, event: None, .. }) => direct(&inner),
        _ => direct(body),
    }
}

fn direct(body: &str) -> Vec<S3Notification> {
    match serde_json::from_str(body) {
        Ok(Body { records: Some(records), .. }) => records.into_iter().map(read_record).collect(),
        Ok(Body { event: Some(event), .. }) if event == "s3:TestEvent" => Vec::new(),
        Ok(Body { detail_type: Some(detail_type), source: Some(source), detail: Some(detail), .. })
            if source == "aws.s3" =>
        {
            vec![read_event(&detail_type, detail)]
        }
        _ => vec![S3Notification::Unreadable],
    }
}

fn read_record(record: &RawValue) -> S3Notification {
    let Ok(Record { event_name, s3 }) = serde_json::from_str(record.get()) else {
        return S3Notification::Unreadable;
    };
    // Stores that speak S3's protocol begin the name as their settings do.
    let event_name = event_name.strip_prefix("s3:").unwrap_or(&event_name);
    let (name, _detail) = event_name.split_once(':').unwrap_or((event_name, ""));
    if OTHERS.contains(&name) {
        return S3Notification::Other;
    }
    if name != "ObjectCreated" {
        return S3Notification::Unreadable;
    }
    match key(&s3.object.key) {
        Some(key) => S3Notification::Object { bucket: s3.bucket.name, key },
        None => S3Notification::Unreadable,
    }
}

/// An event of `EventBridge`, whose key is not encoded. Its name is in words.
fn read_event(detail_type: &str, detail: &RawValue) -> S3Notification {
    if OTHER_EVENTS.contains(&detail_type) {
        return S3Notification::Other;
    }
    match serde_json::from_str(detail.get()) {
        Ok(Entity { bucket, object }) if detail_type == "Object Created" && !object.key.is_empty() => {
            S3Notification::Object { bucket: bucket.name, key: object.key }
        }
        _ => S3Notification::Unreadable,
    }
}

/// The key, which comes as a form would send it. [`None`] if it is empty or no UTF-8, which no key is.
fn key(encoded: &str) -> Option<String> {
    let spaced = encoded.replace('+', " ");
    let key = percent_decode_str(&spaced).decode_utf8().ok()?;
    (!key.is_empty()).then(|| key.into_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record(name: &str, key: &str) -> serde_json::Value {
        json!({"eventVersion": "2.1", "eventName": name, "s3": {"bucket": {"name": "b"}, "object": {"key": key}}})
    }

    fn object(key: &str) -> S3Notification {
        S3Notification::Object { bucket: "b".into(), key: key.into() }
    }

    #[test]
    fn every_entry_is_read_and_its_key_decoded() {
        let body = json!({"Records": [
            record("ObjectCreated:Put", "a+b/caf%C3%A9-10%3A00"),
            record("ObjectCreated:CompleteMultipartUpload", "1%2B1"),
            record("ObjectRemoved:Delete", "gone"),
            record("ObjectCreated:Put", "%ff"),
            {"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": "b"}, "object": {"key": 7}}},
            "?",
        ]});
        let read = read(&body.to_string());
        let unreadable = S3Notification::Unreadable;
        let expected = [
            object("a b/café-10:00"),
            object("1+1"),
            S3Notification::Other,
            unreadable.clone(),
            unreadable.clone(),
            unreadable,
        ];
        assert_eq!(read, expected);
    }

    #[test]
    fn no_name_of_an_event_is_ignored() {
        for (name, expected) in [
            ("ObjectCreated:Put", object("k")),
            ("s3:ObjectCreated:Put", object("k")),
            ("s3:ObjectCreated:CompleteMultipartUpload", object("k")),
            ("ObjectCreated", object("k")),
            ("ObjectTagging:Put", S3Notification::Other),
            ("s3:ObjectRemoved:Delete", S3Notification::Other),
            ("LifecycleTransition", S3Notification::Other),
            ("objectcreated:put", S3Notification::Unreadable),
            ("ObjectCreatedByAnother:Put", S3Notification::Unreadable),
            ("Object Created", S3Notification::Unreadable),
            ("", S3Notification::Unreadable),
        ] {
            let body = json!({"Records": [record(name, "k")]});
            assert_eq!(read(&body.to_string()), [expected], "{name}");
        }
    }

    #[test]
    fn a_test_and_an_empty_body_have_no_records() {
        let test = r#"{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2024-05-01T10:00:00.000Z","Bucket":"b"}"#;
        for body in ["", " \n", r#"{"Records":[]}"#, test] {
            assert_eq!(read(body), [], "{body}");
        }
    }

    #[test]
    fn what_is_no_notification_is_unreadable() {
        for body in ["{", "hello", "[]", "{}", "null", r#"{"Records":7}"#, r#"{"Event":"s3:Other"}"#] {
            assert_eq!(read(body), [S3Notification::Unreadable], "{body}");
        }
    }

    #[test]
    fn a_notification_may_have_come_by_event_bridge_with_its_key_as_it_is() {
        let event = |detail_type: &str, key: &str| {
            json!({
                "version": "0", "id": "17793124-05d4-b198-2fde-7ededc63b103", "detail-type": detail_type, "source": "aws.s3",
                "account": "111122223333", "time": "2026-11-12T00:00:00Z", "region": "ap-southeast-2",
                "resources": ["arn:aws:s3:::b"],
                "detail": {
                    "version": "0", "bucket": {"name": "b"}, "object": {"key": key, "size": 5, "etag": "e", "sequencer": "0"},
                    "request-id": "N4N7GDK58NMKJ12R", "requester": "123456789012", "reason": "PutObject",
                },
            })
        };
        assert_eq!(read(&event("Object Created", "a+b/1%2B c").to_string()), [object("a+b/1%2B c")]);
        assert_eq!(read(&event("Object Deleted", "k").to_string()), [S3Notification::Other]);
        for (detail_type, key) in [("Object Created", ""), ("Object Created Twice", "k")] {
            assert_eq!(read(&event(detail_type, key).to_string()), [S3Notification::Unreadable]);
        }
        let mut other = event("Object Created", "k");
        other["source"] = "aws.connect".into();
        assert_eq!(read(&other.to_string()), [S3Notification::Unreadable]);
    }

    #[test]
    fn a_notification_may_have_come_through_sns() {
        let inner = json!({"Records": [record("ObjectCreated:Put", "k")]}).to_string();
        let body = json!({"Type": "Notification", "Message": inner}).to_string();
        assert_eq!(read(&body), [object("k")]);
        let body = json!({"Type": "Notification", "Message": "hello"}).to_string();
        assert_eq!(read(&body), [S3Notification::Unreadable]);
    }
}
