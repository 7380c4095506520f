//! Against a stub of S3 and Kinesis at the SDK's HTTP client, for failures that no server at hand has. What goes well
//! is tested against the emulator, in tests/it/redrive/objects.rs.

use std::{
    io::Write as _,
    sync::{Arc, Mutex},
};

use flate2::{Compression, write::GzEncoder};
use hyper::{Request, Response};
use serde_json::{Value, json};
use switchboard_simulator::aws;

use super::*;

/// The requests that were made, in order: `GET`, `PutRecords` with the number of records, `DELETE` with its condition.
type Asked = Arc<Mutex<Vec<String>>>;

/// What brings back an object of these bytes, if putting and deleting end so.
fn restore(
    body: &[u8],
    is_accepted: impl Fn(usize) -> bool + Send + Sync + 'static,
    deleted: u16,
) -> (Restore, Asked) {
    let (asked, body) = (Asked::default(), body.to_vec());
    let seen = asked.clone();
    let config = aws::config(move |request: Request<_>| {
        let mut seen = seen.lock().unwrap();
        if request.headers().contains_key("x-amz-target") {
            let put: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
            let count = put["Records"].as_array().unwrap().len();
            seen.push(format!("PutRecords {count}"));
            let records = (0..count).map(|n| {
                if is_accepted(n) {
                    json!({"SequenceNumber": "1", "ShardId": "s"})
                } else {
                    json!({"ErrorCode": "Slow"})
                }
            });
            let response = json!({"Records": records.collect::<Vec<_>>()});
            return Response::builder().status(200).body(response.to_string().into_bytes()).unwrap();
        }
        if request.method() == "GET" {
            seen.push("GET".to_owned());
            return Response::builder().status(200).header("ETag", "\"one\"").body(body.clone()).unwrap();
        }
        seen.push(format!("{} {}", request.method(), request.headers()["if-match"].to_str().unwrap()));
        let code = if deleted == 412 { "PreconditionFailed" } else { "AccessDenied" };
        let response =
            if deleted == 204 { String::new() } else { format!("<Error><Code>{code}</Code></Error>") };
        Response::builder().status(deleted).body(response.into_bytes()).unwrap()
    });
    let to = Some((Streams::new(&config), Stream::Data("arn:aws:kinesis:eu-west-1:1:stream/s".into())));
    (Restore::new(Client::new(&config), "raw".into(), to, SourceKind::Rejected), asked)
}

fn lines(count: usize) -> String {
    let line = |n: usize| json!({"reason": "r", "data": format!("record {n}")}).to_string();
    (0..count).map(line).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn the_object_that_was_read_is_the_one_that_is_deleted() {
    let (mut restore, asked) = restore(lines(3).as_bytes(), |_| true, 204);
    assert_eq!(restore.object("rejected/a").await.unwrap(), RestoreOutcome::Done);
    assert_eq!(*asked.lock().unwrap(), ["GET", "PutRecords 3", "DELETE \"one\""]);
}

#[tokio::test]
async fn what_is_put_and_lies_in_an_object_that_stays_is_reported() {
    let (mut damaged, asked) = restore(format!("{}\nnot a record\n", lines(3)).as_bytes(), |_| true, 204);
    let RestoreOutcome::Stays(why) = damaged.object("rejected/a").await.unwrap() else {
        panic!("it is gone")
    };
    assert_eq!(why, "1 lines are not understood; its other 3 records were put");
    assert!(damaged.is_put_again_by_a_second_run());
    assert_eq!(*asked.lock().unwrap(), ["GET", "PutRecords 3"]);
    let (mut whole, _) = restore(lines(3).as_bytes(), |_| true, 204);
    whole.object("rejected/a").await.unwrap();
    assert!(!whole.is_put_again_by_a_second_run());
    whole.kind = SourceKind::RejectedToKeep;
    whole.object("rejected/a").await.unwrap();
    assert!(whole.is_put_again_by_a_second_run());
}

#[tokio::test]
async fn an_object_that_was_written_anew_meanwhile_stays() {
    let (mut restore, _) = restore(lines(1).as_bytes(), |_| true, 412);
    let RestoreOutcome::Stays(why) = restore.object("rejected/a").await.unwrap() else {
        panic!("it is gone")
    };
    assert!(why.contains("anew"), "{why}");
    assert_eq!((restore.counts.records, restore.counts.stayed), (1, 1));
}

#[tokio::test]
async fn an_object_that_cannot_be_deleted_is_an_error() {
    let (mut restore, _) = restore(lines(1).as_bytes(), |_| true, 403);
    let error = format!("{:#}", restore.object("rejected/a").await.unwrap_err());
    assert_eq!(error, "its records were put, but it can't be deleted: AccessDenied");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_deleted_before_every_record_was_accepted() {
    // The first of each request is never accepted.
    let (mut restore, asked) = restore(lines(5).as_bytes(), |n| n > 0, 204);
    let error = format!("{:#}", restore.object("rejected/a").await.unwrap_err());
    assert_eq!(error, "the stream did not take 1 of 5 records");
    assert_eq!(restore.counts.records, 4);
    assert!(asked.lock().unwrap().iter().all(|one| !one.starts_with("DELETE")));
}

#[tokio::test]
async fn a_batch_is_no_more_than_one_shard_takes_in_a_moment() {
    let (mut small, asked) = restore(lines(1_200).as_bytes(), |_| true, 204);
    assert_eq!(small.object("rejected/a").await.unwrap(), RestoreOutcome::Done);
    let puts = ["GET", "PutRecords 500", "PutRecords 500", "PutRecords 200", "DELETE \"one\""];
    assert_eq!(*asked.lock().unwrap(), puts);
    let body = json!({"reason": "r", "data": "x".repeat(300_000)}).to_string().repeat(5);
    let (mut large, asked) = restore(body.as_bytes(), |_| true, 204);
    assert_eq!(large.object("rejected/a").await.unwrap(), RestoreOutcome::Done);
    let puts = ["GET", "PutRecords 2", "PutRecords 2", "PutRecords 1", "DELETE \"one\""];
    assert_eq!(*asked.lock().unwrap(), puts);
}

#[tokio::test]
async fn what_is_before_the_damage_of_a_gzip_stream_is_put() {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    let marker = json!({"reason": "the gzip stream is cut off", "start": 7, "end": 7, "data": ""});
    // Random enough to be packed in more than one part.
    let more = json!({"reason": "r", "data": (0..9_000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_string()).collect::<String>()});
    gzip.write_all(format!("{}\n{marker}\n{more}", lines(5)).as_bytes()).unwrap();
    let packed = gzip.finish().unwrap();
    let (mut cut, asked) = restore(&packed[..packed.len() - 600], |_| true, 204);
    let RestoreOutcome::Stays(why) = cut.object("rejected/a").await.unwrap() else { panic!("it is gone") };
    assert!(why.contains("the gzip stream is cut off") && why.contains("5 records were put"), "{why}");
    assert!(asked.lock().unwrap().starts_with(&["GET".to_owned(), "PutRecords 5".to_owned()]));

    let (mut whole, asked) = restore(&packed, |_| true, 204);
    assert_eq!(whole.object("rejected/a").await.unwrap(), RestoreOutcome::Done);
    assert_eq!(*asked.lock().unwrap(), ["GET", "PutRecords 6", "DELETE \"one\""], "the marker is no record");
}
