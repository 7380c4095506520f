//! Two instances in one store: each page and each answer is of one of them alone.

use std::{collections::BTreeSet, sync::Arc};

use jiff::{SignedDuration, tz::TimeZone};
use serde_json::{Value, json};
use switchboard_board::{BoardInstance, Sources, access::Access};
use switchboard_simulator::model::{Behaviour, Config};
use tokio::net::TcpListener;

use crate::{
    centre::{INSTANCE, OTHER_INSTANCE, Simulated},
    client::{get, send},
    roles::AT,
};

async fn two() -> (Simulated, Simulated) {
    let mut one = Simulated::new().await;
    let config = Config {
        seed: 2,
        agents: 9,
        contacts_per_day: 1_200,
        from: "2026-11-02T00:00:00Z".parse().unwrap(),
        duration: SignedDuration::from_hours(24),
        zone: TimeZone::UTC,
        behaviour: Behaviour { created_queue_share: 0.0, ..Behaviour::default() },
        ..Config::default()
    };
    let mut other = one.beside(config).await;
    one.advance(AT.parse().unwrap()).await;
    other.advance(AT.parse().unwrap()).await;
    (one, other)
}

async fn serve(sources: Sources) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let board =
        switchboard_board::serve(listener, Arc::new(sources), Access::this_machine(), std::future::pending());
    tokio::spawn(board);
    address
}

async fn json(address: &str, path: &str) -> Value {
    let response = get(address, path).await;
    assert_eq!(response.status, 200, "{path}: {}", response.body);
    serde_json::from_str(&response.body).unwrap()
}

fn ids(answer: &Value, list: &str, member: &str) -> BTreeSet<String> {
    let rows = answer[list].as_array().unwrap().iter();
    rows.filter_map(|row| row[member].as_str()).map(str::to_owned).collect()
}

#[tokio::test]
async fn nothing_of_one_instance_appears_on_the_others_pages() {
    let (one, other) = two().await;
    let address = serve(one.sources(AT.parse().unwrap())).await;
    the_choice_is_offered(&address).await;
    let bases = [INSTANCE, OTHER_INSTANCE].map(|id| format!("/i/{id}"));
    let mut contacts = Vec::new();
    for (base, centre) in bases.iter().zip([&one, &other]) {
        let queued: BTreeSet<_> = centre.queued().iter().map(|contact| contact.id.to_string()).collect();
        let listed = json(&address, &format!("{base}/api/v1/contacts?active=false")).await;
        let listed = ids(&listed, "contacts", "contact_id");
        let lacking: Vec<_> = queued.difference(&listed).take(3).collect();
        assert!(listed.len() > 50, "{base} has {} contacts", listed.len());
        assert!(lacking.len() < 3 || listed.len() == 500, "{base} lacks {lacking:?}");
        let agents = json(&address, &format!("{base}/api/v1/agents")).await;
        let agents = ids(&agents, "agents", "username");
        let people: BTreeSet<_> =
            centre.centre.directory().people.iter().map(|person| person.username.clone()).collect();
        assert!(!agents.is_empty() && agents.is_subset(&people), "{base}: {agents:?}");
        contacts.push(listed);
    }
    assert!(contacts[0].is_disjoint(&contacts[1]));
    for (base, not) in [(&bases[0], &bases[1]), (&bases[1], &bases[0])] {
        links_stay_within(&address, base).await;
        nothing_of_the_other(&address, base, not).await;
    }
}

async fn the_choice_is_offered(address: &str) {
    let choice = get(address, "/agents?sort=time").await;
    assert_eq!((choice.status, &*choice.headers["content-type"]), (200, "text/html; charset=utf-8"));
    for id in [INSTANCE, OTHER_INSTANCE] {
        assert!(choice.body.contains(&format!(r#"href="/i/{id}/agents?sort=time""#)), "{}", choice.body);
        assert!(get(address, "/").await.body.contains(&format!(r#"href="/i/{id}/""#)));
    }
    let listed = json(address, "/api/v1/instances").await;
    assert_eq!(
        ids(&listed, "instances", "instance_id"),
        BTreeSet::from([INSTANCE, OTHER_INSTANCE].map(str::to_owned))
    );
    for path in ["board", "agents", "contacts", "health"] {
        let problem = get(address, &format!("/api/v1/{path}")).await;
        assert_eq!((problem.status, &*problem.headers["content-type"]), (400, "application/problem+json"));
    }
    for path in ["/i/nowhere/", "/i/nowhere/agents", "/i/nowhere/api/v1/board", "/i//"] {
        let failed = get(address, path).await;
        assert_eq!(failed.status, 404, "{path}");
        assert!(
            path.contains("/api/") || failed.body.contains(r#"<a href="/">Queues</a>"#),
            "{}",
            failed.body
        );
    }
}

/// Each link of an instance's pages is one of the instance, of the board's files, or the way back to the choice.
async fn links_stay_within(address: &str, base: &str) {
    let contacts = json(address, &format!("{base}/api/v1/contacts")).await;
    let board = json(address, &format!("{base}/api/v1/board")).await;
    let id = contacts["contacts"][0]["contact_id"].as_str().unwrap();
    let queue = board["queues"][0]["queue_id"].as_str().unwrap();
    let (journey, day) = (format!("/contacts/{id}"), format!("/queues/{queue}"));
    let mut links = 0;
    for path in ["/", "/?tv", "/agents", "/contacts", "/health", &journey, &day] {
        let page = get(address, &format!("{base}{path}")).await;
        assert_eq!(page.status, 200, "{path}");
        for attribute in ["href=\"/", "action=\"/"] {
            for target in page.body.split(attribute).skip(1).filter_map(|rest| rest.split('"').next()) {
                let target = format!("/{target}");
                let is_own = target.starts_with(&format!("{base}/"));
                assert!(is_own || target == "/" || target.starts_with("/assets/"), "{path}: {target}");
                links += usize::from(is_own);
            }
        }
    }
    assert!(links > 50);
    // So does a page of what is not there, or of what is asked wrongly.
    for (path, status) in [("/contacts/nobody", 404), ("/nothing", 404), ("/queues/a?day=today", 400)] {
        let failed = get(address, &format!("{base}{path}")).await;
        assert_eq!(failed.status, status, "{path}");
        assert!(failed.body.contains(&format!(r#"<a href="{base}/">Queues</a>"#)), "{path}: {}", failed.body);
    }
}

/// What is of the other instance is found here by nothing.
async fn nothing_of_the_other(address: &str, base: &str, other: &str) {
    let theirs = json(address, &format!("{other}/api/v1/contacts")).await;
    let contacts = ids(&theirs, "contacts", "contact_id");
    let queues = ids(&json(address, &format!("{other}/api/v1/board")).await, "queues", "queue_id");
    let own = ids(&json(address, &format!("{base}/api/v1/board")).await, "queues", "queue_id");
    for path in [
        "/",
        "/?tv",
        "/agents",
        "/contacts",
        "/health",
        "/api/v1/board",
        "/api/v1/agents",
        "/api/v1/contacts",
        "/api/v1/contacts?active=false",
    ] {
        let body = get(address, &format!("{base}{path}")).await.body;
        assert!(contacts.iter().all(|id| !body.contains(id)), "{base}{path}");
        assert!(queues.difference(&own).all(|id| !body.contains(id)), "{base}{path}");
    }
    for id in contacts.iter().take(3) {
        for path in [
            format!("/contacts/{id}"),
            format!("/api/v1/contacts/{id}"),
            format!("/api/v1/contacts/{id}/journey"),
        ] {
            assert_eq!(get(address, &format!("{other}{path}")).await.status, 200, "{path}");
            assert_eq!(get(address, &format!("{base}{path}")).await.status, 404, "{path}");
        }
        let body = json!({ "text": id }).to_string();
        let found = send(address, "POST", &format!("{base}/api/v1/search"), &[], &body).await;
        assert_eq!(serde_json::from_str::<Value>(&found.body).unwrap()["contacts"], json!([]));
    }
    for id in queues.difference(&own) {
        assert_eq!(get(address, &format!("{base}/queues/{id}")).await.status, 404);
        assert_eq!(get(address, &format!("{base}/api/v1/queues/{id}/intervals")).await.status, 404);
    }
    // All contacts of a day, found by the search.
    let body = json!({ "day": "2026-11-02" }).to_string();
    let found = send(address, "POST", &format!("{base}/api/v1/search"), &[], &body).await;
    let found = ids(&serde_json::from_str(&found.body).unwrap(), "contacts", "contact_id");
    assert!(found.len() > 50 && found.is_disjoint(&contacts));
}

#[tokio::test]
async fn instances_that_are_set_have_names_and_are_the_only_ones() {
    let (one, _other) = two().await;
    let arn = |id: &str| format!("arn:aws:connect:ap-southeast-2:012345678910:instance/{id}");
    let named = |id, name| BoardInstance::of(&arn(id), Some(name)).unwrap();
    let quiet = named("99999999-2222-4333-8444-555555555555", "quiet");
    let sources = one.sources(AT.parse().unwrap());
    let address = serve(sources.with_instances(vec![named(INSTANCE, "main"), quiet])).await;
    let page = get(&address, "/").await.body;
    assert!(page.contains(r#"href="/i/main/""#) && page.contains(r#"href="/i/quiet/""#), "{page}");
    assert!(get(&address, "/i/main/").await.body.contains("<a href=\"/\">main</a>"));
    let by_id = json(&address, &format!("/i/{INSTANCE}/api/v1/agents")).await;
    assert_eq!(json(&address, "/i/main/api/v1/agents").await, by_id);
    let nothing = json(&address, "/i/quiet/api/v1/board").await;
    assert_eq!((&nothing["queues"], &nothing["waiting"]), (&json!([]), &json!(0)));
    assert_eq!(get(&address, &format!("/i/{OTHER_INSTANCE}/")).await.status, 404);

    let only = serve(one.sources(AT.parse().unwrap()).with_instances(vec![named(INSTANCE, "main")])).await;
    assert_eq!(json(&only, "/api/v1/agents").await, by_id, "the only one is the default");
    assert_eq!(json(&only, "/i/main/api/v1/agents").await, by_id);
}
