//! A network on which connections break, by the seed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::failures::{CallFate, Failures};
use crate::cut::forward;
use crate::loopback::{Loopback, listen};

/// After how much of what the client sends a connection breaks that breaks in the middle.
const MIDDLE_BYTES: u64 = 6_000;

/// A TCP proxy; stopped on drop.
#[derive(Debug)]
pub(super) struct CutOff(Loopback);

impl CutOff {
    /// To the server on `port`.
    pub(super) fn start(name: &'static str, port: u16, failures: Failures) -> Self {
        let connections = Arc::new(AtomicU64::new(0));
        Self(listen(move |client| {
            let number = connections.fetch_add(1, Ordering::SeqCst) + 1;
            let limit = match failures.of_call(name, number) {
                CallFate::Answered => u64::MAX,
                CallFate::Refused => 0,
                CallFate::Unanswered => MIDDLE_BYTES,
            };
            // A connection that breaks is seen by the client.
            async move { drop(forward(client, port, limit).await) }
        }))
    }

    /// The proxy's own port.
    pub(super) fn port(&self) -> u16 {
        self.0.address.port()
    }
}
