//! What is renamed, created and deleted while the centre is open: queues and users.

use std::ops::Range;

use super::{
    agent::Agent,
    centre::Centre,
    config::Staffing,
    schedule::Timer,
    step::{AgentStep, ResourceStep, Sink},
    time::{MINUTE, Millis},
};

/// Between a change of something and the next.
const CHANGES_EVERY: Millis = 47 * MINUTE;
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
    }

    /// The queue that was created last.
    fn delete_queue(&mut self) {
        let planned = usize::try_from(self.config.queues).unwrap_or(usize::MAX);
        let at = self.directory.queues.len().saturating_sub(1);
        let Some(queue) = self.directory.queues.get_mut(at).filter(|_| at >= planned) else { return };
        queue.deleted = Some(self.now);
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
