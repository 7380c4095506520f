//! What Amazon Connect counts itself, beside the events and instead of them.

use std::{collections::BTreeMap, sync::Arc};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::Value;
use switchboard_board::{
    Clock, ClockPhase, Picture, SourceError, Sources,
    access::Access,
    view::{self, ConnectCount, Feed, FiguresFrom, QueueTile},
};
use switchboard_contacts::store::Store as ContactStore;
use switchboard_core::arn::instance_arn;
use switchboard_metrics::{
    coverage::Interval,
    reader::MetricReader,
    rows::{CurrentMetrics, HistoricalMetrics, Resource, ResourceKind, Sample, Values},
    store::Store,
};
use switchboard_simulator::model::{Behaviour, Config, QueueRef};
use switchboard_sql::database::Database;
use tempfile::TempDir;
use tokio::{net::TcpListener, time::Instant};

use crate::{
    centre::Simulated,
    client::get,
    server::{check, json},
    unchanged::looked_at_for,
};

const INSTANCE: &str =
    "arn:aws:connect:ap-southeast-2:111122223333:instance/00000000-0000-4000-8000-000000000001";

fn soon() -> Instant {
    Instant::now() + std::time::Duration::from_mins(2)
}

fn at(text: &str) -> Timestamp {
    // Tables refuse what is to come, whatever this machine's clock says.
    format!("2023-11-13T{text}Z").parse().unwrap()
}

/// Metric tables in a file.
async fn tables(folder: &TempDir, instance: &str) -> Store {
    let database = Database::sqlite(&folder.path().join("polled.db")).await.unwrap();
    let store = Store::new(database, instance.parse().unwrap());
    store.migrate(soon()).await.unwrap();
    store
}

async fn poll(store: &Store, at: Timestamp, queues: Vec<(&str, &str, Values)>) {
    let rows = queues.into_iter().map(|(queue, channel, values)| CurrentMetrics {
        queue_id: queue.to_owned(),
        channel: channel.to_owned(),
        values,
    });
    let sample = Sample { sampled_at: at, complete: true, rows: rows.collect() };
    store.save_current_metrics(&sample, soon()).await.unwrap();
}

/// What the board shows then. A clock that does another thing than before has everything read again.
async fn shown(sources: &Sources, now: Timestamp) -> Arc<Picture> {
    let phase = match sources.clock().phase() {
        ClockPhase::Stopped => ClockPhase::Running { speed: 0.0 },
        _ => ClockPhase::Stopped,
    };
    sources.clock().set(now, phase);
    sources.picture().await.unwrap()
}

fn tile(picture: &Arc<Picture>, queue: &str) -> QueueTile {
    view::queues(picture, &[]).into_iter().find(|tile| tile.queue_id == queue).unwrap()
}

/// What the simulator's Amazon Connect counts in each queue: callbacks that are due among it, and who rings.
fn counted(simulated: &Simulated) -> BTreeMap<String, f64> {
    let queues = &simulated.centre.directory().queues;
    let mut counts: BTreeMap<_, _> = queues.iter().map(|queue| (queue.id.clone(), 0.0)).collect();
    for contact in simulated.centre.contacts().filter(|contact| contact.is_in_queue()) {
        if let Some(QueueRef::Standard(place)) = contact.queue {
            *counts.get_mut(&queues[place].id).unwrap() += 1.0;
        }
    }
    counts
}

#[tokio::test]
async fn a_count_of_connects_that_differs_for_two_minutes_is_on_the_tile_and_nothing_else_is() {
    let mut simulated = Simulated::of(Config {
        agents: 12,
        contacts_per_day: 1_500,
        from: at("00:00:00"),
        duration: SignedDuration::from_hours(24),
        zone: TimeZone::UTC,
        behaviour: Behaviour { created_queue_share: 0.0, ..Behaviour::default() },
        ..Config::default()
    })
    .await;
    let start = at("10:00:00");
    simulated.advance(start).await;
    let directory = simulated.centre.directory();
    let lost = directory.queues[0].id.clone();
    let folder = TempDir::new().unwrap();
    let store = tables(&folder, instance_arn(&directory.queues[0].arn).unwrap()).await;
    let sources = simulated.sources(start).with_polls(MetricReader::new(store.database().clone()));
    let (mut waited, mut differed_since) = (0.0, None);
    for step in 0..40 {
        let now = start + SignedDuration::from_secs(10 * step);
        simulated.advance(now).await;
        let mut counts = counted(&simulated);
        waited += counts.values().sum::<f64>();
        // From then on Connect has four contacts whose events were lost.
        let is_lossy = (10..30).contains(&step);
        *counts.get_mut(&lost).unwrap() += if is_lossy { 4.0 } else { 0.0 };
        let polled =
            counts.iter().map(|(id, count)| (&**id, "VOICE", Values::from([("in_queue", Some(*count))])));
        poll(&store, now, polled.collect()).await;
        let picture = shown(&sources, now).await;
        differed_since = if is_lossy { differed_since.or(Some(now)) } else { None };
        let lasts = differed_since.filter(|since| now.duration_since(*since) >= SignedDuration::from_mins(2));
        let expected = lasts.map(|since| {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small count")]
            let waiting = counts[&lost] as u64;
            (lost.clone(), ConnectCount { waiting, since })
        });
        let told = view::queues(&picture, &[]).into_iter();
        let told: Vec<_> = told.filter_map(|tile| Some((tile.queue_id, tile.connect?))).collect();
        assert_eq!(told, Vec::from_iter(expected), "{now}");
        assert_eq!(sources.queues_differing().await, Some(told.len()), "{now}");
    }
    assert!(waited > 10.0, "somebody waited: {waited}");
    assert!(tile(&shown(&sources, start + SignedDuration::from_secs(400)).await, &lost).connect.is_none());
}

#[tokio::test]
async fn polls_that_are_old_say_nothing_of_a_difference() {
    let folder = TempDir::new().unwrap();
    let store = tables(&folder, INSTANCE).await;
    let sources = polled_only(&folder, &store, at("10:00:00")).await;
    for step in 0..=12 {
        let now = at("10:00:00") + SignedDuration::from_secs(10 * step);
        poll(&store, now, vec![("q", "VOICE", Values::from([("in_queue", Some(3.0))]))]).await;
        shown(&sources, now).await;
    }
    let last = at("10:02:00");
    let count = ConnectCount { waiting: 3, since: at("10:00:00") };
    assert_eq!(tile(&shown(&sources, last + SignedDuration::from_secs(60)).await, "q").connect, Some(count));
    let late = shown(&sources, last + SignedDuration::from_secs(61)).await;
    assert!(view::queues(&late, &[]).iter().all(|tile| tile.connect.is_none()));
    assert_eq!(sources.queues_differing().await, None, "nothing is compared");
    let health = view::health((&late, late.at), Vec::new(), &[]);
    let current = health.polls.iter().find(|poll| poll.table == "current_metric_data").unwrap();
    assert_eq!((current.complete_at, current.is_fresh), (Some(last), false));
}

/// A board without any event.
async fn polled_only(folder: &TempDir, store: &Store, now: Timestamp) -> Sources {
    let contacts = ContactStore::sqlite(&folder.path().join("contacts.db"), 1440).await.unwrap();
    let clock = Clock::invented(now, ClockPhase::Running { speed: 0.0 });
    let sources = Sources::new(contacts, None, None, clock, TimeZone::UTC);
    sources.with_polls(MetricReader::new(store.database().clone()))
}

/// Tables of a centre that is polled, as of 10:42.
async fn polled_tables(folder: &TempDir) -> Store {
    let store = tables(folder, INSTANCE).await;
    let arn = format!("{INSTANCE}/queue/q");
    let (id, name) = ("q".to_owned(), "Sales".to_owned());
    let names = vec![Resource { kind: ResourceKind::Queue, id, arn, name, status_type: None }];
    let names = Sample { sampled_at: at("10:30:00"), complete: false, rows: names };
    store.save_metadata(&names, &[], soon()).await.unwrap();
    let now = |queue: f64, oldest: f64, free: f64| {
        Values::from([
            ("in_queue", Some(queue)),
            ("oldest_contact", Some(oldest)),
            ("agents_available", Some(free)),
            ("agents_on_contact", Some(5.0)),
            ("agents_npt", Some(2.0)),
            ("agents_error", Some(1.0)),
        ])
    };
    let queues = vec![("q", "VOICE", now(3.0, 90.0, 1.0)), ("q", "CHAT", now(1.0, 200.0, 0.0))];
    poll(&store, at("10:42:00"), queues).await;
    let five = |start: &str, queued: f64, level: f64| HistoricalMetrics {
        queue_id: "q".to_owned(),
        channel: "VOICE".to_owned(),
        start_time: at(start),
        end_time: at(start) + SignedDuration::from_mins(5),
        values: [
            ("contacts_queued", queued),
            ("contacts_handled", queued - 2.0),
            ("contacts_abandoned", 1.0),
            ("service_level", level),
            ("service_level_threshold_seconds", 30.0),
        ]
        .map(|(name, value)| (name, Some(value)))
        .into(),
    };
    let rows = vec![five("08:00:00", 80.0, 90.0), five("10:30:00", 12.0, 50.0), five("10:35:00", 8.0, 75.0)];
    let read: Vec<_> = rows.iter().map(|row| Interval { start: row.start_time, end: row.end_time }).collect();
    let history = Sample { sampled_at: at("10:40:10"), complete: true, rows };
    store.save_history(&history, &read, soon()).await.unwrap();
    store
}

#[tokio::test]
async fn where_nothing_but_polls_is_there_tiles_are_of_them_and_say_so() {
    let folder = TempDir::new().unwrap();
    let store = polled_tables(&folder).await;
    let now = at("10:42:05");
    let sources = polled_only(&folder, &store, now).await;
    let picture = sources.picture().await.unwrap();
    assert_eq!(view::feed(&picture), Feed::Polling { at: at("10:42:00") });
    let (changes, held) = looked_at_for(&picture, 120);
    assert!(changes > 0 && held > 12, "{changes} changes, {held} looks without");
    let board = view::board(&picture, None);
    assert_eq!(board.figures, Some(FiguresFrom::MetricTables { as_of: Some(at("10:40:10")) }));
    let tile = tile(&picture, "q");
    assert_eq!((&*tile.name, tile.waiting, board.waiting), ("Sales", 4, 4));
    assert_eq!(tile.longest_wait_since, Some(at("10:38:40")), "the chat's");
    let agents = tile.agents.unwrap();
    assert_eq!([agents.available, agents.on_contact, agents.after_contact_work, agents.away], [1, 5, 0, 3]);
    let figures = |figures: view::QueueFigures| {
        let counts = [figures.offered, figures.answered, figures.abandoned, figures.answered_within];
        (figures.from, counts, figures.within_seconds, figures.service_level_percent)
    };
    let interval = (at("10:30:00"), [20, 16, 2, 12], 30, Some(60.0));
    assert_eq!(figures(tile.interval.unwrap()), interval);
    assert_eq!(figures(tile.today.unwrap()), (at("00:00:00"), [100, 94, 3, 84], 30, Some(84.0)));

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let board =
        switchboard_board::serve(listener, Arc::new(sources), Access::this_machine(), std::future::pending());
    tokio::spawn(board);
    let page = get(&address, "/").await.body;
    assert!(
        page.contains(r#"class="badge polling""#)
            && page.contains("Polling: Amazon Connect&#39;s counts of 10:42:00"),
        "{page}"
    );
    assert!(page.contains("From Connect&#39;s metric tables") && page.contains("read at 10:40:10"), "{page}");
    assert!(!page.contains(r#"href="/queues/q""#), "metric tables have no page of a queue's day");
    let document = json(&address, "/api/v1/openapi.json").await;
    for (path, schema) in [("/board", "Board"), ("/health", "Health")] {
        let answer = json(&address, &format!("/api/v1{path}")).await;
        check(
            &document,
            &Value::from_iter([("$ref", format!("#/components/schemas/{schema}"))]),
            &answer,
            path,
        );
    }
    let health = get(&address, "/health").await.body;
    assert!(health.contains("historical_metric_data") && health.contains("2023-11-13 10:40:10"), "{health}");
}

#[tokio::test]
async fn polls_that_have_stopped_look_as_stale_as_they_are() {
    let folder = TempDir::new().unwrap();
    let store = polled_tables(&folder).await;
    let sources = polled_only(&folder, &store, at("10:43:01")).await;
    let picture = sources.picture().await.unwrap();
    assert_eq!(view::feed(&picture), Feed::Stale { since: at("10:42:00") });
    assert!(view::queues(&picture, &[]).iter().all(|tile| tile.waiting == 0 && tile.agents.is_none()));

    let contacts = ContactStore::sqlite(&folder.path().join("contacts.db"), 1440).await.unwrap();
    let clock = Clock::invented(at("10:43:01"), ClockPhase::Running { speed: 1.0 });
    let nothing = Sources::new(contacts, None, None, clock, TimeZone::UTC).picture().await.unwrap();
    assert_eq!(view::feed(&nothing), Feed::Empty);
    assert_eq!(view::board(&nothing, None).figures, None);
}

/// What is only compared must not take the board away; what tiles are of must.
#[tokio::test]
async fn metric_tables_that_are_not_there_are_missed_only_where_nothing_else_is() {
    let folder = TempDir::new().unwrap();
    let empty =
        || async { MetricReader::new(Database::sqlite(&folder.path().join("none.db")).await.unwrap()) };
    let mut simulated = Simulated::new().await;
    let now: Timestamp = "2026-11-02T00:10:00Z".parse().unwrap();
    simulated.advance(now).await;
    let picture = simulated.sources(now).with_polls(empty().await).picture().await.unwrap();
    assert!(picture.polls.is_none() && view::health((&picture, now), Vec::new(), &[]).polls.is_empty());

    let contacts = ContactStore::sqlite(&folder.path().join("contacts.db"), 1440).await.unwrap();
    let clock = Clock::invented(now, ClockPhase::Stopped);
    let polled = Sources::new(contacts, None, None, clock, TimeZone::UTC).with_polls(empty().await);
    assert!(matches!(polled.picture().await, Err(SourceError::Polls(_))));
}
