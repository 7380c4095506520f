//! Bad networks: a proxy that cuts connections, and a port that refuses them.

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy, sink};
use tokio::net::{TcpSocket, TcpStream};

use crate::loopback::{Loopback, listen};

/// A TCP proxy on a loopback port that cuts each connection when the client has sent so many bytes. Stopped on drop.
#[derive(Debug)]
pub struct Cut {
    server: Loopback,
    after_bytes: Arc<AtomicU64>,
    connections: Arc<AtomicUsize>,
}

impl Cut {
    /// In front of a server on `port`; a connection ends after `after_bytes` bytes from the client, a part of a
    /// message included. 0 closes it before anything is said.
    pub fn start(port: u16, after_bytes: u64) -> Self {
        let after_bytes = Arc::new(AtomicU64::new(after_bytes));
        let connections = Arc::new(AtomicUsize::new(0));
        let (limit, count) = (Arc::clone(&after_bytes), Arc::clone(&connections));
        let server = listen(move |client| {
            count.fetch_add(1, Ordering::SeqCst);
            let limit = limit.load(Ordering::SeqCst);
            // What goes wrong on a connection that is there to go wrong is nobody's concern.
            async move { drop(forward(client, port, limit).await) }
        });
        Self { server, after_bytes, connections }
    }

    /// Lets new connections through whole.
    pub fn mend(&self) {
        self.after_bytes.store(u64::MAX, Ordering::SeqCst);
    }

    /// The proxy's own port.
    pub fn port(&self) -> u16 {
        self.server.address.port()
    }

    /// How many connections have been made to it.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// Ends when either side does, or with the client's last byte let through. The client is then cut off at once; the
/// server still reads what was sent, rather than have the connection reset under it.
pub(crate) async fn forward(mut client: TcpStream, port: u16, limit: u64) -> io::Result<()> {
    if limit == 0 {
        return Ok(());
    }
    let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    let (from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = server.split();
    let mut from_client = from_client.take(limit);
    tokio::select! {
        sent = copy(&mut from_client, &mut to_server) => { sent?; }
        received = copy(&mut from_server, &mut to_client) => { received?; }
    }
    drop(client);
    to_server.shutdown().await?;
    copy(&mut from_server, &mut sink()).await?;
    Ok(())
}

/// A loopback port that is taken, so that no other test gets it, and refuses every connection: it is bound, and nobody
/// listens.
#[derive(Debug)]
pub struct Refusing(TcpSocket);

impl Refusing {
    /// Takes a free port.
    pub fn start() -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).expect("a free loopback port");
        Self(socket)
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.0.local_addr().expect("the port of a bound socket").port()
    }
}
