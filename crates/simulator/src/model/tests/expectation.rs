//! What is expected of a history is about what comes.

use std::cell::Cell;

use jiff::{SignedDuration, ToSpan, tz::TimeZone};

use crate::model::*;

/// How many contacts customers and the centre begin, and how many shifts' worth of time agents are logged on.
fn happened(config: Config) -> (f64, f64) {
    let (contacts, online, since) = (Cell::new(0_u32), Cell::new(0), std::cell::RefCell::new(Vec::new()));
    let end = config.end();
    let sink = |step: &Step<'_>| match step.event {
        Event::Contact { step: ContactStep::Initiated, contact } if contact.previous.is_none() => {
            contacts.set(contacts.get() + 1);
        }
        Event::Agent { step: what @ (AgentStep::LoggedOn | AgentStep::LoggedOff), agent } => {
            let mut since = since.borrow_mut();
            if since.len() <= agent.index {
                since.resize(agent.index + 1, None);
            }
            if what == AgentStep::LoggedOn {
                since[agent.index] = Some(step.at);
            } else if let Some(begin) = since[agent.index].take() {
                online.set(online.get() + step.at - begin);
            }
        }
        _ => {}
    };
    Centre::new(config, sink).unwrap().run();
    let rest: Millis = since.borrow().iter().flatten().map(|begin| end - begin).sum();
    #[expect(clippy::cast_precision_loss, reason = "some shifts")]
    let shifts = (online.get() + rest) as f64 / (8.5 * 3_600_000.0);
    (f64::from(contacts.get()), shifts)
}

#[test]
fn spans_of_a_week_have_what_is_expected() {
    let zone = TimeZone::get("Europe/Stockholm").unwrap();
    let monday = jiff::civil::date(2026, 11, 2).to_zoned(zone.clone()).unwrap();
    // A whole day, business hours, an evening, a weekend, a week.
    for (from, hours) in [(0, 24), (8, 10), (19, 5), (5 * 24, 48), (0, 7 * 24)] {
        let config = Config {
            agents: 60,
            contacts_per_day: 2_000,
            from: monday.checked_add(i64::from(from).hours()).unwrap().timestamp(),
            duration: SignedDuration::from_hours(hours),
            zone: zone.clone(),
            has_changes: false,
            behaviour: Behaviour {
                returns_after_abandoning: 0.0,
                returns_after_service: 0.0,
                ..Behaviour::default()
            },
            ..Config::default()
        };
        let (contacts, shifts) = (config.expected_contacts(), config.expected_shifts());
        let (came, worked) = happened(config);
        // Calls that nobody was there to dial are not made.
        assert!((contacts * 0.8..contacts * 1.1).contains(&came), "{from}: {contacts} contacts, {came} came");
        assert!(
            (shifts * 0.8 - 2.0..shifts * 1.2 + 2.0).contains(&worked),
            "{from}: {shifts} shifts, {worked} worked"
        );
    }
}
