//! A function with its environment: started anew when its process is gone, as Lambda does it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use serde_json::Value;

use super::cut_off::CutOff;
use super::failures::Failures;
use super::remote::{KillSwitch, Refusal, Remote};
use crate::clock::Clock;
use crate::lambda::Lambda;
use crate::rta_service::RtaService;

/// How long an invocation may take. Far more than any needs that waits for nobody.
const TIME_LEFT: Duration = Duration::from_secs(10);
/// How far the clock goes on after a kill: what a dead process has leased is free by then.
const AFTER_A_KILL: SignedDuration = SignedDuration::from_secs(61);

/// A function and its one process.
#[derive(Debug)]
pub(super) struct Function {
    /// What it is called in reports: the binary, and what it reads.
    pub(super) name: String,
    binary: &'static str,
    env: Vec<(&'static str, String)>,
    clock: Arc<Clock>,
    failures: Failures,
    has_leases: bool,
    switch: Arc<KillSwitch>,
    remotes: Vec<Remote>,
    /// The ways to its servers that speak no HTTP.
    networks: Vec<CutOff>,
    process: Mutex<Option<Arc<Lambda>>>,
    invocations: AtomicU64,
    failed: AtomicU64,
    busy_micros: AtomicU64,
    kills: Mutex<Vec<String>>,
    /// The adherence service that it tells of changes, which takes account of what it can't know to have told.
    told: Option<Arc<RtaService>>,
}

/// A server that a function calls.
pub(super) struct Server {
    /// The variable that leads there.
    pub(super) variable: &'static str,
    pub(super) port: u16,
    /// What follows the host and the port of its address.
    pub(super) path: &'static str,
    pub(super) refusal: Refusal,
}

impl Function {
    /// A function that is started with its first event.
    pub(super) fn new(
        (binary, reads): (&'static str, &str),
        mut env: Vec<(&'static str, String)>,
        servers: &[Server],
        clock: &Arc<Clock>,
        failures: Failures,
    ) -> Self {
        let name = if reads.is_empty() { binary.to_owned() } else { format!("{binary} ({reads})") };
        let switch = Arc::new(KillSwitch::default());
        let mut remotes = Vec::new();
        for server in servers {
            let way = format!("{name} {}", server.variable);
            let remote = Remote::start(way, server.port, server.refusal, failures, Arc::clone(&switch));
            env.push((server.variable, remote.url() + server.path));
            remotes.push(remote);
        }
        Self {
            name,
            binary,
            env,
            clock: Arc::clone(clock),
            failures,
            has_leases: false,
            switch,
            remotes,
            networks: Vec::new(),
            process: Mutex::default(),
            invocations: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            busy_micros: AtomicU64::new(0),
            kills: Mutex::default(),
            told: None,
        }
    }

    /// The same, of one that reaches a database by the URL in this variable.
    pub(super) fn with_database(mut self, variable: &'static str, url: &str) -> Self {
        let (_, place) = url.rsplit_once(':').expect("an address with a port");
        let (port, database) = place.split_once('/').expect("an address with a database");
        let (name, switch) = (format!("{} {variable}", self.name), Arc::clone(&self.switch));
        let network = CutOff::start(name, port.parse().expect("a port"), self.failures, switch);
        let own = url.replace(place, &format!("{}/{database}", network.port()));
        self.env.push((variable, own));
        self.networks.push(network);
        self
    }

    /// The same, of one that tells this service of changes.
    pub(super) fn telling(self, service: &Arc<RtaService>) -> Self {
        Self { told: Some(Arc::clone(service)), ..self }
    }

    /// The same, of one that takes leases. Of others thousands are killed in a long day: if the clock went on for each, it would
    /// run away from the day.
    pub(super) fn with_leases(self) -> Self {
        Self { has_leases: true, ..self }
    }

    /// The answer to an event; the reason if there is none.
    pub(super) fn invoke(&self, event: Vec<u8>) -> Result<Value, String> {
        let process = self.process();
        let number = self.invocations.fetch_add(1, Ordering::SeqCst) + 1;
        let dies_in = self.failures.of_invocation(&self.name, number);
        if let Some(call) = dies_in {
            self.switch.arm(&process, call);
        }
        let acknowledged = self.told.as_ref().map(|service| (service, service.acknowledgements()));
        let began = Instant::now();
        let answer = process.invoke(event, TIME_LEFT).result;
        let took = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.busy_micros.fetch_add(took, Ordering::SeqCst);
        self.switch.disarm();
        if process.exited().is_some() {
            *self.process.lock().expect("no panic while it is held") = None;
            if let Some(call) = dies_in {
                let kill = format!("{} in invocation {number}, call {call}", self.name);
                self.kills.lock().expect("no panic while they are held").push(kill);
            }
            if self.has_leases {
                self.clock.set(self.clock.now() + AFTER_A_KILL);
            }
        }
        let answer = answer.map_err(|error| error.to_string());
        let answer =
            answer.and_then(|answer| serde_json::from_slice(&answer).map_err(|error| error.to_string()));
        self.failed.fetch_add(u64::from(answer.is_err()), Ordering::SeqCst);
        // What it was told in vain it tells again, and rightly.
        if let Some((service, acknowledged)) = acknowledged
            && !answer.as_ref().is_ok_and(|answer| failed_ids(answer).is_empty())
        {
            service.lose_acknowledgements(acknowledged);
        }
        answer
    }

    fn process(&self) -> Arc<Lambda> {
        let mut held = self.process.lock().expect("no panic while it is held");
        let start = || {
            let env: Vec<_> = self.env.iter().map(|(name, value)| (*name, value.as_str())).collect();
            Arc::new(Lambda::start_on(&self.clock, self.binary, &env))
        };
        Arc::clone(held.get_or_insert_with(start))
    }

    /// The value of one of its variables.
    pub(super) fn setting(&self, name: &str) -> String {
        let found = self.env.iter().find(|(variable, _)| *variable == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    }

    /// How many invocations there were, and how many of them had no answer.
    pub(super) fn invocations(&self) -> (u64, u64) {
        (self.invocations.load(Ordering::SeqCst), self.failed.load(Ordering::SeqCst))
    }

    /// How many remote calls it made, and how many of them failed.
    pub(super) fn calls(&self) -> (u64, u64) {
        let calls = self.remotes.iter().map(Remote::calls);
        calls.fold((0, 0), |(all, failed), (more, of_them)| (all + more, failed + of_them))
    }

    /// How long it was busy with events.
    pub(super) fn busy(&self) -> Duration {
        Duration::from_micros(self.busy_micros.load(Ordering::SeqCst))
    }

    /// Where it was killed.
    pub(super) fn kills(&self) -> Vec<String> {
        self.kills.lock().expect("no panic while they are held").clone()
    }

    /// The most memory that its process has held, in kilobytes; 0 if it does not run.
    pub(super) fn peak_memory_kb(&self) -> u64 {
        let held = self.process.lock().expect("no panic while it is held");
        held.as_ref()
            .filter(|process| process.exited().is_none())
            .map_or(0, |process| process.peak_memory_kb())
    }

    /// The last lines that its process has written.
    pub(super) fn last_lines(&self) -> String {
        let held = self.process.lock().expect("no panic while it is held");
        let lines = held.as_ref().map(|process| process.logs()).unwrap_or_default();
        lines.get(lines.len().saturating_sub(5)..).unwrap_or_default().join("\n")
    }
}

/// The items of a batch that failed.
pub(super) fn failed_ids(answer: &Value) -> Vec<String> {
    let failures = answer.get("batchItemFailures").and_then(Value::as_array);
    let id = |failure: &Value| failure.get("itemIdentifier").and_then(Value::as_str).map(str::to_owned);
    failures.into_iter().flatten().filter_map(id).collect()
}
