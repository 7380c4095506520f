//! Random events of random agents, over several shards with a reshard in the middle, repeated, replayed, with a service
//! that fails at any call and processes that die at any point: in the end the service shows the fold of all events, and
//! got nothing again that it had acknowledged.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use rand::seq::IndexedRandom as _;
use switchboard_agents::fold;
use switchboard_store::call::CallContext;
use switchboard_tests::rta_service::{Habit, Shown};
use switchboard_wfm::agent_state::{StateChange, StateMode};
use switchboard_wfm::feed::{BatchOutcome, Feed, FeedState, LEASE_TTL};
use tokio::sync::RwLock;
use tokio::task::JoinSet;

use super::*;

/// How far the clock may leap ahead in all: by less than what makes a shard be behind.
const LEAPS_MILLIS: i64 = 6 * 60 * 1000;

/// What can happen.
#[derive(Debug, Clone, Copy)]
struct Weather {
    seed: u64,
    states: StateMode,
    /// In a hundred calls.
    failures: u32,
    /// In a hundred batches.
    crashes: u32,
}

/// What every process of one run shares.
struct World {
    service: RtaService,
    /// What a clock on the wall shows more than the real one, in milliseconds.
    ahead: AtomicI64,
    crashes: AtomicUsize,
    /// Read by whoever works, written by whoever waits for a dead process's leases to expire: time makes no leap while
    /// somebody works.
    leap: RwLock<()>,
}

impl World {
    fn now(&self) -> Timestamp {
        Timestamp::now() + SignedDuration::from_millis(self.ahead.load(Ordering::SeqCst))
    }

    /// Everybody who is still at work ends, and then a dead process's leases expire.
    async fn wait_for_leases(&self) {
        let _nobody_works = self.leap.write().await;
        let millis = i64::try_from(LEASE_TTL.as_millis()).expect("some seconds");
        self.ahead.fetch_add(millis, Ordering::SeqCst);
    }
}

/// The events of all agents in order of time: the last of them is a moment ago.
fn events(rng: &mut ChaCha8Rng) -> Vec<Value> {
    let agents: Vec<String> = (0..rng.random_range(2..6)).map(|n| format!("agent-{n}")).collect();
    let count = rng.random_range(20..60_i64);
    let begin = Timestamp::now() - SignedDuration::from_millis(count * 100);
    let statuses = ["Available", "Lunch", "Training", "Offline"];
    let kinds = ["STATE_CHANGE", "STATE_CHANGE", "STATE_CHANGE", "LOGIN", "LOGOUT", "HEART_BEAT"];
    let one = |n| {
        let (name, at) =
            (agents.choose(rng).expect("an agent"), begin + SignedDuration::from_millis(n * 100));
        let kind = kinds.choose(rng).expect("a kind");
        let status = statuses.choose(rng).expect("a status");
        let is_nameless = matches!(*kind, "LOGIN" | "LOGOUT") && rng.random_bool(0.5);
        if is_nameless { nameless(name, kind, at) } else { event(name, kind, status, at) }
    };
    (0..count).map(one).collect()
}

/// The same by shard: an agent's events are on one, until the stream is split and they are on another.
fn shards(events: &[Value], rng: &mut ChaCha8Rng) -> Vec<Vec<Value>> {
    let split = rng.random_range(0..events.len());
    let mut shards = vec![Vec::new(); 4];
    for (n, event) in events.iter().enumerate() {
        let arn = event["AgentARN"].as_str().expect("an ARN");
        let half = usize::from(arn.as_bytes().last().is_some_and(|last| last % 2 == 0));
        // Nobody waits for the old shards to be read to their end before the new ones are.
        shards[if n < split { half } else { 2 + half }].push(event.clone());
    }
    shards
}

/// Reads a shard to its end, as Lambda does: what failed comes again from the lowest place on.
async fn consume(world: Arc<World>, feed: Feed, shard: Vec<Value>, weather: Weather, number: u64) {
    let mut rng = ChaCha8Rng::seed_from_u64(weather.seed * 10 + number);
    let mut place = 0;
    while place < shard.len() {
        if rng.random_ratio(1, 10) {
            // From an older checkpoint once more.
            place = rng.random_range(0..=place);
        }
        let end = (place + rng.random_range(1..12)).min(shard.len());
        let mut batch = shard[place..end].to_vec();
        if rng.random_bool(0.3) {
            batch.push(batch.choose(&mut rng).expect("an event").clone());
        }
        if rng.random_ratio(1, 15) {
            work(&world, &mut rng, weather, async |context| drop(feed.snapshot(context).await)).await;
        }
        let observe = async |context| {
            feed.observe(fold(batch.iter().map(update)), &format!("shard-{number}"), context).await
        };
        if let Some(observed) = work(&world, &mut rng, weather, observe).await {
            assert!(!observed.is_deferred, "all is recent");
            place = shard[place..end]
                .iter()
                .position(|event| is_failed(event, &observed))
                .map_or(end, |at| place + at);
        }
    }
}

fn is_failed(event: &Value, observed: &BatchOutcome) -> bool {
    let update = update(event);
    match update.key() {
        Some(agent) => observed.failed.contains_key(&agent),
        None => observed.failed_arns.contains_key(&update.arn),
    }
}

/// Does it, or dies at some point of it.
async fn work<T>(
    world: &World,
    rng: &mut ChaCha8Rng,
    weather: Weather,
    work: impl AsyncFnOnce(CallContext) -> T,
) -> Option<T> {
    // Nothing gets so old by the leaps of time that it would be held back.
    let is_early = world.ahead.load(Ordering::SeqCst) < LEAPS_MILLIS;
    let dies = rng.random_ratio(weather.crashes, 100) && is_early;
    let worked = {
        let _no_leap = world.leap.read().await;
        let backoff = Duration::from_millis(if weather.crashes > 0 { 3000 } else { 30_000 });
        let context = CallContext::new(world.now(), Instant::now() + backoff);
        if dies {
            let life = Duration::from_micros(rng.random_range(0..30_000));
            tokio::time::timeout(life, work(context)).await.ok()
        } else {
            Some(work(context).await)
        }
    };
    if worked.is_none() {
        world.crashes.fetch_add(1, Ordering::SeqCst);
        world.wait_for_leases().await;
    }
    worked
}

/// What the service is to show in the end.
fn expected(events: &[Value], states: StateMode) -> BTreeMap<String, Shown> {
    let agents = fold(events.iter().map(update)).into_named();
    let shown = agents.iter().filter_map(|(key, agent)| {
        let change = StateChange::of(key, agent, states)?;
        let shown = Shown {
            code: change.state.code,
            description: change.state.description,
            is_logged_on: change.state.is_logged_on,
            timestamp: None,
            seconds_in_state: 0,
        };
        Some((key.username.as_str().to_owned(), shown))
    });
    shown.collect()
}

async fn run(place: &Place, weather: Weather) {
    let mut rng = ChaCha8Rng::seed_from_u64(weather.seed);
    let world = Arc::new(World {
        service: RtaService::start(),
        ahead: AtomicI64::default(),
        crashes: AtomicUsize::default(),
        leap: RwLock::default(),
    });
    let bad = [
        Habit::Fault,
        Habit::FaultWith200,
        Habit::Status(500),
        Habit::Status(403),
        Habit::HtmlPage,
        Habit::TakeAndClose,
        Habit::Slow(Duration::from_millis(20)),
    ];
    let habit = |_| {
        let fails = rng.random_ratio(weather.failures, 100);
        if fails { *bad.choose(&mut rng).expect("a habit") } else { Habit::Good }
    };
    let habits: Vec<_> = (0..400).map(habit).collect();
    world.service.next(&habits);

    let events = events(&mut rng);
    if weather.crashes > 0 {
        // Not the first run, in which a leap of a minute is enough.
        let sent_before = |feed_state: &mut FeedState| feed_state.last_snapshot_at = Some(world.now());
        let soon = Instant::now() + Duration::from_secs(30);
        place.open().await.update_feed_state(soon, sent_before).await.expect("a gate");
    }
    let mut consumers = JoinSet::new();
    for (number, shard) in (0..).zip(shards(&events, &mut rng)) {
        let feed = Feed::new(place.open().await, client(&world.service), weather.states);
        consumers.spawn(consume(Arc::clone(&world), feed, shard, weather, number));
    }
    consumers.join_all().await;

    let picture = world.service.picture().into_iter();
    let picture: BTreeMap<_, _> = picture
        .map(|(user, shown)| (user, Shown { timestamp: None, seconds_in_state: 0, ..shown }))
        .collect();
    let what = format!("{weather:?}, {}", place.kind());
    assert_eq!(picture, expected(&events, weather.states), "{what}");
    let repeats = world.service.repeats();
    // A process that dies between the service's acknowledgement and its own note of it can't know.
    if world.crashes.load(Ordering::SeqCst) == 0 {
        assert_eq!(repeats, [], "{what}");
    }
    assert!(world.service.calls().largest_batch <= 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_fair_weather_the_picture_is_the_fold_and_nothing_is_repeated() {
    for seed in 0..10 {
        run(&Place::sqlite(), Weather { seed, states: StateMode::Status, failures: 0, crashes: 0 }).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_fail_leave_no_wrong_state_and_repeat_nothing() {
    for seed in 100..112 {
        run(&Place::sqlite(), Weather { seed, states: StateMode::Activity, failures: 30, crashes: 0 }).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_die_leave_no_wrong_state() {
    for seed in 200..210 {
        run(&Place::sqlite(), Weather { seed, states: StateMode::Status, failures: 15, crashes: 12 }).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_so_on_dynamodb_too() {
    for seed in 300..304 {
        let place = Place::dynamodb(&format!("property-{seed}")).await;
        let crashes = if seed % 2 == 0 { 12 } else { 0 };
        run(&place, Weather { seed, states: StateMode::Status, failures: 20, crashes }).await;
    }
}
