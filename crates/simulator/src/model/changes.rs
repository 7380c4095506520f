//! What is renamed, created and deleted while the centre is open: queues and users.

use std::ops::Range;

use super::{
    agent::Agent,
    centre::Centre,
    config::Staffing,
    contact::{Contact, Stage},
    directory::Queue,
    schedule::Timer,
    source::Source,
    step::{AgentStep, ResourceStep, Sink},
    terms::QueueRef,
    time::{HOUR, MINUTE, Millis},
};

/// Between a change of something and the next.
const CHANGES_EVERY: Millis = 47 * MINUTE;
/// How long a queue that is created takes contacts.
const TAKES_CONTACTS: Millis = 2 * HOUR;
/// It is deleted no earlier after that: once Connect has counted all of its contacts, as a deleted queue is not asked for.
const SETTLES: Millis = 3 * HOUR;
/// Between the creation of a user and the first log-on.
const FIRST_LOG_ON: Millis = 20 * MINUTE;
/// In these minutes of the local day; a user who is created at another time begins with the next shift.
const FIRST_LOG_ONS: Range<i64> = 7 * 60..14 * 60;
/// What a queue's new name ends with.
const RENAMED_QUEUE: &str = " (new)";
/// What a person's new name ends with.
const RENAMED_PERSON: &str = "-Smith";

impl<S: Sink> Centre<S> {
    pub(super) fn schedule_change(&mut self, number: u32) {
        self.schedule.add(self.now + CHANGES_EVERY, Timer::Change { number });
    }

    /// Something of the centre is renamed, created or deleted, by turns.
    pub(super) fn change(&mut self, number: u32) {
        self.schedule_change(number.wrapping_add(1));
        self.stop_serving_deleted();
        match number % 6 {
            0 => self.rename_queue(number),
            1 => self.rename_person(number),
            2 => self.create_queue(),
            3 => self.create_person(),
            4 => self.delete_queue(),
            _ => self.delete_person(number),
        }
    }

    fn rename_queue(&mut self, number: u32) {
        let at = turn_of(number, self.config.queues);
        let Some(queue) = self.directory.queues.get_mut(at) else { return };
        queue.name = renamed(&queue.name, RENAMED_QUEUE);
        self.note_resource(ResourceStep::QueueRenamed(at));
    }

    fn rename_person(&mut self, number: u32) {
        let people = self.directory.people.iter_mut().enumerate();
        let mut there = people.skip(turn_of(number, self.config.agents));
        let Some((at, person)) = there.find(|(_, person)| person.deleted.is_none()) else { return };
        person.last_name = renamed(&person.last_name, RENAMED_PERSON);
        self.note_resource(ResourceStep::PersonRenamed(at));
        if self.agents.get(at).is_some_and(|agent| agent.is_online) {
            self.note_agent(AgentStep::SettingsChanged, at);
        }
    }

    fn create_queue(&mut self) {
        let at = self.directory.create_queue(self.config.seed, self.now);
        self.waiting.add_queue();
        self.note_resource(ResourceStep::QueueCreated(at));
        for source in Source::of_created(&self.config, at, self.now + TAKES_CONTACTS) {
            self.sources.push(source);
            self.schedule_arrival(self.sources.len() - 1);
        }
    }

    /// Once nobody is on the way to a deleted queue, or in it, no agent serves it any more.
    fn stop_serving_deleted(&mut self) {
        let planned = usize::try_from(self.config.queues).unwrap_or(usize::MAX);
        let is_left = |at: usize| {
            let is_there = |contact: &Contact| {
                contact.queue == Some(QueueRef::Standard(at))
                    && matches!(contact.stage, Stage::Flow | Stage::Waiting | Stage::Offered)
            };
            !self.contacts.iter().any(is_there)
        };
        let created = self.directory.queues.iter().enumerate().skip(planned);
        let deleted = created.filter(|(_, queue)| queue.deleted.is_some()).map(|(at, _)| at);
        let left: Vec<_> =
            deleted.filter(|at| !self.directory.serving(*at).is_empty() && is_left(*at)).collect();
        for at in left {
            self.directory.stop_serving(at);
        }
    }

    /// The oldest of the queues that were created and take no contacts any more. Whoever waits in it still is served.
    fn delete_queue(&mut self) {
        let planned = usize::try_from(self.config.queues).unwrap_or(usize::MAX);
        let now = self.now;
        let mut created = self.directory.queues.iter_mut().enumerate().skip(planned);
        let is_due = |(_, queue): &(usize, &mut Queue)| {
            queue.deleted.is_none() && queue.created + TAKES_CONTACTS + SETTLES <= now
        };
        let Some((at, queue)) = created.find(is_due) else { return };
        queue.deleted = Some(now);
        self.note_resource(ResourceStep::QueueDeleted(at));
    }

    /// A new agent, who begins soon. Where all work from the beginning to the end, nobody comes or goes.
    fn create_person(&mut self) {
        if self.config.staffing == Staffing::Always {
            return;
        }
        let at = self.directory.create_person(self.config.seed, self.now);
        let profile = self.directory.people.get(at).map_or(0, |person| person.profile);
        self.agents.push(Agent::new(at, profile, self.now));
        self.note_resource(ResourceStep::PersonCreated(at));
        let local = self.calendar.local(self.now);
        if FIRST_LOG_ONS.contains(&local.minute) {
            self.schedule.add(self.now + FIRST_LOG_ON, Timer::LogOn { agent: at, day: Some(local.day) });
        } else {
            self.schedule_shift(at, local.day);
        }
    }

    /// Somebody who is not logged on leaves for good, unless nobody else is left.
    fn delete_person(&mut self, number: u32) {
        let people = &self.directory.people;
        if people.iter().filter(|person| person.deleted.is_none()).count() < 2 {
            return;
        }
        let first = turn_of(number, self.config.agents);
        let is_away = |at: &usize| {
            people.get(*at).is_some_and(|person| person.deleted.is_none())
                && self.agents.get(*at).is_some_and(|agent| !agent.is_online && !agent.is_busy())
        };
        let Some(at) = (first..people.len()).chain(0..first).find(is_away) else { return };
        if let Some(person) = self.directory.people.get_mut(at) {
            person.deleted = Some(self.now);
        }
        if let Some(agent) = self.agents.get_mut(at) {
            agent.beats_until = None;
        }
        self.note_resource(ResourceStep::PersonDeleted(at));
    }
}

/// Which of so many has its turn.
fn turn_of(number: u32, of: u32) -> usize {
    usize::try_from(number.wrapping_mul(7) % of.max(1)).unwrap_or(0)
}

/// With that ending; once, however often it is renamed.
fn renamed(name: &str, ending: &str) -> String {
    match name.strip_suffix(ending) {
        Some(before) => before.to_owned(),
        None => format!("{name}{ending}"),
    }
}
