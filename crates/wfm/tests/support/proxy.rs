//! A loopback TCP proxy that breaks connections on request.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// What happens to one connection.
#[derive(Clone, Copy)]
pub(crate) enum Fate {
    /// It passes.
    Pass,
    /// It is closed at once.
    Refuse,
    /// It is closed once that many bytes went to the server.
    CutAfter(usize),
    /// It passes, each piece to the server that much later.
    Delay(Duration),
    /// Nothing passes any more once that many bytes went to the server; it stays open.
    SilentAfter(usize),
}

/// A proxy in front of a port of 127.0.0.1; its threads live as long as the test.
pub(crate) struct Proxy {
    /// Where it listens.
    pub(crate) port: u16,
    accepted: Arc<AtomicUsize>,
    silenced: Arc<AtomicUsize>,
}

impl Proxy {
    /// `fate` decides for each connection by its number, from 0.
    pub(crate) fn start(server: u16, fate: impl Fn(usize) -> Fate + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let accepted = Arc::new(AtomicUsize::new(0));
        let silenced = Arc::new(AtomicUsize::new(0));
        let (counter, silence) = (Arc::clone(&accepted), Arc::clone(&silenced));
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let nth = counter.fetch_add(1, Ordering::SeqCst);
                match fate(nth) {
                    Fate::Refuse => drop(client),
                    fate => join(client, server, Rule { fate, nth, silence: Arc::clone(&silence) }),
                }
            }
        });
        Self { port, accepted, silenced }
    }

    /// From now on nothing of the connections so far reaches the server; they stay open.
    pub(crate) fn silence(&self) {
        self.silenced.store(self.accepted(), Ordering::SeqCst);
    }

    /// How many connections came.
    pub(crate) fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }
}

/// What is done with the bytes of one connection.
struct Rule {
    fate: Fate,
    nth: usize,
    silence: Arc<AtomicUsize>,
}

fn join(client: TcpStream, port: u16, rule: Rule) {
    let server = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let (mut from_server, mut to_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    thread::spawn(move || to_server(client, server, &rule));
    thread::spawn(move || {
        // It ends when either side is closed.
        drop(io::copy(&mut from_server, &mut to_client));
        drop(to_client.shutdown(Shutdown::Both));
    });
}

#[expect(clippy::disallowed_methods, reason = "a delay on the line is what a test asks for")]
fn to_server(mut client: TcpStream, mut server: TcpStream, rule: &Rule) {
    let mut buffer = [0; 16 * 1024];
    let mut passed = 0;
    while let Ok(count @ 1..) = client.read(&mut buffer) {
        passed += count;
        if let Fate::Delay(delay) = rule.fate {
            thread::sleep(delay);
        }
        match rule.fate {
            _ if rule.nth < rule.silence.load(Ordering::SeqCst) => {}
            Fate::SilentAfter(limit) if passed > limit => {}
            Fate::CutAfter(limit) if passed > limit => break,
            _ if server.write_all(&buffer[..count]).is_err() => break,
            _ => {}
        }
    }
    for stream in [client, server] {
        drop(stream.shutdown(Shutdown::Both));
    }
}
