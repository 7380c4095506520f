//! States that the service rejects, and how often it is called.

use super::service::Service;
use super::*;

/// Batches of a centre, each by a process of its own.
struct Centre {
    service: Service,
    store: Store,
    _folder: TempDir,
}

impl Centre {
    /// One of these many agents, who are known to the service by now.
    async fn new(agents: i64) -> Self {
        let centre = Self::empty().await;
        assert_eq!(centre.lunch(0..agents, 0, 0).await, (0, 0, 0), "they come with the first snapshot");
        centre.service.calls();
        centre
    }

    async fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::sqlite(&folder.path().join("agents.db")).await.unwrap();
        Self { service: Service::start(), store, _folder: folder }
    }

    /// States that failed, were abandoned and were accepted, of these agents' lunch since then.
    async fn lunch(&self, agents: std::ops::Range<i64>, since: i64, second: i64) -> (usize, usize, usize) {
        let names: Vec<_> = agents.map(|n| format!("agent-{n:03}")).collect();
        // Another status each time.
        let updates = names.iter().map(|name| {
            let event = json!({"AgentARN": format!("{INSTANCE}/agent/{name}"), "EventType": "STATE_CHANGE", "EventTimestamp": at(since).to_string(),
                "CurrentAgentSnapshot": {"Configuration": {"Username": name},
                    "AgentStatus": {"Name": format!("Lunch of {since}")}}});
            read(&AgentEvent::parse(&event.to_string()).unwrap(), at(second)).unwrap()
        });
        let feed = Feed::new(self.store.clone(), self.service.client(), StateMode::Status);
        let observed = feed.observe(fold(updates), "shard", context(second)).await;
        (observed.failed.len(), observed.rejected, observed.sent)
    }
}

#[tokio::test]
async fn where_all_is_rejected_a_batch_costs_a_call_for_the_account_and_three_for_what_may_be_a_state() {
    let centre = Centre::new(120).await;
    for (status, calls) in [(401, vec![50]), (403, vec![50]), (404, vec![50, 1, 1]), (422, vec![50, 1, 1])] {
        centre.service.rejects_all(Some(status));
        assert_eq!(centre.lunch(0..120, 10, 11).await, (120, 0, 0), "{status}");
        assert_eq!(centre.service.calls(), calls, "{status}");
    }
    centre.service.rejects_all(None);
    assert_eq!(centre.lunch(0..120, 10, 12).await, (0, 0, 120));
    let mut calls = centre.service.calls();
    calls.sort_unstable();
    assert_eq!(calls, [20, 50, 50]);
}

#[tokio::test]
async fn a_rejected_account_is_called_once_also_where_a_snapshot_is_due() {
    let centre = Centre::empty().await;
    centre.service.rejects_all(Some(401));
    assert_eq!(centre.lunch(0..120, 10, 11).await, (120, 0, 0));
    assert_eq!(centre.service.calls(), [50]);
}

#[tokio::test]
async fn one_state_that_is_rejected_is_found_by_halves_and_costs_itself_alone() {
    for rejected in ["agent-000", "agent-023", "agent-049"] {
        let centre = Centre::new(50).await;
        centre.service.rejects(rejected, Some(422));
        assert_eq!(centre.lunch(0..50, 10, 11).await, (0, 1, 49), "{rejected}");
        let calls = centre.service.calls();
        assert!(calls.len() <= 16, "{calls:?}");
        centre.service.rejects(rejected, None);
        let all = centre.lunch(0..50, 20, 21).await;
        assert_eq!((all, centre.service.calls()), ((0, 0, 50), vec![50]), "{rejected}");
    }
}

#[tokio::test]
async fn a_state_that_may_be_valid_is_abandoned_after_a_minute_whichever_process_sends_it() {
    let centre = Centre::new(3).await;
    centre.service.rejects("agent-001", Some(404));
    assert_eq!(centre.lunch(1..2, 10, 10).await, (1, 0, 0));
    assert_eq!(centre.lunch(1..2, 10, 130).await, (1, 0, 0), "nothing else was accepted since");
    assert_eq!(centre.lunch(2..3, 140, 140).await, (0, 0, 1));
    assert_eq!(centre.lunch(1..2, 10, 150).await, (0, 1, 0));
    assert_eq!(centre.lunch(1..2, 160, 160).await, (0, 1, 0), "once is enough");
    centre.service.rejects("agent-001", None);
    assert_eq!(centre.lunch(1..2, 170, 170).await, (0, 0, 1));
    centre.service.rejects("agent-001", Some(404));
    assert_eq!(centre.lunch(1..2, 180, 180).await, (1, 0, 0), "it was accepted in between");
}

#[tokio::test]
async fn a_lone_state_that_the_service_blames_is_abandoned_by_a_process_that_has_only_just_started() {
    let centre = Centre::new(3).await;
    centre.service.rejects("agent-001", Some(422));
    assert_eq!(centre.lunch(1..2, 10, 10).await, (0, 1, 0));
    // Nothing was accepted for ten minutes: the service may reject everything.
    assert_eq!(centre.lunch(2..3, 700, 700).await, (0, 0, 1));
    centre.service.rejects_all(Some(422));
    assert_eq!(centre.lunch(0..1, 1200, 1200).await, (0, 1, 0));
    assert_eq!(centre.lunch(2..3, 1400, 1400).await, (1, 0, 0));
}
