//! Who works: any number of agents, always the same ones.

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use crate::{
    fixtures::{self, Group, Profile},
    rng,
};

const FIRST_NAMES: [&str; 24] = [
    "James", "Rachel", "Adam", "Bob", "Emily", "Taylor", "Aroha", "Bianca", "Callum", "Deepa", "Ewan",
    "Farah", "Gus", "Hanna", "Imogen", "Jarrah", "Kirra", "Leon", "Mei", "Nadia", "Oscar", "Priya",
    "Quentin", "Rosa",
];
const LAST_NAMES: [&str; 23] = [
    "Abara",
    "Bennett",
    "Castellan",
    "Duarte",
    "Ellery",
    "Fenwick",
    "Grosvenor",
    "Halvorsen",
    "Ivers",
    "Jansen",
    "Kowalczyk",
    "Lindqvist",
    "Moreau",
    "Nakano",
    "Okafor",
    "Pemberton",
    "Quigley",
    "Rosario",
    "Sandoval",
    "Tanaka",
    "Underhill",
    "Vasquez",
    "Wetherby",
];

/// Somebody who works in shifts.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) arn: String,
    pub(super) username: String,
    pub(super) first_name: &'static str,
    pub(super) last_name: &'static str,
    pub(super) team: &'static Group,
    pub(super) profile: &'static Profile,
    /// The queue of nobody else.
    pub(super) own_queue_arn: String,
}

impl Person {
    /// The agent of that number; the first ones are those of the contact records.
    pub(super) fn number(number: u32) -> Self {
        let count = |names: &[_]| u32::try_from(names.len()).unwrap_or(1);
        let name = |names: &[&'static str], number: u32| {
            let at = usize::try_from(number % count(names)).unwrap_or_default();
            names.get(at).copied().unwrap_or_default()
        };
        // The two lengths have no common divisor, so that no pair comes twice in a round.
        let (first_name, last_name) = (name(&FIRST_NAMES, number), name(&LAST_NAMES, number));
        let known = usize::try_from(number).ok().and_then(|number| fixtures::AGENTS.get(number));
        let (id, username) = if let Some(agent) = known {
            (agent.id.to_owned(), agent.username.to_owned())
        } else {
            let round = number / (count(&FIRST_NAMES) * count(&LAST_NAMES));
            let suffix = if round == 0 { String::new() } else { round.to_string() };
            let username = format!("{first_name}.{last_name}{suffix}").to_ascii_lowercase();
            (rng::uuid(&mut ChaCha8Rng::seed_from_u64(number.into())), username)
        };
        let (team, profile) = match (known, number % 4) {
            (Some(agent), _) => (agent.team, agent.profile),
            (None, 0) => (&fixtures::SYDNEY, &fixtures::CENTRE),
            (None, 1) => (&fixtures::PERTH, &fixtures::BASIC),
            (None, 2) => (&fixtures::SYDNEY, &fixtures::BASIC),
            (None, _) => (&fixtures::PERTH, &fixtures::CENTRE),
        };
        Self {
            arn: fixtures::arn("agent", &id),
            own_queue_arn: fixtures::arn("queue/agent", &id),
            username,
            first_name,
            last_name,
            team,
            profile,
        }
    }
}
