//! JSON written piece by piece, where the same pieces come millions of times.

use serde::Serialize;

use crate::model::{
    iso::{IsoMillis, IsoSeconds, IsoText},
    terms::ContactId,
    time::Millis,
};

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
        self.quoted(&IsoMillis(at).text())
    }

    /// A moment, or null.
    pub(super) fn maybe_moment(&mut self, at: Option<Millis>) -> &mut Self {
        match at {
            Some(at) => self.moment(at),
            None => self.raw("null"),
        }
    }

    /// A moment in whole seconds.
    pub(super) fn second(&mut self, at: Millis) -> &mut Self {
        self.quoted(&IsoSeconds(at).text())
    }

    /// A further member that is a moment, if there is one.
    pub(super) fn member_moment(&mut self, name: &str, at: Option<Millis>) {
        if let Some(at) = at {
            self.raw(",\"").raw(name).raw("\":").moment(at);
        }
    }

    /// A further member that is an id, if there is one.
    pub(super) fn member_id(&mut self, name: &str, id: Option<ContactId>) {
        if let Some(id) = id {
            self.raw(",\"").raw(name).raw("\":").id(id);
        }
    }

    fn quoted(&mut self, text: &IsoText) -> &mut Self {
        self.raw("\"").raw(text.as_str()).raw("\"")
    }

    /// An id.
    pub(super) fn id(&mut self, id: ContactId) -> &mut Self {
        self.raw("\"").bare_id(id).raw("\"")
    }

    /// An id without quotes.
    pub(super) fn bare_id(&mut self, id: ContactId) -> &mut Self {
        self.raw(id.encode(&mut uuid::Uuid::encode_buffer()))
    }

    /// A whole number.
    pub(super) fn number(&mut self, number: impl Serialize) -> &mut Self {
        // A vector takes everything.
        _ = serde_json::to_writer(&mut self.0, &number);
        self
    }
}
