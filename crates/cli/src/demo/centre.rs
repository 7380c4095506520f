//! The centre of a demo, with what it emits.

use std::{
    fmt, io,
    sync::mpsc::{Receiver, channel},
};

use anyhow::Context;
use jiff::Timestamp;
use switchboard_core::arn;
use switchboard_simulator::model::{
    Centre, Config,
    emit::{Emission, Emitted, EmittedKind},
};

/// Takes what is emitted.
type Taker = Box<dyn FnMut(&Emitted<'_>) -> io::Result<()> + Send>;

/// A document, or a batch of lines.
pub(super) type EmittedText = (EmittedKind, String);

/// An invented centre up to a moment.
pub(super) struct DemoCentre {
    centre: Centre<Emission<Taker>>,
    emitted: Receiver<EmittedText>,
}

impl DemoCentre {
    /// The centre at the beginning of its history.
    ///
    /// # Errors
    /// When there can be no such centre.
    pub(super) fn new(config: Config) -> anyhow::Result<Self> {
        let (sender, emitted) = channel();
        let take: Taker = Box::new(move |emitted: &Emitted<'_>| {
            let text = String::from_utf8_lossy(emitted.bytes).into_owned();
            // Nobody takes any more at the end.
            _ = sender.send((emitted.kind, text));
            Ok(())
        });
        let emission = Emission::new(take, config.begin());
        Ok(Self { centre: Centre::new(config, emission)?, emitted })
    }

    /// Lets everything happen that happens before that moment, and takes what was emitted since, in the order of delivery.
    ///
    /// # Errors
    /// When something could not be emitted.
    pub(super) fn advance(&mut self, to: Timestamp) -> anyhow::Result<Vec<EmittedText>> {
        self.centre.advance(to.as_millisecond());
        if let Some(error) = self.centre.sink().take_error() {
            return Err(error).context("the centre can't emit");
        }
        Ok(self.emitted.try_iter().collect())
    }

    /// The ARN of its instance.
    ///
    /// # Errors
    /// When it has no queue that tells it.
    pub(super) fn instance_arn(&self) -> anyhow::Result<&str> {
        let queue = self.centre.directory().queues.first();
        queue.and_then(|queue| arn::instance_arn(&queue.arn)).context("the centre has no queue")
    }
}

impl fmt::Debug for DemoCentre {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DemoCentre").finish_non_exhaustive()
    }
}
