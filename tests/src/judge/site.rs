//! The servers and functions of a run, and the ways between them.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use switchboard_contacts::store::Store;
use switchboard_simulator::model::{ClockSkew, Config, emit::EmittedKind};
use tempfile::TempDir;

use super::contacts::RETENTION_MINUTES;
use super::customers::Customers;
use super::day::Item;
use super::delivery::{DeliveryCounts, Shard, deliver_events, deliver_messages};
use super::enrichment::{self, Names};
use super::failures::Failures;
use super::function::{Function, Server};
use super::look_ups::LookUps;
use super::metrics::Metrics;
use super::reconciliation::Reconciliation;
use super::records::Records;
use super::remote::Refusal;
use super::report::Report;
use super::seen::{AgentMoment, Seen};
use super::workforce::Workforce;
use crate::clock::Clock;
use crate::dynamodb_local::DynamoDbLocal;
use crate::loopback::Loopback;
use crate::rta_service::RtaService;

/// How many shards the agents' stream has.
const SHARDS: usize = 2;
const SNAPSHOT: &[u8] = br#"{"rta":"snapshot"}"#;
const AGENTS: &str = "judge-agents";
const CONTACTS: &str = "judge-contacts";

/// A function that reads a shard.
struct Reader {
    function: Function,
    shard: Shard,
    counts: DeliveryCounts,
}

/// A function that is given one event after the other.
struct Consumer {
    function: Function,
    counts: DeliveryCounts,
}

/// What asks Connect, where it is asked.
pub(super) type ConnectFunctions<'a> = (Option<&'a Metrics>, Option<&'a Reconciliation>);

/// Everything that runs. What is dropped last is the clock, by which the rest goes.
pub(super) struct Site {
    rta: Vec<Reader>,
    agents: Vec<Reader>,
    records: Reader,
    events: Consumer,
    flows: Consumer,
    enrichment: Consumer,
    callers: Arc<Function>,
    callers_count: Arc<DeliveryCounts>,
    names: Names,
    look_ups: LookUps,
    transformations: AtomicU64,
    pub(super) workforce: Workforce,
    pub(super) record_tables: Records,
    pub(super) store: Store,
    service: Arc<RtaService>,
    _folder: TempDir,
    _dynamodb: DynamoDbLocal,
    _directory: Loopback,
    pub(super) clock: Arc<Clock>,
}

impl Site {
    /// A site in which nothing has happened, whose clock shows this time.
    pub(super) async fn start(centre: &Config, clock_skew: ClockSkew, failures: Failures) -> Self {
        let clock = Arc::new(Clock::starting_at(
            Timestamp::from_millisecond(centre.begin()).expect("a time of the history"),
        ));
        let dynamodb = DynamoDbLocal::start_on(&clock);
        let client = aws_sdk_dynamodb::Client::new(&dynamodb.sdk_config().await);
        switchboard_agents::dynamodb::create_table(&client, AGENTS).await.expect("a table");
        switchboard_contacts::dynamodb::create_table(&client, CONTACTS).await.expect("a table");
        let store = Store::dynamodb(&client, CONTACTS.to_owned(), RETENTION_MINUTES);
        let (service, folder) = (Arc::new(RtaService::start()), tempfile::tempdir().expect("a folder"));
        let table = Server {
            variable: "AWS_ENDPOINT_URL_DYNAMODB",
            port: dynamodb.port(),
            path: "",
            refusal: Refusal::DynamoDb,
        };
        let tables = [table];
        let status = |reads: &str| {
            let env = vec![
                ("CONTACTS", format!("dynamodb://{CONTACTS}")),
                ("CONTACT_RETENTION_MINUTES", RETENTION_MINUTES.to_string()),
            ];
            Function::new(("contact-status", reads), env, &tables, &clock, failures)
        };
        let reader = |function, stream, shard, size| Reader {
            function,
            shard: Shard::new(stream, shard, size),
            counts: DeliveryCounts::default(),
        };
        let consumer = |function| Consumer { function, counts: DeliveryCounts::default() };
        let rta = (0..SHARDS).map(|shard| {
            let secret = folder.path().join(format!("rta-{shard}.json"));
            let env = vec![
                ("AGENTS", format!("dynamodb://{AGENTS}")),
                ("RTA_STATES", "activity".to_owned()),
                ("RTA", format!("file://{}", secret.display())),
            ];
            let calls = Server {
                variable: "RTA_SERVICE_OF_THE_JUDGE",
                port: service.port(),
                path: "",
                refusal: Refusal::Unavailable,
            };
            let [table] = &tables;
            let servers = [Server { ..*table }, calls];
            let function =
                Function::new(("rta-feed", &format!("shard {shard}")), env, &servers, &clock, failures)
                    .with_leases()
                    .telling(&service);
            let url = function.setting("RTA_SERVICE_OF_THE_JUDGE") + service.path();
            let mut account = service.secret();
            account["url"] = json!(url);
            fs::write(secret, account.to_string()).expect("a file");
            reader(function, "agent-events", shard, 800)
        });
        let rta: Vec<_> = rta.collect();
        let agents = (0..SHARDS)
            .map(|shard| reader(status(&format!("agents, shard {shard}")), "agent-events", shard, 500));
        let agents: Vec<_> = agents.collect();
        let names = Names::create(client).await;
        let env = vec![("CALLERS", format!("dynamodb://{}", Names::TABLE))];
        let callers_count = Arc::new(DeliveryCounts::default());
        let callers_function = Arc::new(Function::new(("caller-api", ""), env, &tables, &clock, failures));
        let directory = enrichment::start_directory(&callers_function, &callers_count);
        let callers = Server {
            variable: "CALLERS",
            port: directory.address.port(),
            path: enrichment::PATH,
            refusal: Refusal::Unavailable,
        };
        let enrich = Function::new(("ctr-enrich", ""), Vec::new(), &[callers], &clock, failures);
        Self {
            rta,
            agents,
            records: reader(status("records"), "contact-records", 0, 100),
            events: consumer(status("events")),
            flows: consumer(status("flow logs")),
            enrichment: consumer(enrich),
            callers: callers_function,
            callers_count,
            names,
            look_ups: LookUps::start(&tables, CONTACTS, &clock, failures),
            transformations: AtomicU64::new(0),
            workforce: Workforce::start(&clock, failures).await,
            record_tables: Records::start(centre, clock_skew, &clock, failures),
            store,
            service,
            _folder: folder,
            _dynamodb: dynamodb,
            _directory: directory,
            clock,
        }
    }

    /// Has the callers' names known who are new.
    pub(super) async fn add_names(&self, numbers: Vec<String>) {
        self.names.add(numbers).await;
    }

    /// Has contact flows ask what they ask by now.
    pub(super) fn ask(&self, customers: &mut Customers, is_clean: bool, report: &mut Report) {
        let (asking, store) = (customers.take_asking(), (&self.store, &*self.clock));
        tokio::task::block_in_place(|| self.look_ups.ask((customers, asking), store, is_clean, report));
    }

    /// Has a flow ask for each customer of whom it is certain by now what is to be told.
    pub(super) fn ask_all(&self, customers: &Customers, report: &mut Report) {
        tokio::task::block_in_place(|| self.look_ups.ask_all(customers, self.clock.now(), report));
    }

    /// Delivers these items to whoever reads them, side by side, and returns when all is done.
    pub(super) async fn deliver(&mut self, items: &[Item], is_due: bool, report: &mut Report) {
        tokio::task::block_in_place(|| self.deliver_side_by_side(items, report));
        self.workforce.deliver(items, is_due, report).await;
    }

    fn deliver_side_by_side(&mut self, items: &[Item], report: &mut Report) {
        let of = |kind: EmittedKind| items.iter().filter(move |item| item.kind == kind);
        let of_shard = |shard: usize| -> Vec<&Item> {
            of(EmittedKind::AgentEvent).filter(|item| shard_of(&item.key) == shard).collect()
        };
        thread::scope(|scope| {
            for (shard, reader) in self.rta.iter_mut().enumerate().chain(self.agents.iter_mut().enumerate()) {
                let items = of_shard(shard);
                if !items.is_empty() {
                    scope.spawn(move || reader.deliver(&items));
                }
            }
            let (records, events) = (&mut self.records, &self.events);
            let (enrichment, transformations) = (&self.enrichment, &self.transformations);
            scope.spawn(move || {
                let records: Vec<&Item> = of(EmittedKind::ContactRecord).collect();
                let function = (&enrichment.function, &enrichment.counts);
                enrichment::transform(&records, function, transformations, report);
            });
            self.record_tables.deliver(items, scope);
            let flows = &self.flows;
            scope.spawn(move || records.deliver(&of(EmittedKind::ContactRecord).collect::<Vec<_>>()));
            scope.spawn(move || {
                let bodies: Vec<&[u8]> = of(EmittedKind::ContactEvent).map(|item| &*item.bytes).collect();
                deliver_messages(&bodies, 100, &events.function, &events.counts);
            });
            scope.spawn(move || {
                let batches: Vec<&Item> = of(EmittedKind::FlowLogs).collect();
                deliver_events(&batches, &flows.function, &flows.counts);
            });
        });
    }

    /// Asks for a full snapshot until there is one.
    pub(super) fn snapshot(&self) {
        if let Some(reader) = self.rta.first() {
            (0..60).any(|_| reader.function.invoke(SNAPSHOT.to_vec()).is_ok());
        }
    }

    /// Compares how many changes were sent again that had been acknowledged: there should be none.
    pub(super) fn compare_repeats(&self, report: &mut Report) {
        let repeats = self.service.repeats().len();
        report.compare_count("adherence", "all agents", "the number of changes sent twice", (repeats, 0));
    }

    /// How many changes were sent again that had been acknowledged.
    pub(super) fn repeats(&self) -> u64 {
        u64::try_from(self.service.repeats().len()).unwrap_or(u64::MAX)
    }

    /// Forgets what need not be known to the end.
    pub(super) fn forget(&self) {
        self.service.forget_taken();
    }

    /// Compares what an operator sees of each agent.
    pub(super) fn compare_picture(&self, at: Timestamp, seen: &Seen, report: &mut Report) {
        let picture = self.service.picture();
        for (agent, truth) in &seen.shown {
            let told = picture.get(agent).filter(|told| told.is_logged_on);
            let state = told.map(|told| told.description.as_str());
            report.compare("adherence", agent, &format!("the state at {at}"), (state, truth.as_deref()));
        }
    }

    /// Compares for how long each agent who is logged on had been so when an operator was told, in whole seconds.
    pub(super) fn compare_since(&self, at: Timestamp, seen: &Seen, report: &mut Report) {
        for (agent, told) in self.service.picture().iter().filter(|(_, told)| told.is_logged_on) {
            let told_at = told.timestamp.map(Timestamp::as_millisecond);
            let moments = seen.moments.get(agent).into_iter().flatten();
            let then = moments.filter(|moment| Some(moment.at) == told_at);
            let seconds = |moment: &AgentMoment| (moment.at - moment.began).div_euclid(1000);
            let truth: Vec<_> = then.map(|moment| (moment.shown.clone(), seconds(moment))).collect();
            let told = (Some(told.description.clone()), i64::from(told.seconds_in_state));
            // Of several moments at once any will do.
            let truth = if truth.contains(&told) { vec![told.clone()] } else { truth };
            report.compare("adherence since", agent, &format!("the seconds at {at}"), (vec![told], truth));
        }
    }

    /// All functions, and what became of what was sent to them.
    fn functions(&self) -> impl Iterator<Item = (&Function, &DeliveryCounts)> {
        let readers = self.rta.iter().chain(&self.agents).chain([&self.records]);
        let readers = readers.map(|reader| (&reader.function, &reader.counts));
        let consumers = [&self.events, &self.flows, &self.enrichment];
        let consumers = consumers.map(|consumer| (&consumer.function, &consumer.counts));
        let workforce = [(&self.workforce.function, &self.workforce.counts)];
        let asked =
            [(&self.look_ups.function, &self.look_ups.counts), (&*self.callers, &*self.callers_count)];
        readers.chain(consumers).chain(asked).chain(workforce).chain(self.record_tables.functions())
    }

    /// The same and those that ask Connect.
    fn functions_with<'a>(
        &'a self,
        connect: ConnectFunctions<'a>,
    ) -> impl Iterator<Item = (&'a Function, &'a DeliveryCounts)> {
        let (metrics, reconciliation) = connect;
        let metrics = metrics.into_iter();
        let metrics = metrics.flat_map(|metrics| {
            [(&metrics.function, &metrics.counts), (&metrics.check, &metrics.check_counts)]
        });
        let reconciliation =
            reconciliation.map(|reconciliation| (&reconciliation.function, &reconciliation.counts));
        self.functions().chain(metrics).chain(reconciliation)
    }

    /// A line about how far a run has come: what was sent, failed, came again, was killed and was lost, speed and memory.
    pub(super) fn progress(&self, connect: ConnectFunctions<'_>, elapsed: Duration) -> String {
        let functions: Vec<_> = self.functions_with(connect).collect();
        let sum = |count: fn(&Function, &DeliveryCounts) -> u64| -> u64 {
            functions.iter().map(|(function, counts)| count(function, counts)).sum()
        };
        let sent = sum(|_, counts| number(&counts.sent));
        format!(
            "{:.0} s: sent {sent}, {:.0} a second; {} of {} remote calls failed, {} came again, {} killed, {} lost; functions \
             {} MB, judge {} MB, at most {} MB",
            elapsed.as_secs_f64(),
            per_second(sent, elapsed),
            sum(|function, _| function.calls().1),
            sum(|function, _| function.calls().0),
            sum(|_, counts| number(&counts.retried)),
            sum(|function, _| u64::try_from(function.kills().len()).unwrap_or(0)),
            sum(|_, counts| number(&counts.lost)),
            sum(|function, _| function.peak_memory_kb()) / 1024,
            own_memory_kb("VmRSS:") / 1024,
            own_memory_kb("VmHWM:") / 1024,
        )
    }

    /// Lines about what was sent, failed, retried and killed, and which function was busy for longest; adds what was lost.
    pub(super) fn report(&self, connect: ConnectFunctions<'_>, elapsed: Duration, report: &mut Report) {
        for (function, counts) in self.functions_with(connect) {
            let (invocations, unanswered) = function.invocations();
            let (calls, failed) = function.calls();
            let (kills, busy) = (function.kills(), function.busy());
            report.lost += number(&counts.lost);
            report.lines.push(format!(
                "{}: {} items in {invocations} invocations ({unanswered} without an answer), {} came again, {} lost; {calls} \
                 remote calls, {failed} failed; killed {}; {} kB; busy for {:.0} s of {:.0} s, {:.0} items a second of that",
                function.name,
                number(&counts.sent),
                number(&counts.retried),
                number(&counts.lost),
                kills.len(),
                function.peak_memory_kb(),
                busy.as_secs_f64(),
                elapsed.as_secs_f64(),
                per_second(number(&counts.sent), busy),
            ));
            report.lines.extend(kills.iter().map(|kill| format!("  killed {kill}")));
            if number(&counts.lost) > 0 {
                report.lines.push(function.last_lines());
            }
        }
        let busiest =
            self.functions_with(connect).map(|(function, _)| function).max_by_key(|function| function.busy());
        report.lines.extend(busiest.map(|function| format!("the rate is limited by {}", function.name)));
    }
}

fn number(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::SeqCst)
}

fn per_second(items: u64, time: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let items = items as f64;
    items / time.as_secs_f64().max(0.001)
}

/// What this process holds, in kilobytes: `VmRSS:` now, `VmHWM:` at most so far.
fn own_memory_kb(which: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let held = status.lines().find_map(|line| line.strip_prefix(which));
    held.and_then(|held| held.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

impl Reader {
    fn deliver(&mut self, items: &[&Item]) {
        self.shard.deliver(items, &self.function, &self.counts);
    }
}

/// The shard of a partition key.
fn shard_of(key: &str) -> usize {
    let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    // The high bits are the well mixed ones.
    usize::try_from(hash >> 40).unwrap_or(0) % SHARDS
}
