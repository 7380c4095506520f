//! What is emitted is what Amazon Connect emits, and agrees with the truth.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    io,
    sync::LazyLock,
};

use serde_json::Value;
use switchboard_core::{
    agent_event::AgentEvent, contact_event::ContactEvent, ctr::Ctr, flow_log::FlowLog, json,
    kind::RecordKind, log_batch::LogBatch,
};

use super::six_contacts;
use crate::model::{
    emit::{Emission, Emitted, EmittedKind, FaultCounts, Faults, Output, WorldFaults},
    truth::{Truth, TruthFiles},
    *,
};

/// Keeps everything.
#[derive(Default)]
pub(super) struct Kept(pub(super) Vec<(EmittedKind, Millis, String, Vec<u8>)>);

impl Output for Kept {
    fn put(&mut self, emitted: &Emitted<'_>) -> io::Result<()> {
        self.0.push((emitted.kind, emitted.at, emitted.key.to_owned(), emitted.bytes.to_owned()));
        Ok(())
    }
}

impl Kept {
    pub(super) fn of(&self, kind: EmittedKind) -> Vec<&str> {
        let texts = self.0.iter().filter(|(what, ..)| *what == kind);
        texts.map(|(_, _, _, bytes)| std::str::from_utf8(bytes).unwrap()).collect()
    }

    pub(super) fn parsed(&self, kind: EmittedKind) -> Vec<Value> {
        self.of(kind).into_iter().map(|text| serde_json::from_str(text).unwrap()).collect()
    }
}

fn config() -> Config {
    Config { agents: 60, queues: 4, contacts_per_day: 3_000, ..Config::default() }
}

/// A day that several tests look at.
pub(super) static DAY_OF_SIXTY: LazyLock<(Kept, Vec<Value>, Vec<Value>)> =
    LazyLock::new(|| emitted(config()));

fn emitted(config: Config) -> (Kept, Vec<Value>, Vec<Value>) {
    let (begin, end) = (config.begin(), config.end());
    let files = TruthFiles { contacts: Vec::new(), agents: Vec::new(), intervals: Vec::new() };
    let (mut truth, mut emission) = (Truth::new(files, end), Emission::new(Kept::default(), begin));
    let sink = |step: &Step<'_>| {
        truth.take(step);
        emission.take(step);
    };
    let (_, _, directory) = Centre::new(config, sink).unwrap().finish();
    let files = truth.finish(&directory).unwrap();
    let lines = |bytes: &[u8]| {
        let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines.map(|line| serde_json::from_slice(line).unwrap()).collect()
    };
    (emission.finish(end, &directory).unwrap(), lines(&files.contacts), lines(&files.intervals))
}

fn millis(value: &Value) -> i64 {
    value.as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

#[test]
fn snapshots_are_kept_of_agents_who_are_there() {
    let two_days = Config { duration: jiff::SignedDuration::from_hours(48), ..config() };
    let emission = Emission::new(Kept::default(), two_days.begin());
    let mut centre = Centre::new(two_days.clone(), emission).unwrap();
    let (mut most, mut least) = (0, usize::MAX);
    for hour in 12..48 {
        centre.advance(two_days.begin() + hour * time::HOUR);
        let kept = centre.history().snapshots_in_memory();
        let there = centre.agents().iter().filter(|agent| agent.has_next_event()).count();
        assert_eq!(kept, there, "hour {hour}");
        (most, least) = (most.max(kept), least.min(kept));
    }
    assert!(least < most / 2 && most < 60, "from {least} to {most} of 60 agents");
}

#[test]
fn everything_is_of_its_kind() {
    let (kept, ..) = &*DAY_OF_SIXTY;
    let kind_of = |text: &str| RecordKind::of(text).unwrap();
    for record in kept.of(EmittedKind::ContactRecord) {
        assert_eq!(kind_of(record), RecordKind::ContactRecord, "{record}");
        assert!(Ctr::parse(record).unwrap().contact_id.text().is_some());
    }
    for event in kept.of(EmittedKind::ContactEvent) {
        assert_eq!(kind_of(event), RecordKind::ContactEvent, "{event}");
        assert!(ContactEvent::parse(event).is_ok());
    }
    for event in kept.of(EmittedKind::AgentEvent) {
        assert_eq!(kind_of(event), RecordKind::AgentEvent, "{event}");
        assert!(AgentEvent::parse(event).unwrap().at().is_some());
    }
    let mut ids = Vec::new();
    for batch in kept.of(EmittedKind::FlowLogs) {
        assert_eq!(kind_of(batch), RecordKind::LogBatch);
        let batch = LogBatch::unpack(batch, 1 << 20).unwrap();
        for event in batch.events() {
            ids.push(event.id.text().unwrap().into_owned());
            let message = event.message.text().unwrap();
            let log = FlowLog::parse(&message).unwrap();
            assert_eq!(log.at(), event.at());
        }
    }
    assert!(ids.len() > 10_000 && ids.is_sorted() && ids.iter().all(|id| id.len() == 56));
    // From seven in the morning to midnight.
    assert_eq!(kept.of(EmittedKind::Report).len(), 34);
    // In the order of delivery.
    assert!(kept.0.is_sorted_by_key(|(_, at, ..)| *at));
}

#[test]
fn members_are_in_connects_order() {
    fn names(text: &str) -> Vec<String> {
        let mut names = Vec::new();
        json::members(text, |member| names.push(member.name.into_owned())).unwrap();
        names
    }
    let (kept, ..) = emitted(Config { agents: 10, contacts_per_day: 300, ..Config::default() });
    for record in kept.of(EmittedKind::ContactRecord) {
        let names = names(record);
        assert!(names.is_sorted() && names.len() == 53, "{names:?}");
    }
    for event in kept.of(EmittedKind::AgentEvent) {
        assert!(names(event).is_sorted());
    }
    for event in kept.of(EmittedKind::ContactEvent) {
        let detail = event.split_once(r#""detail":"#).unwrap().1;
        assert!(names(detail.strip_suffix('}').unwrap()).is_sorted(), "{event}");
        assert!(event.starts_with(r#"{"version":"0","id":""#));
    }
}

#[test]
fn records_keep_connects_sums_and_tell_the_truth() {
    let (kept, contacts, _) = &*DAY_OF_SIXTY;
    let truth: HashMap<_, _> = contacts.iter().map(|line| (line["id"].as_str().unwrap(), line)).collect();
    let mut versions: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for record in kept.parsed(EmittedKind::ContactRecord) {
        let id = record["ContactId"].as_str().unwrap();
        versions.entry(id.to_owned()).or_default().push(millis(&record["LastUpdateTimestamp"]));
        let truth = truth[id];
        let same_second = |member: &Value, of_truth: &Value| {
            assert_eq!(member.is_null(), of_truth.is_null(), "{record}");
            if !member.is_null() {
                assert_eq!(millis(member), millis(of_truth) / 1000 * 1000, "{record}");
            }
        };
        same_second(&record["DisconnectTimestamp"], &truth["ended"]);
        same_second(&record["Queue"]["EnqueueTimestamp"], &truth["enqueued"]);
        same_second(&record["Agent"]["ConnectedToAgentTimestamp"], &truth["answered"]);
        assert_eq!(record["Agent"]["AfterContactWorkDuration"], truth["acw_seconds"]);
        assert_eq!(record["Agent"]["CustomerHoldDuration"], truth["hold_seconds"]);
        assert_eq!(record["Agent"]["Username"], truth["agent"]);
        assert_eq!(record["NextContactId"], truth["next_contact_id"]);
        assert_eq!(record["PreviousContactId"], truth["previous_contact_id"]);
        assert_eq!(record["CustomerEndpoint"]["Address"], truth["customer"]);
        assert_eq!(record["DisconnectReason"], truth["reason"]);
        let agent = &record["Agent"];
        if !agent.is_null() {
            let number = |name: &str| agent[name].as_i64().unwrap();
            let talked = number("AgentInteractionDuration")
                + number("CustomerHoldDuration")
                + number("AgentPauseDuration");
            let left = millis(&agent["AfterContactWorkStartTimestamp"]);
            assert_eq!(talked, (left - millis(&agent["ConnectedToAgentTimestamp"])) / 1000, "{record}");
            let delay = millis(&record["LastUpdateTimestamp"])
                - millis(&agent["AfterContactWorkEndTimestamp"]).max(millis(&record["DisconnectTimestamp"]));
            assert!(delay >= 59_000, "{record}");
        }
    }
    let ended = contacts.iter().filter(|line| !line["ended"].is_null()).count();
    // Some are in after-contact work when the history ends.
    assert!(versions.len() <= ended && versions.len() + 40 > ended);
    assert!(versions.values().all(|times| times.is_sorted() && times.len() <= 4));
    assert!(versions.values().filter(|times| times.len() == 2).count() > 20);
}

/// A record comes again when a recording is linked, a survey is answered or the call is evaluated, and says nothing else anew.
#[test]
fn later_versions_of_a_record_add_what_came_late() {
    let (kept, ..) = &*DAY_OF_SIXTY;
    let mut versions: BTreeMap<String, Value> = BTreeMap::new();
    let mut added: BTreeMap<Vec<String>, u32> = BTreeMap::new();
    for record in kept.parsed(EmittedKind::ContactRecord) {
        let id = record["ContactId"].as_str().unwrap().to_owned();
        let Some(before) = versions.insert(id, record.clone()) else { continue };
        let members = record.as_object().unwrap().iter();
        // The queue has got another name, perhaps.
        let is_told = |name: &str| !matches!(name, "LastUpdateTimestamp" | "Queue");
        let changed = members.filter(|(name, value)| before[*name] != **value && is_told(name));
        *added.entry(changed.map(|(name, _)| name.clone()).collect()).or_default() += 1;
    }
    let of = |names: &[&str]| added.get(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
    assert!(of(&["Recording", "Recordings"]) > Some(&10), "{added:?}");
    assert!(of(&["Recordings"]) > Some(&0), "a chat's transcript: {added:?}");
    assert!(of(&["Attributes"]) > Some(&10), "{added:?}");
    assert!(of(&["ContactEvaluations"]) > Some(&3), "{added:?}");
    assert_eq!(added.len(), 4, "{added:?}");
}

#[test]
fn agent_events_follow_each_other() {
    let (kept, ..) = &*DAY_OF_SIXTY;
    let mut last: HashMap<String, (i64, Value)> = HashMap::new();
    let mut kinds = BTreeSet::new();
    for event in kept.parsed(EmittedKind::AgentEvent) {
        let agent = event["AgentARN"].as_str().unwrap().to_owned();
        let (at, kind) = (millis(&event["EventTimestamp"]), event["EventType"].as_str().unwrap());
        kinds.insert(kind.to_owned());
        let current = event["CurrentAgentSnapshot"].clone();
        let before = last.insert(agent, (at, current));
        if matches!(kind, "LOGIN" | "LOGOUT") {
            assert!(event["PreviousAgentSnapshot"].is_null());
        } else {
            let (before_at, before) = before.unwrap();
            assert_eq!(event["PreviousAgentSnapshot"], before, "{event}");
            assert!(at >= before_at && at - before_at <= 120_000, "{event}");
            if kind == "HEART_BEAT" {
                assert_eq!(event["CurrentAgentSnapshot"], before);
                assert_eq!(at - before_at, 120_000);
            } else {
                assert_ne!(event["CurrentAgentSnapshot"], before, "{event}");
            }
        }
    }
    assert_eq!(Vec::from_iter(kinds), ["HEART_BEAT", "LOGIN", "LOGOUT", "STATE_CHANGE"]);
    assert_eq!(last.len(), 60);
}

/// Two events of an agent in one millisecond would have no order for who gets them in another.
#[test]
fn an_agents_events_have_times_of_their_own() {
    let (kept, ..) = &*DAY_OF_SIXTY;
    let mut times = BTreeSet::new();
    for event in kept.parsed(EmittedKind::AgentEvent) {
        let is_new = times.insert((event["AgentARN"].to_string(), event["EventTimestamp"].to_string()));
        assert!(is_new, "{event}");
    }
}

/// Reports count the same seconds as the truth does, in half hours.
#[test]
fn reports_tell_the_truth() {
    let (kept, _, intervals) = &*DAY_OF_SIXTY;
    let mut truth: BTreeMap<(i64, String), [i64; 3]> = BTreeMap::new();
    for line in intervals.iter().filter(|line| line["queue"].is_null() && line["channel"].is_null()) {
        let half_hour = millis(&line["from"]) / 1_800_000;
        let sums = truth.entry((half_hour, line["agent"].as_str().unwrap().to_owned())).or_default();
        for (sum, name) in sums.iter_mut().zip(["online_seconds", "non_productive_seconds", "idle_seconds"]) {
            *sum += line[name].as_i64().unwrap();
        }
    }
    truth.retain(|_, sums| sums[0] > 0);
    let mut reported = BTreeMap::new();
    for report in kept.of(EmittedKind::Report) {
        for row in csv::Reader::from_reader(report.as_bytes()).records() {
            let row = row.unwrap();
            let half_hour = row[1].parse::<jiff::Timestamp>().unwrap().as_second() / 1800;
            let seconds = [3, 4, 5].map(|column| row[column].parse::<i64>().unwrap());
            reported.insert((half_hour, row[0].to_owned()), seconds);
        }
    }
    assert!(reported.len() > 500);
    assert_eq!(reported, truth);
}

#[test]
fn the_same_seed_emits_the_same_bytes() {
    let digest = || {
        let (kept, ..) = emitted(Config { agents: 10, contacts_per_day: 300, ..Config::default() });
        let bytes =
            kept.0.iter().filter(|(kind, ..)| *kind != EmittedKind::FlowLogs).flat_map(|(.., bytes)| bytes);
        bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        })
    };
    assert_eq!(digest(), digest());
    // Fails when what is emitted changes; then this is the new number.
    assert_eq!(format!("{:016x}", digest()), "f67dc65212402239");
}

#[test]
fn the_six_contacts_are_emitted_as_they_happened() {
    let config = six_contacts::config();
    let (begin, end) = (config.begin(), config.end());
    let emission = Emission::new(Kept::default(), begin);
    let centre =
        Centre::scripted(config, &six_contacts::shifts(), six_contacts::contacts(), emission).unwrap();
    let (_, emission, directory) = centre.finish();
    let kept = emission.finish(end, &directory).unwrap();
    let events: Vec<_> = kept
        .parsed(EmittedKind::ContactEvent)
        .iter()
        .filter(|event| event["detail"]["initiationMethod"] == "CALLBACK")
        .map(|event| event["detail"]["eventType"].as_str().unwrap().to_owned())
        .collect();
    let life =
        ["INITIATED", "QUEUED", "CONNECTED_TO_SYSTEM", "CONNECTED_TO_AGENT", "DISCONNECTED", "COMPLETED"];
    assert_eq!(events, life);
    let states: Vec<_> = kept
        .parsed(EmittedKind::AgentEvent)
        .iter()
        .filter(|event| event["CurrentAgentSnapshot"]["Contacts"][0]["InitiationMethod"] == "CALLBACK")
        .map(|event| event["CurrentAgentSnapshot"]["Contacts"][0]["State"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(states, ["INCOMING", "CONNECTING", "CONNECTED", "ENDED"]);
    assert_eq!(kept.of(EmittedKind::ContactRecord).len(), 10);
}

fn with_faults(faults: WorldFaults) -> (Vec<(Millis, Vec<u8>)>, FaultCounts) {
    let kept = Kept::default();
    let mut output = Faults::new(kept, faults);
    for number in 0..10_000_i64 {
        let bytes = format!("{number:08}");
        let item =
            Emitted { kind: EmittedKind::ContactEvent, at: number * 100, key: "k", bytes: bytes.as_bytes() };
        output.put(&item).unwrap();
    }
    output.finish().unwrap();
    let counts = output.counts();
    (output.into_output().0.into_iter().map(|(_, at, _, bytes)| (at, bytes)).collect(), counts)
}

#[test]
fn faults_are_as_many_as_were_asked_for() {
    let (all, counts) = with_faults(WorldFaults::none(1));
    assert_eq!((all.len(), counts), (10_000, FaultCounts::default()));
    assert!(all.is_sorted());

    let faults =
        WorldFaults { repeat: 0.3, disorder: 60_000, lose: 0.01, damage_one_in: 50, ..WorldFaults::none(1) };
    let (all, counts) = with_faults(faults);
    assert!((2_700..3_300).contains(&counts.repeated), "{counts:?}");
    assert!((50..200).contains(&counts.lost), "{counts:?}");
    assert!((150..400).contains(&counts.damaged), "{counts:?}");
    assert_eq!(all.len() as u64, 10_000 - counts.lost + counts.repeated);
    assert!(all.is_sorted_by_key(|(at, _)| *at), "delivered in the order of delivery");
    let mut latest = 0;
    for (at, bytes) in all.iter().filter(|(_, bytes)| bytes.len() == 8) {
        let sent = std::str::from_utf8(bytes).unwrap().parse::<i64>().unwrap() * 100;
        assert!((0..=60_000).contains(&(at - sent)));
        latest = latest.max(at - sent);
    }
    assert!(latest > 50_000);
    assert_eq!(with_faults(faults), with_faults(faults));
}
