//! From where on a figure of a queue is worse than it should be: what colours a tile and its number.

use std::{collections::BTreeMap, str::FromStr};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A figure is worse than it should be from the first on, and much worse from the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// From here on a tile is amber.
    pub warn: u32,
    /// And from here on red.
    pub alarm: u32,
}

impl Threshold {
    /// When a wait since then reaches so many seconds: the first, and the second.
    pub(crate) fn reached_at(self, since: Timestamp) -> [Timestamp; 2] {
        [self.warn, self.alarm].map(|seconds| {
            since.saturating_add(SignedDuration::from_secs(seconds.into())).unwrap_or(Timestamp::MAX)
        })
    }
}

/// The thresholds of one queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct QueueThresholds {
    /// Contacts that wait; [`None`] colours nothing.
    pub waiting: Option<Threshold>,
    /// How long the call or chat waits that has waited for the longest, in seconds.
    pub longest_wait_seconds: Threshold,
    /// How many points the service level is below its target, which is that of `service_level_targets`.
    pub points_below_target: Threshold,
}

/// The thresholds of all queues: JSON such as `{"waiting": {"warn": 5, "alarm": 10}, "queues": {"ID": {"longestWaitSeconds": {"warn": 30,
/// "alarm": 90}}}}`. What is not set for a queue is that of all, and what is not set for all: a longest wait of 60 and of 180 seconds,
/// and a service level below its target and 20 points below.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Thresholds {
    waiting: Option<Threshold>,
    longest_wait_seconds: Option<Threshold>,
    points_below_target: Option<Threshold>,
    /// Those of single queues, by their ids.
    #[serde(default)]
    queues: BTreeMap<String, OwnThresholds>,
}

/// What is set for one queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct OwnThresholds {
    waiting: Option<Threshold>,
    longest_wait_seconds: Option<Threshold>,
    points_below_target: Option<Threshold>,
}

/// A text that is no thresholds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "thresholds are JSON such as {{\"waiting\": {{\"warn\": 5, \"alarm\": 10}}}}, of `waiting`, `longestWaitSeconds`, \
     `pointsBelowTarget` and `queues` by id, where no alarm is below its warning"
)]
pub struct InvalidThresholds;

impl Thresholds {
    /// The thresholds of the queue of that id.
    pub fn of(&self, queue_id: &str) -> QueueThresholds {
        let own = self.queues.get(queue_id);
        QueueThresholds {
            waiting: own.and_then(|own| own.waiting).or(self.waiting),
            longest_wait_seconds: own
                .and_then(|own| own.longest_wait_seconds)
                .or(self.longest_wait_seconds)
                .unwrap_or(Threshold { warn: 60, alarm: 180 }),
            points_below_target: own
                .and_then(|own| own.points_below_target)
                .or(self.points_below_target)
                .unwrap_or(Threshold { warn: 0, alarm: 20 }),
        }
    }

    fn all(&self) -> impl Iterator<Item = Threshold> {
        let of_all = [self.waiting, self.longest_wait_seconds, self.points_below_target];
        let own = self.queues.values();
        let own = own.flat_map(|own| [own.waiting, own.longest_wait_seconds, own.points_below_target]);
        of_all.into_iter().chain(own).flatten()
    }
}

impl FromStr for Thresholds {
    type Err = InvalidThresholds;

    fn from_str(text: &str) -> Result<Self, InvalidThresholds> {
        let thresholds: Self = serde_json::from_str(text).map_err(|_| InvalidThresholds)?;
        let is_sound = thresholds.all().all(|threshold| threshold.warn <= threshold.alarm);
        if is_sound { Ok(thresholds) } else { Err(InvalidThresholds) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_has_its_own_thresholds_and_else_those_of_all() {
        let thresholds: Thresholds = r#"{"waiting": {"warn": 5, "alarm": 10},
            "queues": {"q": {"waiting": {"warn": 1, "alarm": 2}}, "r": {"longestWaitSeconds": {"warn": 9, "alarm": 9}}}}"#
            .parse()
            .unwrap();
        let waiting = |id| thresholds.of(id).waiting.map(|threshold| (threshold.warn, threshold.alarm));
        assert_eq!([waiting("q"), waiting("r"), waiting("s")], [Some((1, 2)), Some((5, 10)), Some((5, 10))]);
        let wait = |id| thresholds.of(id).longest_wait_seconds;
        assert_eq!([wait("q").warn, wait("q").alarm, wait("r").warn], [60, 180, 9]);
        assert_eq!(thresholds.of("r").points_below_target, Threshold { warn: 0, alarm: 20 });
        assert_eq!(Thresholds::default().of("q").waiting, None);
    }

    #[test]
    fn what_is_no_threshold_is_refused() {
        for text in [
            "",
            "[]",
            r#"{"wait": {"warn": 1, "alarm": 2}}"#,
            r#"{"waiting": {"warn": 3, "alarm": 2}}"#,
            r#"{"waiting": {"warn": 3}}"#,
            r#"{"waiting": {"warn": -1, "alarm": 2}}"#,
            r#"{"queues": {"q": {"pointsBelowTarget": {"warn": 3, "alarm": 2}}}}"#,
        ] {
            assert_eq!(text.parse::<Thresholds>(), Err(InvalidThresholds), "{text}");
        }
    }
}
