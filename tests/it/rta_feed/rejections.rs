//! States that the service rejects hold up nobody else's; keys that it rejects lose nothing.

use std::collections::BTreeSet;

use switchboard_agents::{AgentKey, fold};
use switchboard_store::call::CallContext;
use switchboard_tests::rta_service::Habit;
use switchboard_wfm::agent_state::StateMode;
use switchboard_wfm::feed::{BatchOutcome, Feed};

use super::events::at;
use super::*;

/// A centre of so many agents, all of them known to the service as available.
struct Centre {
    service: RtaService,
    feed: Feed,
    place: Place,
}

impl Centre {
    async fn new(agents: usize) -> Self {
        let place = Place::sqlite();
        let service = RtaService::start();
        let feed = Feed::new(place.open().await, client(&service), StateMode::Status);
        let centre = Self { service, feed, place };
        let observed = centre.observe(&all(agents, "Available", 0), 1).await;
        assert_eq!((observed.failed.len(), centre.service.calls().closed_snapshots), (0, 1));
        centre
    }

    /// Takes these events in that second.
    async fn observe(&self, events: &[Value], second: i64) -> BatchOutcome {
        observe(&self.feed, events, second).await
    }

    /// The same by a process that has only just started.
    async fn observe_afresh(&self, events: &[Value], second: i64) -> BatchOutcome {
        let feed = Feed::new(self.place.open().await, client(&self.service), StateMode::Status);
        observe(&feed, events, second).await
    }

    /// Who is shown in this status.
    fn shown(&self, status: &str) -> BTreeSet<String> {
        let shown = self.service.picture().into_iter();
        shown.filter(|(_, shown)| shown.description == status).map(|(name, _)| name).collect()
    }
}

async fn observe(feed: &Feed, events: &[Value], second: i64) -> BatchOutcome {
    let context = CallContext::new(at(second), Instant::now() + Duration::from_mins(1));
    feed.observe(fold(events.iter().map(update)), "shard", context).await
}

fn all(agents: usize, status: &str, second: i64) -> Vec<Value> {
    let name = |n| format!("agent-{n:02}");
    (0..agents).map(|n| event(&name(n), "STATE_CHANGE", status, at(second))).collect()
}

fn names<'a>(agents: impl IntoIterator<Item = &'a AgentKey>) -> Vec<&'a str> {
    agents.into_iter().map(|agent| agent.username.as_str()).collect()
}

#[tokio::test]
async fn a_rejected_state_costs_itself_alone() {
    let centre = Centre::new(60).await;
    centre.service.rejects(&["agent-07"], Habit::Fault);
    let lunch = all(60, "Lunch", 10);
    let observed = centre.observe(&lunch, 11).await;
    assert_eq!((names(observed.failed.keys()), observed.sent), (vec!["agent-07"], 59));
    assert_eq!(centre.shown("Lunch").len(), 59);
    // It comes again, alone, and is abandoned when it has for a minute: others were accepted since it happened.
    let calls = centre.service.calls().all;
    let observed = centre.observe(&lunch, 40).await;
    assert_eq!((names(observed.failed.keys()), observed.rejected), (vec!["agent-07"], 0));
    let observed = centre.observe(&lunch, 71).await;
    assert_eq!((observed.failed.len(), observed.rejected, observed.sent), (0, 1, 0));
    assert!(centre.service.calls().all <= calls + 6, "nothing else was sent");
    // It is mended: the next sign of life brings it.
    centre.service.rejects(&[], Habit::Good);
    let observed = centre.observe(&[event("agent-07", "HEART_BEAT", "Lunch", at(80))], 81).await;
    assert_eq!((observed.sent, centre.shown("Lunch").len()), (1, 60));
    assert_eq!(centre.service.repeats(), []);
}

#[tokio::test]
async fn a_state_that_the_service_blames_is_abandoned_at_once_also_in_a_snapshot() {
    for habit in [Habit::Result(-1), Habit::Status(422)] {
        let centre = Centre::new(3).await;
        centre.service.rejects(&["agent-01"], habit);
        let observed = centre.observe(&all(3, "Lunch", 10), 11).await;
        assert_eq!((observed.failed.len(), observed.rejected, observed.sent), (0, 1, 2), "{habit:?}");
        let context = CallContext::new(at(12), Instant::now() + Duration::from_mins(1));
        let snapshot = centre.feed.snapshot(context).await.expect("a snapshot");
        assert_eq!((snapshot.agents, snapshot.rejected), (3, 1), "{habit:?}");
        centre.service.rejects(&[], Habit::Good);
        let observed = centre.observe(&[event("agent-01", "HEART_BEAT", "Lunch", at(20))], 21).await;
        assert_eq!((observed.sent, centre.shown("Lunch").len()), (1, 3), "{habit:?}");
    }
}

#[tokio::test]
async fn where_everything_is_rejected_nothing_is_abandoned() {
    // A rejection of the account costs one call. One that may be for a state costs two calls with single states, too, and a
    // fault may pass and is retried three times.
    for (habit, calls_a_batch) in [
        (Habit::Fault, 9),
        (Habit::KeyFault, 1),
        (Habit::Status(401), 1),
        (Habit::Status(404), 3),
        (Habit::Result(-200), 1),
        (Habit::Result(-1), 3),
    ] {
        let centre = Centre::new(120).await;
        let calls = centre.service.calls().all;
        centre.service.behave(habit);
        let lunch = all(120, "Lunch", 10);
        for second in [11, 300] {
            let observed = centre.observe(&lunch, second).await;
            assert_eq!((observed.failed.len(), observed.rejected), (120, 0), "{habit:?}");
        }
        assert_eq!(centre.service.calls().all - calls, 2 * calls_a_batch, "{habit:?}");
        centre.service.behave(Habit::Good);
        let observed = centre.observe(&lunch, 301).await;
        assert_eq!((observed.failed.len(), centre.shown("Lunch").len()), (0, 120), "{habit:?}");
    }
}

#[tokio::test]
async fn agents_whom_the_service_does_not_know_are_no_failure() {
    let centre = Centre::new(3).await;
    centre.service.knows_not(&["agent-01"]);
    let observed = centre.observe(&all(3, "Lunch", 10), 11).await;
    assert!(observed.has_unknown_agents && observed.failed.is_empty());
    assert_eq!(centre.shown("Lunch").len(), 2);
}

#[tokio::test]
async fn a_call_to_a_service_that_hangs_ends_by_the_deadline() {
    let centre = Centre::new(3).await;
    centre.service.behave(Habit::Hang);
    let deadline = Instant::now() + Duration::from_millis(1500);
    let lunch = all(3, "Lunch", 10);
    let observed =
        centre.feed.observe(fold(lunch.iter().map(update)), "shard", CallContext::new(at(11), deadline));
    assert_eq!(observed.await.failed.len(), 3);
    centre.service.behave(Habit::Good);
    // Later than a lease that could not be released in time.
    let observed = centre.observe(&lunch, 40).await;
    assert_eq!((observed.failed.len(), centre.shown("Lunch").len()), (0, 3));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (centre, elsewhere) = (Centre::new(1).await, RtaService::start());
    centre.service.redirects_to(&elsewhere.url());
    let observed = centre.observe(&all(1, "Lunch", 10), 11).await;
    assert_eq!((observed.failed.len(), elsewhere.calls().all), (1, 0));
}

#[tokio::test]
async fn agents_who_were_abandoned_once_hold_up_nobody_however_few_others_there_are() {
    for habit in [Habit::Result(-1), Habit::Status(422), Habit::Fault] {
        let centre = Centre::new(5).await;
        let rejected = ["agent-01", "agent-02"];
        centre.service.rejects(&rejected, habit);
        let lunch = all(5, "Lunch", 10);
        // A fault may be of the moment: it has to last.
        drop(centre.observe(&lunch, 11).await);
        let observed = centre.observe(&lunch, 80).await;
        assert!(observed.failed.is_empty(), "{habit:?}: {:?}", observed.failed);
        let last_event_at =
            |second| rejected.map(|name| event(name, "HEART_BEAT", "Lunch", at(second))).to_vec();
        let observed = centre.observe(&last_event_at(120), 121).await;
        assert_eq!((observed.failed.len(), observed.rejected), (0, 2), "{habit:?}");
        centre.service.rejects(&[], Habit::Good);
        let observed = centre.observe(&last_event_at(240), 241).await;
        assert_eq!((observed.sent, centre.shown("Lunch").len()), (2, 5), "{habit:?}");
    }
}

#[tokio::test]
async fn a_fault_of_the_moment_logs_nobody_off_in_a_snapshot() {
    let centre = Centre::new(51).await;
    drop(centre.observe(&all(51, "Lunch", 10), 11).await);
    let closed = centre.service.calls().closed_snapshots;
    centre.service.rejects(&["agent-50"], Habit::Fault);
    let context = |second| CallContext::new(at(second), Instant::now() + Duration::from_mins(1));
    let failed = centre.feed.snapshot(context(120)).await;
    assert!(failed.is_err(), "all others were taken, and so may this one be: {failed:?}");
    assert_eq!((centre.service.calls().closed_snapshots, centre.shown("Lunch").len()), (closed, 51));
    // It lasts: the others' picture is not to wait for ever.
    let snapshot = centre.feed.snapshot(context(181)).await.expect("a snapshot");
    assert_eq!((snapshot.rejected, centre.service.calls().closed_snapshots), (1, closed + 1));
}

#[tokio::test]
async fn a_lone_state_is_not_abandoned_at_a_service_that_has_accepted_nothing_for_long() {
    let centre = Centre::new(3).await;
    centre.service.behave(Habit::Status(422));
    let lunch = [event("agent-01", "STATE_CHANGE", "Lunch", at(1000))];
    let observed = centre.observe(&lunch, 1001).await;
    assert_eq!((observed.failed.len(), observed.rejected), (1, 0));
    centre.service.behave(Habit::Good);
    let observed = centre.observe(&lunch, 1002).await;
    assert_eq!((observed.failed.len(), centre.shown("Lunch").len()), (0, 1));
}

#[tokio::test]
async fn while_snapshots_are_paused_nobody_is_logged_off() {
    let centre = Centre::new(3).await;
    let closed = centre.service.calls().closed_snapshots;
    centre.feed.pause_snapshots(true);
    let context = || CallContext::new(at(5), Instant::now() + Duration::from_mins(1));
    assert!(centre.feed.snapshot(context()).await.expect("no error").is_deferred);
    assert_eq!(centre.service.calls().closed_snapshots, closed);
    centre.feed.pause_snapshots(false);
    assert_eq!(centre.feed.snapshot(context()).await.expect("a snapshot").agents, 3);
}

#[tokio::test]
async fn a_process_that_has_only_just_started_abandons_what_is_rejected_as_any_other() {
    for habit in [Habit::Result(-400), Habit::Status(422), Habit::Fault] {
        let centre = Centre::new(3).await;
        centre.service.rejects(&["agent-01"], habit);
        let lunch = |name, second| [event(name, "STATE_CHANGE", "Lunch", at(second))];
        let other = |second| [event("agent-02", "STATE_CHANGE", &format!("Since {second}"), at(second))];
        let (mut rejected, mut failed) = (0, 0);
        for second in [10, 40, 80] {
            let observed = centre.observe_afresh(&lunch("agent-01", 10), second).await;
            (rejected, failed) = (rejected + observed.rejected, failed + observed.failed.len());
            if habit == Habit::Fault {
                assert_eq!(centre.observe_afresh(&other(second), second).await.sent, 1);
            }
        }
        // A fault may be of the moment: it has to last for a minute, in which others are taken.
        let expected = if habit == Habit::Fault { (1, 2) } else { (3, 0) };
        assert_eq!((rejected, failed), expected, "{habit:?}");
        centre.service.rejects(&[], Habit::Good);
        let observed = centre.observe_afresh(&lunch("agent-01", 90), 90).await;
        assert_eq!((observed.sent, centre.shown("Lunch").contains("agent-01")), (1, true), "{habit:?}");
        // It was accepted since: what is rejected from now on is looked at anew.
        centre.service.rejects(&["agent-01"], Habit::Fault);
        let training = [event("agent-01", "STATE_CHANGE", "Training", at(95))];
        let observed = centre.observe_afresh(&training, 95).await;
        assert_eq!((observed.rejected, observed.failed.len()), (0, 1), "{habit:?}");
    }
}

#[tokio::test]
async fn a_rejected_key_costs_one_call_also_where_a_snapshot_is_due() {
    let (place, service) = (Place::sqlite(), RtaService::start());
    let mut secret = service.secret();
    secret["authenticationKey"] = "another".into();
    let account = SoapAccount::from_json(&secret.to_string()).expect("a secret");
    let feed = Feed::new(place.open().await, Client::soap(account).expect("a client"), StateMode::Status);
    for batch in 1..=2 {
        let observed = observe(&feed, &all(120, "Lunch", 0), 1).await;
        assert_eq!((observed.failed.len(), service.calls().all), (120, batch));
        assert!(observed.snapshot_failure.is_some());
    }
}
