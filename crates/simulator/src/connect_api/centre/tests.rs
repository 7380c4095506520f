//! What holds in the centre at every second.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{activity::ActivityInterval, *};

/// 2026-11-20T00:00:00Z.
const MIDNIGHT: i64 = 1_795_132_800;
const HOUR: i64 = 3600;
const SIZE: Size = Size { queues: 12, users: 60 };

fn centre() -> CentreModel {
    CentreModel::new(7, SIZE)
}

fn busy(centre: &CentreModel, user: usize, at: i64) -> Vec<Contact> {
    match centre.activity_at(user, at).unwrap().activity {
        Activity::Busy(contacts) => contacts,
        _ => Vec::new(),
    }
}

#[test]
fn the_seed_decides() {
    let names = |seed| {
        CentreModel::new(seed, SIZE).users.iter().map(|user| user.resource.id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(1), names(1));
    assert_ne!(names(1), names(2));
    assert_eq!(names(1).iter().collect::<BTreeSet<_>>().len(), 60);
}

#[test]
fn ids_and_arns_name_the_same() {
    let centre = centre();
    let queue = &centre.queues[3].resource;
    assert_eq!(centre.place(ResourceKind::Queue, &queue.id), Some(3));
    assert_eq!(centre.place(ResourceKind::Queue, &queue.arn), Some(3));
    assert_eq!(centre.place(ResourceKind::User, &queue.id), None);
    assert_eq!(centre.place(ResourceKind::Queue, &queue.arn.replace("queue", "agent")), None);
    assert_eq!(centre.place(ResourceKind::AgentQueue, &centre.users[5].queue.arn), Some(5));
}

#[test]
fn a_centre_of_nothing_has_nothing() {
    let centre = CentreModel::new(1, Size { queues: 0, users: 0 });
    assert_eq!((centre.queues.len(), centre.users.len()), (0, 0));
    // Users without a queue have no contacts.
    let centre = CentreModel::new(1, Size { queues: 0, users: 30 });
    assert_eq!((0..30).flat_map(|user| centre.handled(user, MIDNIGHT, MIDNIGHT + HOUR)).count(), 0);
}

#[test]
fn by_night_the_queues_of_the_day_are_idle() {
    let centre = centre();
    let by_day = |queue: &Queue| queue.profiles.iter().all(|&profile| centre.profiles[profile].by_day);
    let place = centre.queues.iter().position(by_day).unwrap();
    let night = MIDNIGHT + 2 * HOUR;
    for at in (night..night + HOUR).step_by(30) {
        assert!(centre.waiting(place, Channel::Voice, at).is_idle());
        assert!(!centre.users.iter().enumerate().any(|(user, of)| {
            centre.queues[place].profiles.contains(&of.profile)
                && !centre.agent_tally(user, &Channel::ALL, at).is_idle()
        }));
    }
    assert_eq!(centre.abandoned(place, night, night + HOUR), []);
    let noon = MIDNIGHT + 12 * HOUR;
    assert!((noon..noon + HOUR).any(|at| !centre.waiting(place, Channel::Voice, at).is_idle()));
}

#[test]
fn agents_do_everything_in_a_day() {
    let centre = centre();
    let mut seen = BTreeSet::new();
    for user in 0..60 {
        for interval in centre.activity_intervals(user, MIDNIGHT, MIDNIGHT + 24 * HOUR) {
            match interval.activity {
                Activity::Offline => seen.insert("offline"),
                Activity::Available => seen.insert("available"),
                Activity::Away(_) => seen.insert("away"),
                Activity::Missed { .. } => seen.insert("missed"),
                Activity::Busy(contacts) if contacts.len() > 1 => seen.insert("two contacts"),
                Activity::Busy(contacts) if contacts[0].hold.is_some() => seen.insert("hold"),
                Activity::Busy(_) => seen.insert("one contact"),
            };
        }
    }
    assert_eq!(seen.len(), 7, "{seen:?}");
}

proptest! {
    #[test]
    fn spells_fill_the_day(user in 0..60_usize, from in MIDNIGHT..MIDNIGHT + 24 * HOUR, length in 1..3 * HOUR) {
        let centre = centre();
        let intervals: Vec<ActivityInterval> = centre.activity_intervals(user, from, from + length).collect();
        prop_assert!(intervals[0].start <= from && intervals.last().unwrap().end >= from + length);
        prop_assert!(intervals.windows(2).all(|pair| pair[0].end == pair[1].start));
        let time = centre.agent_time(user, from, from + length);
        prop_assert_eq!(time.online, time.idle + time.contact + time.non_productive + time.error);
        prop_assert!(time.online <= length);
    }

    #[test]
    fn what_goes_on_now_is_history_later(user in 0..60_usize, at in MIDNIGHT..MIDNIGHT + 24 * HOUR) {
        let centre = centre();
        for contact in busy(&centre, user, at) {
            prop_assert!(contact.offered <= contact.connected && contact.connected <= contact.ended);
            prop_assert!(contact.ended <= contact.closed && contact.closed < contact.known);
            let after = centre.handled(user, contact.closed, contact.closed + 1);
            prop_assert!(after.into_iter().any(|other| other == contact));
        }
    }

    #[test]
    fn history_adds_up_however_it_is_cut(user in 0..60_usize, from in MIDNIGHT..MIDNIGHT + 24 * HOUR, a in 1..HOUR, b in 1..HOUR) {
        let centre = centre();
        let ids = |from, to| {
            let handled = centre.handled(user, from, to).map(|contact| contact.id);
            let abandoned = (0..12).flat_map(|queue| centre.abandoned(queue, from, to)).map(|contact| contact.id);
            handled.chain(abandoned).collect::<BTreeSet<_>>()
        };
        let parts: BTreeSet<_> = ids(from, from + a).into_iter().chain(ids(from + a, from + a + b)).collect();
        prop_assert_eq!(parts, ids(from, from + a + b));
    }

    #[test]
    fn hold_does_not_renew_the_state(user in 0..60_usize, at in MIDNIGHT..MIDNIGHT + 24 * HOUR) {
        for contact in busy(&centre(), user, at) {
            let Some((from, to)) = contact.hold.filter(|(from, to)| from < to) else { continue };
            prop_assert_eq!(contact.state(from), Some((ContactState::OnHold, contact.connected)));
            prop_assert_eq!(contact.state(to - 1), Some((ContactState::OnHold, contact.connected)));
            prop_assert_eq!(contact.state(contact.closed), None);
        }
    }

    #[test]
    fn contacts_settle_within_two_hours(user in 0..60_usize, from in MIDNIGHT..MIDNIGHT + 24 * HOUR) {
        for contact in centre().handled(user, from, from + HOUR) {
            prop_assert!(contact.known - contact.closed <= 100 * 60);
        }
    }
}
