//! Against a stub of S3, which sends prepared answers: no real server breaks off in the middle of an
//! object when asked to.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    time::Duration,
};

use aws_sdk_s3::{
    Client,
    config::{BehaviorVersion, Config, Credentials, Region, retry::RetryConfig},
};
use switchboard_objects::{
    reader::ReadError,
    store::{Store, StoreError},
};
use switchboard_wfm::history::{
    rows::Layout,
    sftp::{FileUploader, Target},
};
use tempfile::TempDir;
use tokio::time::Instant;

use crate::{
    handler::Handler,
    outcome::{Delivery, ObjectError, ObjectOutcome},
};

/// One request: its first line and headers in small letters, and its body.
#[derive(Debug, Clone)]
struct Request {
    head: String,
    body: Vec<u8>,
}

/// A feed from the stub to a folder.
struct Bench {
    wfm: TempDir,
    handler: Handler,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Bench {
    /// The stub gives these answers, one a request, and then closes connections.
    fn new(answers: Vec<Vec<u8>>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let requests: Arc<Mutex<Vec<Request>>> = Arc::default();
        let seen = Arc::clone(&requests);
        std::thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                seen.lock().unwrap().push(read(&stream));
                // A client that had enough has gone.
                drop(stream.write_all(&answer));
            }
        });
        let config = Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("ap-southeast-2"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .endpoint_url(endpoint)
            .force_path_style(true)
            .retry_config(RetryConfig::disabled())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        let wfm = tempfile::tempdir().unwrap();
        let uploader = FileUploader::new(Target::Folder(wfm.path().into()));
        let handler = Handler::new(Store::s3(Client::from_conf(config)), uploader, Layout::Teleopti);
        Self { wfm, handler, requests }
    }

    async fn object(&self, key: &str) -> ObjectOutcome {
        self.handler.object("landing", key, Instant::now() + Duration::from_mins(1)).await
    }

    fn file(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.wfm.path().join(name)).unwrap()
    }

    fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

fn read(stream: &TcpStream) -> Request {
    let mut reader = BufReader::new(stream);
    let (mut head, mut body_bytes) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let line = line.trim_end().to_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(length) = line.strip_prefix("content-length: ") {
            body_bytes = length.parse().unwrap();
        }
        head.push_str(&line);
        head.push('\n');
    }
    let mut body = vec![0; body_bytes];
    reader.read_exact(&mut body).unwrap();
    Request { head, body }
}

/// An answer that promises this many bytes and then sends those there are.
fn answer(status: &str, promised_bytes: usize, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\nETag: \"t1\"\r\nContent-Length: {promised_bytes}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

fn whole(status: &str, body: &[u8]) -> Vec<u8> {
    answer(status, body.len(), body)
}

fn error_answer(status: &str, code: &str) -> Vec<u8> {
    whole(status, format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code></Error>").as_bytes())
}

const CTR: &str = r#"{"ContactId":"c1","InitiationMethod":"INBOUND"}"#;

#[tokio::test]
async fn a_broken_read_goes_on_from_the_same_byte_of_the_same_object() {
    let report = b"agent,calls\n".repeat(10_000);
    let (sent, rest) = report.split_at(40_000);
    let partial = "206 Partial Content\r\nContent-Range: bytes 40000-119999/120000";
    let bench = Bench::new(vec![answer("200 OK", report.len(), sent), whole(partial, rest)]);
    let outcome = bench.object("r.csv").await;
    assert!(matches!(outcome.result, Ok(Delivery::Delivered { .. })), "{outcome:?}");
    assert_eq!(bench.file("r.csv"), report);
    let again = &bench.requests()[1].head;
    assert!(again.contains("range: bytes=40000-\n") && again.contains("if-match: \"t1\"\n"), "{again}");
}

#[tokio::test]
async fn a_store_that_begins_anew_doubles_nothing() {
    let report = b"agent,calls\n".repeat(10_000);
    let elsewhere = "206 Partial Content\r\nContent-Range: bytes 0-119999/120000";
    for again in ["200 OK", elsewhere, "206 Partial Content"] {
        let bench =
            Bench::new(vec![answer("200 OK", report.len(), &report[..40_000]), whole(again, &report)]);
        let outcome = bench.object("r.csv").await;
        let Err(ObjectError::Read(ReadError::Store(StoreError::Failed(_)))) = outcome.result else {
            panic!("{again}: {outcome:?}");
        };
        assert!(std::fs::read_dir(bench.wfm.path()).unwrap().next().is_none(), "{again}");
    }
}

#[tokio::test]
async fn an_object_that_breaks_again_and_again_fails() {
    let part = |at: usize| {
        answer(
            &format!("206 Partial Content\r\nContent-Range: bytes {at}-9999/10000"),
            10_000 - at,
            b"agent,calls\n",
        )
    };
    let first = answer("200 OK", 10_000, b"agent,calls\n");
    let bench = Bench::new(vec![first, part(12), part(24), part(36), part(48)]);
    let outcome = bench.object("r.csv").await;
    let Err(ObjectError::Read(ReadError::Store(StoreError::Failed(_)))) = outcome.result else {
        panic!("{outcome:?}");
    };
    assert_eq!(bench.requests().len(), 4);
    assert!(std::fs::read_dir(bench.wfm.path()).unwrap().next().is_none());
}

#[tokio::test]
async fn both_passes_read_the_same_object() {
    let bench = Bench::new(vec![whole("200 OK", CTR.as_bytes()), whole("200 OK", CTR.as_bytes())]);
    let outcome = bench.object("a b").await;
    assert_eq!(outcome.counts.rows, 1, "{outcome:?}");
    let heads: Vec<_> = bench.requests().into_iter().map(|request| request.head).collect();
    assert!(heads[0].starts_with("get /landing/a%20b?"), "{}", heads[0]);
    assert!(!heads[0].contains("if-match"), "{}", heads[0]);
    assert!(heads[1].contains("if-match: \"t1\"\n") && !heads[1].contains("range:"), "{}", heads[1]);

    let changed = error_answer("412 Precondition Failed", "PreconditionFailed");
    let bench = Bench::new(vec![whole("200 OK", CTR.as_bytes()), changed]);
    let outcome = bench.object("a").await;
    let Err(ObjectError::Read(ReadError::Store(StoreError::Changed))) = outcome.result else {
        panic!("{outcome:?}");
    };
    assert!(std::fs::read_dir(bench.wfm.path()).unwrap().next().is_none());
}

#[tokio::test]
async fn missing_and_denied_are_different_errors() {
    for (status, code, expected) in [
        ("404 Not Found", "NoSuchKey", StoreError::Missing),
        ("403 Forbidden", "AccessDenied", StoreError::Denied),
    ] {
        let outcome = Bench::new(vec![error_answer(status, code)]).object("a").await;
        let Err(ObjectError::Read(ReadError::Store(error))) = outcome.result else {
            panic!("{outcome:?}");
        };
        assert_eq!(error, expected);
    }
}

#[tokio::test]
async fn what_is_rejected_is_put_beside_the_object() {
    let content = format!("{CTR}junk");
    let bench = Bench::new(vec![
        whole("200 OK", content.as_bytes()),
        whole("200 OK", b""),
        whole("200 OK", content.as_bytes()),
    ]);
    let outcome = bench.object("in/a").await;
    assert!(outcome.result.is_ok(), "{outcome:?}");
    let put = bench.requests().swap_remove(1);
    assert!(put.head.starts_with("put /landing/rejected/in/a.ndjson?"), "{}", put.head);
    let body = String::from_utf8(put.body).unwrap();
    assert!(body.contains(r#""start":47,"end":51,"data":"junk"}"#), "{body}");
}
