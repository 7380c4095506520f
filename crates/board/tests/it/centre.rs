//! An invented centre up to a moment, and the stores that its events fill through the handlers.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, mpsc},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use record_tables::config::TimeZones;
use rta_feed::read::{StreamDocument, document};
use serde_json::json;
use switchboard_agents::{Agents, RecordCache, resolve};
use switchboard_board::{AgentStore, Clock, ClockPhase, Sources};
use switchboard_contacts::store::Store;
use switchboard_core::arn::instance_arn;
use switchboard_objects::store::Store as ObjectStore;
use switchboard_records::{RecordTables, ServiceLevelTarget, contact::AttributeSelection};
use switchboard_runtime::settings::Switch;
use switchboard_simulator::model::{
    Behaviour, Centre, Config, Contact, ContactStep, Event, Sink, Step,
    emit::{Emission, Emitted, EmittedKind},
};
use switchboard_sql::{database::Database, url::SqlUrl};
use switchboard_store::call::CallContext;
use tempfile::TempDir;
use tokio::time::Instant;

type Taker = Box<dyn FnMut(&Emitted<'_>) -> std::io::Result<()> + Send>;

/// Hands on what happens, and notes each contact that came into a queue.
pub(crate) struct Witness {
    emission: Emission<Taker>,
    queued: QueuedContacts,
}

/// Each contact that came into a queue as it was last, by id.
type QueuedContacts = Arc<Mutex<BTreeMap<String, Contact>>>;

impl Sink for Witness {
    fn take(&mut self, step: &Step<'_>) {
        if let Event::Contact { contact, step: what } = step.event
            && contact.enqueued.is_some()
            && what != ContactStep::Unfinished
        {
            self.queued.lock().unwrap().insert(contact.id.to_string(), contact.snapshot());
        }
        self.emission.take(step);
    }
}

/// The centre and its stores.
pub(crate) struct Simulated {
    pub(crate) centre: Centre<Witness>,
    queued: QueuedContacts,
    tables_handler: Arc<record_tables::handler::Handler>,
    pub(crate) tables: RecordTables,
    emitted: mpsc::Receiver<(EmittedKind, String)>,
    handler: contact_status::handler::Handler,
    contacts: Store,
    agents: AgentStore,
    /// What the id of the centre's instance is replaced by, if it is another than the model's.
    other_instance: Option<&'static str>,
    folder_kept: Arc<TempDir>,
}

/// The instance of the model.
pub(crate) const INSTANCE: &str = "8c5a4f1e-3b7d-4e29-a6f0-51d2c97be834";
/// Another one, which a second centre may be.
pub(crate) const OTHER_INSTANCE: &str = "11111111-2222-4333-8444-555555555555";

impl Simulated {
    /// A small centre at its beginning.
    pub(crate) async fn new() -> Self {
        Self::of(Config {
            agents: 12,
            contacts_per_day: 1_500,
            from: "2026-11-02T00:00:00Z".parse().unwrap(),
            duration: SignedDuration::from_hours(24),
            zone: TimeZone::UTC,
            // A queue that nobody has made yet has no tile.
            behaviour: Behaviour { created_queue_share: 0.0, ..Behaviour::default() },
            ..Config::default()
        })
        .await
    }

    /// That centre at its beginning.
    pub(crate) async fn of(config: Config) -> Self {
        let begin = config.from;
        let (sender, emitted) = mpsc::channel();
        let take: Taker = Box::new(move |emitted: &Emitted<'_>| {
            _ = sender.send((emitted.kind, String::from_utf8(emitted.bytes.to_vec()).unwrap()));
            Ok(())
        });
        let emission = Emission::new(take, config.begin());
        let queued = QueuedContacts::default();
        let witness = Witness { emission, queued: Arc::clone(&queued) };
        let folder = TempDir::new().unwrap();
        let contacts = Store::sqlite(&folder.path().join("contacts.db"), 1440).await.unwrap();
        let agents = AgentStore::sqlite(&folder.path().join("agents.db")).await.unwrap();
        let metrics = folder.path().join("metrics.db");
        let tables = RecordTables::new(Database::sqlite(&metrics).await.unwrap());
        let centre = Centre::new(config, witness).unwrap();
        let instance = instance_arn(&centre.directory().queues[0].arn).unwrap();
        let instances = format!("{instance},{}", instance.replace(INSTANCE, OTHER_INSTANCE)).parse().unwrap();
        let target = |channel: &str, seconds| ServiceLevelTarget {
            aws_region: String::new(),
            instance_id: String::new(),
            queue_id: String::new(),
            channel: channel.to_owned(),
            seconds,
            target_percent: 80.0,
        };
        let settings = record_tables::config::Config {
            instances,
            database: SqlUrl::Sqlite(metrics),
            attributes: AttributeSelection::default(),
            agent_time: Switch::Off,
            time_zones: TimeZones(vec![TimeZone::UTC]),
            targets: Some(vec![target("", 20), target("CHAT", 60)]),
            logins: Vec::new(),
        };
        let objects = ObjectStore::folder(folder.path());
        let tables_handler = record_tables::handler::Handler::new(tables.clone(), objects, settings);
        tables_handler.handle(r#"{"task":"migrate"}"#, begin, deadline()).await.unwrap();
        Self {
            centre,
            queued,
            tables_handler: Arc::new(tables_handler),
            tables,
            emitted,
            handler: contact_status::handler::Handler::new(contacts.clone()),
            contacts,
            agents,
            other_instance: None,
            folder_kept: Arc::new(folder),
        }
    }

    /// A second centre, whose instance is another and whose events fill the same stores.
    pub(crate) async fn beside(&self, config: Config) -> Self {
        let mut other = Self::of(config).await;
        other.handler = contact_status::handler::Handler::new(self.contacts.clone());
        other.tables_handler = Arc::clone(&self.tables_handler);
        (other.contacts, other.agents) = (self.contacts.clone(), self.agents.clone());
        (other.tables, other.folder_kept) = (self.tables.clone(), Arc::clone(&self.folder_kept));
        other.other_instance = Some(OTHER_INSTANCE);
        other
    }

    /// Each contact that has come into a queue, as it is now.
    pub(crate) fn queued(&self) -> Vec<Contact> {
        self.queued.lock().unwrap().values().map(Contact::snapshot).collect()
    }

    /// Lets everything happen until then, and the stores know of it.
    pub(crate) async fn advance(&mut self, to: Timestamp) {
        self.centre.advance(to.as_millisecond());
        let emitted = self.emitted.try_iter().map(|(kind, text)| match self.other_instance {
            Some(other) => (kind, text.replace(INSTANCE, other)),
            None => (kind, text),
        });
        let emitted: Vec<_> = emitted.collect();
        let of = |kind| emitted.iter().filter(move |(of, _)| *of == kind).map(|(_, text)| text.as_str());
        let call = CallContext::new(to, deadline());
        let messages: Vec<_> =
            of(EmittedKind::ContactEvent).map(|text| json!({ "messageId": "m", "body": text })).collect();
        self.handler.handle(&json!({ "Records": messages }).to_string(), call).await.unwrap();
        let records = of(EmittedKind::ContactRecord)
            .map(|text| json!({ "kinesis": { "sequenceNumber": "1", "data": STANDARD.encode(text) } }));
        let records = json!({ "Records": records.collect::<Vec<_>>() });
        self.handler.handle(&records.to_string(), call).await.unwrap();
        for event in [json!({ "Records": messages }), records] {
            self.tables_handler.handle(&event.to_string(), to, deadline()).await.unwrap();
        }
        let records = of(EmittedKind::AgentEvent)
            .map(|text| json!({ "kinesis": { "sequenceNumber": "1", "data": STANDARD.encode(text) } }));
        let records = json!({ "Records": records.collect::<Vec<_>>() });
        self.handler.handle(&records.to_string(), call).await.unwrap();
        take_agent_events(&self.agents, of(EmittedKind::AgentEvent), to).await;
    }

    /// What a board reads, its clock standing at that moment.
    pub(crate) fn sources(&self, at: Timestamp) -> Sources {
        self.sources_of(Clock::invented(at, ClockPhase::Stopped))
    }

    /// What a board reads by that clock.
    pub(crate) fn sources_of(&self, clock: Clock) -> Sources {
        self.sources_in(clock, TimeZone::UTC)
    }

    /// What a board reads by that clock, of the days of that time zone.
    pub(crate) fn sources_in(&self, clock: Clock, zone: TimeZone) -> Sources {
        let (contacts, agents) = (self.contacts.clone(), Some(self.agents.clone()));
        Sources::new(contacts, agents, Some(self.tables.clone()), clock, zone)
    }
}

/// Lets a store of agents know of these events, by then.
pub(crate) async fn take_agent_events(
    store: &AgentStore,
    events: impl Iterator<Item = impl AsRef<str>>,
    to: Timestamp,
) {
    let mut agents = Agents::default();
    for text in events {
        if let Ok(StreamDocument::Agent(update)) = document(text.as_ref(), to) {
            agents.add(*update);
        }
    }
    let cache = RecordCache::default();
    let resolved = resolve((store, &cache), agents, deadline()).await;
    let keys: Vec<_> = resolved.updates.keys().cloned().collect();
    let merged = store.update(keys, deadline(), |key, record| {
        resolved.updates[key].merge_into("shard", record);
    });
    assert!(merged.await.into_iter().all(|(_, merged)| merged.is_ok()));
}

fn deadline() -> Instant {
    Instant::now() + std::time::Duration::from_mins(2)
}
