//! Signing in, out and on: what is let in, and what is not.

use std::{collections::BTreeMap, process::Command, sync::Arc};

use axum::{
    body::{Body, to_bytes},
    http::{Request, header},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};
use switchboard_board::{
    App, Clock, ClockPhase, Sources,
    access::{Access, Admission, AgentNames, AuditLog, SignIn, SignInSettings},
};
use switchboard_contacts::store::Store;
use switchboard_store::call::CallContext;
use tempfile::TempDir;

use crate::{
    client,
    sign_in_server::{BOARD, ISSUER, PEOPLE, SignInServer, WALLS, claims, new_key, signed},
};

const QUEUE: &str = "8d6e0a41-6f1f-4b5b-9c4e-2a7d3f5b1c90";
const CONTACT: &str = "4fab6e40-99d5-43ce-8a75-e058ee62b1b4";
const OTHER_CONTACT: &str = "5fab6e40-99d5-43ce-8a75-e058ee62b1b4";

/// A board with two contacts that wait in two queues, and its sign-in.
struct Desk {
    server: SignInServer,
    app: App,
    _folder: TempDir,
}

impl Desk {
    async fn new() -> Self {
        let server = SignInServer::start().await;
        let at: Timestamp = "2026-11-02T01:00:20Z".parse().unwrap();
        let folder = TempDir::new().unwrap();
        let contacts = Store::sqlite(&folder.path().join("contacts.db"), 1440).await.unwrap();
        let handler = contact_status::handler::Handler::new(contacts.clone());
        let events = include_str!("../../../../events/contact-events/answered-call.ndjson");
        let first: Vec<&str> = events.lines().take(3).collect();
        let queue =
            serde_json::from_str::<Value>(first[2]).unwrap()["detail"]["queueInfo"]["queueArn"].clone();
        let queue = queue.as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        let others = first.iter().map(|event| event.replace(CONTACT, OTHER_CONTACT).replace(&queue, QUEUE));
        let all = first.iter().map(|event| (*event).to_owned()).chain(others);
        let messages: Vec<_> = all.map(|text| json!({ "messageId": "m", "body": text })).collect();
        let deadline = tokio::time::Instant::now() + std::time::Duration::from_mins(1);
        handler
            .handle(&json!({ "Records": messages }).to_string(), CallContext::new(at, deadline))
            .await
            .unwrap();
        let clock = Clock::invented(at, ClockPhase::Stopped);
        let sources = Sources::new(contacts, None, None, clock, TimeZone::UTC);
        let url = |path: &str| format!("http://{}{path}", server.address).parse().unwrap();
        let grants = json!({"Team A": {"role": "supervisors", "queues": [QUEUE]}}).to_string();
        let settings = SignInSettings {
            board: BOARD.parse().unwrap(),
            issuer: ISSUER.to_owned(),
            keys: url("/keys"),
            server: url("/"),
            people: PEOPLE.to_owned(),
            walls: Some(WALLS.to_owned()),
            groups_claim: Some("custom:groups".to_owned()),
            grants: grants.parse().unwrap(),
        };
        let access = Access {
            admission: Admission::SignIn(Box::new(SignIn::new(settings).unwrap())),
            agent_names: AgentNames::Full,
            audit: AuditLog::none(),
        };
        Self { server, app: App::new(Arc::new(sources), access), _folder: folder }
    }

    fn browser(&self) -> Browser {
        Browser { app: self.app.clone(), cookies: BTreeMap::new() }
    }

    /// A browser of a user with these groups, signed in for that page.
    async fn signed_in(&self, groups: Value, page: &str) -> Browser {
        self.server.set_groups(groups);
        let mut browser = self.browser();
        let to = browser.get(page).await.location;
        let back = self.at_the_server(&browser.get(&to).await.location).await;
        let done = browser.get(&back).await;
        assert_eq!((done.status, done.location.as_str()), (303, page), "{}", done.body);
        browser
    }

    /// The server sends the browser back there.
    async fn at_the_server(&self, location: &str) -> String {
        let base = format!("http://{}", self.server.address);
        let path = location.strip_prefix(&base).unwrap_or_else(|| panic!("{location}"));
        let response = client::get(&self.server.address, path).await;
        assert_eq!(response.status, 302);
        response.headers["location"].strip_prefix(BOARD).unwrap().to_owned()
    }

    /// The status of an API's answer to a bearer token.
    async fn status_with(&self, token: &str) -> u16 {
        let mut browser = self.browser();
        browser
            .send("GET", "/api/v1/board", &[("authorization", &format!("Bearer {token}"))], "")
            .await
            .status
    }
}

/// A browser with its cookies.
struct Browser {
    app: App,
    cookies: BTreeMap<String, String>,
}

struct Answered {
    status: u16,
    location: String,
    set: Vec<String>,
    policy: String,
    body: String,
}

impl Browser {
    async fn get(&mut self, path: &str) -> Answered {
        self.send("GET", path, &[], "").await
    }

    async fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answered {
        let mut request = Request::builder().method(method).uri(path).header("host", "board.example");
        if !self.cookies.is_empty() {
            let cookies: Vec<_> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.app.respond(request.body(Body::from(body.to_owned())).unwrap()).await;
        let (parts, body) = response.into_parts();
        let text = |name| {
            parts.headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
        };
        assert_eq!(text(header::CACHE_CONTROL), "no-store");
        assert!(text(header::STRICT_TRANSPORT_SECURITY).starts_with("max-age="));
        let set = parts.headers.get_all(header::SET_COOKIE).iter();
        let set: Vec<String> = set.map(|value| value.to_str().unwrap().to_owned()).collect();
        for cookie in &set {
            let (pair, attributes) = cookie.split_once(';').unwrap();
            assert!(cookie.starts_with("__Host-"), "{cookie}");
            for attribute in ["Path=/", "Secure", "HttpOnly", "SameSite=Lax"] {
                assert!(attributes.split("; ").any(|one| one.trim() == attribute), "{cookie}");
            }
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            }
        }
        Answered {
            status: parts.status.as_u16(),
            location: text(header::LOCATION),
            set,
            policy: text(header::CONTENT_SECURITY_POLICY),
            body: String::from_utf8(to_bytes(body, 1 << 20).await.unwrap().to_vec()).unwrap(),
        }
    }
}

#[tokio::test]
async fn a_person_signs_in_looks_and_signs_out() {
    let desk = Desk::new().await;
    let mut browser = desk.browser();
    let first = browser.get("/contacts?a=1").await;
    assert_eq!((first.status, first.location.as_str()), (303, "/sign-in?to=%2Fcontacts%3Fa%3D1"));
    assert!(!first.body.contains(CONTACT));
    // A script is told, and not led to another host.
    let script = browser.send("GET", "/contacts", &[("sec-fetch-dest", "empty")], "").await;
    assert_eq!((script.status, script.location.as_str()), (401, ""));
    assert_eq!(browser.get("/api/v1/contacts").await.status, 401);
    assert_eq!(browser.get("/assets/board.css").await.status, 200);

    let mut browser = desk.signed_in(json!(["supervisors"]), "/contacts?a=1").await;
    let page = browser.get("/contacts").await;
    assert!(
        page.status == 200 && page.body.contains(CONTACT) && page.body.contains("Sign out"),
        "{}",
        page.body
    );
    assert!(
        page.policy.contains(&format!("form-action 'self' http://{}", desk.server.address)),
        "{}",
        page.policy
    );
    assert_eq!(browser.get(&format!("/contacts/{CONTACT}")).await.status, 200);
    assert_eq!(browser.get(&format!("/contacts/{CONTACT}?technical")).await.status, 403);
    assert!(!browser.cookies.contains_key("__Host-board-sign-in"), "it is over");

    // Only the board's own pages send something.
    let text = format!("text={CONTACT}");
    for (headers, status) in [
        (&[][..], 403),
        (&[("origin", "null")], 403),
        (&[("origin", "https://board.example.com")], 403),
        (&[("origin", BOARD)], 200),
    ] {
        assert_eq!(browser.send("POST", "/contacts", headers, &text).await.status, status);
        if status == 403 {
            assert_eq!(browser.send("POST", "/sign-out", headers, "").await.status, 403);
        }
    }
    let refresh = browser.cookies["__Host-board-refresh"].strip_prefix("p.").unwrap().to_owned();
    let old = browser.cookies.clone();
    let out = browser.send("POST", "/sign-out", &[("origin", BOARD)], "").await;
    let logout = format!(
        "http://{}/logout?client_id={PEOPLE}&logout_uri=https%3A%2F%2Fboard.example%2Fsigned-out",
        desk.server.address
    );
    assert_eq!((out.status, out.location), (303, logout));
    assert!(browser.cookies.is_empty() && desk.server.is_revoked(&refresh));
    assert_eq!(browser.get("/contacts").await.status, 303);
    assert!(browser.get("/signed-out").await.body.contains("Signed out"));
    // What somebody has copied is not renewed.
    let mut thief = desk.browser();
    thief.cookies = old;
    thief.cookies.remove("__Host-board-session");
    assert_eq!(thief.get("/contacts").await.status, 303);
}

/// What the form leads to, which cookies a browser takes and which it lets go: nothing but a browser knows.
#[tokio::test]
async fn in_a_real_browser_a_session_begins_and_ends() {
    let desk = Desk::new().await;
    desk.server.set_groups(json!(["supervisors"]));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let app = desk.app.clone();
    let answers = axum::Router::new().fallback(async move |request| app.respond(request).await);
    tokio::spawn(async move { axum::serve(listener, answers).await });
    let ran = tokio::task::spawn_blocking(move || {
        Command::new("node")
            .arg("sign-out.js")
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/browser"))
            .envs([("BOARD", BOARD), ("ADDRESS", &address)])
            .output()
            .expect("Node.js: tests/setup says what the tests need")
    });
    let ran = ran.await.unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    assert_eq!(desk.server.refresh_tokens(), 1, "it signed in once");
    assert!(desk.server.is_revoked("refresh-0"));
}

#[tokio::test]
async fn a_session_is_renewed_until_the_server_ends_it() {
    let desk = Desk::new().await;
    let mut browser = desk.signed_in(json!(["investigators"]), "/").await;
    assert_eq!(browser.get(&format!("/contacts/{CONTACT}?technical")).await.status, 200);
    let mut over = claims(PEOPLE, &json!(["investigators"]));
    over["exp"] = json!(Timestamp::now().as_second() - 120);
    let over = desk.server.token(&over);
    browser.cookies.insert("__Host-board-session".to_owned(), over.clone());
    // The groups are those of now.
    desk.server.set_groups(json!(["walls"]));
    let renewed = browser.get("/api/v1/contacts").await;
    assert_eq!((renewed.status, renewed.set.len()), (403, 1), "{:?}", renewed.set);
    assert_eq!(browser.get("/").await.status, 200);
    assert_ne!(browser.cookies["__Host-board-session"], over);
    // A server that does not answer ends no session.
    browser.cookies.insert("__Host-board-session".to_owned(), over.clone());
    desk.server.set_broken(true);
    let unavailable = browser.get("/").await;
    assert!(unavailable.status == 503 && unavailable.set.is_empty());
    desk.server.set_broken(false);
    assert_eq!(browser.get("/").await.status, 200);
    // A refresh token of one client is none of the other's.
    browser.cookies.insert("__Host-board-session".to_owned(), over);
    let refresh = browser.cookies["__Host-board-refresh"].replacen("p.", "w.", 1);
    browser.cookies.insert("__Host-board-refresh".to_owned(), refresh);
    assert_eq!(browser.get("/").await.status, 303);
}

#[tokio::test]
async fn a_session_of_a_wall_shows_tiles_alone_for_ninety_days() {
    let desk = Desk::new().await;
    let mut wall = desk.signed_in(json!(["investigators"]), "/?tv").await;
    assert!(wall.cookies["__Host-board-refresh"].starts_with("w."));
    let board = wall.get("/?tv").await;
    assert!(board.status == 200 && !board.body.contains(CONTACT));
    for path in ["/contacts", "/agents", "/health", &format!("/contacts/{CONTACT}"), "/api/v1/contacts"] {
        assert_eq!(wall.get(path).await.status, 403, "{path}");
    }
    assert!(!wall.get("/").await.body.contains("href=\"/agents\""));
    wall.cookies.remove("__Host-board-session");
    let renewed = wall.get("/").await;
    assert!(renewed.status == 200 && renewed.set[0].contains("Max-Age=7776000"), "{:?}", renewed.set);
    let mut person = desk.signed_in(json!(["supervisors"]), "/").await;
    person.cookies.remove("__Host-board-session");
    let renewed = person.get("/").await;
    assert!(renewed.status == 200 && renewed.set[0].contains("Max-Age=43200"), "{:?}", renewed.set);
}

#[tokio::test]
async fn groups_limit_queues_and_no_group_sees_nothing() {
    let desk = Desk::new().await;
    for groups in [json!(["supervisors"]), json!(["Team A"])] {
        let is_limited = groups == json!(["Team A"]);
        let mut browser = desk.signed_in(groups, "/").await;
        let body = browser.get("/api/v1/contacts").await.body;
        assert!(body.contains(OTHER_CONTACT));
        assert_eq!(body.contains(CONTACT), !is_limited, "{body}");
        let board: Value = serde_json::from_str(&browser.get("/api/v1/board").await.body).unwrap();
        assert_eq!(board["queues"].as_array().unwrap().len(), if is_limited { 1 } else { 2 });
        for path in [
            format!("/contacts/{CONTACT}"),
            format!("/api/v1/contacts/{CONTACT}"),
            format!("/api/v1/contacts/{CONTACT}/journey"),
        ] {
            assert_eq!(browser.get(&path).await.status, if is_limited { 404 } else { 200 }, "{path}");
        }
        let search = json!({ "text": CONTACT }).to_string();
        let found = browser.send("POST", "/api/v1/search", &[("origin", BOARD)], &search).await;
        assert_eq!(found.body.contains(CONTACT), !is_limited);
        let all = browser.get("/api/v1/contacts?active=false").await.body;
        assert_eq!(all.contains(CONTACT), !is_limited);
    }
    // Groups of another provider, by a claim.
    let mut mapped = claims(PEOPLE, &json!([]));
    mapped["custom:groups"] = json!("[Others, walls]");
    assert_eq!(desk.status_with(&desk.server.token(&mapped)).await, 200);
    desk.server.set_groups(json!(["others"]));
    let mut browser = desk.browser();
    let begun = browser.get("/sign-in?to=/").await.location;
    let done = desk.at_the_server(&begun).await;
    let done = browser.get(&done).await;
    assert!(done.status == 403 && done.set.is_empty(), "{}", done.body);
    assert_eq!(desk.status_with(&desk.server.token(&claims(PEOPLE, &json!([])))).await, 403);
}

#[tokio::test]
async fn a_sign_in_that_this_browser_did_not_begin_is_none() {
    let desk = Desk::new().await;
    desk.server.set_groups(json!(["supervisors"]));
    let mut victim = desk.browser();
    let mut attacker = desk.browser();
    let back = desk.at_the_server(&attacker.get("/sign-in").await.location).await;
    assert_eq!(victim.get(&back).await.status, 400, "no cookie");
    victim.get("/sign-in").await;
    assert_eq!(victim.get(&back).await.status, 400, "another state");
    assert!(!victim.cookies.contains_key("__Host-board-session"));
    // The right state with another's code: the verifier does not fit.
    let own = desk.at_the_server(&victim.get("/sign-in").await.location).await;
    let state = own.split("state=").nth(1).unwrap();
    let code = back.split("code=").nth(1).unwrap().split('&').next().unwrap();
    assert_eq!(victim.get(&format!("/signed-in?code={code}&state={state}")).await.status, 400);
    let refused = victim.get(&format!("/signed-in?error=access_denied&state={state}")).await;
    assert_eq!(refused.status, 400);
    // The state is for one sign-in, and so is the nonce.
    desk.server.set_nonce("of another sign-in");
    let own = desk.at_the_server(&victim.get("/sign-in").await.location).await;
    assert_eq!(victim.get(&own).await.status, 400);
    assert!(!victim.cookies.contains_key("__Host-board-session"));
    for to in ["//example.com", "https://example.com/", "/\\example.com"] {
        let mut browser = desk.browser();
        browser.get(&format!("/sign-in?to={to}")).await;
        let path = browser.cookies["__Host-board-sign-in"].rsplit('.').next().unwrap().to_owned();
        assert_eq!(URL_SAFE_NO_PAD.decode(path).unwrap(), b"/", "{to}");
    }
}

#[tokio::test]
async fn a_token_of_anything_else_lets_nobody_in() {
    let desk = Desk::new().await;
    let good = claims(PEOPLE, &json!(["supervisors"]));
    assert_eq!(desk.status_with(&desk.server.token(&good)).await, 200);
    let now = Timestamp::now().as_second();
    for (name, value) in [
        ("iss", json!("https://issuer.example/pool2")),
        ("aud", json!("another-client")),
        ("token_use", json!("access")),
        ("exp", json!(now - 3600)),
        ("exp", json!((now + 3600).to_string())),
        ("nbf", json!(now + 3600)),
        ("nbf", json!("later")),
    ] {
        let mut wrong = good.clone();
        wrong[name] = value;
        assert_eq!(desk.status_with(&desk.server.token(&wrong)).await, 401, "{wrong}");
    }
    for name in ["iss", "aud", "token_use", "exp", "sub"] {
        let mut without = good.clone();
        without.as_object_mut().unwrap().remove(name);
        assert_eq!(desk.status_with(&desk.server.token(&without)).await, 401, "without {name}");
    }
    let token = desk.server.token(&good);
    let (message, signature) = token.rsplit_once('.').unwrap();
    let (head, body) = message.split_once('.').unwrap();
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let mut others = good.clone();
    others["cognito:groups"] = json!(["investigators"]);
    let none = part(json!({"alg": "none", "kid": "key-1"}));
    let hmac = part(json!({"alg": "HS256", "kid": "key-1"}));
    let forged = ring::hmac::sign(
        &ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &desk.server.modulus()),
        format!("{hmac}.{body}").as_bytes(),
    );
    for wrong in [
        signed(&new_key(), "key-1", &good),
        format!("{head}.{}.{signature}", part(others)),
        format!("{none}.{body}."),
        format!("{none}.{body}.{signature}"),
        format!("{hmac}.{body}.{}", URL_SAFE_NO_PAD.encode(forged)),
        format!("{}.{body}.{signature}", part(json!({"alg": "RS256"}))),
        message.to_owned(),
        String::new(),
        "a.b.c".to_owned(),
    ] {
        assert_eq!(desk.status_with(&wrong).await, 401, "{wrong}");
    }
    // Unknown keys are asked for once a minute, whoever invents them.
    assert_eq!(desk.server.key_reads(), 1);
    for id in ["key-2", "key-3", "key-4"] {
        assert_eq!(desk.status_with(&signed(&new_key(), id, &good)).await, 401);
    }
    assert_eq!(desk.server.key_reads(), 1);
    assert_eq!(desk.status_with(&token).await, 200);
    let mut browser = desk.browser();
    for (origin, status) in [("https://example.com", 403), (BOARD, 200)] {
        let headers = [("authorization", &*format!("Bearer {token}")), ("origin", origin)];
        let search = json!({ "text": CONTACT }).to_string();
        assert_eq!(
            browser.send("POST", "/api/v1/search", &headers, &search).await.status,
            status,
            "{origin}"
        );
    }
    let headers = [("authorization", &*format!("Basic {token}"))];
    assert_eq!(browser.send("GET", "/api/v1/board", &headers, "").await.status, 401);
    // Without keys nobody gets in, and it is not said that the token is wrong.
    let other = Desk::new().await;
    other.server.set_broken(true);
    assert_eq!(other.status_with(&other.server.token(&good)).await, 503);
}
