//! The board of 1,200 agents and 250 queues: how long a page takes, and an unchanged one, and how large they are.
#![allow(
    missing_docs,
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench"
)]

use std::{io::Write as _, sync::Arc, time::Duration};

use flate2::{Compression, write::GzEncoder};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use switchboard_board::access::Access;
use switchboard_simulator::model::Config;
use tokio::{net::TcpListener, time::Instant};

use self::{
    centre::Simulated,
    client::{get, send},
};

#[path = "../tests/it/centre.rs"]
mod centre;
#[path = "../tests/it/client.rs"]
mod client;

const REQUESTS: usize = 20;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let from: Timestamp = "2026-11-02T09:00:00Z".parse().unwrap();
    let config = Config {
        agents: 1_200,
        queues: 250,
        contacts_per_day: 60_000,
        from,
        duration: SignedDuration::from_hours(10),
        zone: TimeZone::UTC,
        ..Config::default()
    };
    let mut simulated = Simulated::of(config).await;
    let at = from + SignedDuration::from_mins(15);
    simulated.advance(at).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let sources = Arc::new(simulated.sources(at));
    tokio::spawn(switchboard_board::serve(listener, sources, Access::this_machine(), std::future::pending()));
    for path in ["/", "/?tv", "/agents", "/contacts", "/api/v1/board", "/api/v1/agents"] {
        tokio::time::sleep(Duration::from_millis(1100)).await;
        let (read, page) = timed(get(&address, path)).await;
        let mut fresh = Vec::new();
        let mut unchanged = Vec::new();
        for _ in 0..REQUESTS {
            fresh.push(timed(get(&address, path)).await.0);
            let tag = [("if-none-match", page.headers["etag"].as_str())];
            let (took, response) = timed(send(&address, "GET", path, &tag, "")).await;
            assert_eq!(response.status, 304);
            unchanged.push(took);
        }
        // The stores are read again, and have nothing new.
        tokio::time::sleep(Duration::from_millis(1100)).await;
        let tag = [("if-none-match", page.headers["etag"].as_str())];
        let (read_again, response) = timed(send(&address, "GET", path, &tag, "")).await;
        assert_eq!(response.status, 304);
        fresh.sort_unstable();
        unchanged.sort_unstable();
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(page.body.as_bytes()).unwrap();
        println!(
            "{path}: {:.1} ms with the stores read, {:.1} ms, {:.1} ms unchanged, {:.1} ms with the stores read; {:.0} KB, {:.0} KB as gzip",
            ms(read),
            ms(fresh[REQUESTS / 2]),
            ms(unchanged[REQUESTS / 2]),
            ms(read_again),
            page.body.len() as f64 / 1024.0,
            gzip.finish().unwrap().len() as f64 / 1024.0
        );
    }
}

async fn timed<T>(work: impl Future<Output = T>) -> (Duration, T) {
    let begun = Instant::now();
    let result = work.await;
    (begun.elapsed(), result)
}

fn ms(length: Duration) -> f64 {
    length.as_secs_f64() * 1000.0
}
