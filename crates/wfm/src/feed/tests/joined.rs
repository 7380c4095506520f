//! Agents of a traffic distribution group: one agent of two Regions.

use super::{service::Service, *};

const ID: &str = "00000000-0000-4000-8000-000000000001";
const HOME: &str = "eu-central-1";
const OTHER: &str = "us-west-2";

/// A service, a store, and a feed that joins both Regions.
struct Group {
    service: Service,
    store: Store,
    feed: Feed,
    _folder: TempDir,
}

impl Group {
    async fn new() -> Self {
        let (service, folder) = (Service::start(), tempfile::tempdir().unwrap());
        let store = Store::sqlite(&folder.path().join("agents.db")).await.unwrap();
        let joined = [HOME, OTHER].map(arn).join(",").parse().unwrap();
        let feed = Feed::new(store.clone(), service.client(), StateMode::Status).joining(joined);
        Self { service, store, feed, _folder: folder }
    }

    /// Sends ann's event of that Region, in which her status began in the second `since`.
    async fn observe(&self, (region, kind, status, since, second): Event) -> BatchOutcome {
        observe(&self.feed, (region, kind, status, since, second), second).await
    }

    async fn snapshot(&self, second: i64) -> (SnapshotOutcome, String) {
        let sent = self.feed.snapshot(context(second)).await.unwrap();
        (sent, self.service.last_state("ann"))
    }
}

/// Region, kind, status, when that began, and when it happened.
type Event = (&'static str, &'static str, &'static str, i64, i64);

fn arn(region: &str) -> String {
    format!("arn:aws:connect:{region}:111122223333:instance/{ID}")
}

fn key(region: &str) -> AgentKey {
    AgentKey::from_text(&format!("{region}/{ID}/ann")).unwrap()
}

async fn observe(feed: &Feed, (region, kind, status, since, second): Event, now: i64) -> BatchOutcome {
    let event = json!({"AgentARN": format!("{}/agent/x", arn(region)), "EventType": kind,
        "EventTimestamp": at(second).to_string(), "CurrentAgentSnapshot": {"Configuration": {"Username": "ann"},
        "AgentStatus": {"Name": status, "StartTimestamp": at(since).to_string()}}});
    let update = read(&AgentEvent::parse(&event.to_string()).unwrap(), at(now)).unwrap();
    feed.observe(fold([update]), region, context(now)).await
}

/// All orders of these.
fn orders(events: &[Event]) -> Vec<Vec<Event>> {
    let Some((first, rest)) = events.split_first() else { return vec![vec![]] };
    let mut all = Vec::new();
    for shorter in orders(rest) {
        for place in 0..=shorter.len() {
            let mut order = shorter.clone();
            order.insert(place, *first);
            all.push(order);
        }
    }
    all
}

#[tokio::test]
async fn whatever_comes_first_changes_and_snapshots_have_the_state_that_began_last() {
    let events = [
        (HOME, "LOGIN", "Available", 5, 5),
        (HOME, "HEART_BEAT", "Available", 5, 25),
        (OTHER, "STATE_CHANGE", "Training", 20, 20),
    ];
    let orders = orders(&events);
    assert_eq!(orders.len(), 6);
    for order in orders {
        let group = Group::new().await;
        for event in &order {
            assert_eq!(observe(&group.feed, *event, 30).await.failed, BTreeMap::new());
        }
        assert_eq!(group.service.last_state("ann"), "Training", "{order:?}");
        for event in &order {
            assert_eq!(observe(&group.feed, *event, 30).await.sent, 0, "{event:?} again, of {order:?}");
        }
        let (sent, state) = group.snapshot(30).await;
        assert_eq!((sent.agents, &*state), (1, "Training"), "{order:?}");
    }
}

#[tokio::test]
async fn nothing_of_the_region_left_is_sent() {
    let group = Group::new().await;
    drop(group.observe((HOME, "LOGIN", "Available", 1, 1)).await);
    assert_eq!(group.observe((OTHER, "LOGIN", "Lunch", 5, 5)).await.sent, 1);
    for (kind, second) in [("HEART_BEAT", 9), ("STATE_CHANGE", 10), ("LOGOUT", 11), ("HEART_BEAT", 12)] {
        assert_eq!(group.observe((HOME, kind, "Available", 1, second)).await.sent, 0, "{kind}");
    }
    assert_eq!(group.service.last_state("ann"), "Lunch");
    assert_eq!(group.observe((OTHER, "LOGOUT", "Lunch", 5, 20)).await.sent, 1);
    assert_eq!(group.snapshot(21).await.1, "Logged off");
    assert_eq!(group.observe((HOME, "LOGIN", "Training", 30, 30)).await.sent, 1);
    assert_eq!(group.service.last_state("ann"), "Training", "back in the first Region");
}

#[tokio::test]
async fn a_heartbeat_of_the_region_left_logs_nobody_on_who_logged_off() {
    let group = Group::new().await;
    drop(group.observe((HOME, "LOGIN", "Available", 1, 1)).await);
    drop(group.observe((OTHER, "LOGIN", "Lunch", 5, 5)).await);
    assert_eq!(group.observe((OTHER, "LOGOUT", "Lunch", 5, 20)).await.sent, 1);
    assert_eq!(group.observe((HOME, "HEART_BEAT", "Available", 1, 21)).await.sent, 0);
    assert_eq!(group.snapshot(22).await.1, "Logged off");
    assert_eq!(group.observe((HOME, "STATE_CHANGE", "Available", 1, 23)).await.sent, 1);
    assert_eq!(group.service.last_state("ann"), "Available", "who works on in the first Region");
}

#[tokio::test]
async fn who_is_silent_in_one_region_is_shown_by_the_other() {
    let group = Group::new().await;
    drop(group.observe((HOME, "LOGIN", "Available", 1, 1)).await);
    drop(group.observe((OTHER, "LOGIN", "Lunch", 5, 5)).await);
    // As long as the events of a Region may only be late, nobody of it is missed.
    assert_eq!(group.observe((HOME, "HEART_BEAT", "Available", 1, 800)).await.sent, 0);
    assert_eq!(group.snapshot(800).await.1, "Lunch");
    assert_eq!(group.observe((HOME, "HEART_BEAT", "Available", 1, 1000)).await.sent, 0);
    let (sent, state) = group.snapshot(1000).await;
    assert_eq!((sent.agents, sent.timed_out, &*state), (1, 1, "Available"));
    let (sent, state) = group.snapshot(1001).await;
    assert_eq!((sent.timed_out, &*state), (0, "Available"));
    assert_eq!(group.observe((OTHER, "HEART_BEAT", "Lunch", 5, 1010)).await.sent, 1);
    assert_eq!(group.service.last_state("ann"), "Lunch", "the other Region is heard of again");
}

#[tokio::test]
async fn an_event_that_was_not_acknowledged_fails_under_its_own_instance() {
    let group = Group::new().await;
    drop(group.observe((HOME, "LOGIN", "Available", 1, 1)).await);
    group.service.rejects_all(Some(503));
    let outcome = group.observe((OTHER, "LOGIN", "Lunch", 5, 5)).await;
    assert_eq!(outcome.failed.keys().collect::<Vec<_>>(), [&key(OTHER)]);
    group.service.rejects_all(None);
    assert_eq!(group.observe((OTHER, "LOGIN", "Lunch", 5, 5)).await.sent, 1);
    assert_eq!(group.service.last_state("ann"), "Lunch");
}

#[tokio::test]
async fn what_was_known_before_instances_were_joined_is_joined_by_a_snapshot() {
    let group = Group::new().await;
    let apart = Feed::new(group.store.clone(), group.service.client(), StateMode::Status);
    drop(observe(&apart, (OTHER, "LOGIN", "Lunch", 5, 5), 6).await);
    drop(observe(&apart, (HOME, "LOGIN", "Available", 1, 6), 6).await);
    assert_eq!(group.service.last_state("ann"), "Available", "what is sent last counts");
    let (sent, state) = group.snapshot(7).await;
    assert_eq!((sent.agents, &*state), (1, "Lunch"));
    assert_eq!(group.observe((HOME, "LOGOUT", "Available", 1, 8)).await.sent, 0);
    assert_eq!(group.snapshot(9).await.1, "Lunch");
}
