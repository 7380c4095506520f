//! The server's protocol: what it answers to whom, and what it never tells.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

use crate::{
    centre::Simulated,
    client::{get, send},
};

/// A server of a centre's board, until it is dropped.
struct Served {
    address: String,
    end: Option<oneshot::Sender<()>>,
    task: JoinHandle<std::io::Result<()>>,
    _simulated: Simulated,
}

async fn serve() -> Served {
    let mut simulated = Simulated::new().await;
    let at: Timestamp = "2026-11-02T09:40:00Z".parse().unwrap();
    simulated.advance(at).await;
    let sources = Arc::new(simulated.sources(at));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (end, ended) = oneshot::channel();
    let task = tokio::spawn(switchboard_board::serve(listener, sources, async move { drop(ended.await) }));
    Served { address, end: Some(end), task, _simulated: simulated }
}

async fn json(address: &str, path: &str) -> Value {
    let response = get(address, path).await;
    assert_eq!(response.status, 200, "{path}: {}", response.body);
    serde_json::from_str(&response.body).unwrap()
}

#[tokio::test]
async fn the_protocol_of_pages_and_api() {
    let mut served = serve().await;
    let address = served.address.clone();
    let contacts = json(&address, "/api/v1/contacts?active=true&limit=3").await;
    let id = contacts["contacts"][0]["contact_id"].as_str().unwrap().to_owned();
    assert_eq!(contacts["contacts"].as_array().unwrap().len(), 3);
    unchanged_is_not_sent_again(&address, &id).await;
    failures_are_problems(&address).await;
    strangers_are_refused(&address).await;
    the_api_is_as_its_document_says(&address, &id).await;
    numbers_stand_in_no_address(&address, &id).await;
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
    assert!(paths.len() >= 8);
    for (path, operations) in paths {
        let url = format!("/api/v1{}", path.replace("{id}", id));
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

fn check(document: &Value, schema: &Value, value: &Value, at: &str) {
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
            let Some(members) = schema["properties"].as_object() else { return };
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
        "boolean" => assert!(value.is_boolean(), "{at}: {value}"),
        other => panic!("{at}: {other}"),
    }
}

/// A customer is found by a number that is sent in a body; what comes back has no number, and no address has one.
async fn numbers_stand_in_no_address(address: &str, id: &str) {
    let technical = get(address, &format!("/api/v1/contacts/{id}/journey?technical")).await.body;
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
