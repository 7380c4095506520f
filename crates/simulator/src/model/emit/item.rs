//! Something that Amazon Connect emits.

use std::io;

use crate::model::time::Millis;

/// What it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EmittedKind {
    /// A contact record, as it comes through a data stream.
    ContactRecord,
    /// A contact event in EventBridge's envelope.
    ContactEvent,
    /// A batch of flow-log lines, as CloudWatch Logs sends it to a subscriber.
    FlowLogs,
    /// An agent event, as it comes through a data stream.
    AgentEvent,
    /// An agent-performance report: CSV.
    Report,
}

impl EmittedKind {
    /// Every kind.
    pub const ALL: [Self; 5] =
        [Self::ContactRecord, Self::ContactEvent, Self::FlowLogs, Self::AgentEvent, Self::Report];
}

/// Something that is delivered.
#[derive(Debug, Clone, Copy)]
pub struct Emitted<'a> {
    /// What it is.
    pub kind: EmittedKind,
    /// When it is delivered, in milliseconds since 1970.
    pub at: Millis,
    /// What decides the shard of a data stream; of a report the name.
    pub key: &'a str,
    /// One line of JSON without its end; of a report the file.
    pub bytes: &'a [u8],
}

/// Where it goes.
pub trait Output {
    /// Takes the next one. They come in the order of delivery.
    ///
    /// # Errors
    /// When it can't be written.
    fn put(&mut self, emitted: &Emitted<'_>) -> io::Result<()>;

    /// Time has come so far: nothing that comes later is delivered before.
    ///
    /// # Errors
    /// When something can't be written.
    fn tick(&mut self, now: Millis) -> io::Result<()> {
        _ = now;
        Ok(())
    }

    /// Nothing follows.
    ///
    /// # Errors
    /// When the rest can't be written.
    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<F: FnMut(&Emitted<'_>) -> io::Result<()>> Output for F {
    fn put(&mut self, emitted: &Emitted<'_>) -> io::Result<()> {
        self(emitted)
    }
}
