//! A supervisor who is limited to queues or to groups of the agents' hierarchy gets nothing else, whatever is asked for.

use std::collections::BTreeSet;

use jiff::{SignedDuration, tz::TimeZone};
use serde_json::{Value, json};
use switchboard_board::access::{AgentNames, AuditLog, Limit, Role, Viewer};
use switchboard_simulator::model::Config;

use crate::{
    centre::Simulated,
    roles::{AT, ask, get, json, serve_to},
};

async fn serve(simulated: &Simulated, limits: Option<Vec<Limit>>) -> String {
    let viewer = Viewer::new("ann", Role::Investigators);
    let viewer = match limits {
        Some(limits) => viewer.limited_to(limits),
        None => viewer,
    };
    serve_to(simulated, viewer, AgentNames::Full, AuditLog::none()).await
}

fn only(name: &str) -> BTreeSet<String> {
    BTreeSet::from([name.to_owned()])
}

fn rows<'v>(answer: &'v Value, list: &str) -> &'v [Value] {
    answer[list].as_array().unwrap()
}

fn texts<'v>(rows: &'v [Value], member: &str) -> BTreeSet<&'v str> {
    rows.iter().filter_map(|row| row[member].as_str()).collect()
}

#[tokio::test]
async fn who_is_limited_to_a_queue_gets_nothing_of_others() {
    let mut simulated = Simulated::new().await;
    simulated.advance(AT.parse().unwrap()).await;
    let all = serve(&simulated, None).await;
    let every = json(&all, "/api/v1/contacts?active=false").await;
    let board = json(&all, "/api/v1/board").await;
    let queue = board["queues"][0]["queue_id"].as_str().unwrap();
    let (own, others): (Vec<&Value>, Vec<&Value>) =
        rows(&every, "contacts").iter().partition(|row| row["queue_id"] == queue);
    let address =
        serve(&simulated, Some(vec![Limit { queues: Some(only(queue)), hierarchy_groups: None }])).await;

    let seen = json(&address, "/api/v1/board").await;
    assert_eq!(texts(rows(&seen, "queues"), "queue_id"), BTreeSet::from([queue]));
    for path in ["/api/v1/contacts?active=false", "/api/v1/contacts"] {
        let seen = json(&address, path).await;
        assert_eq!(texts(rows(&seen, "contacts"), "queue_id"), BTreeSet::from([queue]), "{path}");
    }
    // A chain is seen by who sees any contact of it.
    let chains: BTreeSet<_> = own.iter().filter_map(|row| row["initial_contact_id"].as_str()).collect();
    let is_apart = |row: &&&Value| {
        row["queue_id"].is_string()
            && row["initial_contact_id"].as_str().is_some_and(|id| !chains.contains(id))
    };
    for row in others.iter().filter(is_apart).take(3) {
        let (id, other) = (row["contact_id"].as_str().unwrap(), row["queue_id"].as_str().unwrap());
        nothing_of(&address, id).await;
        for path in [
            format!("/queues/{other}"),
            format!("/queues/{other}/intervals.csv"),
            format!("/api/v1/queues/{other}/intervals"),
        ] {
            assert_eq!(get(&all, &path).await.status, 200, "{path}");
            assert_eq!(get(&address, &path).await.status, 404, "{path}");
        }
    }
    let id = own[0]["contact_id"].as_str().unwrap();
    assert_eq!(get(&address, &format!("/contacts/{id}")).await.status, 200);
}

#[tokio::test]
async fn who_is_limited_to_a_team_gets_no_other_agent_and_none_of_their_contacts() {
    // Of more than one team, which has 20 agents.
    let config = Config {
        agents: 26,
        contacts_per_day: 1_500,
        from: "2026-11-02T08:00:00Z".parse().unwrap(),
        duration: SignedDuration::from_hours(12),
        zone: TimeZone::UTC,
        ..Config::default()
    };
    let mut simulated = Simulated::of(config).await;
    simulated.advance(AT.parse().unwrap()).await;
    let all = serve(&simulated, None).await;
    let every = json(&all, "/api/v1/agents").await;
    let every = rows(&every, "agents");
    let team = every.iter().find(|row| row["contacts"] != json!([])).unwrap()["groups"].as_array().unwrap();
    let team = team.last().unwrap().as_str().unwrap();
    let is_own = |row: &Value| row["groups"].as_array().unwrap().iter().any(|group| group == team);
    let own: BTreeSet<&str> =
        every.iter().filter(|row| is_own(row)).filter_map(|row| row["username"].as_str()).collect();
    let others: BTreeSet<&str> =
        every.iter().filter(|row| !is_own(row)).filter_map(|row| row["username"].as_str()).collect();
    assert!(!own.is_empty() && !others.is_empty());
    let address =
        serve(&simulated, Some(vec![Limit { queues: None, hierarchy_groups: Some(only(team)) }])).await;

    let seen = json(&address, "/api/v1/agents").await;
    assert_eq!(texts(rows(&seen, "agents"), "username"), own);
    for path in ["/api/v1/contacts?active=false", "/api/v1/contacts"] {
        let (seen, whole) = (json(&address, path).await, json(&all, path).await);
        let named = texts(rows(&seen, "contacts"), "agent");
        assert!(!named.is_empty() && named.is_subset(&own), "{path}: {named:?}");
        let without =
            |answer: &Value| rows(answer, "contacts").iter().filter(|row| row["agent"].is_null()).count();
        assert_eq!(without(&seen), without(&whole), "{path}: who waits is nobody's yet");
    }
    let contacts = json(&all, "/api/v1/contacts?active=false").await;
    let listed = rows(&contacts, "contacts");
    let is_theirs = |row: &&Value| row["agent"].as_str().is_some_and(|agent| others.contains(agent));
    let (theirs, rest): (Vec<&Value>, Vec<&Value>) = listed.iter().partition(is_theirs);
    let chains: BTreeSet<_> = rest.iter().filter_map(|row| row["initial_contact_id"].as_str()).collect();
    let is_apart = |row: &&&Value| row["initial_contact_id"].as_str().is_some_and(|id| !chains.contains(id));
    let mut apart = 0;
    for row in theirs.iter().filter(is_apart).take(3) {
        apart += 1;
        nothing_of(&address, row["contact_id"].as_str().unwrap()).await;
    }
    assert!(apart > 0);
    for path in ["/", "/agents", "/contacts"] {
        let body = get(&address, path).await.body;
        assert!(others.iter().all(|agent| !body.contains(agent)), "{path}");
    }
    let counted = json(&address, "/api/v1/board").await;
    let counted: u64 = counted["agents"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
    assert_eq!(usize::try_from(counted).unwrap(), own.len());
}

/// No route gives the contact out.
async fn nothing_of(address: &str, id: &str) {
    for path in [
        format!("/contacts/{id}"),
        format!("/contacts/{id}?technical"),
        format!("/api/v1/contacts/{id}"),
        format!("/api/v1/contacts/{id}/journey"),
    ] {
        assert_eq!(get(address, &path).await.status, 404, "{path}");
    }
    for path in ["/contacts", "/agents", "/api/v1/contacts?active=false", "/api/v1/agents"] {
        assert!(!get(address, path).await.body.contains(id), "{path}");
    }
    let found = ask(address, "POST", "/api/v1/search", &json!({ "text": id }).to_string()).await;
    let found: Value = serde_json::from_str(&found.body).unwrap();
    assert_eq!(found["contacts"], json!([]));
}
