//! What an event is.

use serde_json::value::RawValue;
use switchboard_runtime::batch::KinesisEvent;

use std::collections::BTreeMap;

/// What the function is for, as an error says it.
pub const EXPECTED: &str = r#"a batch of Kinesis records or {"rta":"snapshot"}"#;

/// What the function was given.
#[derive(Debug)]
pub enum Event {
    /// Records of a shard, answered by the place to go on from.
    Records(KinesisEvent),
    /// A request for a full snapshot.
    Snapshot,
}

/// The event as a whole is not for this function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the event is nothing that this function is for")]
pub struct NotForUs;

impl Event {
    /// Tells what an event is.
    ///
    /// # Errors
    /// When it is not for this function.
    pub fn read(event: &str) -> Result<Self, NotForUs> {
        if let Ok(batch) = serde_json::from_str(event) {
            return Ok(Self::Records(batch));
        }
        let members: BTreeMap<String, &RawValue> = serde_json::from_str(event).map_err(|_| NotForUs)?;
        let is_snapshot = members.get("rta").is_some_and(|wish| wish.get() == "\"snapshot\"");
        is_snapshot.then_some(Self::Snapshot).ok_or(NotForUs)
    }
}
