//! How fast agent events become the states of agents.
//!
//! Prints events/s on one core for the fold alone, of events that were read before; for reading them from their JSON text
//! and folding; and for whole batches, as the function has them: base64, read, folded, kept in SQLite, and what changed
//! told to a service on a loopback address.

use std::{
    hint::black_box,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use rta_feed::config::Account;
use rta_feed::handler::Handler;
use switchboard_agents::{AgentUpdate, fold, read};
use switchboard_core::agent_event::AgentEvent;
use switchboard_runtime::{
    batch::{BatchResponse, KinesisEvent, KinesisEventRecord, KinesisRecord},
    handler::Reply,
};
use switchboard_simulator::{
    Item, View,
    model::{Config, emit::EmittedKind},
};
use switchboard_store::call::CallContext;
use switchboard_wfm::{
    agent_state::StateMode,
    feed::{Feed, Store},
    rta::{Client, JsonAccount},
};

const AGENTS: u32 = 500;
const EVENTS: usize = 50_000;
const RUNS: usize = 7;
/// What one invocation of Lambda holds of these in base64: 6 MB.
const BATCH: usize = 800;

fn main() -> anyhow::Result<()> {
    let config = Config { seed: 7, agents: AGENTS, contacts_per_day: 70 * AGENTS, ..Config::default() };
    let shift: Vec<_> = View::new(config, EmittedKind::AgentEvent)?.take(EVENTS).collect();
    let documents: Vec<String> = shift.iter().map(|event| event.text.clone()).collect();
    let events = documents.len();
    let bytes: usize = documents.iter().map(String::len).sum();
    let told = || documents.iter().filter_map(|document| told_of(document)).collect::<Vec<_>>();
    print(&format!("{events} events of {AGENTS} agents, {} bytes each, best of {RUNS} runs", bytes / events));
    let fold_only = best(told, |told| fold(told).into_named().len());
    let whole = best(Vec::new, |_: Vec<AgentUpdate>| {
        fold(documents.iter().filter_map(|document| told_of(document))).into_named().len()
    });
    let batches = batches(&shift)?;
    for (name, took) in [("fold", fold_only), ("read + fold", whole), ("whole batches", batches)] {
        let events = f64::from(u32::try_from(events).unwrap_or(u32::MAX));
        print(&format!("{name:<13} {:>12.0} events/s", events / took.as_secs_f64()));
    }
    Ok(())
}

/// How long all of them take in batches, one after the other.
fn batches(shift: &[Item]) -> anyhow::Result<Duration> {
    let record = |(n, event): (usize, &Item)| KinesisEventRecord {
        event_id: format!("shardId-000000000000:{n}"),
        event_source_arn: String::new(),
        kinesis: KinesisRecord { sequence_number: n.to_string(), data: STANDARD.encode(&event.text) },
    };
    let batch = |events: &[Item]| {
        let records = events.iter().enumerate().map(record).collect();
        (events.last().map_or(Timestamp::UNIX_EPOCH, |event| event.at), KinesisEvent { records })
    };
    let batches: Vec<_> = shift.chunks(BATCH).map(batch).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let folder = tempfile::tempdir()?;
    runtime.block_on(async {
        let store = Store::sqlite(&folder.path().join("agents.db")).await?;
        let account = JsonAccount::from_json(&format!(r#"{{"url":"{}"}}"#, service()?))?;
        let account = Account::fixed(Client::json(account)?);
        let feed = Feed::new(store, account.current().await, StateMode::Activity);
        let handler = Handler::new(feed, account);
        let start = Instant::now();
        for (now, batch) in batches {
            let context = CallContext::new(now, (Instant::now() + Duration::from_mins(1)).into());
            let outcome = handler.records(batch, context).await;
            assert_eq!(outcome.reply, Reply::Batch(BatchResponse::default()));
        }
        Ok(start.elapsed())
    })
}

/// A service that takes everything; its address.
fn service() -> std::io::Result<String> {
    fn serve(mut connection: TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(connection.try_clone()?);
        loop {
            let (mut line, mut length) = (String::new(), 0);
            while reader.read_line(&mut line)? > 2 {
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap_or(0);
                }
                line.clear();
            }
            if line.is_empty() {
                return Ok(());
            }
            reader.read_exact(&mut vec![0; length])?;
            connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")?;
        }
    }
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            std::thread::spawn(move || drop(serve(connection)));
        }
    });
    Ok(format!("http://{address}/"))
}

fn told_of(document: &str) -> Option<AgentUpdate> {
    read(&AgentEvent::parse(black_box(document)).ok()?, Timestamp::MAX).ok()
}

fn best(prepare: impl Fn() -> Vec<AgentUpdate>, run: impl Fn(Vec<AgentUpdate>) -> usize) -> Duration {
    let time = |_| {
        let prepared = prepare();
        let start = Instant::now();
        assert!(black_box(run(black_box(prepared))) > 0);
        start.elapsed()
    };
    (0..RUNS).map(time).min().unwrap_or_default()
}

#[expect(clippy::print_stdout, reason = "a bench's answer")]
fn print(line: &str) {
    println!("{line}");
}
