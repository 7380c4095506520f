//! Agents' days: log-on, breaks, statuses, log-off, heartbeats.

use super::{
    agent::{Agent, HEARTBEAT},
    calendar::is_weekend,
    centre::Centre,
    directory::StatusChoice,
    plan::ScriptedShift,
    random::{Purpose, Stream, derived},
    schedule::Timer,
    step::{AgentStep, Sink},
    time::{HOUR, MINUTE, Millis, SECOND},
};

/// How long a shift is, lunch included.
pub(super) const SHIFT: Millis = 8 * HOUR + 30 * MINUTE;
/// When shifts begin, in minutes of the local day, most of them in the morning; each as often as it stands here.
pub(super) const BEGINNINGS: [i64; 20] =
    [420, 450, 480, 480, 480, 510, 510, 510, 540, 540, 540, 570, 600, 600, 660, 690, 720, 780, 810, 1320];

/// How many agents work on a day of the weekend, as a share of all.
pub(super) const WEEKEND_SHARE: f64 = 0.35;

impl<S: Sink> Centre<S> {
    /// The first day of an agent who works in shifts: one that began the day before may go on still.
    pub(super) fn schedule_first_shift(&mut self, agent: usize) {
        let day = self.calendar.local(self.now).day;
        self.schedule_shift(agent, day);
    }

    /// The shift of that day, or of the next on which the agent works.
    pub(super) fn schedule_shift(&mut self, agent: usize, day: i64) {
        let entity = u64::try_from(agent).unwrap_or(u64::MAX);
        for day in day..day.saturating_add(8) {
            let mut random = self.shift_random(entity, day);
            let minute = random.pick(&BEGINNINGS, 480);
            let works = !is_weekend(day) || random.chance(WEEKEND_SHARE);
            let at = self.calendar.instant(day, minute) + random.between(0, 12 * MINUTE);
            if works && at >= self.now {
                self.schedule.add(at, Timer::LogOn { agent, day: Some(day) });
                return;
            }
        }
    }

    fn shift_random(&self, entity: u64, day: i64) -> Stream {
        Stream::new(self.config.seed, Purpose::Shift, derived(entity, day.unsigned_abs()))
    }

    /// The agent's day begins.
    pub(super) fn log_on(&mut self, index: usize, day: Option<i64>) {
        if self.directory.people.get(index).is_none_or(|person| person.deleted.is_some()) {
            return;
        }
        let Some(day) = day else {
            self.begin_day(index);
            self.take_status(index, StatusChoice::Available, 0);
            return;
        };
        let entity = u64::try_from(index).unwrap_or(u64::MAX);
        let mut random = self.shift_random(derived(entity, 1), day);
        self.schedule_shift(index, day + 1);
        if self.agents.get(index).is_none_or(|agent| agent.is_online) {
            return;
        }
        self.begin_day(index);
        let mut choose = |at, status, length| {
            self.schedule.add(at, Timer::Choose { agent: index, status, length });
        };
        let begin = self.now;
        choose(begin + random.between(2 * SECOND, MINUTE), StatusChoice::Available, 0);
        let mut pause = |after: Millis, length: Millis, status| {
            let at = begin + after + random.between(0, 25 * MINUTE);
            choose(at, status, length + random.between(0, 2 * MINUTE));
        };
        pause(100 * MINUTE, 15 * MINUTE, StatusChoice::Break);
        pause(6 * HOUR, 15 * MINUTE, StatusChoice::Break);
        // Some log off for lunch.
        let logs_off = random.chance(0.1);
        let at = begin + 3 * HOUR + 40 * MINUTE + random.between(0, 25 * MINUTE);
        let length = 30 * MINUTE + random.between(0, 2 * MINUTE);
        choose(at, if logs_off { StatusChoice::Offline } else { StatusChoice::Lunch }, length);
        let returns = at + length;
        if random.chance(0.1) {
            let at = begin + random.between(5 * HOUR, 5 * HOUR + 20 * MINUTE);
            choose(at, StatusChoice::Training, random.between(15 * MINUTE, 40 * MINUTE));
        }
        choose(begin + SHIFT + random.between(0, 10 * MINUTE), StatusChoice::Offline, 0);
        if logs_off {
            let available_after = random.between(2 * SECOND, MINUTE);
            self.schedule.add(returns, Timer::LogOnAgain { agent: index, available_after });
        }
    }

    /// The agent is back from lunch, unless the contacts in hand have taken so long.
    pub(super) fn log_on_again(&mut self, index: usize, available_after: Millis) {
        let is_deleted = self.directory.people.get(index).is_none_or(|person| person.deleted.is_some());
        if is_deleted || self.agents.get(index).is_none_or(|agent| agent.is_online) {
            return;
        }
        self.begin_day(index);
        let status = StatusChoice::Available;
        self.schedule.add(self.now + available_after, Timer::Choose { agent: index, status, length: 0 });
    }

    pub(super) fn schedule_scripted_shift(&mut self, shift: ScriptedShift) {
        let ScriptedShift { agent, from, to } = shift;
        self.schedule.add(from, Timer::LogOn { agent, day: None });
        self.schedule.add(to, Timer::Choose { agent, status: StatusChoice::Offline, length: 0 });
    }

    fn begin_day(&mut self, index: usize) {
        let Some(agent) = self.agents.get_mut(index) else { return };
        agent.is_online = true;
        agent.beats_until = None;
        agent.status = StatusChoice::Offline;
        agent.since = self.now;
        let is_beating = std::mem::replace(&mut agent.is_beating, true);
        self.note_agent(AgentStep::LoggedOn, index);
        if !is_beating {
            self.schedule.add(self.now + HEARTBEAT, Timer::Heartbeat { agent: index });
        }
    }

    /// The agent chooses a status: at once, or for when the contacts in hand are done.
    pub(super) fn choose_status(&mut self, index: usize, status: StatusChoice, length: Millis) {
        let Some(agent) = self.agents.get_mut(index).filter(|agent| agent.is_online) else { return };
        if agent.is_busy() {
            agent.next = Some((status, self.now));
            agent.next_length = length;
            self.refresh(index);
            self.note_agent(AgentStep::NextStatusChosen, index);
        } else {
            self.take_status(index, status, length);
        }
    }

    /// The agent has that status from now on, for so long where it is one of those that end.
    pub(super) fn take_status(&mut self, index: usize, status: StatusChoice, length: Millis) {
        let Some(agent) = self.agents.get_mut(index) else { return };
        agent.status = status;
        agent.since = self.now;
        agent.next = None;
        agent.idle_since = self.now;
        agent.rests_until = self.now + self.config.behaviour.turnaround;
        let (since, rests_until) = (self.now, agent.rests_until);
        self.refresh(index);
        self.note_agent(AgentStep::StatusChanged, index);
        match status {
            StatusChoice::Available if rests_until > self.now => {
                self.schedule.add(rests_until, Timer::Ready { agent: index });
            }
            StatusChoice::Available => self.serve(index),
            StatusChoice::Offline => {
                let entity = u64::try_from(index).unwrap_or(u64::MAX);
                let after = self.shift_random(derived(entity, 2), self.now).between(SECOND, 30 * SECOND);
                self.schedule.add(self.now + after, Timer::LogOff { agent: index });
            }
            _ => self.schedule.add(self.now + length, Timer::StatusOver { agent: index, since }),
        }
    }

    /// A break is over, if it is that one still.
    pub(super) fn status_over(&mut self, index: usize, since: Millis) {
        let is_same = |agent: &&Agent| agent.is_online && agent.since == since;
        if self.agents.get(index).as_ref().is_some_and(is_same) {
            self.take_status(index, StatusChoice::Available, 0);
        }
    }

    /// The agent's day ends.
    pub(super) fn log_off(&mut self, index: usize) {
        let entity = u64::try_from(index).unwrap_or(u64::MAX);
        let minutes = self.shift_random(derived(entity, 3), self.now).between(0, 55);
        let Some(agent) = self.agents.get_mut(index) else { return };
        if agent.status != StatusChoice::Offline || !agent.is_online {
            return;
        }
        agent.is_online = false;
        agent.next = None;
        agent.beats_until = Some(self.now + minutes * MINUTE);
        self.refresh(index);
        self.note_agent(AgentStep::LoggedOff, index);
    }

    /// A heartbeat, if nothing else was published for long enough.
    pub(super) fn beat(&mut self, index: usize) {
        let Some(agent) = self.agents.get_mut(index) else { return };
        if !agent.is_online && agent.beats_until.is_none_or(|until| self.now > until) {
            agent.is_beating = false;
            return;
        }
        if self.now - agent.last_event >= HEARTBEAT {
            self.note_agent(AgentStep::Heartbeat, index);
        }
        if let Some(agent) = self.agents.get(index) {
            self.schedule.add(agent.last_event + HEARTBEAT, Timer::Heartbeat { agent: index });
        }
    }
}
