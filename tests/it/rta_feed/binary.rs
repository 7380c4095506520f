//! The compiled `rta-feed`, over SQLite and over DynamoDB Local.

use std::fs;

use serde_json::json;
use switchboard_agents::fold;
use switchboard_store::call::CallContext;
use switchboard_tests::dynamodb_local::DynamoDbLocal;
use switchboard_tests::figures::figure;
use switchboard_tests::lambda::Lambda;
use switchboard_tests::rta_service::Habit;
use switchboard_tests::throttling::Throttling;
use switchboard_tests::wait::until;
use switchboard_wfm::agent_state::StateMode;
use switchboard_wfm::feed::{Feed, LEASE_TTL};
use tempfile::TempDir;

use super::events::records;
use super::*;

const NAME: &str = "rta-feed";
const MINUTE: Duration = Duration::from_mins(1);
const SNAPSHOT: &str = r#"{"rta":"snapshot"}"#;

/// A service, a store, and what a function has to know of both.
pub(super) struct Site {
    pub(super) service: RtaService,
    env: Vec<(&'static str, String)>,
    place: Place,
    folder: TempDir,
}

impl Site {
    pub(super) fn new(place: Place) -> Self {
        let service = RtaService::start();
        let secret = service.secret();
        Self::with_secret(place, service, &secret)
    }

    fn with_secret(place: Place, service: RtaService, secret: &Value) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut env = place.env();
        env.push(("RTA", format!("file://{}", folder.path().join("secret.json").display())));
        let site = Self { service, env, place, folder };
        site.keep_secret(secret);
        site
    }

    fn keep_secret(&self, secret: &Value) {
        fs::write(self.folder.path().join("secret.json"), secret.to_string()).expect("a file");
    }

    /// A function of its own.
    pub(super) fn start(&self, more: &[(&str, &str)]) -> Lambda {
        let mut env: Vec<_> = self.env.iter().map(|(name, value)| (*name, value.as_str())).collect();
        env.extend(more);
        Lambda::start(NAME, &env)
    }

    /// What an operator sees of an agent.
    fn sees(&self, name: &str) -> (bool, String) {
        let shown = self.service.picture().remove(name).unwrap_or_default();
        (shown.is_logged_on, shown.description)
    }
}

/// A moment ago.
pub(super) fn ago(seconds: i64) -> Timestamp {
    Timestamp::now() - SignedDuration::from_secs(seconds)
}

fn change(name: &str, status: &str, seconds_ago: i64) -> Value {
    event(name, "STATE_CHANGE", status, ago(seconds_ago))
}

/// What the function answers; panics if the invocation failed.
fn answer(lambda: &Lambda, event: &str) -> Value {
    let result = lambda.invoke(event, MINUTE).result;
    let bytes = result.unwrap_or_else(|error| panic!("{error}; it said:\n{}", lambda.logs().join("\n")));
    serde_json::from_slice(&bytes).expect("JSON")
}

fn failed_from(number: &str) -> Value {
    json!({"batchItemFailures": [{"itemIdentifier": number}]})
}

fn all_done() -> Value {
    json!({"batchItemFailures": []})
}

fn on(status: &str) -> (bool, String) {
    (true, status.to_owned())
}

async fn sites(name: &str) -> [Site; 2] {
    [Site::new(Place::sqlite()), Site::new(Place::dynamodb(name).await)]
}

#[tokio::test]
async fn changes_reach_the_service_and_nothing_else_does() {
    for site in sites("binary-changes").await {
        let lambda = site.start(&[]);
        let first = [change("ann", "Available", 9), change("bob", "Lunch", 8)];
        assert_eq!(answer(&lambda, &records(1, &first)), all_done());
        assert_eq!((site.sees("ann"), site.sees("bob")), (on("Available"), on("Lunch")));
        let calls = site.service.calls();
        assert_eq!((calls.closed_snapshots, calls.rejected), (1, 0), "the first batch brings the snapshot");
        let nothing = [
            first[1].clone(),
            event("ann", "HEART_BEAT", "Available", ago(1)),
            json!({"ContactId": "c", "InitiationMethod": "API"}),
        ];
        assert_eq!(answer(&lambda, &records(10, &nothing)), all_done());
        assert_eq!(site.service.calls().all, calls.all);
        let second = [change("ann", "Lunch", 0), nameless("bob", "LOGOUT", ago(0))];
        assert_eq!(answer(&lambda, &records(20, &second)), all_done());
        assert_eq!((site.sees("ann"), site.sees("bob")), (on("Lunch"), (false, "Logged off".to_owned())));
        assert_eq!(site.service.repeats(), []);
    }
}

#[tokio::test]
async fn a_failure_brings_its_records_again_and_a_success_is_not_repeated() {
    for site in sites("binary-failure").await {
        let lambda = site.start(&[]);
        assert_eq!(answer(&lambda, &records(1, &[change("ann", "Available", 9)])), all_done());
        let batch = records(
            99,
            &[change("ann", "Available", 7), change("bob", "Lunch", 6), change("ann", "Lunch", 5)],
        );
        site.service.behave(Habit::Fault);
        assert_eq!(answer(&lambda, &batch), failed_from("99"));
        assert_eq!(site.sees("ann"), on("Available"));
        site.service.behave(Habit::Status(403));
        assert_eq!(answer(&lambda, &batch), failed_from("99"));
        site.service.behave(Habit::Good);
        assert_eq!(answer(&lambda, &batch), all_done());
        assert_eq!((site.sees("ann"), site.sees("bob")), (on("Lunch"), on("Lunch")));
        let calls = site.service.calls().all;
        assert_eq!(answer(&lambda, &batch), all_done());
        assert_eq!((site.service.calls().all, site.service.repeats()), (calls, vec![]));
    }
}

#[tokio::test]
async fn a_process_that_is_killed_in_a_call_leaves_no_wrong_state() {
    for site in sites("binary-killed").await {
        let lambda = site.start(&[]);
        assert_eq!(answer(&lambda, &records(1, &[change("ann", "Available", 9)])), all_done());
        // Taken, and never answered: the function is killed at its end.
        site.service.next(&[Habit::TakeAndHang]);
        let batch = records(5, &[change("ann", "Lunch", 5)]);
        let killed = std::thread::scope(|scope| {
            let invoked = scope.spawn(|| lambda.invoke(batch.clone(), MINUTE));
            until("the call", MINUTE, || (site.sees("ann") == on("Lunch")).then_some(()));
            lambda.kill();
            invoked.join().expect("an invocation")
        });
        assert!(killed.result.is_err());
        // Ann is back before the batch comes again: what was last acknowledged says nothing any more.
        let lambda = site.start(&[]);
        let back = records(5, &[change("ann", "Lunch", 5), change("ann", "Available", 1)]);
        assert_eq!(answer(&lambda, &back), all_done());
        assert_eq!(site.sees("ann"), on("Available"));
    }
}

#[tokio::test]
async fn a_process_that_is_killed_in_a_snapshot_keeps_others_from_its_agents_for_a_lease_and_no_longer() {
    for site in sites("binary-killed-snapshot").await {
        let lambda = site.start(&[]);
        assert_eq!(answer(&lambda, &records(1, &[change("ann", "Available", 9)])), all_done());
        let (began, calls) = (Timestamp::now(), site.service.calls().all);
        site.service.behave(Habit::Hang);
        std::thread::scope(|scope| {
            let invoked = scope.spawn(|| lambda.invoke(SNAPSHOT, MINUTE));
            until("the call", MINUTE, || (site.service.calls().all > calls).then_some(()));
            lambda.kill();
            assert!(invoked.join().expect("an invocation").result.is_err());
        });
        let killed = Timestamp::now();
        site.service.behave(Habit::Good);
        let feed = Feed::new(site.place.open().await, client(&site.service), StateMode::Status);
        let lunch = update(&event("ann", "STATE_CHANGE", "Lunch", killed));
        let observe = async |now: Timestamp, backoff| {
            let context = CallContext::new(now, Instant::now() + backoff);
            feed.observe(fold([lunch.clone()]), "", context).await
        };
        // As the clock showed when the snapshot began: its lease holds.
        assert_eq!(observe(began, Duration::from_secs(1)).await.failed.len(), 1);
        assert_eq!(site.sees("ann"), on("Available"));
        let observed = observe(killed + LEASE_TTL, MINUTE).await;
        assert_eq!((observed.failed.len(), observed.sent), (0, 1));
        assert_eq!(site.sees("ann"), on("Lunch"));
    }
}

#[tokio::test]
async fn two_shards_of_one_agent_end_at_the_newer_state() {
    for site in sites("binary-reshard").await {
        let (old, new) = (site.start(&[]), site.start(&[]));
        assert_eq!(answer(&old, &records(1, &[change("ann", "Available", 30)])), all_done());
        for round in 0..8 {
            site.service.next(&[Habit::Slow(Duration::from_millis(150))]);
            let begin = 20 - 2 * round;
            let older = records(1, &[event("ann", "STATE_CHANGE", &format!("Older {round}"), ago(begin))]);
            let newer =
                records(1, &[event("ann", "STATE_CHANGE", &format!("Newer {round}"), ago(begin - 1))]);
            std::thread::scope(|scope| {
                scope.spawn(|| assert_eq!(answer(&old, &older), all_done()));
                scope.spawn(|| assert_eq!(answer(&new, &newer), all_done()));
            });
            assert_eq!(site.sees("ann"), on(&format!("Newer {round}")));
        }
        assert_eq!(site.service.repeats(), []);
    }
}

#[tokio::test]
async fn a_snapshot_is_the_whole_picture() {
    for site in sites("binary-snapshot").await {
        let lambda = site.start(&[]);
        let events: Vec<_> = (0..120).map(|n| change(&format!("agent-{n}"), "Lunch", 400 - n)).collect();
        answer(&lambda, &records(1, &events));
        answer(&lambda, &records(200, &[change("ann", "Available", 2)]));
        let closed = site.service.calls().closed_snapshots;
        assert_eq!(answer(&lambda, SNAPSHOT), Value::Null);
        let calls = site.service.calls();
        assert_eq!((calls.closed_snapshots, calls.largest_batch), (closed + 1, 50));
        assert_eq!(site.sees("ann"), on("Available"));
        // 400 s ago is too long; 290 s is not.
        assert_eq!((site.sees("agent-0").0, site.sees("agent-110").0), (false, true));
        site.service.behave(Habit::Status(503));
        let failed = lambda.invoke(SNAPSHOT, MINUTE).result.expect_err("no snapshot");
        assert_eq!(failed["errorType"], "Retry");
        site.service.behave(Habit::Good);
        // Silence is over with the next event.
        assert_eq!(
            answer(&lambda, &records(300, &[event("agent-0", "HEART_BEAT", "Lunch", ago(0))])),
            all_done()
        );
        assert_eq!(site.sees("agent-0"), on("Lunch"));
    }
}

#[tokio::test]
async fn json_goes_to_any_service() {
    let service = RtaService::start();
    let secret = json!({"url": service.url(), "headers": {"X-Api-Key": "k"}});
    let site = Site::with_secret(Place::sqlite(), service, &secret);
    let lambda = site.start(&[("RTA_FORMAT", "json"), ("RTA_STATES", "activity")]);
    assert_eq!(answer(&lambda, &records(1, &[change("ann", "Available", 9)])), all_done());
    let taken = site.service.json();
    assert_eq!(taken.len(), 2, "the snapshot and its end");
    assert_eq!(taken[0].headers["x-api-key"], "k");
    assert_eq!(taken[0].headers["content-type"], "application/json");
    let state = &taken[0].body["states"][0];
    assert_eq!((&state["userCode"], &state["stateCode"]), (&json!("ann"), &json!("available")));
    assert_eq!((&state["isLoggedOn"], &state["secondsInState"]), (&json!(true), &json!(0)));
    assert_eq!(taken[1].body["isComplete"], true);
    assert_eq!(taken[1].body["batchId"], taken[0].body["batchId"]);
}

#[test]
fn a_service_that_does_not_know_us_fails_the_batch() {
    let service = RtaService::start();
    let mut secret = service.secret();
    secret["authenticationKey"] = "another".into();
    let site = Site::with_secret(Place::sqlite(), service, &secret);
    let lambda = site.start(&[]);
    assert_eq!(answer(&lambda, &records(7, &[change("ann", "Available", 9)])), failed_from("7"));
    assert!(site.service.picture().is_empty());
}

#[test]
fn a_rotated_secret_is_read_after_a_rejection() {
    let service = RtaService::start();
    let mut secret = service.secret();
    secret["authenticationKey"] = "another".into();
    let site = Site::with_secret(Place::sqlite(), service, &secret);
    let lambda = site.start(&[]);
    lambda.first_poll_after();
    site.keep_secret(&site.service.secret());
    let batch = records(7, &[change("ann", "Available", 9)]);
    assert_eq!(answer(&lambda, &batch), failed_from("7"), "by the key that it knows");
    assert_eq!(answer(&lambda, &batch), all_done());
    assert_eq!(site.sees("ann"), on("Available"));
}

#[test]
fn the_first_run_shows_nothing_of_yesterday() {
    let site = Site::new(Place::sqlite());
    let lambda = site.start(&[]);
    let old = [change("ann", "Lunch", 80_000), change("bob", "Available", 7200)];
    assert_eq!(answer(&lambda, &records(1, &old)), all_done());
    assert_eq!(site.service.calls().all, 0);
    let older = [change("cid", "Lunch", 86_500), change("bob", "Training", 100), change("bob", "Lunch", 1)];
    assert_eq!(answer(&lambda, &records(3, &older)), all_done());
    assert_eq!((site.sees("bob"), site.sees("ann").0), (on("Lunch"), false));
    assert_eq!(site.service.picture().len(), 2, "nobody else is at work, as far as can be known");
    assert_eq!(site.service.calls().closed_snapshots, 1);
}

#[test]
fn settings_are_checked_together() {
    let lambda =
        Lambda::start(NAME, &[("RTA", "https://hunter2"), ("RTA_FORMAT", "xml"), ("RTA_STATES", "all")]);
    let said = until("the settings' problems", MINUTE, || {
        lambda
            .exited()
            .and_then(|_| lambda.logs().into_iter().find(|line| line.contains("AGENTS is not set")))
    });
    for problem in ["RTA is invalid", "RTA_FORMAT is invalid", "RTA_STATES is invalid"] {
        assert!(said.contains(problem), "{said}");
    }
    assert!(!said.contains("hunter2"), "{said}");
}

#[test]
fn an_agent_of_two_regions_is_one() {
    let site = Site::new(Place::sqlite());
    let arn = |region: &str| {
        format!("arn:aws:connect:{region}:012345678910:instance/00000000-0000-4000-8000-000000000001")
    };
    let [source, replica] = ["ap-southeast-2", "us-west-2"].map(arn);
    let of = |instance: &str, kind: &str, status: &str, began: i64, seconds_ago: i64| {
        let mut event = event("ann", kind, status, ago(seconds_ago));
        event["InstanceARN"] = instance.into();
        event["CurrentAgentSnapshot"]["AgentStatus"]["StartTimestamp"] = ago(began).to_string().into();
        event
    };
    let lambda = site.start(&[("JOINED_INSTANCES", &format!("{source},{replica}"))]);
    let first = [of(&source, "LOGIN", "Available", 90, 90), of(&replica, "LOGIN", "Lunch", 60, 60)];
    assert_eq!(answer(&lambda, &records(1, &first)), all_done());
    assert_eq!(site.sees("ann"), on("Lunch"));
    let calls = site.service.calls().all;
    let left = [of(&source, "HEART_BEAT", "Available", 90, 5), of(&source, "LOGOUT", "Available", 90, 4)];
    for (number, event) in [(10, &left[0]), (11, &left[1])] {
        assert_eq!(answer(&lambda, &records(number, std::slice::from_ref(event))), all_done());
    }
    assert_eq!((site.service.calls().all, site.sees("ann")), (calls, on("Lunch")));
    answer(&lambda, SNAPSHOT);
    assert_eq!(site.sees("ann"), on("Lunch"));
    let end = of(&replica, "LOGOUT", "Lunch", 60, 1);
    assert_eq!(answer(&lambda, &records(12, &[end])), all_done());
    assert!(!site.sees("ann").0);
}

#[tokio::test]
async fn five_hundred_agents_are_fast_enough() {
    let site = Site::new(Place::dynamodb("binary-figures").await);
    let lambda = site.start(&[]);
    let (start, agents) = (lambda.first_poll_after(), 500);
    // What Lambda hands over at most, 6 MB in base64, is 800 events as large as those of a centre: at 1,000 a second, five
    // batches in four seconds. Each has every agent at least once, and each agent changes with it.
    let batch = |status: &str| {
        let events = (0..800).map(|n| {
            let mut event = change(&format!("agent-{}", n % agents), status, 0);
            event["CurrentAgentSnapshot"]["Configuration"]["RoutingProfile"] = "x".repeat(4_500).into();
            event
        });
        records(1, &events.collect::<Vec<_>>())
    };
    let mut took = Vec::new();
    for n in 0..10 {
        let status = format!("Lunch {n}");
        let batch = batch(&status);
        assert!((5_000_000..6_000_000).contains(&batch.len()), "{} bytes", batch.len());
        let handled = lambda.invoke(batch, MINUTE);
        assert_eq!(
            serde_json::from_slice::<Value>(&handled.result.expect("an answer")).expect("JSON"),
            all_done()
        );
        assert_eq!(site.sees("agent-499"), on(&status));
        took.push(handled.took);
    }
    let mut later = took[1..].to_vec();
    later.sort();
    figure("rta-feed: start to first poll", format!("{start:.1?}"));
    figure("rta-feed: 800 events that make 500 agents known, with a snapshot", format!("{:.0?}", took[0]));
    figure(
        "rta-feed: 800 events that change 500 agents, on DynamoDB Local",
        format!("median {:.0?}, at most {:.0?} (goal: under 800 ms)", later[4], later[8]),
    );
    figure("rta-feed: peak memory", format!("{} MB", lambda.peak_memory_kb() / 1024));
}

#[tokio::test]
async fn a_second_of_throttling_puts_back_no_event() {
    let site = Site::new(Place::dynamodb("binary-throttled").await);
    let throttling = Throttling::start(DynamoDbLocal::shared().port(), Duration::from_secs(1));
    let lambda = site.start(&[("AWS_ENDPOINT_URL_DYNAMODB", &throttling.endpoint())]);
    let first = [change("ann", "Available", 9), change("bob", "Lunch", 8)];
    assert_eq!(answer(&lambda, &records(1, &first)), all_done());
    assert!(throttling.throttled() > 0);
    assert_eq!((site.sees("ann"), site.sees("bob")), (on("Available"), on("Lunch")));
}
