//! Shards that are read at very different speeds, from hours back: nobody is logged off because a shard lags, nothing old
//! is shown as if it were news, and in the end the picture is right.

use rand::seq::IndexedRandom as _;
use switchboard_agents::{Agent, AgentUpdate, MAX_SHARD_LAG, fold};
use switchboard_core::agent_event::HEARTBEAT_TIMEOUT;
use switchboard_store::call::CallContext;
use switchboard_tests::rta_service::Habit;
use switchboard_wfm::agent_state::{StateChange, StateMode};
use switchboard_wfm::feed::{CAUGHT_UP_LAG, Feed, FeedState, Lease, Store};

use super::events::key;
use super::*;

/// The clock on the wall when reading begins, and when it ends.
const HOURS_BACK: i64 = 3 * 3600;
const END: i64 = 25 * 60;

/// A shard, and how far it was read.
struct Shard {
    id: String,
    /// When each happened, in seconds since reading began.
    events: Vec<(i64, AgentUpdate)>,
    place: usize,
    /// How many records a batch has at most.
    speed: usize,
}

struct World {
    service: RtaService,
    store: Store,
    feed: Feed,
    shards: Vec<Shard>,
    second: i64,
    /// States that were looked at already.
    checked: usize,
}

fn time(second: i64) -> Timestamp {
    let begin: Timestamp = "2026-11-02T08:00:00Z".parse().expect("a time");
    begin + SignedDuration::from_secs(second)
}

/// A day of one agent, who works to the end, logs off, or goes silent.
fn day(name: &str, works_on: bool, rng: &mut ChaCha8Rng) -> Vec<(i64, AgentUpdate)> {
    let mut second = rng.random_range(-HOURS_BACK..-HOURS_BACK + 1800);
    let end = if works_on { END } else { rng.random_range(second + 600..END - 1200) };
    let mut status = "Available";
    let mut events = vec![(second, event(name, "LOGIN", status, time(second)))];
    loop {
        second += rng.random_range(20..=120);
        if second > end {
            break;
        }
        let mut kind = "HEART_BEAT";
        if rng.random_ratio(1, 4) {
            (kind, status) =
                ("STATE_CHANGE", ["Available", "Lunch", "Training"].choose(rng).expect("a status"));
        }
        events.push((second, event(name, kind, status, time(second))));
    }
    if !works_on && rng.random_bool(0.5) {
        events.push((end, nameless(name, "LOGOUT", time(end))));
    }
    events.iter().map(|(second, event)| (*second, update(event))).collect()
}

impl World {
    async fn new(place: &Place, rng: &mut ChaCha8Rng) -> Self {
        let service = RtaService::start();
        let feed = Feed::new(place.open().await, client(&service), StateMode::Status);
        let shard = |n: usize| {
            let mut events: Vec<_> =
                (0..3).flat_map(|agent| day(&format!("agent-{n}-{agent}"), agent == 0, rng)).collect();
            events.sort_by_key(|(second, _)| *second);
            Shard { id: format!("shardId-{n}"), events, place: 0, speed: [4, 12, 60][n % 3] }
        };
        let shards = (0..3).map(shard).collect();
        Self { service, store: place.open().await, feed, shards, second: 0, checked: 0 }
    }

    fn context(&self) -> CallContext {
        CallContext::new(time(self.second), Instant::now() + Duration::from_mins(1))
    }

    /// Reads one batch of a shard; what failed comes again.
    async fn read(&mut self, number: usize) {
        let context = self.context();
        let Shard { id, events, place, speed } = &mut self.shards[number];
        let batch: Vec<&AgentUpdate> = events[*place..]
            .iter()
            .take(*speed)
            .take_while(|(second, _)| *second <= self.second)
            .map(|(_, update)| update)
            .collect();
        let observed = self.feed.observe(fold(batch.iter().copied().cloned()), id, context).await;
        let failed = batch.iter().position(|update| {
            update.key().is_some_and(|agent| observed.failed.contains_key(&agent))
                || observed.failed_arns.contains_key(&update.arn)
        });
        *place += failed.unwrap_or(batch.len());
    }

    fn has_more(&self, number: usize) -> bool {
        let shard = &self.shards[number];
        shard.events.get(shard.place).is_some_and(|(second, _)| *second <= self.second)
    }

    /// An agent by all that happened until now, read or not.
    fn truth(&self, name: &str) -> Option<Agent> {
        self.truth_at(name, self.second)
    }

    fn truth_at(&self, name: &str, end: i64) -> Option<Agent> {
        let happened = self.shards.iter().flat_map(|shard| &shard.events);
        let happened = happened.filter(|(second, _)| *second <= end);
        fold(happened.map(|(_, update)| update.clone())).into_named().remove(&key(name))
    }

    /// What was taken since the last look is no lie.
    fn check(&mut self, what: &str) {
        let taken = self.service.taken();
        for state in taken[self.checked..].iter().map(|taken| &taken.state) {
            let age = time(self.second).duration_since(state.timestamp.expect("a time"));
            // A state that began long ago is news where its shard has just caught up, and it still held then.
            let still_held = || {
                let truth = self.truth_at(&state.user, self.second - CAUGHT_UP_LAG.as_secs())?;
                let change = StateChange::of(&key(&state.user), &truth, StateMode::Status)?;
                Some(change.state.code == state.code)
            };
            let is_news = age <= MAX_SHARD_LAG || still_held() == Some(true);
            assert!(state.is_snapshot || is_news, "{what}: {age:#} old, sent as news");
            if state.is_snapshot && !state.is_logged_on {
                let truth = self.truth(&state.user).expect("an agent");
                let is_on = StateChange::of(&key(&state.user), &truth, StateMode::Status)
                    .is_some_and(|change| change.state.is_logged_on);
                let silent = time(self.second).duration_since(truth.last_event_at().expect("a time"));
                assert!(
                    !is_on || silent > HEARTBEAT_TIMEOUT,
                    "{what}: {} is at work and logged off",
                    state.user
                );
            }
        }
        self.checked = taken.len();
    }
}

async fn run(seed: u64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let place = Place::sqlite();
    let mut world = World::new(&place, &mut rng).await;
    let what = format!("seed {seed}");
    while world.second < END {
        world.second += rng.random_range(1..15);
        // Not for long: the fold is what is tested here, and calls that fail elsewhere.
        let habit = if rng.random_ratio(1, 8) { Habit::Status(403) } else { Habit::Good };
        let event = rng.random_range(0..12);
        if event == 0 {
            world.service.behave(habit);
            let sent = world.feed.snapshot(world.context()).await;
            assert!(sent.is_ok() || habit != Habit::Good, "{what}: {sent:?}");
        } else if event == 1 {
            let over = Lease { holder: "dead".to_owned(), expires_at: time(world.second - 1) };
            let die = |feed_state: &mut FeedState| feed_state.lease = Some(over.clone());
            let soon = Instant::now() + Duration::from_secs(5);
            world.store.update_feed_state(soon, die).await.expect("a feed state");
        }
        world.service.behave(habit);
        for number in 0..world.shards.len() {
            if world.has_more(number) && rng.random_bool(0.8) {
                world.read(number).await;
            }
        }
        world.check(&what);
    }
    world.service.behave(Habit::Good);
    for number in 0..world.shards.len() {
        while world.has_more(number) {
            world.read(number).await;
        }
    }
    let sent = world.feed.snapshot(world.context()).await.expect("a snapshot");
    assert!(sent.agents == 9 && !sent.is_deferred, "{what}: {sent:?}");
    world.check(&what);
    for (name, shown) in world.service.picture() {
        let mut truth = world.truth(&name).expect("an agent");
        if time(world.second).duration_since(truth.last_event_at().expect("a time")) > HEARTBEAT_TIMEOUT {
            truth.time_out();
        }
        let change = StateChange::of(&key(&name), &truth, StateMode::Status).expect("a state");
        assert_eq!(
            (shown.is_logged_on, shown.code),
            (change.state.is_logged_on, change.state.code),
            "{what}: {name}"
        );
    }
}

#[tokio::test]
async fn shards_that_lag_log_nobody_off_and_show_nothing_old() {
    for seed in 0..4 {
        run(seed).await;
    }
}
