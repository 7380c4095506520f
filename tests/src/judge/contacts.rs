//! Contacts: the status and the journey of each, held against what happened.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use switchboard_contacts::attribute::SystemAttribute as Attribute;
use switchboard_contacts::history::HistoryEntry;
use switchboard_contacts::journey::Journey;
use switchboard_contacts::observation::successor::WENT_ON;
use switchboard_contacts::status::Status;
use switchboard_contacts::store::Store;
use switchboard_contacts::version::Source;
use switchboard_simulator::model::{ContactStep, FlowBlock};
use switchboard_store::call::CallContext;
use tokio::time::Instant;

use super::journey::{ContactMoment, ContactStory, told};
use super::news::{EmittedOf, News};
use super::report::Report;
use super::workforce::{Workforce, compare_row};

/// How long contacts are kept: well beyond the time in which they are compared.
pub(super) const RETENTION_MINUTES: u32 = 6 * 60;
/// How long an answer of the store may take.
pub(super) const AT_MOST: Duration = Duration::from_mins(1);

/// Contacts that are not compared yet.
#[derive(Debug, Default)]
pub(super) struct Contacts {
    /// The line of the truth of each that is over.
    over: BTreeMap<String, Value>,
    moments: BTreeMap<String, Vec<ContactMoment>>,
    /// Those whose record was written, with the step of the run in which it was written last, and the number of holds.
    recorded: BTreeMap<String, (u64, u32)>,
    /// The stories of these.
    stories: BTreeMap<String, ContactStory>,
    emitted: BTreeMap<String, EmittedOf>,
    step: u64,
    compared: u64,
}

impl Contacts {
    /// Takes what happened in a step.
    pub(super) fn take(&mut self, news: News) {
        self.step += 1;
        for (id, emitted) in news.emitted {
            let held = self.emitted.entry(id).or_default();
            held.contact_events.extend(emitted.contact_events);
            held.contact_records.extend(emitted.contact_records);
        }
        for (id, moments) in news.moments {
            self.moments.entry(id).or_default().extend(moments);
        }
        for line in news.contacts.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let line: Value = serde_json::from_slice(line).expect("a line of the truth");
            self.over.insert(text(&line, "id").unwrap_or_default().to_owned(), line);
        }
        for recorded in news.recorded {
            self.recorded.insert(recorded.id.clone(), (self.step, recorded.holds));
            self.stories.insert(recorded.id, recorded.story);
        }
    }

    /// Compares those of which nothing more was told for so many steps; at the end all that are left.
    pub(super) async fn compare(
        &mut self,
        (store, now): (&Store, Timestamp),
        workforce: &mut Workforce,
        rest: u64,
        report: &mut Report,
    ) {
        let ids: Vec<String> = self.over.keys().filter(|id| self.is_ripe(id, rest)).cloned().collect();
        for id in ids {
            let (Some(truth), Some(moments)) = (self.over.remove(&id), self.moments.remove(&id)) else {
                continue;
            };
            let (_, holds) = self.recorded.remove(&id).unwrap_or_default();
            let emitted = self.emitted.remove(&id).unwrap_or_default();
            let context = || CallContext::new(now, Instant::now() + AT_MOST);
            let status = store.status(&id, context()).await.expect("a store that can be read");
            let history = store.history(&id, context()).await.expect("a store that can be read");
            let Some(status) = status else {
                report.differ(format!("contact {id} is not there"));
                continue;
            };
            self.compared += 1;
            compare_status(&id, &truth, &status, report);
            compare_row(&id, (&truth, holds), &workforce.take_rows_of(&id), report);
            compare_entries(&id, &history, &emitted, report);
            // As it is printed: with the statuses of its chain, and names that others' events told.
            let chain = store.chain(status.initial_contact_id(), context());
            let chain = chain.await.expect("a store that can be read");
            let flow_lines = history.iter().filter(|entry| entry.source == Source::FlowLog).count();
            let journey = Journey::new(history, &chain);
            let without_name = journey.without_name();
            let names = store.names(&without_name, context());
            let journey = journey.with_names(names.await.expect("a store that can be read"));
            self.compare_journey(&id, &moments, (flow_lines, &journey), rest, report);
            self.stories.remove(&id);
        }
    }

    /// True if its record was written, and nothing more told of it, for so many steps.
    fn is_ripe(&self, id: &str, rest: u64) -> bool {
        self.recorded.get(id).is_some_and(|(step, _)| step + rest <= self.step)
    }

    fn compare_journey(
        &self,
        id: &str,
        moments: &[ContactMoment],
        (flow_lines, journey): (usize, &Journey),
        rest: u64,
        report: &mut Report,
    ) {
        let blocks = moments.iter().filter(|moment| is_logged(moment.step)).count();
        report.compare_count("journey", id, "the number of flow blocks", (flow_lines, blocks));
        let Some(story) = self.stories.get(id) else { return };
        // What it went on as may be called by a newer name in its record, which is on its way.
        let next = |id: &str| self.stories.get(id).filter(|_| self.is_ripe(id, rest));
        if let Some(sentences) = story.sentences(moments, next) {
            report.compare("journey", id, "what is told", (told(&journey.friendly()), sentences));
        }
    }

    /// How many contacts were compared.
    pub(super) fn compared(&self) -> u64 {
        self.compared
    }
}

fn compare_status(id: &str, truth: &Value, status: &Status, report: &mut Report) {
    let mut compare = |what: &str, found: Option<&str>, member: Option<&str>| {
        report.compare("status", id, what, (found, member));
    };
    compare("Status", status.text(Attribute::Status), Some("COMPLETED"));
    compare("channel", status.text(Attribute::Channel), text(truth, "channel"));
    compare("initiation", status.text(Attribute::InitiationMethod), text(truth, "initiation"));
    compare("agent", status.text(Attribute::AgentUsername), text(truth, "agent"));
    compare("reason", status.text(Attribute::DisconnectReason), text(truth, "reason"));
    compare("next contact", status.text(Attribute::NextContactId), text(truth, "next_contact_id"));
    compare(
        "previous contact",
        status.text(Attribute::PreviousContactId),
        text(truth, "previous_contact_id"),
    );
    // The first of a chain is the first of its own.
    let initial = text(truth, "initial_contact_id").unwrap_or(id);
    compare("initial contact", Some(status.initial_contact_id()), Some(initial));
    let customer = text(truth, "customer").filter(|customer| *customer != "anonymous");
    compare("customer", status.text(Attribute::CustomerIdentifier), customer);
    if let Some(queue) = text(truth, "queue") {
        let found = status.text(Attribute::QueueArn).and_then(|arn| arn.rsplit('/').next());
        compare("queue", found, Some(queue));
    }
    let abandoned = (status.is_abandoned(), truth["abandoned"] == true);
    report.compare("status", id, "abandoned", abandoned);
    report.compare("status", id, "active", (status.is_active(), false));
    for (what, attribute, member) in [
        ("queued", Attribute::Queued, !truth["enqueued"].is_null()),
        ("connected to an agent", Attribute::ConnectedToAgent, !truth["answered"].is_null()),
        ("on hold", Attribute::OnHold, false),
    ] {
        report.compare("status", id, what, (status.flag(attribute), member));
    }
    for (what, attribute, member) in [
        ("enqueued", Attribute::EnqueuedAt, "enqueued"),
        ("answered", Attribute::ConnectedToAgentAt, "answered"),
        ("ended", Attribute::DisconnectedAt, "ended"),
    ] {
        report.compare("status", id, what, (status.time(attribute), time(truth, member)));
    }
}

/// Compares how many entries a contact's history has, each of them once.
fn compare_entries(id: &str, history: &[HistoryEntry], emitted: &EmittedOf, report: &mut Report) {
    let of =
        |source: Source| history.iter().filter(move |entry| entry.source == source && entry.kind != WENT_ON);
    for (what, source, emitted) in [
        ("the number of contact events", Source::ContactEvent, &emitted.contact_events),
        ("the number of contact records", Source::ContactRecord, &emitted.contact_records),
    ] {
        report.compare_count("history", id, what, (of(source).count(), emitted.len()));
    }
    let different: BTreeSet<_> =
        of(Source::AgentEvent).map(|entry| (entry.at, &entry.kind, &entry.body)).collect();
    let entries = of(Source::AgentEvent).count();
    report.compare_count("history", id, "the number of agent events", (entries, different.len()));
}

/// True for what writes a line of the flow log. A check of the opening hours writes its line with the answer, which is a step
/// of its own.
fn is_logged(step: ContactStep) -> bool {
    matches!(step, ContactStep::Flow(_, block) if block != FlowBlock::CheckHours)
}

fn text<'a>(line: &'a Value, member: &str) -> Option<&'a str> {
    line.get(member).and_then(Value::as_str)
}

fn time(line: &Value, member: &str) -> Option<Timestamp> {
    text(line, member).map(|text| text.parse().expect("a time of the truth"))
}
