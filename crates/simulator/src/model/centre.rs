//! The centre: what is in it, and what happens next.

use std::{collections::VecDeque, fmt};

use super::{
    agent::Agent,
    calendar::Calendar,
    config::{Config, ConfigError, Staffing},
    contact::Contact,
    contacts::Contacts,
    directory::Directory,
    handle::ContactRef,
    plan::{ScriptedContact, ScriptedShift},
    ready::ReadyAgents,
    schedule::{Schedule, Timer},
    source::Source,
    step::{AgentStep, ContactStep, Event, ResourceStep, Sink, Step},
    time::Millis,
    waiting::WaitingLists,
};

/// How many contacts there were. `arrived` is `ended` and `in_centre` together, always.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// Contacts and legs that began.
    pub arrived: u64,
    /// Those of which nothing more happens.
    pub ended: u64,
    /// Those that are in the centre still.
    pub in_centre: u64,
    /// Steps of the history.
    pub steps: u64,
    /// The most contacts that were in memory at a time.
    pub most_in_memory: usize,
}

/// The invented contact centre, as the [module](super) describes it.
pub struct Centre<S> {
    pub(super) config: Config,
    pub(super) directory: Directory,
    pub(super) calendar: Calendar,
    pub(super) schedule: Schedule,
    pub(super) contacts: Contacts,
    pub(super) agents: Vec<Agent>,
    pub(super) waiting: WaitingLists,
    pub(super) ready: ReadyAgents,
    pub(super) sources: Vec<Source>,
    pub(super) script: VecDeque<Option<ScriptedContact>>,
    pub(super) now: Millis,
    pub(super) summary: Summary,
    end: Millis,
    sink: S,
}

impl<S> fmt::Debug for Centre<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Centre")
            .field("now", &self.now)
            .field("summary", &self.summary)
            .finish_non_exhaustive()
    }
}

impl<S: Sink> Centre<S> {
    /// A centre at the beginning of its history.
    ///
    /// # Errors
    /// When there can be no centre of that configuration.
    pub fn new(config: Config, sink: S) -> Result<Self, ConfigError> {
        let mut centre = Self::empty(config, sink)?;
        centre.sources = Source::all(&centre.config);
        for source in 0..centre.sources.len() {
            centre.schedule_arrival(source);
        }
        for agent in 0..centre.agents.len() {
            match centre.config.staffing {
                Staffing::Shifts => centre.schedule_first_shift(agent),
                Staffing::Always => centre.schedule.add(centre.now, Timer::LogOn { agent, day: None }),
            }
        }
        if centre.config.has_changes {
            centre.schedule_change(0);
        }
        Ok(centre)
    }

    /// A centre in which happens what is written down by hand, and nothing else.
    ///
    /// # Errors
    /// When there can be no centre of that configuration.
    pub fn scripted(
        config: Config,
        shifts: &[ScriptedShift],
        contacts: Vec<ScriptedContact>,
        sink: S,
    ) -> Result<Self, ConfigError> {
        let mut centre = Self::empty(config, sink)?;
        for (index, contact) in contacts.iter().enumerate() {
            centre.schedule.add(contact.at, Timer::Scripted { index });
        }
        centre.script = contacts.into_iter().map(Some).collect();
        for shift in shifts {
            centre.schedule_scripted_shift(*shift);
        }
        Ok(centre)
    }

    fn empty(config: Config, sink: S) -> Result<Self, ConfigError> {
        config.validate()?;
        let (begin, end) = (config.begin(), config.end());
        let directory = Directory::new(&config);
        let people = directory.people.iter().enumerate();
        Ok(Self {
            calendar: Calendar::new(config.zone.clone()),
            schedule: Schedule::default(),
            contacts: Contacts::default(),
            agents: people.map(|(index, person)| Agent::new(index, person.profile, begin)).collect(),
            waiting: WaitingLists::new(directory.queues.len()),
            ready: ReadyAgents::new(directory.profiles.len()),
            sources: Vec::new(),
            script: VecDeque::new(),
            now: begin,
            summary: Summary::default(),
            end,
            sink,
            config,
            directory,
        })
    }

    /// The moment up to which the history has come, in milliseconds since 1970.
    pub fn now(&self) -> Millis {
        self.now
    }

    /// Who and what the centre has now.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// The agents, each at the place that it has in the directory.
    pub fn agents(&self) -> &[Agent] {
        &self.agents
    }

    /// The contacts of which something may still happen: those in the centre, and those whose record may be written again.
    pub fn contacts(&self) -> impl Iterator<Item = &Contact> {
        self.contacts.iter()
    }

    /// What has taken the history so far.
    pub fn history(&self) -> &S {
        &self.sink
    }

    /// Where the history goes.
    pub fn sink(&mut self) -> &mut S {
        &mut self.sink
    }

    /// Lets everything happen that happens before that moment, or before the end if that is earlier. False once nothing more
    /// happens before the end.
    pub fn advance(&mut self, to: Millis) -> bool {
        let to = to.min(self.end);
        while self.schedule.next_at().is_some_and(|at| at < to) {
            let Some((at, timer)) = self.schedule.pop() else { break };
            self.now = at;
            self.happen(timer);
        }
        self.now = self.now.max(to);
        self.schedule.next_at().is_some_and(|at| at < self.end)
    }

    /// Lets everything happen until the end.
    pub fn run(self) -> Summary {
        self.finish().0
    }

    /// Lets everything happen until the end. Records of contacts that have ended are written, whose time comes later; what
    /// is unfinished is told as that.
    pub fn finish(mut self) -> (Summary, S, Directory) {
        self.advance(self.end);
        while let Some((at, timer)) = self.schedule.pop() {
            if matches!(timer, Timer::Record(_)) {
                self.now = at;
                self.happen(timer);
            }
        }
        self.now = self.now.max(self.end);
        for contact in self.contacts.iter().filter(|contact| contact.last_update.is_none()) {
            self.summary.steps += 1;
            self.summary.in_centre += 1;
            let event = Event::Contact { step: ContactStep::Unfinished, contact };
            let number = self.summary.steps;
            self.sink.take(&Step { at: self.now, number, event, directory: &self.directory });
        }
        (self.summary, self.sink, self.directory)
    }

    fn happen(&mut self, timer: Timer) {
        match timer {
            Timer::Arrival { source, key } => self.arrive(source, key),
            Timer::Return(returning) => self.return_again(&returning),
            Timer::Scripted { index } => self.begin_scripted(index),
            Timer::Block(contact, epoch) => self.go_through_block(contact, epoch),
            Timer::LeaveFlow(contact, epoch) => self.leave_flow(contact, epoch),
            Timer::Dialled(contact, epoch) => self.dialled(contact, epoch),
            Timer::GiveUp(contact) => self.give_up(contact),
            Timer::QueueTurn(contact) => self.turn_in_queue(contact),
            Timer::Routable(contact) => self.become_routable(contact),
            Timer::Reply(contact, epoch) => self.reply(contact, epoch),
            Timer::Clear { agent, contact } => self.clear(agent, contact),
            Timer::ActionOver(contact, epoch) => self.action_over(contact, epoch),
            Timer::MonitorOver(contact) => self.stop_monitoring(contact),
            Timer::Outside(contact, epoch) => self.go_on_outside(contact, epoch),
            Timer::WorkOver(contact) => self.work_over(contact),
            Timer::Record(contact) => self.write_record(contact),
            Timer::Addition(contact, addition) => self.add_to_record(contact, addition),
            Timer::LogOn { agent, day } => self.log_on(agent, day),
            Timer::LogOnAgain { agent, available_after } => self.log_on_again(agent, available_after),
            Timer::Choose { agent, status, length } => self.choose_status(agent, status, length),
            Timer::StatusOver { agent, since } => self.status_over(agent, since),
            Timer::LogOff { agent } => self.log_off(agent),
            Timer::Ready { agent } => self.serve(agent),
            Timer::Heartbeat { agent } => self.beat(agent),
            Timer::Change { number } => self.change(number),
        }
    }

    /// A contact is in the centre from now on.
    pub(super) fn begin(&mut self, mut contact: Contact) -> ContactRef {
        contact.caller = contact.customer.one_of(&self.config.callers).cloned();
        let handle = self.contacts.insert(contact);
        self.summary.arrived += 1;
        self.summary.most_in_memory = self.summary.most_in_memory.max(self.contacts.len());
        self.note(ContactStep::Initiated, handle);
        handle
    }

    /// Tells a step of a contact.
    pub(super) fn note(&mut self, step: ContactStep, handle: ContactRef) {
        let Some(contact) = self.contacts.get(handle) else { return };
        self.summary.steps += 1;
        let event = Event::Contact { step, contact };
        let number = self.summary.steps;
        self.sink.take(&Step { at: self.now, number, event, directory: &self.directory });
    }

    /// Tells a step of an agent.
    pub(super) fn note_agent(&mut self, step: AgentStep, agent: usize) {
        let Some(agent) = self.agents.get_mut(agent) else { return };
        agent.last_event = self.now;
        self.summary.steps += 1;
        let event = Event::Agent { step, agent };
        let number = self.summary.steps;
        self.sink.take(&Step { at: self.now, number, event, directory: &self.directory });
    }

    /// Tells a step of the centre itself.
    pub(super) fn note_resource(&mut self, step: ResourceStep) {
        self.summary.steps += 1;
        let event = Event::Resource(step);
        let number = self.summary.steps;
        self.sink.take(&Step { at: self.now, number, event, directory: &self.directory });
    }
}
