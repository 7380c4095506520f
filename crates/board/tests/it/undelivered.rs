//! What could not be delivered, on the page of the data's health and in the API.

use std::{
    collections::BTreeSet,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use serde_json::{Value, json};
use switchboard_board::{
    Undelivered, UndeliveredCounter, UndeliveredKind,
    access::{AgentNames, AuditLog, Limit, Role, Viewer},
};

use crate::{
    centre::Simulated,
    roles::{AT, get, json, serve_sources},
    server::check,
};

/// Two queues and a folder, one of which nobody can look at; and how often they were asked for.
#[derive(Debug, Clone, Default)]
struct Places(Arc<AtomicUsize>);

impl UndeliveredCounter for Places {
    fn count(&self) -> Pin<Box<dyn Future<Output = Vec<Undelivered>> + Send + '_>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        let place = |name: &str, kind, count| Undelivered { name: name.to_owned(), kind, count };
        let places = vec![
            place("contact-events", UndeliveredKind::DeadLetters, Some(0)),
            place("metrics-ticks", UndeliveredKind::DeadLetters, None),
            place("out/rejected", UndeliveredKind::Rejected, Some(1207)),
        ];
        Box::pin(std::future::ready(places))
    }
}

async fn serve(simulated: &Simulated, viewer: Viewer, places: &Places) -> String {
    let sources = simulated.sources(AT.parse().unwrap()).with_undelivered(places.clone());
    serve_sources(sources, viewer, AgentNames::Full, AuditLog::none()).await
}

#[tokio::test]
async fn health_says_what_waits_for_somebody_and_what_nobody_could_look_at() {
    let simulated = Simulated::new().await;
    let places = Places::default();
    let address = serve(&simulated, Viewer::new("ann", Role::Supervisors), &places).await;
    get(&address, "/").await;
    assert_eq!(places.0.load(Ordering::Relaxed), 0, "nobody asked for the health");

    let health = json(&address, "/api/v1/health").await;
    let rows = json!([
        {"name": "metrics-ticks", "kind": "dead-letters", "count": null, "runbook": "docs/RUNBOOK.md#dead-letters"},
        {"name": "out/rejected", "kind": "rejected", "count": 1207, "runbook": "docs/RUNBOOK.md#records-rejected"},
        {"name": "contact-events", "kind": "dead-letters", "count": 0, "runbook": "docs/RUNBOOK.md#dead-letters"},
    ]);
    assert_eq!(health["undelivered"], rows, "what needs somebody comes first");
    let document = json(&address, "/api/v1/openapi.json").await;
    check(&document, &json!({"$ref": "#/components/schemas/Health"}), &health, "/health");

    let page = get(&address, "/health").await.body;
    for row in [
        r#"<th scope="row">metrics-ticks</th><td>dead letters</td><td class="number alarm">could not look</td>"#,
        r#"<th scope="row">out/rejected</th><td>rejected records</td><td class="number alarm">1207</td><td>docs/RUNBOOK.md#records-rejected</td>"#,
        r#"<th scope="row">contact-events</th><td>dead letters</td><td class="number">0</td>"#,
    ] {
        assert!(page.contains(row), "{row}: {page}");
    }
    assert_eq!(places.0.load(Ordering::Relaxed), 1, "page and API share what was counted");
}

#[tokio::test]
async fn who_is_limited_sees_none_of_it_and_nothing_is_asked_for() {
    let simulated = Simulated::new().await;
    let places = Places::default();
    let queues = Some(BTreeSet::from(["a".to_owned()]));
    let viewer =
        Viewer::new("ann", Role::Supervisors).limited_to(vec![Limit { queues, hierarchy_groups: None }]);
    let address = serve(&simulated, viewer, &places).await;
    assert_eq!(json(&address, "/api/v1/health").await["undelivered"], Value::Array(Vec::new()));
    assert!(get(&address, "/health").await.body.contains("What could not be delivered is not counted here."));
    let wall = serve(&simulated, Viewer::new("wall", Role::Walls), &places).await;
    for path in ["/health", "/api/v1/health"] {
        assert_eq!(get(&wall, path).await.status, 403, "{path}");
    }
    assert_eq!(places.0.load(Ordering::Relaxed), 0);
}
