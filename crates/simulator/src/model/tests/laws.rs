//! What holds in every run.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use proptest::prelude::*;

use crate::model::*;

/// Follows every contact and agent, and what is in the queues.
#[derive(Default)]
struct Laws {
    at: Millis,
    number: u64,
    /// How often each contact began, ended, was recorded or was told as unfinished.
    lives: BTreeMap<ContactId, [u32; 4]>,
    seen: BTreeSet<&'static str>,
    /// The contacts in queues, and the integral of their number in milliseconds.
    in_queue: i64,
    area: i64,
    stays: i64,
}

impl Laws {
    fn take_contact(&mut self, at: Millis, step: ContactStep, contact: &Contact) {
        let life = self.lives.entry(contact.id).or_default();
        match step {
            ContactStep::Initiated => life[0] += 1,
            ContactStep::Completed => life[1] += 1,
            ContactStep::Recorded => life[2] += 1,
            ContactStep::Unfinished => life[3] += 1,
            ContactStep::Queued => {
                assert_eq!(contact.enqueued, Some(at));
                self.in_queue += 1;
            }
            _ => {}
        }
        let leaves = match step {
            ContactStep::Disconnected => {
                contact.enqueued.is_some() && contact.connected.is_none() && contact.accepted.is_none()
            }
            ContactStep::Connected => {
                contact.enqueued.is_some() && contact.method != InitiationMethod::Callback
            }
            ContactStep::Accepted => true,
            _ => false,
        };
        if leaves {
            self.in_queue -= 1;
            assert_eq!(contact.dequeued, Some(at), "{step:?} {contact:?}");
            self.stays += at - contact.enqueued.unwrap();
        }
        if step == ContactStep::Unfinished && contact.dequeued.is_none() {
            self.stays += contact.enqueued.map_or(0, |enqueued| at - enqueued);
        }
        if step == ContactStep::Completed {
            let held = contact.holds.seconds;
            if let Some(interaction) = contact.interaction_seconds() {
                assert!(interaction >= 0, "{contact:?}");
                assert_eq!(
                    interaction + held + contact.pauses.seconds,
                    whole_seconds(contact.connected.unwrap(), contact.left.unwrap())
                );
                if contact.role == LegRole::Consulted {
                    assert_eq!(interaction, 0, "{contact:?}");
                }
            }
            assert!(contact.holds.since.is_none());
            assert_eq!(contact.enqueued.is_some(), contact.wait_end.is_some(), "{contact:?}");
            assert_eq!(contact.enqueued.is_some(), contact.dequeued.is_some(), "{contact:?}");
            assert!(contact.disconnected.is_some() && contact.reason.is_some());
        }
        self.seen.insert(contact.method.name());
        self.seen.insert(match step {
            ContactStep::Missed => "missed",
            ContactStep::Rejected => "rejected",
            ContactStep::Failed => "failed",
            ContactStep::HoldEnded => "hold",
            ContactStep::Resumed => "pause",
            ContactStep::Joined => "joined",
            _ => "",
        });
        if let Some(end) = contact.wait_end {
            self.seen.insert(match end {
                WaitEnd::Answered => "answered",
                WaitEnd::Abandoned => "abandoned",
                WaitEnd::CallbackRequested => "callback requested",
                WaitEnd::TransferredOut => "moved on",
                WaitEnd::EndedOtherwise => "ended otherwise",
            });
        }
    }
}

impl Sink for Laws {
    fn take(&mut self, step: &Step<'_>) {
        assert!(step.at >= self.at && step.number == self.number + 1, "steps come in order");
        if self.at > 0 {
            self.area += self.in_queue * (step.at - self.at);
        }
        (self.at, self.number) = (step.at, step.number);
        match step.event {
            Event::Contact { step: what, contact } => self.take_contact(step.at, what, contact),
            Event::Agent { step: what, agent } => {
                let profile = &step.directory.profiles[agent.profile];
                for channel in Channel::ALL {
                    let is_now =
                        |held: &&HeldContact| held.channel == channel && held.state != ContactState::Paused;
                    let now = agent.held.iter().filter(is_now).count();
                    assert!(now <= profile.slots[channel as usize], "{agent:?}");
                }
                if what == AgentStep::LoggedOff {
                    assert!(agent.held.is_empty(), "{agent:?}");
                }
                let ids: BTreeSet<_> = agent.held.iter().map(|held| held.id).collect();
                assert_eq!(ids.len(), agent.held.len(), "a contact is in an agent's hands once");
            }
            Event::Resource(_) => _ = self.seen.insert("resource"),
        }
    }
}

fn check(config: Config) -> (Summary, Laws) {
    let (summary, laws, _) = Centre::new(config, Laws::default()).unwrap().finish();
    assert_eq!(summary.arrived, summary.ended + count_in_centre(&laws), "conservation");
    assert_eq!(summary.arrived, u64::try_from(laws.lives.len()).unwrap(), "ids are unique");
    for (id, [began, ended, recorded, unfinished]) in &laws.lives {
        assert_eq!(*began, 1, "{id}");
        assert!(*ended <= 1 && *recorded <= 4 && (*recorded > 0) == (*ended == 1), "{id}");
        assert_eq!(ended + unfinished, 1, "{id}");
    }
    assert_eq!(summary.in_centre, count_in_centre(&laws));
    (summary, laws)
}

fn count_in_centre(laws: &Laws) -> u64 {
    laws.lives.values().map(|life| u64::from(life[3])).sum()
}

#[test]
fn a_day_has_everything_that_happens_in_a_centre() {
    let config = Config { agents: 150, queues: 5, contacts_per_day: 9_000, ..Config::default() };
    let (summary, laws) = check(config);
    for what in [
        "INBOUND",
        "OUTBOUND",
        "TRANSFER",
        "QUEUE_TRANSFER",
        "CALLBACK",
        "API",
        "EXTERNAL_OUTBOUND",
        "MONITOR",
        "missed",
        "rejected",
        "failed",
        "hold",
        "pause",
        "joined",
        "answered",
        "abandoned",
        "callback requested",
        "moved on",
        "ended otherwise",
        "resource",
    ] {
        assert!(laws.seen.contains(what), "{what}: {:?}", laws.seen);
    }
    assert!(summary.most_in_memory < 1_500, "{summary:?}");
    assert!(summary.arrived > 8_000 && summary.in_centre < 1_000, "{summary:?}");
}

/// Little's law: the contacts in the queues, integrated over time, are all stays in a queue together.
#[test]
fn contacts_in_queues_are_arrivals_times_stays() {
    let (_, laws) = check(Config { agents: 40, contacts_per_day: 3_000, ..Config::default() });
    assert!(laws.area > 0);
    assert_eq!(laws.area, laws.stays);
}

#[test]
fn memory_does_not_grow_with_time() {
    let day = |days: i64| {
        let duration = SignedDuration::from_hours(24 * days);
        check(Config { agents: 20, contacts_per_day: 800, duration, ..Config::default() }).0
    };
    let (short, long) = (day(2), day(10));
    assert!(long.arrived > 3 * short.arrived);
    assert!(long.most_in_memory < 2 * short.most_in_memory, "{short:?} {long:?}");
}

/// What another source draws is not changed by more agents.
#[test]
fn more_agents_leave_the_arrivals_as_they_are() {
    let first = |agents| {
        let mut ids = Vec::new();
        let sink = |step: &Step<'_>| {
            if let Event::Contact { step: ContactStep::Initiated, contact } = step.event
                && contact.previous.is_none()
                && !matches!(contact.method, InitiationMethod::Outbound)
            {
                ids.push((step.at, contact.id));
            }
        };
        let mut behaviour = Behaviour { returns_after_abandoning: 0.0, ..Behaviour::default() };
        behaviour.returns_after_service = 0.0;
        Centre::new(Config { agents, behaviour, ..Config::default() }, sink).unwrap().run();
        ids
    };
    assert_eq!(first(3), first(30));
}

#[test]
fn what_can_not_be_is_refused_with_the_reason() {
    let refuse = |config: Config| config.validate().unwrap_err().to_string();
    let config = Config::default;
    assert_eq!(refuse(Config { agents: 0, ..config() }), "0 agents: a centre has 1 to 100000");
    assert_eq!(refuse(Config { queues: 10_001, ..config() }), "10001 queues: a centre has 1 to 10000");
    assert!(refuse(Config { contacts_per_day: u32::MAX, ..config() }).contains("contacts per day"));
    for duration in [SignedDuration::ZERO, Config::LONGEST + SignedDuration::from_secs(1)] {
        let refused = refuse(Config { duration, ..config() });
        assert_eq!(refused, "the history lasts from 1s to 9600h, 400 days");
    }
    assert!(refuse(Config { from: jiff::Timestamp::UNIX_EPOCH, ..config() }).contains("1971"));
    assert!(refuse(Config { offline_name: String::new(), ..config() }).contains("OFFLINE"));
    for name in ["Available", "lunch", " Training "] {
        let refused = refuse(Config { offline_name: name.to_owned(), ..config() });
        assert_eq!(refused, format!("the OFFLINE status is called {name:?}, as another status is"));
    }
    let behaviour = Behaviour { hold: 1.5, ..Behaviour::default() };
    assert_eq!(refuse(Config { behaviour, ..config() }), "hold: a probability is from 0 to 1");
    let behaviour = Behaviour { ring: Distribution::Constant(-1), ..Behaviour::default() };
    assert!(refuse(Config { behaviour, ..config() }).starts_with("ring: a length"));
    let behaviour = Behaviour { profile: DailyProfile([0.0; 24]), ..Behaviour::default() };
    assert!(refuse(Config { behaviour, ..config() }).contains("profile"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn contacts_are_conserved(
        seed in any::<u64>(),
        agents in 1_u32..40,
        queues in 1_u32..9,
        contacts_per_day in 0_u32..3_000,
        hours in 1_i64..40,
        offset in -12_i8..13,
        from in 0_i64..1_000_000,
        mess in 0.0..0.3_f64,
    ) {
        let mut behaviour = Behaviour { hold: 0.5, monitor: mess, callback: mess, moved_on: mess, pause: 0.6, ..Behaviour::default() };
        behaviour.offers = OfferChances { missed: mess, rejected: mess / 2.0, failed: mess / 4.0 };
        let transfers = mess / 2.0;
        behaviour.transfers = TransferChances {
            blind: transfers, consult: transfers, hand_over: transfers,
            conference: transfers, external: transfers, external_conference: transfers,
        };
        let config = Config {
            seed,
            agents,
            queues,
            contacts_per_day,
            from: jiff::Timestamp::from_second(1_793_541_600 + from).unwrap(),
            duration: SignedDuration::from_hours(hours),
            zone: jiff::tz::TimeZone::fixed(jiff::tz::offset(offset)),
            behaviour,
            ..Config::default()
        };
        let (_, laws) = check(config);
        prop_assert_eq!(laws.area, laws.stays);
    }
}
