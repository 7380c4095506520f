//! A loopback TCP proxy that breaks connections on request.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// What happens to one connection.
#[derive(Clone, Copy)]
pub(crate) enum Fate {
    /// It passes.
    Pass,
    /// It is closed at once.
    Refuse,
    /// It is closed once that many bytes went to the server.
    CutAfter(usize),
    /// Nothing passes any more once that many bytes went to the server; it stays open.
    SilentAfter(usize),
}

/// A proxy in front of a port of 127.0.0.1; its threads live as long as the test.
pub(crate) struct Proxy {
    /// Where it listens.
    pub(crate) port: u16,
    accepted: Arc<AtomicUsize>,
}

impl Proxy {
    /// `fate` decides for each connection by its number, from 0.
    pub(crate) fn start(server: u16, fate: impl Fn(usize) -> Fate + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let accepted = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&accepted);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                match fate(counter.fetch_add(1, Ordering::SeqCst)) {
                    Fate::Refuse => drop(client),
                    fate => join(client, server, fate),
                }
            }
        });
        Self { port, accepted }
    }

    /// How many connections came.
    pub(crate) fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }
}

fn join(client: TcpStream, port: u16, fate: Fate) {
    let server = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let (from_client, to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    thread::spawn(move || copy(from_client, to_server, fate));
    thread::spawn(move || copy(server, client, Fate::Pass));
}

fn copy(mut from: TcpStream, mut to: TcpStream, fate: Fate) {
    let mut buffer = [0; 16 * 1024];
    let mut passed = 0;
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        passed += count;
        match fate {
            Fate::CutAfter(limit) if passed > limit => break,
            Fate::SilentAfter(limit) if passed > limit => continue,
            _ if to.write_all(&buffer[..count]).is_err() => break,
            _ => {}
        }
    }
    for stream in [from, to] {
        drop(stream.shutdown(Shutdown::Both));
    }
}
