//! Whether a board is of now: nothing stale looks fresh.

use jiff::Timestamp;
use serde::Serialize;

pub use crate::sources::STALE_AFTER;
use crate::{clock::ClockPhase, sources::Picture};

/// Whether a board is of now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Feed {
    /// Events come.
    Live,
    /// No event has ever come, and Amazon Connect's own counts are polled.
    Polling {
        /// When they were polled last.
        at: Timestamp,
    },
    /// None has come for longer than [`STALE_AFTER`].
    Stale {
        /// When the newest happened, or the last poll was made.
        since: Timestamp,
    },
    /// An invented centre tells its day so far.
    CatchingUp {
        /// How far it has come.
        at: Timestamp,
        /// How far it is to come.
        to: Timestamp,
    },
    /// An invented centre stands still.
    Stopped {
        /// There.
        at: Timestamp,
    },
    /// No event has come yet.
    Empty,
}

/// Whether what was read is of now.
pub fn feed(picture: &Picture) -> Feed {
    let records = picture.figures.as_ref().and_then(|figures| figures.last_record);
    let newest = picture.last_contact_event.max(picture.last_agent_event()).max(records);
    match (picture.phase, newest) {
        (ClockPhase::CatchingUp { to }, _) => Feed::CatchingUp { at: picture.at, to },
        (ClockPhase::Stopped, _) => Feed::Stopped { at: picture.at },
        (ClockPhase::Running { .. }, None) => polling(picture),
        (ClockPhase::Running { .. }, Some(newest)) if picture.at.duration_since(newest) > STALE_AFTER => {
            Feed::Stale { since: newest }
        }
        (ClockPhase::Running { .. }, Some(_)) => Feed::Live,
    }
}

/// Of a board to which no event has ever come.
fn polling(picture: &Picture) -> Feed {
    let polls = picture.polls.as_ref();
    match polls.and_then(|polls| Some((polls, polls.last_poll()?))) {
        None => Feed::Empty,
        Some((polls, at)) if polls.is_any_fresh(picture.at) => Feed::Polling { at },
        Some((_, since)) => Feed::Stale { since },
    }
}
