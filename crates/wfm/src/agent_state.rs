//! Agents' states as a WFM gets them. Pure.
//!
//! A [`WfmState`] is made of an agent's [current state](switchboard_agents::Current). [`StateChange`] is one agent in a new
//! one, and [`ChangeDetector`] finds changes in a stream of events.

mod change_detector;
mod wfm_state;

pub use self::{
    change_detector::ChangeDetector,
    wfm_state::{StateChange, StateMode, StateModeError, WfmState},
};

#[cfg(test)]
mod tests;
