//! A network on which connections break, and functions die, by the seed.

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy};
use tokio::net::TcpStream;

use super::failures::{CallFate, Failures};
use super::remote::KillSwitch;
use crate::loopback::{Loopback, listen};

/// After how much of what the client sends a connection breaks that breaks in the middle.
const MIDDLE_BYTES: u64 = 6_000;
/// How much is read at once: more than a request takes, unless it carries rows.
const READ_BYTES: usize = 64 * 1024;

/// A TCP proxy; stopped on drop.
#[derive(Debug)]
pub(super) struct CutOff(Loopback);

impl CutOff {
    /// To the server on `port`; from a function that this switch kills in one of its requests.
    pub(super) fn start(
        name: impl Into<Arc<str>>,
        port: u16,
        failures: Failures,
        switch: Arc<KillSwitch>,
    ) -> Self {
        let (name, connections) = (name.into(), AtomicU64::new(0));
        Self(listen(move |client| {
            let number = connections.fetch_add(1, Ordering::SeqCst) + 1;
            let limit = match failures.of_call(&name, number) {
                CallFate::Answered => u64::MAX,
                CallFate::Refused => 0,
                CallFate::Unanswered => MIDDLE_BYTES,
            };
            let switch = Arc::clone(&switch);
            // A connection that breaks is seen by the client.
            async move { drop(forward(client, port, limit, &switch).await) }
        }))
    }

    /// The proxy's own port.
    pub(super) fn port(&self) -> u16 {
        self.0.address.port()
    }
}

/// Ends when either side does, with so many bytes of the client's, or with the client's death.
async fn forward(mut client: TcpStream, port: u16, limit: u64, switch: &KillSwitch) -> io::Result<()> {
    if limit == 0 {
        return Ok(());
    }
    let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    let (mut from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = server.split();
    let there = async {
        let (mut left, mut read) = (limit, vec![0; READ_BYTES]);
        loop {
            let count = from_client.read(&mut read).await?;
            let number = u64::try_from(count).unwrap_or(u64::MAX);
            if count == 0 || left < number {
                return Ok(());
            }
            left -= number;
            if let Some(function) = switch.count() {
                drop(tokio::task::spawn_blocking(move || function.kill()).await);
                return Ok(());
            }
            to_server.write_all(read.get(..count).unwrap_or_default()).await?;
        }
    };
    tokio::select! {
        sent = there => sent,
        received = copy(&mut from_server, &mut to_client) => received.map(drop),
    }
}
