//! What an agent's time counts as.

use super::{
    activity::AgentActivity,
    directory::StatusChoice,
    time::{Millis, whole_seconds},
};

/// What a stretch of an agent's time counts as, by Connect's definitions of agent metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "definitions that overlap")]
pub(crate) struct AgentTime {
    /// Logged on with another status than OFFLINE.
    pub(crate) is_online: bool,
    /// In a custom status, without a contact in hand.
    pub(crate) is_non_productive: bool,
    /// Available, and nothing to do.
    pub(crate) is_idle: bool,
    /// On a contact, on hold or in after-contact work.
    pub(crate) is_contact: bool,
    /// In after-contact work.
    pub(crate) is_after_contact_work: bool,
    /// With a contact whose connection failed.
    pub(crate) is_error: bool,
}

impl AgentTime {
    pub(crate) fn of(status: StatusChoice, activity: Option<AgentActivity>) -> Self {
        let is_online = status != StatusChoice::Offline;
        Self {
            is_online,
            is_non_productive: is_online && status != StatusChoice::Available,
            is_idle: is_online && activity == Some(AgentActivity::Available),
            is_contact: matches!(
                activity,
                Some(AgentActivity::OnContact | AgentActivity::OnHold | AgentActivity::AfterContactWork)
            ),
            is_after_contact_work: activity == Some(AgentActivity::AfterContactWork),
            is_error: activity == Some(AgentActivity::Error),
        }
    }
}

/// A time cut at the marks of a grid: where each piece's interval begins, and how many whole seconds the piece has. A moment
/// counts without its fraction, so that pieces add up.
pub(crate) fn cut(from: Millis, to: Millis, grid: Millis) -> impl Iterator<Item = (Millis, i64)> {
    let mut at = from;
    std::iter::from_fn(move || {
        if at >= to {
            return None;
        }
        let begin = at.div_euclid(grid) * grid;
        let end = (begin + grid).min(to);
        let seconds = whole_seconds(at, end);
        at = end;
        Some((begin, seconds))
    })
    .filter(|(_, seconds)| *seconds > 0)
}
