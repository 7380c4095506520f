//! What an event is.

use serde_json::value::RawValue;
use switchboard_runtime::{batch::KinesisEvent, handler::UnsupportedEvent};

use std::collections::BTreeMap;

/// The error of an event that is nothing the function is for.
pub const UNSUPPORTED: UnsupportedEvent =
    UnsupportedEvent { expected: r#"a batch of Kinesis records or {"rta":"snapshot"}"# };

/// What the function was given.
#[derive(Debug)]
pub enum Event {
    /// Records of a shard, answered by the place to go on from.
    Records(KinesisEvent),
    /// A request for a full snapshot.
    Snapshot,
}

impl Event {
    /// Tells what an event is.
    ///
    /// # Errors
    /// [`UNSUPPORTED`].
    pub fn read(event: &str) -> Result<Self, UnsupportedEvent> {
        if let Ok(batch) = serde_json::from_str(event) {
            return Ok(Self::Records(batch));
        }
        let members: BTreeMap<String, &RawValue> = serde_json::from_str(event).map_err(|_| UNSUPPORTED)?;
        let is_snapshot = members.get("rta").is_some_and(|wish| wish.get() == "\"snapshot\"");
        is_snapshot.then_some(Self::Snapshot).ok_or(UNSUPPORTED)
    }
}
