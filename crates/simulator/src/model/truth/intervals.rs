//! The figures of `intervals.ndjson`, counted and let go as soon as nothing can change them.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    io,
};

use super::{
    figures::{AgentFigures, AgentQueueFigures, QueueFigures},
    interval_line::{self, AgentQueueKey, LENGTH, QueueKey},
    ledger::Ledger,
};
use crate::model::{
    activity::{Stretch, Stretches},
    agent_time::{AgentTime, cut},
    contact::Contact,
    directory::Directory,
    step::ContactStep,
    terms::{Channel, LegRole, QueueRef},
    time::Millis,
};

/// The figures that can still change. Every quarter of an hour those are written that nothing can change any more: a contact
/// can change those of the intervals in which it began, came into the queue, was connected and was disconnected, until it is
/// over.
#[derive(Debug)]
pub(super) struct Intervals {
    queues: Ledger<QueueKey, QueueFigures>,
    agent_queues: Ledger<AgentQueueKey, AgentQueueFigures>,
    /// The time of agents in the interval that goes on.
    agents: BTreeMap<usize, AgentFigures>,
    /// How many contacts that began in an interval can still come into a queue of which it is not known.
    beginning: BTreeMap<Millis, u32>,
    /// When the interval began that goes on.
    begin: Option<Millis>,
    /// When the history ends.
    end: Millis,
}

impl Intervals {
    /// The intervals of a history that ends then.
    pub(super) fn new(end: Millis) -> Self {
        Self {
            queues: Ledger::default(),
            agent_queues: Ledger::default(),
            agents: BTreeMap::new(),
            beginning: BTreeMap::new(),
            begin: None,
            end,
        }
    }

    /// How many figures are in memory.
    pub(super) fn len(&self) -> usize {
        self.queues.len() + self.agent_queues.len() + self.agents.len() + self.beginning.len()
    }

    fn queue(&mut self, at: Millis, queue: QueueRef, channel: Channel) -> &mut QueueFigures {
        self.queues.figures((begin(at), queue, channel))
    }

    fn agent_queue(&mut self, at: Millis, agent: usize, contact: &Contact) -> &mut AgentQueueFigures {
        self.agent_queues.figures(agent_queue_key(at, agent, contact))
    }

    /// Holds the figures that a contact can change until it is over, because of what happened to it now.
    fn hold(&mut self, at: Millis, step: ContactStep, contact: &Contact) {
        match step {
            ContactStep::Initiated => *self.beginning.entry(begin(at)).or_default() += 1,
            ContactStep::Queued => self.queues.hold_all(queue_key(at, contact)),
            ContactStep::Connected | ContactStep::Disconnected => {
                self.queues.hold_all(queue_key(at, contact));
                self.agent_queues.hold_all(agent_key(at, contact));
            }
            _ => {}
        }
    }

    /// Releases what a contact held that is over, or whose queue is known.
    fn release(&mut self, step: ContactStep, contact: &Contact) {
        let is_known = contact.role == LegRole::Customer && contact.enqueued.is_some();
        let has_begun = match step {
            ContactStep::Queued | ContactStep::Joined => is_known,
            ContactStep::Completed => !is_known,
            _ => false,
        };
        if has_begun && let Entry::Occupied(mut count) = self.beginning.entry(begin(contact.initiated)) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
        if step == ContactStep::Completed {
            let with_agent = [contact.connected, contact.disconnected].into_iter().flatten();
            let in_queue = contact.enqueued.into_iter().chain(with_agent.clone());
            self.queues.release_all(in_queue.filter_map(|at| queue_key(at, contact)));
            self.agent_queues.release_all(with_agent.filter_map(|at| agent_key(at, contact)));
        }
    }

    /// Counts and holds.
    pub(super) fn take_contact(&mut self, at: Millis, step: ContactStep, contact: &Contact) {
        self.hold(at, step, contact);
        self.count(at, step, contact);
        self.release(step, contact);
    }

    /// Counts what happens to a contact when it happens, and the contact when it is over.
    fn count(&mut self, at: Millis, step: ContactStep, contact: &Contact) {
        let is_customers = contact.role == LegRole::Customer;
        let (queue, channel) = (contact.queue, contact.channel);
        match (step, queue) {
            (ContactStep::Queued, Some(queue)) if is_customers => {
                self.queue(at, queue, channel).offered += 1;
                self.count_created(queue, contact);
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
                self.count_created(queue, contact);
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
            (ContactStep::Completed, _) => self.count_completed(contact),
            _ => {}
        }
    }

    /// Connect has no figures of agents' own queues.
    fn count_created(&mut self, queue: QueueRef, contact: &Contact) {
        if matches!(queue, QueueRef::Standard(_)) {
            self.queue(contact.initiated, queue, contact.channel).connect_contacts_created += 1;
        }
    }

    fn count_completed(&mut self, contact: &Contact) {
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

    /// Counts the time of a stretch that ends then, as far as it is of the interval that goes on.
    pub(super) fn take_stretch(&mut self, stretch: &Stretch, to: Millis) {
        let time = AgentTime::of(stretch.status, stretch.activity);
        let from = self.begin.map_or(stretch.from, |begin| stretch.from.max(begin));
        for (_, seconds) in cut(from, to.min(self.end), LENGTH) {
            let figures = self.agents.entry(stretch.agent).or_default();
            let add = |to: &mut i64, is_it: bool| *to += if is_it { seconds } else { 0 };
            add(&mut figures.online_seconds, time.is_online);
            add(&mut figures.non_productive_seconds, time.is_non_productive);
            add(&mut figures.idle_seconds, time.is_idle);
            add(&mut figures.contact_seconds, time.is_contact);
            add(&mut figures.after_contact_work_seconds, time.is_after_contact_work);
            add(&mut figures.error_seconds, time.is_error);
        }
    }

    /// Writes what is settled, if an interval ends before that moment: by queue, then by agent and queue, then by agent.
    pub(super) fn pass_time(
        &mut self,
        now: Millis,
        stretches: &Stretches,
        out: &mut impl io::Write,
        directory: &Directory,
    ) -> io::Result<()> {
        while let to = *self.begin.get_or_insert(begin(now)) + LENGTH
            && to <= now
        {
            for stretch in stretches.open() {
                self.take_stretch(stretch, to);
            }
            let beginning = &self.beginning;
            self.queues.settle(
                |(from, ..)| *from < to && !beginning.contains_key(from),
                |key, figures| interval_line::write_queue(out, *key, figures, directory),
            )?;
            self.agent_queues.settle(
                |(from, ..)| *from < to,
                |key, figures| interval_line::write_agent_queue(out, *key, figures, directory),
            )?;
            self.write_agents(out, directory)?;
            self.begin = Some(to);
        }
        Ok(())
    }

    /// Writes the rest.
    pub(super) fn finish(
        mut self,
        stretches: &Stretches,
        out: &mut impl io::Write,
        directory: &Directory,
    ) -> io::Result<()> {
        for stretch in stretches.open() {
            self.take_stretch(stretch, self.end);
        }
        self.queues.finish(|key, figures| interval_line::write_queue(out, *key, figures, directory))?;
        self.agent_queues
            .finish(|key, figures| interval_line::write_agent_queue(out, *key, figures, directory))?;
        self.write_agents(out, directory)
    }

    /// Writes the time of agents in the interval that is over.
    fn write_agents(&mut self, out: &mut impl io::Write, directory: &Directory) -> io::Result<()> {
        let (from, nothing) = (self.begin.unwrap_or_default(), AgentFigures::default());
        let agents = std::mem::take(&mut self.agents).into_iter();
        agents.filter(|(_, figures)| *figures != nothing).try_for_each(|(agent, figures)| {
            interval_line::write_agent(out, (from, agent), &figures, directory)
        })
    }
}

fn agent_queue_key(at: Millis, agent: usize, contact: &Contact) -> AgentQueueKey {
    let queue = contact.queue.filter(|_| contact.enqueued.is_some());
    (begin(at), agent, queue, contact.channel)
}

fn queue_key(at: Millis, contact: &Contact) -> Option<QueueKey> {
    contact.queue.map(|queue| (begin(at), queue, contact.channel))
}

fn agent_key(at: Millis, contact: &Contact) -> Option<AgentQueueKey> {
    contact.agent.map(|agent| agent_queue_key(at, agent, contact))
}

fn begin(at: Millis) -> Millis {
    at.div_euclid(LENGTH) * LENGTH
}
