//! The events of the function.

use serde_json::value::RawValue;
use switchboard_runtime::{batch::KinesisEvent, handler::UnsupportedEvent};

use std::collections::BTreeMap;

/// The error of any other event.
pub const UNSUPPORTED: UnsupportedEvent =
    UnsupportedEvent { expected: r#"a batch of Kinesis records or {"rta":"snapshot"}"# };

/// An event of the function.
#[derive(Debug)]
pub enum Event {
    /// Records of a shard, answered by the sequence number to go on from.
    Records(KinesisEvent),
    /// A request for a full snapshot.
    Snapshot,
}

impl Event {
    /// Reads an event.
    ///
    /// # Errors
    /// [`UNSUPPORTED`].
    pub fn read(event: &str) -> Result<Self, UnsupportedEvent> {
        if let Ok(batch) = serde_json::from_str(event) {
            return Ok(Self::Records(batch));
        }
        let members: BTreeMap<String, &RawValue> = serde_json::from_str(event).map_err(|_| UNSUPPORTED)?;
        let is_snapshot = members.get("rta").is_some_and(|value| value.get() == "\"snapshot\"");
        is_snapshot.then_some(Self::Snapshot).ok_or(UNSUPPORTED)
    }
}
