//! What really happened, written from the model's own bookkeeping and by no rule of the system that is tested.
//!
//! Three files of one JSON object a line: `contacts.ndjson`, `agents.ndjson`, `intervals.ndjson`. Moments are UTC with
//! milliseconds; lengths are whole seconds, as records have them. The folder's README says at which moment each figure
//! counts.

mod agent_line;
mod contact_line;
mod figures;
mod interval_line;
mod intervals;
mod ledger;

use std::io;

use serde::Serialize;

use self::{agent_line::AgentLine, contact_line::ContactLine, intervals::Intervals};
use super::{
    activity::Stretches,
    directory::Directory,
    step::{ContactStep, Event, Sink, Step},
    time::Millis,
};

/// What the folder's README says of the three files.
pub const README: &str = include_str!("truth/README.md");

/// Where the three files go.
#[derive(Debug)]
pub struct TruthFiles<W> {
    /// A line for each contact, in the order in which they are over.
    pub contacts: W,
    /// A line for each stretch of an agent's day, in the order in which they end.
    pub agents: W,
    /// A line for each interval and queue, agent and queue, or agent.
    pub intervals: W,
}

/// Writes the truth while the history goes on. In memory are the figures that can still change, and a stretch for each agent:
/// as many as contacts are in the centre and agents are logged on, however long it goes on.
#[derive(Debug)]
pub struct Truth<W> {
    files: TruthFiles<W>,
    stretches: Stretches,
    intervals: Intervals,
    error: Option<io::Error>,
}

impl<W: io::Write> Truth<W> {
    /// The truth of a history that ends then.
    pub fn new(files: TruthFiles<W>, end: Millis) -> Self {
        Self { files, stretches: Stretches::default(), intervals: Intervals::new(end), error: None }
    }

    /// How many figures of intervals are in memory.
    pub fn figures_in_memory(&self) -> usize {
        self.intervals.len()
    }

    /// Writes what goes on at the end, and the rest of the figures.
    ///
    /// # Errors
    /// When something could not be written, then or before.
    pub fn finish(mut self, directory: &Directory) -> io::Result<TruthFiles<W>> {
        if let Some(error) = self.error {
            return Err(error);
        }
        for stretch in self.stretches.open() {
            write_line(&mut self.files.agents, &AgentLine::of(stretch, directory))?;
        }
        self.intervals.finish(&self.stretches, &mut self.files.intervals, directory)?;
        self.files.contacts.flush()?;
        self.files.agents.flush()?;
        self.files.intervals.flush()?;
        Ok(self.files)
    }

    fn try_take(&mut self, step: &Step<'_>) -> io::Result<()> {
        self.intervals.pass_time(step.at, &self.stretches, &mut self.files.intervals, step.directory)?;
        match step.event {
            Event::Contact { step: what, contact } => {
                self.intervals.take_contact(step.at, what, contact);
                if matches!(what, ContactStep::Completed | ContactStep::Unfinished) {
                    write_line(&mut self.files.contacts, &ContactLine::of(contact, step.directory))?;
                }
            }
            Event::Agent { step: what, agent } => {
                if let Some(stretch) = self.stretches.take(step.at, what, agent) {
                    self.intervals.take_stretch(&stretch, step.at);
                    write_line(&mut self.files.agents, &AgentLine::of(&stretch, step.directory))?;
                }
            }
            Event::Resource(_) => {}
        }
        Ok(())
    }
}

impl<W: io::Write> Sink for Truth<W> {
    fn take(&mut self, step: &Step<'_>) {
        if self.error.is_none() {
            self.error = self.try_take(step).err();
        }
    }
}

fn write_line(out: &mut impl io::Write, line: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")
}
