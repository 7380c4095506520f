//! JSON written piece by piece, where the same pieces come millions of times.

use crate::model::{iso::IsoMillis, terms::ContactId, time::Millis};

/// A JSON document in the making.
#[derive(Debug, Default)]
pub(super) struct JsonBuffer(pub(super) Vec<u8>);

impl JsonBuffer {
    /// Text that is JSON already.
    pub(super) fn raw(&mut self, text: &str) -> &mut Self {
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    /// Bytes that are JSON already.
    pub(super) fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// A string, escaped.
    pub(super) fn string(&mut self, text: &str) -> &mut Self {
        // A vector takes everything.
        _ = serde_json::to_writer(&mut self.0, text);
        self
    }

    /// A moment.
    pub(super) fn moment(&mut self, at: Millis) -> &mut Self {
        _ = serde_json::to_writer(&mut self.0, &IsoMillis(at));
        self
    }

    /// A moment, or null.
    pub(super) fn maybe_moment(&mut self, at: Option<Millis>) -> &mut Self {
        _ = serde_json::to_writer(&mut self.0, &at.map(IsoMillis));
        self
    }

    /// An id.
    pub(super) fn id(&mut self, id: ContactId) -> &mut Self {
        _ = serde_json::to_writer(&mut self.0, &id);
        self
    }

    /// A whole number.
    pub(super) fn number(&mut self, number: usize) -> &mut Self {
        _ = serde_json::to_writer(&mut self.0, &number);
        self
    }
}
