//! What S3 says about its objects.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html>

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::value::RawValue;

/// What happens to objects and makes no new one. Any other name is not understood, and its message fails.
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

/// One thing that a message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Notice {
    /// There is a new object.
    Object { bucket: String, key: String },
    /// Something else happened to an object.
    Other,
    /// It can't be understood.
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

/// What the body of a message says, entry by entry. Nothing, if it is empty or the test that S3 sends
/// when its notifications are set up.
pub(crate) fn read(body: &str) -> Vec<Notice> {
    if body.trim().is_empty() {
        return Vec::new();
    }
    match serde_json::from_str(body) {
        Ok(Body { message: Some(inner), records: None, event: None }) => direct(&inner),
        _ => direct(body),
    }
}

fn direct(body: &str) -> Vec<Notice> {
    match serde_json::from_str(body) {
        Ok(Body { records: Some(records), .. }) => records.into_iter().map(notice).collect(),
        Ok(Body { event: Some(event), .. }) if event == "s3:TestEvent" => Vec::new(),
        _ => vec![Notice::Unreadable],
    }
}

fn notice(record: &RawValue) -> Notice {
    let Ok(Record { event_name, s3 }) = serde_json::from_str(record.get()) else {
        return Notice::Unreadable;
    };
    // Stores that speak S3's protocol begin the name as their settings do.
    let event_name = event_name.strip_prefix("s3:").unwrap_or(&event_name);
    let (what, _how) = event_name.split_once(':').unwrap_or((event_name, ""));
    if OTHERS.contains(&what) {
        return Notice::Other;
    }
    if what != "ObjectCreated" {
        return Notice::Unreadable;
    }
    match key(&s3.object.key) {
        Some(key) => Notice::Object { bucket: s3.bucket.name, key },
        None => Notice::Unreadable,
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

    fn object(key: &str) -> Notice {
        Notice::Object { bucket: "b".into(), key: key.into() }
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
        let unreadable = Notice::Unreadable;
        let expected = [
            object("a b/café-10:00"),
            object("1+1"),
            Notice::Other,
            unreadable.clone(),
            unreadable.clone(),
            unreadable,
        ];
        assert_eq!(read, expected);
    }

    #[test]
    fn no_name_of_an_event_is_passed_over_in_silence() {
        for (name, expected) in [
            ("ObjectCreated:Put", object("k")),
            ("s3:ObjectCreated:Put", object("k")),
            ("s3:ObjectCreated:CompleteMultipartUpload", object("k")),
            ("ObjectCreated", object("k")),
            ("ObjectTagging:Put", Notice::Other),
            ("s3:ObjectRemoved:Delete", Notice::Other),
            ("LifecycleTransition", Notice::Other),
            ("objectcreated:put", Notice::Unreadable),
            ("ObjectCreatedByAnother:Put", Notice::Unreadable),
            ("Object Created", Notice::Unreadable),
            ("", Notice::Unreadable),
        ] {
            let body = json!({"Records": [record(name, "k")]});
            assert_eq!(read(&body.to_string()), [expected], "{name}");
        }
    }

    #[test]
    fn a_test_and_nothing_at_all_say_nothing() {
        let test = r#"{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2024-05-01T10:00:00.000Z","Bucket":"b"}"#;
        for body in ["", " \n", r#"{"Records":[]}"#, test] {
            assert_eq!(read(body), [], "{body}");
        }
    }

    #[test]
    fn what_is_no_notification_is_unreadable() {
        for body in ["{", "hello", "[]", "{}", "null", r#"{"Records":7}"#, r#"{"Event":"s3:Other"}"#] {
            assert_eq!(read(body), [Notice::Unreadable], "{body}");
        }
    }

    #[test]
    fn a_notification_may_have_come_through_sns() {
        let inner = json!({"Records": [record("ObjectCreated:Put", "k")]}).to_string();
        let body = json!({"Type": "Notification", "Message": inner}).to_string();
        assert_eq!(read(&body), [object("k")]);
        let body = json!({"Type": "Notification", "Message": "hello"}).to_string();
        assert_eq!(read(&body), [Notice::Unreadable]);
    }
}
