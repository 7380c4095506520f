//! The server's protocol: what it answers to whom, and what it never tells.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};
use switchboard_board::access::Access;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

use crate::{
    centre::Simulated,
    client::{get, send},
};

/// A server of a centre's board, until it is dropped.
pub(crate) struct Served {
    pub(crate) address: String,
    end: Option<oneshot::Sender<()>>,
    task: JoinHandle<std::io::Result<()>>,
    _simulated: Simulated,
}

pub(crate) async fn serve(access: Access) -> Served {
    let mut simulated = Simulated::new().await;
    let at: Timestamp = "2026-11-02T09:40:00Z".parse().unwrap();
    simulated.advance(at).await;
    let sources = Arc::new(simulated.sources(at));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (end, ended) = oneshot::channel();
    let task =
        tokio::spawn(switchboard_board::serve(listener, sources, access, async move { drop(ended.await) }));
    Served { address, end: Some(end), task, _simulated: simulated }
}

pub(crate) async fn json(address: &str, path: &str) -> Value {
    let response = get(address, path).await;
    assert_eq!(response.status, 200, "{path}: {}", response.body);
    serde_json::from_str(&response.body).unwrap()
}

#[tokio::test]
async fn the_protocol_of_pages_and_api() {
    let mut served = serve(Access::this_machine()).await;
    let address = served.address.clone();
    let contacts = json(&address, "/api/v1/contacts?active=true&limit=3").await;
    let id = contacts["contacts"][0]["contact_id"].as_str().unwrap().to_owned();
    assert_eq!(contacts["contacts"].as_array().unwrap().len(), 3);
    unchanged_is_not_sent_again(&address, &id).await;
    failures_are_problems(&address).await;
    strangers_are_refused(&address).await;
    the_api_is_as_its_document_says(&address, &id).await;
    numbers_stand_in_no_address(&address, &id).await;
    a_queue_has_its_intervals(&address).await;
    who_takes_gzip_gets_it(&address).await;
    served.end.take().unwrap().send(()).unwrap();
    assert!(served.task.await.unwrap().is_ok(), "it ends cleanly");
}

async fn unchanged_is_not_sent_again(address: &str, id: &str) {
    let journey = format!("/contacts/{id}");
    let api_journey = format!("/api/v1/contacts/{id}/journey");
    for path in [
        "/",
        "/?tv",
        "/agents",
        "/contacts",
        "/health",
        "/assets/board.js",
        "/assets/board.css",
        &journey,
        "/api/v1/board",
        "/api/v1/agents",
        "/api/v1/contacts",
        "/api/v1/health",
        &api_journey,
    ] {
        let first = get(address, path).await;
        assert_eq!(first.status, 200, "{path}");
        let policy = &first.headers["content-security-policy"];
        assert!(
            policy.contains("script-src 'self'") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(first.headers["cache-control"], "no-store");
        assert_eq!(first.headers["x-content-type-options"], "nosniff");
        assert_eq!(first.headers["board-time"], "2026-11-02T09:40:00.000Z");
        assert_eq!(first.headers["board-speed"], "0");
        let is_page = first.headers["content-type"].starts_with("text/html");
        assert!(!is_page || (!first.body.contains(" style=") && !first.body.contains("<script>")), "{path}");
        let tag = first.headers["etag"].clone();
        let again = send(address, "GET", path, &[("if-none-match", &tag)], "").await;
        assert_eq!((again.status, again.body.as_str()), (304, ""), "{path}");
        assert_eq!(again.headers["etag"], tag);
        let listed = format!("\"other\", W/{tag}");
        assert_eq!(send(address, "GET", path, &[("if-none-match", &listed)], "").await.status, 304, "{path}");
        let other = send(address, "GET", path, &[("if-none-match", "\"other\"")], "").await;
        assert_eq!((other.status, other.body), (200, first.body), "{path}");
        let head = send(address, "HEAD", path, &[], "").await;
        assert_eq!((head.status, head.body.as_str(), &head.headers["etag"]), (200, "", &tag), "{path}");
    }
}

async fn failures_are_problems(address: &str) {
    for (method, path, body, status) in [
        ("GET", "/api/v1/nothing", "", 404),
        ("GET", "/api/v1/contacts/nobody", "", 404),
        ("GET", "/api/v1/contacts/nobody/journey", "", 404),
        ("GET", "/api/v1/contacts/%ff", "", 404),
        ("GET", "/api/v1/queues/%ff/intervals", "", 404),
        ("GET", "/api/v1/contacts?active=perhaps", "", 400),
        ("GET", "/api/v1/contacts?limit=0", "", 400),
        ("GET", "/api/v1/contacts?limit=501", "", 400),
        ("POST", "/api/v1/board", "", 405),
        ("GET", "/api/v1/search", "", 405),
        ("POST", "/api/v1/search", "{", 400),
        ("POST", "/api/v1/search", r#"{"text":""}"#, 400),
        ("POST", "/api/v1/search", r#"{"text":"a","more":1}"#, 400),
        ("POST", "/api/v1/search", &format!(r#"{{"text":"{}"}}"#, "x".repeat(5000)), 400),
    ] {
        let response = send(address, method, path, &[], body).await;
        assert_eq!(response.status, status, "{method} {path}: {}", response.body);
        assert_eq!(response.headers["content-type"], "application/problem+json", "{path}");
        let problem: Value = serde_json::from_str(&response.body).unwrap();
        assert_eq!(problem["status"], status);
        assert!(problem["title"].is_string() && problem["detail"].is_string() && problem["type"].is_string());
        assert!(response.headers.contains_key("content-security-policy"), "{path}");
    }
    for (path, status) in [("/nothing", 404), ("/contacts/nobody", 404)] {
        let response = get(address, path).await;
        assert_eq!(
            (response.status, &*response.headers["content-type"]),
            (status, "text/html; charset=utf-8")
        );
        assert!(response.body.contains("<h1>404 Not Found</h1>"), "{}", response.body);
    }
}

async fn strangers_are_refused(address: &str) {
    let port = address.rsplit(':').next().unwrap();
    for (host, status) in [
        (format!("localhost:{port}"), 200),
        (format!("127.0.0.1:{port}"), 200),
        (format!("[::1]:{port}"), 200),
        (format!("board.example:{port}"), 421),
        (format!("localhost.example:{port}"), 421),
    ] {
        assert_eq!(
            send(address, "GET", "/api/v1/health", &[("host", &host)], "").await.status,
            status,
            "{host}"
        );
    }
    let body = r#"{"text":"nobody"}"#;
    let own = format!("http://{address}");
    for (origin, status) in [(own.as_str(), 200), ("http://example.com", 403), ("null", 403)] {
        let response = send(address, "POST", "/api/v1/search", &[("origin", origin)], body).await;
        assert_eq!(response.status, status, "{origin}");
    }
}

/// Each path of the document answers, with the members that its schema has, all that it requires and no others.
async fn the_api_is_as_its_document_says(address: &str, id: &str) {
    let document = json(address, "/api/v1/openapi.json").await;
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() >= 9);
    let board = json(address, "/api/v1/board").await;
    let queue = board["queues"][0]["queue_id"].as_str().unwrap();
    let key = customer_key(address).await;
    for (path, operations) in paths {
        let id = if path.starts_with("/queues/") { queue } else { id };
        let url = format!("/api/v1{}", path.replace("{id}", id).replace("{key}", &key));
        for (method, operation) in operations.as_object().unwrap() {
            let body = if method == "post" { json!({ "text": id }).to_string() } else { String::new() };
            let response = send(address, &method.to_uppercase(), &url, &[], &body).await;
            assert_eq!(response.status, 200, "{method} {url}: {}", response.body);
            let answer = serde_json::from_str(&response.body).unwrap();
            let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
            if path != "/openapi.json" {
                check(&document, schema, &answer, path);
            }
        }
    }
}

/// The key of the customer of any contact that has one. Its contacts are found by it, and by no other key.
async fn customer_key(address: &str) -> String {
    let contacts = json(address, "/api/v1/contacts?active=false").await;
    for contact in contacts["contacts"].as_array().unwrap() {
        let id = contact["contact_id"].as_str().unwrap();
        let journey = json(address, &format!("/api/v1/contacts/{id}/journey")).await;
        let Some(key) = journey["customer_key"].as_str() else { continue };
        let found = json(address, &format!("/api/v1/customers/{key}/contacts")).await;
        assert!(found["contacts"].as_array().unwrap().iter().any(|one| one["contact_id"] == id), "{found}");
        assert_eq!(get(address, &format!("/api/v1/customers/{key}A/contacts")).await.status, 404);
        assert!(get(address, &format!("/customers/{key}")).await.body.contains(id));
        return key.to_owned();
    }
    panic!("no contact has a customer");
}

/// A queue's day is a page, CSV and JSON, of the day and with the thresholds that are asked for.
async fn a_queue_has_its_intervals(address: &str) {
    let board = json(address, "/api/v1/board").await;
    let of = |queue: &Value| queue["today"]["offered"].as_u64().unwrap();
    let queue = board["queues"].as_array().unwrap().iter().max_by_key(|queue| of(queue)).unwrap();
    let id = queue["queue_id"].as_str().unwrap();
    let intervals = json(address, &format!("/api/v1/queues/{id}/intervals?within=60,5")).await;
    for figure in ["offered", "answered", "abandoned", "waiting", "service_level_percent"] {
        assert_eq!(intervals["total"][figure], queue["today"][figure], "{figure}");
    }
    let rows = intervals["intervals"].as_array().unwrap();
    let offered: u64 = rows.iter().map(|row| row["offered"].as_u64().unwrap()).sum();
    assert!(offered > 0 && offered == of(queue));
    let levels = &intervals["total"]["service_levels"];
    let level = |seconds| levels[seconds].as_f64().unwrap();
    let target = intervals["total"]["service_level_percent"].as_f64().unwrap();
    assert!(level("5") <= target && target <= level("60"), "{levels}, {target}");
    let csv = get(address, &format!("/queues/{id}/intervals.csv?within=60,5")).await;
    assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
    assert_eq!(csv.body.lines().count(), rows.len() + 1);
    assert!(
        csv.body.lines().next().unwrap().ends_with(",within_5_seconds_percent,within_60_seconds_percent")
    );
    let page = get(address, &format!("/queues/{id}?within=60")).await;
    assert!(page.status == 200 && page.body.contains("<polyline") && page.body.contains("In 60 s"));
    let other = json(address, &format!("/api/v1/queues/{id}/intervals?day=2026-11-09")).await;
    assert_eq!(other["week_ago"]["total"]["offered"], queue["today"]["offered"], "a week after");
    for (query, status) in
        [("day=yesterday", 400), ("within=0", 400), ("within=1,2,3,4,5,6", 400), ("day=2026-11-02", 200)]
    {
        let path = format!("/api/v1/queues/{id}/intervals?{query}");
        assert_eq!(get(address, &path).await.status, status, "{query}");
    }
    assert_eq!(get(address, "/queues/nothing").await.status, 404);
}

/// Who takes gzip gets it, and the tag of what was sent so holds for both.
async fn who_takes_gzip_gets_it(address: &str) {
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!(
        "GET / HTTP/1.1\r\nhost: {address}\r\naccept-encoding: br, gzip\r\nconnection: close\r\n\r\n"
    );
    tokio::io::AsyncWriteExt::write_all(&mut stream, request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut bytes).await.unwrap();
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
    assert!(head.contains("content-encoding: gzip") && head.contains("vary: accept-encoding"), "{head}");
    let unpacked = switchboard_core::gzip::gunzip(&bytes[end + 4..], 1_000_000);
    assert!(unpacked.fault.is_none());
    let text = String::from_utf8(unpacked.bytes).unwrap();
    assert!(text.starts_with("<!doctype html>"));
    let tag = head.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap().replace("w/", "W/");
    assert_eq!(send(address, "GET", "/", &[("if-none-match", &tag)], "").await.status, 304);
}

pub(crate) fn check(document: &Value, schema: &Value, value: &Value, at: &str) {
    if let Some(reference) = schema["$ref"].as_str() {
        return check(document, document.pointer(&reference[1..]).unwrap(), value, at);
    }
    if let Some(any) = schema["anyOf"].as_array() {
        return if value.is_null() {
            assert!(any.iter().any(|one| one["type"] == "null"), "{at}");
        } else {
            check(document, any.iter().find(|one| one["type"] != "null").unwrap(), value, at);
        };
    }
    match schema["type"].as_str().unwrap() {
        "object" => {
            let object = value.as_object().unwrap_or_else(|| panic!("{at}: {value}"));
            let Some(members) = schema["properties"].as_object() else {
                for (name, member) in object {
                    check(document, &schema["additionalProperties"], member, &format!("{at}.{name}"));
                }
                return;
            };
            for required in schema["required"].as_array().unwrap() {
                assert!(object.contains_key(required.as_str().unwrap()), "{at}: no {required}");
            }
            for (name, member) in object {
                let schema =
                    members.get(name).unwrap_or_else(|| panic!("{at}: {name} is not in the document"));
                check(document, schema, member, &format!("{at}.{name}"));
            }
        }
        "array" => {
            let items = value.as_array().unwrap_or_else(|| panic!("{at}: {value}"));
            for item in items {
                check(document, &schema["items"], item, at);
            }
        }
        "string" => {
            let text = value.as_str().unwrap_or_else(|| panic!("{at}: {value}"));
            if let Some(allowed) = schema["enum"].as_array() {
                assert!(allowed.contains(value), "{at}: {value}");
            }
            if schema["format"] == "date-time" {
                assert!(text.parse::<Timestamp>().is_ok(), "{at}: {text}");
            }
        }
        "integer" => assert!(value.is_i64() || value.is_u64(), "{at}: {value}"),
        "number" => assert!(value.is_number(), "{at}: {value}"),
        "boolean" => assert!(value.is_boolean(), "{at}: {value}"),
        other => panic!("{at}: {other}"),
    }
}

/// A customer is found by a number that is sent in a body; what comes back has no number, and no address has one.
async fn numbers_stand_in_no_address(address: &str, id: &str) {
    let technical = get(address, &format!("/api/v1/contacts/{id}/journey?technical=true")).await.body;
    let number = technical
        .split('+')
        .nth(1)
        .map(|rest| rest.chars().take_while(char::is_ascii_digit).collect::<String>());
    if let Some(number) = number.filter(|number| number.len() > 6) {
        let body = json!({ "text": format!("+{number}") }).to_string();
        let found = send(address, "POST", "/api/v1/search", &[], &body).await;
        assert_eq!(found.status, 200);
        assert!(!found.body.contains(&number), "{}", found.body);
    }
    let mut addresses = 0;
    for path in ["/", "/agents", "/contacts", "/health", &format!("/contacts/{id}")] {
        let page = get(address, path).await.body;
        for attribute in ["href=\"", "action=\"", "src=\""] {
            for target in page.split(attribute).skip(1).filter_map(|rest| rest.split('"').next()) {
                addresses += 1;
                let digits = target.rsplit('/').next().unwrap_or_default();
                assert!(!digits.contains('+') && !digits.contains("%2B"), "{path}: {target}");
            }
        }
        assert!(!page.contains("+614915") && !page.contains("+49"), "{path} has a number");
    }
    assert!(addresses > 20);
    let form = send(
        address,
        "POST",
        "/contacts",
        &[("content-type", "application/x-www-form-urlencoded")],
        &format!("text={id}"),
    )
    .await;
    assert!(form.status == 200 && form.body.contains(&format!("/contacts/{id}")), "{}", form.body);
}
