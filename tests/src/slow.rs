//! A network that is far away.

use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy};
use tokio::net::TcpStream;

use crate::loopback::{Loopback, listen};

/// More than a request of a test, so that each is delayed once.
const PIECE_BYTES: usize = 1 << 20;

/// A TCP proxy on a loopback port that holds back what the client sends, piece by piece. Stopped on drop.
#[derive(Debug)]
pub struct Slow(Loopback);

impl Slow {
    /// In front of a server on `port`; each request that comes in one piece arrives this much later.
    pub fn start(port: u16, delay: Duration) -> Self {
        // A connection that breaks is seen by the client.
        Self(listen(move |client| async move { drop(forward(client, port, delay).await) }))
    }

    /// The proxy's own port.
    pub fn port(&self) -> u16 {
        self.0.address.port()
    }
}

/// Ends when either side does.
async fn forward(mut client: TcpStream, port: u16, delay: Duration) -> io::Result<()> {
    let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    let (mut from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = server.split();
    tokio::select! {
        sent = copy_late(&mut from_client, &mut to_server, delay) => sent,
        received = copy(&mut from_server, &mut to_client) => received.map(drop),
    }
}

async fn copy_late(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    delay: Duration,
) -> io::Result<()> {
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let bytes = from.read(&mut piece).await?;
        if bytes == 0 {
            return Ok(());
        }
        tokio::time::sleep(delay).await;
        to.write_all(piece.get(..bytes).unwrap_or_default()).await?;
    }
}
