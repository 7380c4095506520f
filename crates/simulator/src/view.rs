//! What a centre emits of one kind, as an iterator: a view of the [model](crate::model).

use std::{
    fmt, io,
    sync::mpsc::{Receiver, Sender, channel},
};

use jiff::Timestamp;

use crate::model::{
    Centre, Config, ConfigError, ContactStep, Event, MINUTE, Millis, Sink, Step,
    emit::{Emission, Emitted, EmittedKind, Output},
};

/// One contact record, event, batch of log lines or report.
#[derive(Clone, PartialEq, Eq)]
pub struct Item {
    /// What decides the shard of a data stream: the contact or the agent; of a report the name.
    pub key: String,
    /// When it is delivered.
    pub at: Timestamp,
    /// A line of JSON without its end; of a report the file.
    pub text: String,
}

/// Shows no text: callers may be somebody's real ones.
impl fmt::Debug for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Item").field("at", &self.at).finish_non_exhaustive()
    }
}

impl From<&Emitted<'_>> for Item {
    fn from(emitted: &Emitted<'_>) -> Self {
        Self {
            key: emitted.key.to_owned(),
            at: Timestamp::from_millisecond(emitted.at).unwrap_or_default(),
            text: String::from_utf8_lossy(emitted.bytes).into_owned(),
        }
    }
}

/// What a centre emits of one kind, in the order of delivery. It ends with the centre's history, and is the same as what an
/// [`Emission`] of the whole centre has of that kind. In memory is what is emitted in a minute.
///
/// ```
/// use switchboard_simulator::{View, model::{Config, emit::EmittedKind}};
/// let mut records = View::new(Config::default(), EmittedKind::ContactRecord)?;
/// let first = records.next().unwrap();
/// assert!(first.text.starts_with(r#"{"AWSAccountId":"012345678910","#));
/// # Ok::<(), switchboard_simulator::model::ConfigError>(())
/// ```
#[derive(Debug)]
pub struct View {
    /// [`None`] when its history is told.
    centre: Option<Centre<Steps>>,
    end: Millis,
    items: Receiver<Item>,
}

/// Passes on the steps that the kind is made of.
#[derive(Debug)]
struct Steps {
    kind: EmittedKind,
    emission: Emission<Collected>,
}

/// Keeps the items of the kind until they are asked for.
#[derive(Debug)]
struct Collected {
    kind: EmittedKind,
    items: Sender<Item>,
}

impl View {
    /// What a centre of that configuration emits of that kind.
    ///
    /// # Errors
    /// When there can be no such centre.
    pub fn new(config: Config, kind: EmittedKind) -> Result<Self, ConfigError> {
        let (sender, items) = channel();
        let (begin, end) = (config.begin(), config.end());
        let emission = Emission::new(Collected { kind, items: sender }, begin);
        Ok(Self { centre: Some(Centre::new(config, Steps { kind, emission })?), end, items })
    }
}

impl Iterator for View {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        loop {
            if let Ok(item) = self.items.try_recv() {
                return Some(item);
            }
            let mut centre = self.centre.take()?;
            if centre.advance(centre.now() + MINUTE) {
                self.centre = Some(centre);
            } else {
                let (_, steps, directory) = centre.finish();
                // Nothing is written, so nothing fails.
                _ = steps.emission.finish(self.end, &directory);
            }
        }
    }
}

impl Sink for Steps {
    fn take(&mut self, step: &Step<'_>) {
        let is_needed = match (self.kind, step.event) {
            (EmittedKind::Report, _) | (_, Event::Resource(_)) => true,
            (EmittedKind::ContactEvent, event) => matches!(event, Event::Contact { .. }),
            (EmittedKind::ContactRecord, event) => {
                matches!(event, Event::Contact { step: ContactStep::Recorded, .. })
            }
            (EmittedKind::FlowLogs, event) => {
                matches!(event, Event::Contact { step: ContactStep::Flow(..), .. })
            }
            (EmittedKind::AgentEvent, event) => matches!(event, Event::Agent { .. }),
        };
        if is_needed {
            self.emission.take(step);
        }
    }
}

impl Output for Collected {
    fn put(&mut self, emitted: &Emitted<'_>) -> io::Result<()> {
        if emitted.kind == self.kind {
            // Nobody asks any more, once the view is dropped.
            _ = self.items.send(emitted.into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
