//! The board's figures are those of the model at the same moment.

use std::{collections::BTreeMap, sync::Arc};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use switchboard_board::{
    Clock, ClockPhase, Picture,
    view::{self, AgentStanding, ContactStanding},
};
use switchboard_core::activity::Activity;
use switchboard_simulator::model::{
    AgentActivity, Channel, InitiationMethod, LegRole, QueueRef, StatusChoice,
};

use crate::centre::Simulated;

/// A queue's figures: waiting, since when the longest, with agents, in after-contact work.
type Figures = BTreeMap<String, (usize, Option<i64>, usize, usize)>;

#[tokio::test]
async fn at_chosen_moments_the_figures_are_the_models() {
    let mut simulated = Simulated::new().await;
    let start: Timestamp = "2026-11-02T09:00:00Z".parse().unwrap();
    let (mut waited, mut held, mut wrapped_up) = (0, 0, 0);
    for step in 0..8 {
        let at = start + SignedDuration::from_mins(23 * step);
        simulated.advance(at).await;
        let picture = simulated.sources(at).picture().await.unwrap();

        let told: Figures = view::queues(&picture, &[])
            .into_iter()
            .map(|tile| {
                let longest = tile.longest_wait_since.map(Timestamp::as_second);
                let with_agent = tile.with_agent + tile.on_hold;
                (tile.queue_id, (tile.waiting, longest, with_agent, tile.after_contact_work))
            })
            .filter(|(_, figures)| (figures.0, figures.2, figures.3) != (0, 0, 0))
            .collect();
        let true_figures = queues(&simulated);
        assert_eq!(told, true_figures, "{at}");
        waited += true_figures.values().map(|figures| figures.0).sum::<usize>();

        let told: BTreeMap<_, _> = view::agents(&picture)
            .into_iter()
            .filter(|agent| agent.standing != AgentStanding::LoggedOff)
            .map(|agent| (agent.username, agent.standing))
            .collect();
        assert_eq!(told, agents(&simulated), "{at}");
        figures_are_the_models(&simulated, &picture, at);
        agents_of_queues_are_the_models(&simulated, &picture, at);
        wrapped_up += told
            .values()
            .filter(|standing| **standing == AgentStanding::Activity(Activity::AfterContactWork))
            .count();

        for agent in view::agents(&picture) {
            let in_hand: Vec<_> = agent.contacts.iter().map(|contact| contact.contact_id.clone()).collect();
            let person =
                simulated.centre.directory().people.iter().position(|one| one.username == agent.username);
            let truly = &simulated.centre.agents()[person.unwrap()].held;
            held += in_hand.len();
            for id in in_hand {
                assert!(
                    truly.iter().any(|one| one.id.to_string() == id),
                    "{at}: {} has {id}",
                    agent.username
                );
            }
        }
    }
    assert!(
        waited > 3 && held > 20 && wrapped_up > 0,
        "something was compared: {waited}, {held}, {wrapped_up}"
    );
}

/// Offered, answered, answered in time and abandoned, of the half hour that goes on and of the day, by when contacts came into the
/// queue; those that wait or talk among them.
fn figures_are_the_models(simulated: &Simulated, picture: &Picture, at: Timestamp) {
    let half_hour = Timestamp::from_second(at.as_second().div_euclid(1800) * 1800).unwrap();
    let midnight: Timestamp = "2026-11-02T00:00:00Z".parse().unwrap();
    let tiles = view::queues(picture, &[]);
    for (from, figures) in [
        (half_hour, tiles.iter().map(|tile| (&tile.queue_id, tile.interval.unwrap())).collect::<Vec<_>>()),
        (midnight, tiles.iter().map(|tile| (&tile.queue_id, tile.today.unwrap())).collect()),
    ] {
        let mut told = DayFigures::new();
        for (id, figures) in figures {
            assert_eq!(figures.from, from);
            told.insert(
                id.clone(),
                [figures.offered, figures.answered, figures.answered_within, figures.abandoned],
            );
        }
        told.retain(|_, figures| figures[0] > 0);
        assert_eq!(told, counted(simulated, from), "{at}, since {from}");
    }
}

/// Offered, answered, answered in time, abandoned.
type DayFigures = BTreeMap<String, [u64; 4]>;

fn counted(simulated: &Simulated, from: Timestamp) -> DayFigures {
    let queues = &simulated.centre.directory().queues;
    let mut counted = DayFigures::new();
    for contact in simulated.queued() {
        let (Some(QueueRef::Standard(place)), Some(enqueued)) = (contact.queue, contact.enqueued) else {
            continue;
        };
        if contact.role != LegRole::Customer || enqueued < from.as_millisecond() {
            continue;
        }
        let threshold = if contact.channel == Channel::Chat { 60 } else { 20 };
        let figures = counted.entry(queues[place].id.clone()).or_default();
        figures[0] += 1;
        figures[1] += u64::from(contact.connected.is_some());
        // In whole seconds of the clock, as in contact records.
        let waited = contact.queued_seconds().filter(|_| contact.connected.is_some());
        figures[2] += u64::from(waited.is_some_and(|seconds| seconds < threshold));
        figures[3] += u64::from(contact.is_abandoned());
    }
    counted
}

/// Agents by what they do, in each queue of their routing profile.
fn agents_of_queues_are_the_models(simulated: &Simulated, picture: &Picture, at: Timestamp) {
    let directory = simulated.centre.directory();
    let mut truly: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    let standings = agents(simulated);
    for agent in simulated.centre.agents() {
        let Some(standing) = standings.get(&directory.people[agent.index].username) else { continue };
        let place = match standing {
            AgentStanding::Activity(Activity::Available) => 0,
            AgentStanding::Activity(Activity::OnContact | Activity::OnHold | Activity::Incoming) => 1,
            AgentStanding::Activity(Activity::AfterContactWork) => 2,
            _ => 3,
        };
        for entry in &directory.profiles[agent.profile].entries {
            truly.entry(&directory.queues[entry.queue].id).or_default()[place] += 1;
        }
    }
    let tiles = view::queues(picture, &view::agents(picture));
    let told = tiles.iter().filter_map(|tile| {
        let agents = tile.agents?;
        Some((&*tile.queue_id, [agents.available, agents.on_contact, agents.after_contact_work, agents.away]))
    });
    let told: BTreeMap<_, _> = told.filter(|(_, agents)| *agents != [0; 4]).collect();
    assert!(!told.is_empty());
    // A queue has a tile once a contact came into it.
    truly.retain(|id, _| tiles.iter().any(|tile| tile.queue_id == *id));
    assert_eq!(told, truly, "{at}");
}

#[tokio::test]
async fn a_call_that_was_answered_seconds_ago_and_goes_on_is_in_the_tile() {
    let mut simulated = Simulated::new().await;
    let mut at: Timestamp = "2026-11-02T09:40:00Z".parse().unwrap();
    for _ in 0..500 {
        simulated.advance(at).await;
        let is_fresh = simulated.queued().iter().any(|contact| {
            let connected = contact.connected.filter(|_| contact.disconnected.is_none());
            let is_counted =
                contact.role == LegRole::Customer && matches!(contact.queue, Some(QueueRef::Standard(_)));
            is_counted && connected.is_some_and(|connected| at.as_millisecond() - connected <= 10_000)
        });
        if is_fresh {
            let picture = simulated.sources(at).picture().await.unwrap();
            figures_are_the_models(&simulated, &picture, at);
            let tiles = view::queues(&picture, &[]);
            assert!(tiles.iter().any(|tile| tile.interval.unwrap().provisional > 0));
            return;
        }
        at += SignedDuration::from_secs(5);
    }
    panic!("nobody was answered");
}

/// The customers' contacts in each queue that the model has.
fn queues(simulated: &Simulated) -> Figures {
    let queues = &simulated.centre.directory().queues;
    let mut figures = Figures::new();
    for contact in simulated.centre.contacts().filter(|contact| !contact.is_completed()) {
        let Some(QueueRef::Standard(place)) = contact.queue else { continue };
        let entry = figures.entry(queues[place].id.clone()).or_default();
        if contact.is_in_queue() && contact.method != InitiationMethod::Callback {
            let enqueued = contact.enqueued.unwrap().div_euclid(1000);
            entry.0 += 1;
            entry.1 = Some(entry.1.map_or(enqueued, |earlier| earlier.min(enqueued)));
        } else if contact.disconnected.is_some() && contact.connected.is_some() {
            entry.3 += 1;
        } else if contact.connected.is_some() && contact.disconnected.is_none() {
            entry.2 += 1;
        }
    }
    figures.retain(|_, figures| (figures.0, figures.2, figures.3) != (0, 0, 0));
    figures
}

/// What each agent does who is logged on.
fn agents(simulated: &Simulated) -> BTreeMap<String, AgentStanding> {
    let people = &simulated.centre.directory().people;
    let agents = simulated.centre.agents().iter();
    let agents = agents.filter(|agent| agent.is_online && agent.status != StatusChoice::Offline);
    agents
        .map(|agent| {
            let standing = match AgentActivity::of(agent) {
                None => AgentStanding::Away,
                Some(AgentActivity::Error) => AgentStanding::Activity(Activity::Error),
                Some(AgentActivity::Missed) => AgentStanding::Activity(Activity::Missed),
                Some(AgentActivity::Rejected) => AgentStanding::Activity(Activity::Rejected),
                Some(AgentActivity::OnContact) => AgentStanding::Activity(Activity::OnContact),
                Some(AgentActivity::OnHold) => AgentStanding::Activity(Activity::OnHold),
                Some(AgentActivity::AfterContactWork) => AgentStanding::Activity(Activity::AfterContactWork),
                Some(AgentActivity::Incoming) => AgentStanding::Activity(Activity::Incoming),
                Some(AgentActivity::Available) => AgentStanding::Activity(Activity::Available),
            };
            (people[agent.index].username.clone(), standing)
        })
        .collect()
}

#[tokio::test]
async fn contacts_are_in_order_of_waiting_and_a_board_without_events_is_stale() {
    let mut simulated = Simulated::new().await;
    let at: Timestamp = "2026-11-02T10:10:00Z".parse().unwrap();
    simulated.advance(at).await;
    let picture = simulated.sources(at).picture().await.unwrap();
    let rows = view::active_contacts(&picture);
    let ranks: Vec<_> = rows
        .iter()
        .map(|row| match row.standing {
            ContactStanding::Waiting | ContactStanding::Callback => (0, row.since),
            ContactStanding::Scheduled => (1, row.due),
            _ => (2, row.since),
        })
        .collect();
    assert!(ranks.is_sorted() && !ranks.is_empty(), "{ranks:?}");
    assert!(rows.iter().any(|row| row.channel.as_deref() == Some(Channel::Voice.name())));

    let stopped = Clock::invented(at, ClockPhase::Stopped);
    let elsewhere =
        simulated.sources_in(stopped, TimeZone::get("Asia/Tokyo").unwrap()).picture().await.unwrap();
    let board = view::board(&elsewhere, None);
    assert!(board.lacks_intervals, "the tables have those of UTC alone");
    assert!(board.queues.iter().all(|tile| tile.interval.is_none() && tile.today.is_none()));
    assert!(!view::board(&picture, None).lacks_intervals);

    let running = |at| Clock::invented(at, ClockPhase::Running { speed: 1.0 });
    let live = simulated.sources_of(running(at)).picture().await.unwrap();
    assert_eq!(view::feed(&live), view::Feed::Live);
    let later = simulated.sources_of(running(at + SignedDuration::from_mins(20))).picture().await.unwrap();
    let view::Feed::Stale { since } = view::feed(&later) else { panic!("it looks fresh") };
    assert!(since <= at && since > at - SignedDuration::from_mins(3), "{since}");
    assert!(
        view::agents(&later).iter().all(|agent| agent.standing == AgentStanding::LoggedOff),
        "who is silent for so long is logged off"
    );
}

/// What a board holds is what one would read that begins now, and nothing is read again that has not changed.
#[tokio::test]
async fn a_board_that_is_read_again_has_what_changed_and_reads_no_more() {
    let mut simulated = Simulated::new().await;
    let start: Timestamp = "2026-11-02T09:29:00Z".parse().unwrap();
    let sources = simulated.sources(start);
    let (mut last, mut kept) = (sources.picture().await.unwrap(), 0);
    for step in 0..12 {
        let at = start + SignedDuration::from_secs(20 * step);
        simulated.advance(at).await;
        // A clock that does another thing than before has the stores read again.
        let phase = if step % 2 == 0 { ClockPhase::Running { speed: 0.0 } } else { ClockPhase::Stopped };
        sources.clock().set(at, phase);
        let picture = sources.picture().await.unwrap();
        figures_are_the_models(&simulated, &picture, at);
        let anew = simulated.sources(at).picture().await.unwrap();
        assert_eq!((&picture.contacts, &picture.agents), (&anew.contacts, &anew.agents));
        assert_eq!(view::active_contacts(&picture), view::active_contacts(&anew), "names, too");
        let before = std::mem::replace(&mut last, picture.clone());
        kept += picture
            .contacts
            .iter()
            .filter(|now| before.contacts.iter().any(|was| Arc::ptr_eq(was, now)))
            .count();
    }
    assert!(kept > 0, "a contact of which nothing was written is not read again");
    let trips = || simulated.tables.database().round_trips();
    let before = trips();
    sources.clock().set(start + SignedDuration::from_secs(221), ClockPhase::Running { speed: 0.0 });
    sources.picture().await.unwrap();
    let unchanged = trips() - before;
    let before = trips();
    simulated.sources(start + SignedDuration::from_secs(221)).picture().await.unwrap();
    let read = trips() - before;
    assert!(unchanged <= 3 && read > 20, "{unchanged} round trips of SQLite, and {read} to read it all");
}
