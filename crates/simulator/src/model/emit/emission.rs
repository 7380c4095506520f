//! Writes what is emitted while the history goes on.

use std::{borrow::Cow, io};

use super::{
    agent_event::AgentEvents,
    agent_faults::{AgentFaultCounts, AgentFaults, Hearing, Silences},
    contact_event, contact_record,
    flow_log::FlowLogs,
    item::{Emitted, EmittedKind, Output},
    json::JsonBuffer,
    report::Reports,
};
use crate::{
    fixtures,
    model::{
        clock_skew::{Clock, ClockSkew},
        contact::Contact,
        directory::Directory,
        step::{ContactStep, Event, ResourceStep, Sink, Step},
        time::{Millis, SECOND},
    },
};

/// How often an output is told the time.
const TICK: Millis = SECOND;

/// Writes what Amazon Connect emits of a history, in the order of delivery.
#[derive(Debug)]
pub struct Emission<O> {
    output: O,
    agent_events: AgentEvents,
    flow_logs: FlowLogs,
    reports: Reports,
    clock_skew: ClockSkew,
    silences: Silences,
    buffer: JsonBuffer,
    now: Millis,
    ticked: Millis,
    gathers_logs: bool,
    error: Option<io::Error>,
}

impl<O: Output> Emission<O> {
    /// What is emitted of a history that begins then.
    pub fn new(output: O, begin: Millis) -> Self {
        Self {
            output,
            agent_events: AgentEvents::default(),
            flow_logs: FlowLogs::default(),
            reports: Reports::new(begin),
            clock_skew: ClockSkew::default(),
            silences: Silences::default(),
            buffer: JsonBuffer::default(),
            now: begin,
            ticked: begin,
            gathers_logs: false,
            error: None,
        }
    }

    /// The same, by clocks that are off.
    #[must_use]
    pub fn with_clock_skew(self, clock_skew: ClockSkew) -> Self {
        Self { clock_skew, ..self }
    }

    /// The same, with such agents' events.
    #[must_use]
    pub fn with_agent_faults(self, wanted: AgentFaults) -> Self {
        Self { silences: Silences::new(wanted), ..self }
    }

    /// How many faults of agents' events there were.
    pub fn agent_fault_counts(&self) -> AgentFaultCounts {
        self.silences.counts
    }

    /// From now on lines of flow logs gather in batches of up to 1,000, however long they wait, as for a subscriber who catches up.
    pub fn gather_logs(&mut self) {
        self.gathers_logs = true;
    }

    /// They gather no more: who has waited for long enough by then goes out.
    pub fn send_gathered_logs(&mut self, now: Millis) {
        self.gathers_logs = false;
        if self.error.is_none() {
            self.error = self.send_due_logs(now).err();
        }
    }

    /// What went wrong, once; nothing is put afterwards.
    pub fn take_error(&mut self) -> Option<io::Error> {
        self.error.take()
    }

    /// Of how many agents a snapshot is kept: of those who are logged on or whose heartbeats go on.
    pub fn snapshots_in_memory(&self) -> usize {
        self.agent_events.snapshots_in_memory()
    }

    /// Delivers the rest of a history that ends then.
    ///
    /// # Errors
    /// When something could not be put, then or before.
    pub fn finish(mut self, end: Millis, directory: &Directory) -> io::Result<O> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        // Records are written for a while after the end.
        let end = end.max(self.now);
        self.pass_time(end, directory)?;
        self.send_logs(end)?;
        self.output.finish()?;
        Ok(self.output)
    }

    /// Delivers what is due before that moment.
    fn pass_time(&mut self, now: Millis, directory: &Directory) -> io::Result<()> {
        self.now = now;
        while now >= self.reports.end() {
            let at = self.reports.end();
            if let Some((name, text)) = self.reports.finish(directory) {
                let bytes = text.as_bytes();
                self.output.put(&Emitted { kind: EmittedKind::Report, at, key: &name, bytes })?;
            }
        }
        self.send_due_logs(now)?;
        if now - self.ticked >= TICK {
            self.ticked = now;
            self.output.tick(now)?;
        }
        Ok(())
    }

    fn send_due_logs(&mut self, now: Millis) -> io::Result<()> {
        let by_its_clock = now + self.clock_skew.offset(Clock::FlowLogs);
        let is_due =
            if self.gathers_logs { self.flow_logs.is_full() } else { self.flow_logs.is_due(by_its_clock) };
        if is_due { self.send_logs(now) } else { Ok(()) }
    }

    fn send_logs(&mut self, at: Millis) -> io::Result<()> {
        if !self.flow_logs.is_due(Millis::MAX / 2) {
            return Ok(());
        }
        let bytes = self.flow_logs.batch()?;
        self.output.put(&Emitted { kind: EmittedKind::FlowLogs, at, key: fixtures::LOG_GROUP, bytes })
    }

    /// Delivers what the buffer holds.
    fn put(&mut self, kind: EmittedKind, at: Millis, contact: &Contact) -> io::Result<()> {
        let key = contact.id.to_string();
        self.output.put(&Emitted { kind, at, key: &key, bytes: &self.buffer.0 })
    }

    fn try_take(&mut self, step: &Step<'_>) -> io::Result<()> {
        let (at, number, directory) = (step.at, step.number, step.directory);
        self.pass_time(at, directory)?;
        match step.event {
            Event::Contact { step: what, contact } => {
                self.reports.take_contact(what, contact);
                let skew = self.clock_skew;
                let by_clock = |clock| match skew.offset(clock) {
                    0 => (at, Cow::Borrowed(contact)),
                    ahead => (at + ahead, Cow::Owned(contact.by_clock(ahead))),
                };
                if let ContactStep::Flow(flow, block) = what {
                    let (time, contact) = by_clock(Clock::FlowLogs);
                    self.flow_logs.take((time, number), (flow, block), &contact, directory);
                }
                let (time, told) = by_clock(Clock::ContactEvents);
                if contact_event::write(&mut self.buffer, (time, number), what, &told, directory) {
                    self.put(EmittedKind::ContactEvent, at, contact)?;
                }
                if what == ContactStep::Recorded
                    && contact_record::write(
                        &mut self.buffer.0,
                        &by_clock(Clock::ContactRecords).1,
                        directory,
                    )
                {
                    self.put(EmittedKind::ContactRecord, at, contact)?;
                }
                Ok(())
            }
            Event::Agent { step: what, agent } => {
                self.reports.take_agent(at, what, agent);
                let key = directory.people.get(agent.index).map_or("", |person| &person.arn);
                let ahead = self.clock_skew.offset(Clock::Agent(agent.index));
                let shifted = (ahead != 0).then(|| agent.by_clock(ahead));
                let hearing = self.silences.hear(at, what, agent);
                let agent = shifted.as_ref().unwrap_or(agent);
                let what = (what, hearing == Hearing::Bare);
                let bytes = self.agent_events.write((at + ahead, number), what, agent, directory);
                if hearing == Hearing::Unheard {
                    return Ok(());
                }
                self.output.put(&Emitted { kind: EmittedKind::AgentEvent, at, key, bytes })
            }
            Event::Resource(what) => {
                use ResourceStep::{QueueCreated, QueueDeleted, QueueRenamed};
                if matches!(what, QueueRenamed(_) | QueueCreated(_) | QueueDeleted(_)) {
                    self.agent_events.forget_queues();
                }
                Ok(())
            }
        }
    }
}

impl<O: Output> Sink for Emission<O> {
    fn take(&mut self, step: &Step<'_>) {
        if self.error.is_none() {
            self.error = self.try_take(step).err();
        }
    }
}
