//! The lines of `intervals.ndjson`.

use std::{collections::BTreeMap, io};

use serde::Serialize;
use switchboard_core::arn::last_segment;

use super::{
    figures::{AgentFigures, AgentQueueFigures, QueueFigures},
    write_line,
};
use crate::model::{
    activity::Stretch,
    agent_time::{AgentTime, cut},
    contact::Contact,
    directory::Directory,
    iso::IsoMillis,
    step::ContactStep,
    terms::{Channel, LegRole, QueueRef},
    time::{MINUTE, Millis},
};

/// How long an interval is. Every zone is a multiple of it ahead of UTC.
const LENGTH: Millis = 15 * MINUTE;

/// The figures of all intervals, by their beginning.
#[derive(Debug, Default)]
pub(super) struct Intervals {
    queues: BTreeMap<(Millis, QueueRef, Channel), QueueFigures>,
    agent_queues: BTreeMap<(Millis, usize, Option<QueueRef>, Channel), AgentQueueFigures>,
    agents: BTreeMap<(Millis, usize), AgentFigures>,
}

/// What the figures are of; null is what does not apply.
#[derive(Debug, Serialize)]
struct Line<'a, F> {
    from: IsoMillis,
    to: IsoMillis,
    agent: Option<&'a str>,
    queue: Option<&'a str>,
    channel: Option<&'static str>,
    #[serde(flatten)]
    figures: &'a F,
}

impl Intervals {
    fn queue(&mut self, at: Millis, queue: QueueRef, channel: Channel) -> &mut QueueFigures {
        self.queues.entry((begin(at), queue, channel)).or_default()
    }

    fn agent_queue(&mut self, at: Millis, agent: usize, contact: &Contact) -> &mut AgentQueueFigures {
        let queue = contact.queue.filter(|_| contact.enqueued.is_some());
        self.agent_queues.entry((begin(at), agent, queue, contact.channel)).or_default()
    }

    /// Counts what happens to a contact when it happens, and the contact when it is over.
    pub(super) fn take_contact(&mut self, at: Millis, step: ContactStep, contact: &Contact) {
        let is_customers = contact.role == LegRole::Customer;
        let (queue, channel) = (contact.queue, contact.channel);
        match (step, queue) {
            (ContactStep::Queued, Some(queue)) if is_customers => {
                self.queue(at, queue, channel).offered += 1;
                self.queue(contact.initiated, queue, channel).connect_contacts_created += 1;
            }
            (ContactStep::Connected, queue) if is_customers => {
                if let Some(queue) = queue.filter(|_| contact.enqueued.is_some()) {
                    self.queue(at, queue, channel).answered += 1;
                }
                if let Some(agent) = contact.agent {
                    self.agent_queue(at, agent, contact).answered += 1;
                }
            }
            // A colleague who was asked has taken over: it is the customer's only now.
            (ContactStep::Joined, Some(queue)) if is_customers => {
                let (Some(enqueued), Some(connected)) = (contact.enqueued, contact.connected) else { return };
                self.queue(enqueued, queue, channel).offered += 1;
                self.queue(contact.initiated, queue, channel).connect_contacts_created += 1;
                self.queue(connected, queue, channel).answered += 1;
                if let Some(agent) = contact.agent {
                    self.agent_queue(connected, agent, contact).answered += 1;
                }
            }
            (ContactStep::Missed | ContactStep::Rejected | ContactStep::Failed, _) => {
                if let Some(agent) = contact.offered_to {
                    self.agent_queue(at, agent, contact).not_taken += 1;
                }
            }
            (ContactStep::Disconnected, Some(queue)) if contact.is_abandoned() => {
                self.queue(at, queue, channel).abandoned += 1;
            }
            (ContactStep::Completed, _) => self.take_completed(contact),
            _ => {}
        }
    }

    fn take_completed(&mut self, contact: &Contact) {
        let Some(disconnected) = contact.disconnected else { return };
        let is_customers = contact.role == LegRole::Customer;
        // The record of a colleague who did not take the question is that of a transfer that nobody took.
        let is_taken_for_it = contact.role == LegRole::Consulted && contact.connected.is_none();
        if let (Some(queue), Some(enqueued), true) =
            (contact.queue, contact.enqueued, is_customers || is_taken_for_it)
        {
            self.queue(enqueued, queue, contact.channel).count_for_wfm(contact);
            if matches!(queue, QueueRef::Standard(_)) {
                self.queue(disconnected, queue, contact.channel).count_for_connect(contact);
            }
        }
        if let (Some(agent), Some(connected)) = (contact.agent, contact.connected) {
            if is_customers {
                self.agent_queue(connected, agent, contact).count_for_wfm(contact);
            }
            if matches!(contact.role, LegRole::Customer | LegRole::Consulted) {
                self.agent_queue(disconnected, agent, contact).count_for_connect(contact);
            }
        }
    }

    /// Counts the time of a stretch in every interval that it is in.
    pub(super) fn take_stretch(&mut self, stretch: &Stretch, end: Millis) {
        let time = AgentTime::of(stretch.status, stretch.activity);
        for (from, seconds) in cut(stretch.from, stretch.to.unwrap_or(end), LENGTH) {
            let figures = self.agents.entry((from, stretch.agent)).or_default();
            let add = |to: &mut i64, is_it: bool| *to += if is_it { seconds } else { 0 };
            add(&mut figures.online_seconds, time.is_online);
            add(&mut figures.non_productive_seconds, time.is_non_productive);
            add(&mut figures.idle_seconds, time.is_idle);
            add(&mut figures.contact_seconds, time.is_contact);
            add(&mut figures.after_contact_work_seconds, time.is_after_contact_work);
            add(&mut figures.error_seconds, time.is_error);
        }
    }

    /// Writes every interval in which something counts, by queue, then by agent and queue, then by agent.
    pub(super) fn write(&self, out: &mut impl io::Write, directory: &Directory) -> io::Result<()> {
        let username = |agent: usize| directory.people.get(agent).map(|person| &*person.username);
        let queue_id = |queue: QueueRef| last_segment(directory.queue_arn(queue));
        for ((from, queue, channel), figures) in &self.queues {
            let (queue, channel) = (Some(queue_id(*queue)), Some(channel.name()));
            write_line(out, &line(*from, None, queue, channel, figures))?;
        }
        for ((from, agent, queue, channel), figures) in &self.agent_queues {
            let (queue, channel) = (queue.map(queue_id), Some(channel.name()));
            write_line(out, &line(*from, username(*agent), queue, channel, figures))?;
        }
        for ((from, agent), figures) in &self.agents {
            write_line(out, &line(*from, username(*agent), None, None, figures))?;
        }
        Ok(())
    }
}

fn line<'a, F>(
    from: Millis,
    agent: Option<&'a str>,
    queue: Option<&'a str>,
    channel: Option<&'static str>,
    figures: &'a F,
) -> Line<'a, F> {
    Line { from: IsoMillis(from), to: IsoMillis(from + LENGTH), agent, queue, channel, figures }
}

fn begin(at: Millis) -> Millis {
    at.div_euclid(LENGTH) * LENGTH
}
