//! Agents' time is the true one, in whatever order events came and however often.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use switchboard_core::interval::IntervalLength;
use switchboard_records::RecordTables;
use switchboard_records::agent_intervals::AgentInterval;
use switchboard_records::intervals::{Grain, IntervalQuery};
use switchboard_tests::figures::figure;
use switchboard_tests::record_figures::{AGENT_TIME, Figures};

use super::day::{DAY, Stretch};
use super::{save, save_agent_events, soon, tables_in};
use crate::metric_tables::places::{Place, empty_places};

/// How many agents' events come in disorder.
const AGENTS_IN_DISORDER: usize = 12;

/// The figures of an agent's contacts in the truth of agent, queue and channel, each with the view's column.
const CONTACTS: [(&str, &str); 4] = [
    ("wfm_answ_call_cnt", "answered"),
    ("wfm_transfer_out_call_cnt", "transfer_completed"),
    ("wfm_talking_call_dur", "interaction_seconds"),
    ("wfm_hold_call_dur", "hold_seconds"),
];

#[tokio::test]
async fn the_time_of_agents_is_the_true_one() {
    let events: Vec<_> = DAY.agent_events.iter().map(String::as_str).collect();
    let records: Vec<_> = DAY.records.iter().map(String::as_str).collect();
    for place in empty_places() {
        let tables = tables_in(&place).await;
        let began = Instant::now();
        save_agent_events(&tables, &events).await;
        let saved = began.elapsed();
        let began = Instant::now();
        tables.recompute(soon()).await.expect("sums");
        let computed = began.elapsed();
        let agents = DAY.first_agents(usize::MAX);
        check_time(&tables, &place, &agents).await;
        check_stretches(&place, &agents).await;
        let what = format!("{} agent events into {}", events.len(), place.kind());
        figure(&what, format_args!("saved in {saved:.0?}, sums in {computed:.0?}"));
        // What agents did by the contact records stands beside their time.
        save(&tables, &records).await;
        tables.recompute(soon()).await.expect("sums");
        check_time(&tables, &place, &agents).await;
        check_contacts(&tables, &place).await;
    }
}

#[tokio::test]
async fn neither_order_nor_repeats_change_the_time_of_agents() {
    let random = &mut rand_chacha::ChaCha8Rng::seed_from_u64(11);
    for place in [Place::Sqlite(tempfile::tempdir().expect("a folder")), Place::postgres()] {
        let tables = tables_in(&place).await;
        let mut events = DAY.agent_events_of(AGENTS_IN_DISORDER).repeat(3);
        events.shuffle(random);
        // The sums are brought up to date while events still come.
        for part in events.chunks(events.len() / 3) {
            save_agent_events(&tables, part).await;
            tables.recompute(soon()).await.expect("sums");
        }
        let agents = DAY.first_agents(AGENTS_IN_DISORDER);
        check_time(&tables, &place, &agents).await;
        check_stretches(&place, &agents).await;
    }
}

/// Rows of quarters of an hour by their beginning and agent.
async fn intervals(tables: &RecordTables) -> BTreeMap<(Timestamp, String), Figures> {
    tables
        .add_to_calendar("UTC", &jiff::tz::TimeZone::UTC, DAY.from, DAY.to, soon())
        .await
        .expect("a calendar");
    let grain = Grain::Minutes(IntervalLength::Fifteen);
    let query = IntervalQuery { zone: "UTC", grain, from: DAY.from, to: DAY.to };
    let rows = tables.agent_intervals(&query, soon()).await.expect("rows");
    let figures = |row: &AgentInterval| {
        let serde_json::Value::Object(row) = serde_json::to_value(row).expect("JSON") else {
            panic!("a row")
        };
        row.into_iter().map(|(name, value)| (name, value.as_u64())).collect()
    };
    rows.iter().map(|row| ((row.key.from, row.key.agent.clone()), figures(row))).collect()
}

pub(super) async fn check_time(tables: &RecordTables, place: &Place, agents: &BTreeSet<&str>) {
    let found = intervals(tables).await;
    let nothing = Figures::new();
    let last = DAY.to - SignedDuration::from_mins(15);
    let mut expected = BTreeMap::new();
    for ((from, agent, queue, channel), figures) in &DAY.truth {
        if let (Some(agent), None, None) = (agent, queue, channel)
            && agents.contains(agent.as_str())
        {
            expected.insert((*from, agent.clone()), figures);
        }
    }
    assert!(expected.len() > 300, "{} lines", expected.len());
    let keys = expected.keys().chain(found.keys());
    for key in keys {
        let (expected, found) =
            (expected.get(key).copied().unwrap_or(&nothing), found.get(key).unwrap_or(&nothing));
        for (name, _) in AGENT_TIME {
            let of = |figures: &Figures| figures.get(*name).copied().flatten().unwrap_or(0);
            let (found, expected) = (of(found), of(expected));
            // In the last one what goes on counts up to the last event, after which a heartbeat would come.
            let missing = if key.0 == last { 0..=120 } else { 0..=0 };
            assert!(
                expected.checked_sub(found).is_some_and(|seconds| missing.contains(&seconds)),
                "{}: {name} of {key:?} is {found}, not {expected}",
                place.kind()
            );
        }
    }
    assert!(found.values().all(|figures| figures["gap_seconds"] == Some(0)), "{}: a gap", place.kind());
}

pub(super) async fn check_contacts(tables: &RecordTables, place: &Place) {
    let mut expected: BTreeMap<_, [u64; 4]> = BTreeMap::new();
    for ((from, agent, _, channel), figures) in &DAY.truth {
        let (Some(agent), Some(_)) = (agent, channel) else { continue };
        let sums = expected.entry((*from, agent.clone())).or_default();
        for (sum, (name, _)) in sums.iter_mut().zip(CONTACTS) {
            *sum += figures[name].unwrap_or(0);
        }
    }
    expected.retain(|_, sums| *sums != [0; 4]);
    let of = |figures: Figures| CONTACTS.map(|(_, column)| figures[column].unwrap_or(0));
    let found: BTreeMap<_, _> =
        intervals(tables).await.into_iter().map(|(key, row)| (key, of(row))).collect();
    let found: BTreeMap<_, _> = found.into_iter().filter(|(_, sums)| *sums != [0; 4]).collect();
    assert_eq!(found, expected, "{}", place.kind());
}

async fn check_stretches(place: &Place, agents: &BTreeSet<&str>) {
    let rows = place
        .sql(
            "SELECT agent_username || '|' || CAST(start_timestamp AS text) || '|' \
             || COALESCE(CAST(end_timestamp AS text), '') || '|' || COALESCE(status_name, 'none') || '|' \
             || COALESCE(activity, '') FROM agent_activity",
        )
        .await;
    let time = |text: &str| {
        let text = text.trim_end_matches('Z').replace(' ', "T");
        (!text.is_empty()).then(|| format!("{text}Z").parse().expect("a time"))
    };
    let read = |row: String| {
        let columns: Vec<_> = row.split('|').collect();
        let [agent, from, to, status, activity] = columns[..] else { panic!("{row}") };
        Stretch {
            agent: agent.to_owned(),
            from: time(from).expect("a beginning"),
            to: time(to),
            status: status.to_owned(),
            activity: (!activity.is_empty()).then(|| activity.to_owned()),
        }
    };
    let mut found: Vec<_> = rows.into_iter().map(read).collect();
    found.sort();
    let expected: Vec<_> = DAY.agents.iter().filter(|stretch| agents.contains(&*stretch.agent)).collect();
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(&found, expected, "{}", place.kind());
    }
    assert_eq!(found.len(), expected.len(), "{}", place.kind());
}
