//! Merges the events of one call in two orders, with a repeat, into the same status and one timeline:
//! `cargo run -p switchboard-contacts --example merge`.
#![allow(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;

use jiff::Timestamp;
use switchboard_contacts::{fold::fold, journey::Journey, observation::Observation};
use switchboard_core::contact_event::ContactEvent;

const EVENTS: &str = include_str!("../../../events/contact-events/answered-call.ndjson");

fn main() -> Result<(), Box<dyn Error>> {
    let now: Timestamp = "2026-11-02T02:00:00Z".parse()?;
    let observe = |line: &str| Observation::of_contact_event(&ContactEvent::parse(line).ok()?, line, now);

    let in_order = fold(EVENTS.lines().filter_map(observe));
    let reversed_and_repeated = fold(EVENTS.lines().rev().chain(EVENTS.lines().take(2)).filter_map(observe));

    for (contact_id, change) in in_order {
        println!("contact {contact_id}");
        for (attribute, register) in change.status.registers() {
            println!("  {:<40} {}", attribute.name(), register.value.to_json());
        }
        let same = reversed_and_repeated.get(&contact_id).is_some_and(|other| other == &change);
        println!("the same from the events in reverse, two of them repeated: {same}");

        for line in Journey::new(change.history.into_values(), &[change.status]).friendly() {
            println!("  {} {}", line.at.as_deref().unwrap_or("-"), line.text);
        }
    }
    Ok(())
}
