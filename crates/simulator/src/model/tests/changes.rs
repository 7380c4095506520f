//! Queues and users are renamed, created and deleted while the centre is open.

use std::collections::BTreeMap;

use crate::model::*;

#[derive(Default)]
struct Changes {
    counts: BTreeMap<&'static str, u32>,
    /// Steps of agents who were created, and of agents who were deleted, later on.
    of_created: u32,
    of_deleted: u32,
}

impl Sink for Changes {
    fn take(&mut self, step: &Step<'_>) {
        let people = &step.directory.people;
        match step.event {
            Event::Resource(what) => {
                let name = match what {
                    ResourceStep::QueueRenamed(_) => "queue renamed",
                    ResourceStep::QueueCreated(_) => "queue created",
                    ResourceStep::QueueDeleted(_) => "queue deleted",
                    ResourceStep::PersonRenamed(_) => "person renamed",
                    ResourceStep::PersonCreated(at) => {
                        assert_eq!((at, people[at].created), (people.len() - 1, step.at));
                        "person created"
                    }
                    ResourceStep::PersonDeleted(at) => {
                        assert_eq!(people[at].deleted, Some(step.at));
                        "person deleted"
                    }
                };
                *self.counts.entry(name).or_default() += 1;
            }
            Event::Agent { agent, .. } => {
                let person = &people[agent.index];
                self.of_created += u32::from(person.created > Config::default().begin());
                self.of_deleted += u32::from(person.deleted.is_some());
            }
            Event::Contact { .. } => {}
        }
    }
}

#[test]
fn a_day_has_every_change() {
    let (_, changes, directory) = Centre::new(Config::default(), Changes::default()).unwrap().finish();
    let counts: Vec<_> = changes.counts.into_iter().collect();
    let expected = [
        ("person created", 5),
        ("person deleted", 5),
        ("person renamed", 5),
        ("queue created", 5),
        ("queue deleted", 4),
        ("queue renamed", 5),
    ];
    assert_eq!(counts, expected);
    assert!(changes.of_created > 100, "who is created works: {}", changes.of_created);
    assert_eq!(changes.of_deleted, 0, "nothing is heard of who is deleted");
    let usernames: std::collections::BTreeSet<_> =
        directory.people.iter().map(|person| &person.username).collect();
    assert_eq!(usernames.len(), directory.people.len());
}

/// A queue that is created gets contacts, and its agents take them; it gets none once it is deleted.
#[test]
fn a_queue_that_is_created_is_used() {
    let config = Config { agents: 60, contacts_per_day: 3_000, ..Config::default() };
    let planned = usize::try_from(config.queues).unwrap();
    let (mut begun, mut answered, mut deleted) = (0_u32, 0_u32, Vec::new());
    let sink = |step: &Step<'_>| match step.event {
        Event::Resource(ResourceStep::QueueDeleted(at)) => deleted.push(at),
        Event::Contact { step: what, contact } => {
            let Some(QueueRef::Standard(at)) = contact.queue.filter(|_| contact.role == LegRole::Customer)
            else {
                return;
            };
            if at >= planned {
                begun += u32::from(what == ContactStep::Initiated);
                answered += u32::from(what == ContactStep::Connected);
                let is_new = what == ContactStep::Initiated && contact.previous.is_none();
                assert!(!is_new || !deleted.contains(&at), "{contact:?}");
            }
        }
        _ => {}
    };
    let (summary, _, directory) = Centre::new(config, sink).unwrap().finish();
    assert!(begun > 20 && answered > begun / 2 && summary.arrived > 3_000, "{begun} {answered}");
    let served = directory.profiles.iter().flat_map(|profile| &profile.entries);
    assert!(served.clone().count() < planned + 3, "those of before are not served: {served:?}");
}

#[test]
fn the_last_one_stays() {
    let config = Config { agents: 1, duration: jiff::SignedDuration::from_hours(96), ..Config::default() };
    let sink = |step: &Step<'_>| assert!(step.directory.people.iter().any(|person| person.deleted.is_none()));
    Centre::new(config, sink).unwrap().run();
}

#[test]
fn callers_are_those_that_are_given() {
    let number = |text: &str| switchboard_core::phone::PhoneNumber::parse(text).unwrap();
    let callers = vec![number("+12025550142"), number("+12025550143")];
    let mut seen = std::collections::BTreeSet::new();
    let sink = |step: &Step<'_>| {
        let Event::Contact { contact, .. } = step.event else { return };
        assert!(!format!("{contact:?}").contains("2025550"), "no number is shown");
        if contact.channel == Channel::Voice && contact.role == LegRole::Customer {
            seen.extend(contact.customer_address());
        }
    };
    Centre::new(Config { callers, ..Config::default() }, sink).unwrap().run();
    assert_eq!(Vec::from_iter(seen), ["+12025550142", "+12025550143", "anonymous"]);
}
