//! Who gets what: roles, agents' names, the audit log, and nothing without a token.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};
use switchboard_board::{
    Sources,
    access::{Access, Admission, AgentNames, AuditLog, Role, Viewer},
};
use tokio::net::TcpListener;

use crate::{
    centre::Simulated,
    client::{Response, send},
};

const TOKEN: &str = "a-token-of-more-than-32-letters-0123";
pub(crate) const AT: &str = "2026-11-02T09:40:00Z";

/// Serves the centre's board to who has that role, and gives back its address.
async fn serve(simulated: &Simulated, role: Role, agent_names: AgentNames, audit: AuditLog) -> String {
    serve_to(simulated, Viewer::new("token", role), agent_names, audit).await
}

/// Serves the centre's board to that viewer.
pub(crate) async fn serve_to(
    simulated: &Simulated,
    viewer: Viewer,
    agent_names: AgentNames,
    audit: AuditLog,
) -> String {
    serve_sources(simulated.sources(AT.parse().unwrap()), viewer, agent_names, audit).await
}

/// Serves the board of these sources to that viewer.
pub(crate) async fn serve_sources(
    sources: Sources,
    viewer: Viewer,
    agent_names: AgentNames,
    audit: AuditLog,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let access = Access { admission: Admission::Token(TOKEN.parse().unwrap(), viewer), agent_names, audit };
    tokio::spawn(switchboard_board::serve(listener, Arc::new(sources), access, std::future::pending()));
    address
}

pub(crate) async fn ask(address: &str, method: &str, path: &str, body: &str) -> Response {
    let token = format!("Bearer {TOKEN}");
    send(address, method, path, &[("authorization", &token)], body).await
}

pub(crate) async fn get(address: &str, path: &str) -> Response {
    ask(address, "GET", path, "").await
}

pub(crate) async fn json(address: &str, path: &str) -> Value {
    let response = get(address, path).await;
    assert_eq!(response.status, 200, "{path}: {}", response.body);
    serde_json::from_str(&response.body).unwrap()
}

#[tokio::test]
async fn each_role_gets_what_it_may_see() {
    let mut simulated = Simulated::new().await;
    simulated.advance(AT.parse().unwrap()).await;
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("looks.jsonl");
    let full = AgentNames::Full;
    let all = serve(&simulated, Role::Investigators, full, AuditLog::file(&log).unwrap()).await;
    let supervisor = serve(&simulated, Role::Supervisors, full, AuditLog::none()).await;
    let wall = serve(&simulated, Role::Walls, full, AuditLog::none()).await;

    let contacts = json(&all, "/api/v1/contacts").await;
    let with_agent = |row: &&Value| row["agent"].is_string() && row["standing"] == "with-agent";
    let row = contacts["contacts"].as_array().unwrap().iter().find(with_agent).unwrap();
    let (id, agent) = (row["contact_id"].as_str().unwrap(), row["agent"].as_str().unwrap());

    nothing_without_the_token(&all, id).await;
    the_audit_log_has_looks_alone(&all, id, &log).await;
    supervisors_see_no_customer(&all, &supervisor, id, agent).await;
    walls_see_no_person(&wall, id, agent, &["/", "/?tv", "/api/v1/board", "/api/v1/openapi.json"]).await;
    // A wall that somebody else has opened shows no more.
    let tv = get(&all, "/?tv").await;
    assert!(tv.status == 200 && !tv.body.contains(agent));
    for path in ["/agents?tv", "/contacts?a=1&tv=", "/api/v1/agents?tv", &format!("/contacts/{id}?tv")] {
        assert_eq!(get(&all, path).await.status, 403, "{path}");
    }
    for names in [AgentNames::Initials, AgentNames::None] {
        let address = serve(&simulated, Role::Investigators, names, AuditLog::none()).await;
        agents_are_called_as_it_is_set(&address, &contacts, agent).await;
    }
    an_audit_log_that_fails_lets_nobody_look(&simulated, id).await;
}

async fn nothing_without_the_token(address: &str, id: &str) {
    let journey = format!("/contacts/{id}");
    let api = format!("/api/v1/contacts/{id}/journey");
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/?tv"),
        ("GET", "/agents"),
        ("GET", "/contacts"),
        ("GET", "/health"),
        ("GET", "/nothing"),
        ("GET", &journey),
        ("GET", "/api/v1/board"),
        ("GET", "/api/v1/openapi.json"),
        ("GET", &api),
        ("POST", "/api/v1/search"),
        ("POST", "/contacts"),
    ] {
        let wrong = format!("Bearer {}", TOKEN.to_uppercase());
        for headers in [&[][..], &[("authorization", wrong.as_str())]] {
            let response = send(address, method, path, headers, "").await;
            assert_eq!(response.status, 401, "{method} {path}");
            assert!(response.headers["www-authenticate"].starts_with("Basic "));
            assert_eq!(response.headers["cache-control"], "no-store");
            assert!(!response.body.contains(id), "{path}");
        }
    }
    let token = format!("Bearer {TOKEN}");
    let search = json!({ "text": id }).to_string();
    let own = format!("https://{address}");
    for (origin, status) in [(own.as_str(), 200), ("https://example.com", 403), ("null", 403)] {
        let headers = [("authorization", token.as_str()), ("origin", origin)];
        assert_eq!(
            send(address, "POST", "/api/v1/search", &headers, &search).await.status,
            status,
            "{origin}"
        );
    }
    let board = [("authorization", token.as_str()), ("host", "board.example")];
    assert_eq!(send(address, "GET", "/", &board, "").await.status, 200, "a name of its own");
}

async fn the_audit_log_has_looks_alone(address: &str, id: &str, log: &std::path::Path) {
    let began = std::fs::read_to_string(log).unwrap().lines().count();
    for path in ["/", "/agents", "/contacts", "/health", "/contacts/nobody", "/api/v1/contacts"] {
        get(address, path).await;
    }
    assert_eq!(std::fs::read_to_string(log).unwrap().lines().count(), began, "no customer was looked at");
    get(address, &format!("/contacts/{id}?technical")).await;
    get(address, &format!("/api/v1/contacts/{id}")).await;
    ask(address, "POST", "/api/v1/search", &json!({ "text": id }).to_string()).await;
    let text = std::fs::read_to_string(log).unwrap();
    let looks: Vec<Value> =
        text.lines().skip(began).map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<_> = looks.iter().map(|look| look["look_at"].as_str().unwrap()).collect();
    assert_eq!(told, ["journey", "contact", "contact"]);
    for look in looks {
        let look = look.as_object().unwrap();
        assert_eq!(look.keys().collect::<Vec<_>>(), ["at", "contacts", "look_at", "viewer"]);
        assert_eq!((&look["contacts"], &look["viewer"]), (&json!([id]), &json!("token")));
        assert!(look["at"].as_str().unwrap().parse::<Timestamp>().is_ok());
    }
}

async fn supervisors_see_no_customer(all: &str, supervisor: &str, id: &str, agent: &str) {
    let path = format!("/api/v1/contacts/{id}/journey");
    assert_eq!(get(supervisor, &format!("{path}?technical=true")).await.status, 403);
    assert_eq!(get(supervisor, &format!("/contacts/{id}?technical")).await.status, 403);
    let technical = json(all, &format!("{path}?technical=true")).await;
    assert!(technical["lines"].as_array().unwrap().iter().any(|line| line["raw"].is_string()));
    let words = json(supervisor, &path).await;
    for line in words["lines"].as_array().unwrap() {
        assert!(line.get("raw").is_none() && line.get("details").is_none(), "{line}");
    }
    assert_eq!(words["stays"], technical["stays"], "lengths and queues are not hidden");
    assert!(get(supervisor, "/agents").await.body.contains(agent));
}

async fn walls_see_no_person(address: &str, id: &str, agent: &str, seen: &[&str]) {
    for path in seen {
        let response = get(address, path).await;
        assert_eq!(response.status, 200, "{path}");
        assert!(!response.body.contains(agent) && !response.body.contains(id), "{path}");
    }
    let (page, row) = (format!("/contacts/{id}"), format!("/api/v1/contacts/{id}"));
    for path in ["/agents", "/contacts", "/health", &page, &row, &format!("{row}/journey")] {
        assert_eq!(get(address, path).await.status, 403, "{path}");
    }
    for path in ["agents", "contacts", "contacts?active=false", "contacts?offset=9999", "health"] {
        let response = get(address, &format!("/api/v1/{path}")).await;
        assert_eq!((response.status, &*response.headers["content-type"]), (403, "application/problem+json"));
    }
    for text in [id, "+61491570006", agent] {
        let body = json!({ "text": text }).to_string();
        assert_eq!(ask(address, "POST", "/api/v1/search", &body).await.status, 403);
    }
}

async fn agents_are_called_as_it_is_set(address: &str, contacts: &Value, agent: &str) {
    let shown = json(address, "/api/v1/contacts").await;
    assert_eq!(shown["total"], contacts["total"]);
    let agents: Vec<&str> =
        contacts["contacts"].as_array().unwrap().iter().filter_map(|row| row["agent"].as_str()).collect();
    assert!(agents.len() > 1);
    for row in contacts["contacts"].as_array().unwrap() {
        let id = row["contact_id"].as_str().unwrap();
        for path in [
            format!("/contacts/{id}"),
            format!("/contacts/{id}?technical"),
            format!("/api/v1/contacts/{id}/journey?technical"),
        ] {
            let body = get(address, &path).await.body;
            assert!(agents.iter().all(|agent| !body.contains(agent)), "{path} names an agent");
        }
    }
    for path in ["/", "/agents", "/contacts", "/api/v1/agents", "/api/v1/contacts?active=false"] {
        let body = get(address, path).await.body;
        assert!(agents.iter().all(|agent| !body.contains(agent)), "{path} names an agent");
    }
    let body = json!({ "text": agent }).to_string();
    let found: Value =
        serde_json::from_str(&ask(address, "POST", "/api/v1/search", &body).await.body).unwrap();
    assert_eq!(found["contacts"], json!([]), "a search would tell the name");
}

/// A log on a full disk: `/dev/full`, where there is one.
async fn an_audit_log_that_fails_lets_nobody_look(simulated: &Simulated, id: &str) {
    let Ok(audit) = AuditLog::file("/dev/full".as_ref()) else { return };
    let address = serve(simulated, Role::Investigators, AgentNames::Full, audit).await;
    let response = get(&address, &format!("/contacts/{id}")).await;
    assert!(response.status == 503 && !response.body.contains("Connected"), "{}", response.status);
    assert_eq!(get(&address, "/contacts").await.status, 200);
}
