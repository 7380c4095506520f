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

    /// As [`advance`](Self::advance), with lines of flow logs in large batches: what a contact's flows did within minutes is one write of
    /// it then, and not one for every three seconds.
    ///
    /// # Errors
    /// When something could not be emitted.
    pub(super) fn catch_up(&mut self, to: Timestamp) -> anyhow::Result<Vec<EmittedText>> {
        self.centre.sink().gather_logs();
        self.centre.advance(to.as_millisecond());
        self.centre.sink().send_gathered_logs(to.as_millisecond());
        self.advance(to)
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

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use jiff::SignedDuration;
    use serde_json::Value;
    use switchboard_core::gzip;

    use super::*;

    /// The ids of the lines of an event of flow logs.
    fn lines(event: &str) -> Vec<String> {
        let event: Value = serde_json::from_str(event).unwrap();
        let packed = STANDARD.decode(event["awslogs"]["data"].as_str().unwrap()).unwrap();
        let message: Value = serde_json::from_slice(&gzip::gunzip(&packed, 1 << 24).bytes).unwrap();
        let lines = message["logEvents"].as_array().unwrap().iter();
        lines.map(|line| line["id"].as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn who_catches_up_gets_the_same_lines_in_fewer_batches_and_all_else_as_it_comes() {
        let from: Timestamp = "2026-11-02T08:00:00Z".parse().unwrap();
        let config = || Config { contacts_per_day: 2_000, from, ..Config::default() };
        let [mut live, mut behind] = [(); 2].map(|()| DemoCentre::new(config()).unwrap());
        let (mut comes, mut told) = (Vec::new(), Vec::new());
        for step in 1..=6 {
            let at = from + SignedDuration::from_mins(10 * step);
            comes.extend(live.advance(at).unwrap());
            told.extend(behind.catch_up(at).unwrap());
        }
        let is_log = |(kind, _): &EmittedText| *kind == EmittedKind::FlowLogs;
        let (live_logs, live_rest): (Vec<_>, Vec<_>) = comes.into_iter().partition(is_log);
        let (logs, rest): (Vec<_>, Vec<_>) = told.into_iter().partition(is_log);
        assert!(rest == live_rest, "contact events, agent events and records");
        assert!(logs.len() <= 7 && live_logs.len() > 50, "{} and {} batches", logs.len(), live_logs.len());
        let ids = |logs: &[EmittedText]| logs.iter().flat_map(|(_, event)| lines(event)).collect::<Vec<_>>();
        let (of_live, of_behind) = (ids(&live_logs), ids(&logs));
        assert!(of_behind.starts_with(&of_live), "each line, in its order, and none later");
    }
}
