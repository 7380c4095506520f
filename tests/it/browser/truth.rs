//! What is true of an invented centre at the moments of one call.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::{Value, json};
use switchboard_simulator::model::{
    Behaviour, Centre, Channel, Config, Contact, ContactStep, Event, InitiationMethod, LegRole, QueueRef,
    Sink, Step,
};

/// What the demo counts as answered in time, where nobody has set a target.
const WITHIN_SECONDS: i64 = 20;

/// Each contact that came into a queue as it was last, by id.
type QueuedContacts = Arc<Mutex<BTreeMap<String, Contact>>>;

/// A call that waits, is answered, and is wrapped up; and the centre at a moment of each, and after it.
pub(super) struct Story {
    call: Contact,
    /// Whole seconds of Unix time.
    moments: [i64; 5],
}

impl Story {
    /// The first call after nine that waits for half a minute, and is simple otherwise.
    pub(super) fn of_a_call() -> Self {
        let (mut centre, queued) = centre();
        centre.advance(at("2026-11-02T12:00:00Z").as_millisecond());
        let queued = queued.lock().expect("no panic");
        let mut calls: Vec<&Contact> = queued.values().filter(|contact| is_simple(contact)).collect();
        calls.sort_by_key(|call| call.enqueued);
        let call = calls.first().expect("a simple call").snapshot();
        let between = |from: Option<i64>, to: Option<i64>| {
            i64::midpoint(from.expect("it came"), to.expect("it went")) / 1000
        };
        let moments = [
            between(call.enqueued, call.accepted.or(call.connected)),
            between(call.connected, call.left),
            between(call.left, call.work_ended),
            call.work_ended.expect("it ended") / 1000 + 5,
            // Its record has come.
            call.work_ended.expect("it ended") / 1000 + 90,
        ];
        Self { call, moments }
    }

    /// For the tests in the browser; `arguments` are those of the demo.
    pub(super) fn to_json(&self, arguments: &[&str]) -> Value {
        let (mut centre, queued) = centre();
        let people =
            centre.directory().people.iter().map(|person| person.username.clone()).collect::<Vec<_>>();
        let mut before = self.moments[0];
        let moments: Vec<Value> = self
            .moments
            .iter()
            .map(|&second| {
                centre.advance(second * 1000);
                let step = second - std::mem::replace(&mut before, second);
                let moment = Timestamp::from_second(second).expect("a time");
                let tiles = queues(&centre, &queued.lock().expect("no panic"), second);
                let agents = centre.agents().iter().filter(|agent| agent.is_online).count();
                json!({"at": moment.to_string(), "step": step, "queues": tiles, "agents": agents})
            })
            .collect();
        let Some(QueueRef::Standard(queue)) = self.call.queue else { panic!("it is in a queue") };
        json!({
            "arguments": arguments,
            "moments": moments,
            "agents": people,
            "call": {
                "id": self.call.id.to_string(),
                "queue_id": centre.directory().queues[queue].id,
                "agent": people[self.call.agent.expect("an agent")],
                "number": self.call.customer_address(),
            },
        })
    }
}

/// True of an incoming call that waits for half a minute or more, is taken at the first offer and not put on hold or passed on, and leaves
/// the agent some work.
fn is_simple(contact: &Contact) -> bool {
    let seconds =
        |from: Option<i64>, to: Option<i64>| from.zip(to).map_or(0, |(from, to)| (to - from) / 1000);
    contact.enqueued.is_some_and(|enqueued| enqueued >= at("2026-11-02T09:00:00Z").as_millisecond())
        && (contact.channel, contact.method, contact.role)
            == (Channel::Voice, InitiationMethod::Inbound, LegRole::Customer)
        && matches!(contact.queue, Some(QueueRef::Standard(_)))
        && contact.customer_address().is_some()
        && contact.agent.is_some()
        && contact.holds.seconds == 0
        && contact.transfer.is_none()
        && (contact.previous.is_none() && contact.next.is_none())
        && seconds(contact.enqueued, contact.connected) >= 30
        && seconds(contact.connected, contact.left) >= 30
        && seconds(contact.left, contact.work_ended) >= 10
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

/// The demo's centre, and what comes into its queues.
fn centre() -> (Centre<impl Sink>, QueuedContacts) {
    let agents = 16;
    let config = Config {
        seed: 1,
        agents,
        queues: 5,
        contacts_per_day: agents * 60,
        from: at("2026-11-02T00:00:00Z"),
        duration: SignedDuration::from_hours(24 * 30),
        zone: TimeZone::UTC,
        behaviour: Behaviour { weekend: 1.0, ..Behaviour::default() },
        ..Config::default()
    };
    let queued = QueuedContacts::default();
    let taker = Arc::clone(&queued);
    let take = move |step: &Step<'_>| {
        if let Event::Contact { contact, step } = step.event
            && contact.enqueued.is_some()
            && step != ContactStep::Unfinished
        {
            taker.lock().expect("no panic").insert(contact.id.to_string(), contact.snapshot());
        }
    };
    (Centre::new(config, take).expect("a centre"), queued)
}

/// What each queue's tile has to say, by the queue's id.
fn queues(
    centre: &Centre<impl Sink>,
    queued: &BTreeMap<String, Contact>,
    second: i64,
) -> BTreeMap<String, Value> {
    let half_hour = second.div_euclid(1800) * 1800;
    let midnight = at("2026-11-02T00:00:00Z").as_second();
    let ids = centre.directory().queues.iter().map(|queue| queue.id.clone());
    ids.enumerate()
        .map(|(place, id)| {
            let is_here = |contact: &&Contact| contact.queue == Some(QueueRef::Standard(place));
            let waiting: Vec<&Contact> = centre
                .contacts()
                .filter(is_here)
                .filter(|contact| contact.is_in_queue() && contact.method != InitiationMethod::Callback)
                .collect();
            let customers: Vec<&Contact> =
                queued.values().filter(is_here).filter(|contact| contact.role == LegRole::Customer).collect();
            let tile = json!({
                "waiting": waiting.len(),
                "longest_since": longest_since(&waiting).map(|since| Timestamp::from_second(since).expect("a time").to_string()),
                "interval": counts(&customers, half_hour),
                "today": counts(&customers, midnight),
            });
            (id, tile)
        })
        .collect()
}

/// Since when the longest waits: of calls and chats, or else of the others.
fn longest_since(waiting: &[&Contact]) -> Option<i64> {
    let since = |contact: &&Contact| contact.enqueued.map(|enqueued| enqueued.div_euclid(1000));
    let live = waiting.iter().filter(|contact| matches!(contact.channel, Channel::Voice | Channel::Chat));
    live.filter_map(since).min().or_else(|| waiting.iter().filter_map(since).min())
}

/// Offered, answered, abandoned, and the service level in whole per cent, of contacts that came into the queue since then.
fn counts(contacts: &[&Contact], from: i64) -> Value {
    let came =
        contacts.iter().filter(|contact| contact.enqueued.is_some_and(|enqueued| enqueued >= from * 1000));
    let came: Vec<&&Contact> = came.collect();
    let answered: Vec<_> = came.iter().filter(|contact| contact.connected.is_some()).collect();
    let within = answered
        .iter()
        .filter(|contact| contact.queued_seconds().is_some_and(|seconds| seconds < WITHIN_SECONDS))
        .count();
    let abandoned = came.iter().filter(|contact| contact.is_abandoned()).count();
    let over = came.iter().filter(|contact| contact.dequeued.is_some()).count();
    let percent =
        (within * 100).checked_div(over).map_or_else(|| "–".to_owned(), |percent| format!("{percent} %"));
    json!([came.len().to_string(), answered.len().to_string(), abandoned.to_string(), percent])
}
