//! That the proxy cuts where it was told to.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use switchboard_tests::cut::{Cut, Refusing};

#[test]
fn a_connection_ends_after_so_many_bytes_and_later_ones_do_not() {
    let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let cut = Cut::start(server.local_addr().expect("an address").port(), 10);
    // Says, for each of two connections, how many bytes came before its end.
    let counting = thread::spawn(move || {
        [(); 2].map(|()| {
            let (mut connection, _) = server.accept().expect("a connection");
            let mut came = Vec::new();
            // A reset counts as an end.
            drop(connection.read_to_end(&mut came));
            came.len()
        })
    });

    assert_ended(&send(&cut, 1000));
    cut.mend();
    drop(send(&cut, 1000));

    assert_eq!(counting.join().expect("no panic in the server"), [10, 1000]);
    assert_eq!(cut.connections(), 2);
}

#[test]
fn a_connection_can_end_before_anything_is_said() {
    let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let cut = Cut::start(server.local_addr().expect("an address").port(), 0);
    let client = TcpStream::connect((Ipv4Addr::LOCALHOST, cut.port())).expect("the proxy listens");
    assert_ended(&client);
}

#[test]
fn a_refusing_port_refuses() {
    let refusing = Refusing::start();
    let error = TcpStream::connect((Ipv4Addr::LOCALHOST, refusing.port())).expect_err("nobody listens");
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
}

fn send(cut: &Cut, bytes: usize) -> TcpStream {
    let mut client = TcpStream::connect((Ipv4Addr::LOCALHOST, cut.port())).expect("the proxy listens");
    client.write_all(&vec![b'x'; bytes]).expect("the first bytes fit in the socket's buffer");
    client
}

fn assert_ended(mut client: &TcpStream) {
    client.set_read_timeout(Some(Duration::from_secs(5))).expect("a timeout");
    match client.read(&mut [0]) {
        Ok(read) => assert_eq!(read, 0),
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
    }
}
