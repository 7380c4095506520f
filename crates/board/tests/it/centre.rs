//! An invented centre up to a moment, and the stores that its events fill through the handlers.

use std::sync::mpsc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use rta_feed::read::{StreamDocument, document};
use serde_json::json;
use switchboard_agents::{Agents, RecordCache, resolve};
use switchboard_board::{AgentStore, Clock, ClockPhase, Sources};
use switchboard_contacts::store::Store;
use switchboard_simulator::model::{
    Centre, Config,
    emit::{Emission, Emitted, EmittedKind},
};
use switchboard_store::call::CallContext;
use tempfile::TempDir;
use tokio::time::Instant;

type Taker = Box<dyn FnMut(&Emitted<'_>) -> std::io::Result<()> + Send>;

/// The centre and its stores.
pub(crate) struct Simulated {
    pub(crate) centre: Centre<Emission<Taker>>,
    emitted: mpsc::Receiver<(EmittedKind, String)>,
    handler: contact_status::handler::Handler,
    contacts: Store,
    agents: AgentStore,
    _folder: TempDir,
}

impl Simulated {
    /// A small centre at its beginning.
    pub(crate) async fn new() -> Self {
        let config = Config {
            agents: 12,
            contacts_per_day: 1_500,
            from: "2026-11-02T00:00:00Z".parse().unwrap(),
            duration: SignedDuration::from_hours(24),
            zone: TimeZone::UTC,
            ..Config::default()
        };
        let (sender, emitted) = mpsc::channel();
        let take: Taker = Box::new(move |emitted: &Emitted<'_>| {
            _ = sender.send((emitted.kind, String::from_utf8(emitted.bytes.to_vec()).unwrap()));
            Ok(())
        });
        let emission = Emission::new(take, config.begin());
        let folder = TempDir::new().unwrap();
        let contacts = Store::sqlite(&folder.path().join("contacts.db"), 1440).await.unwrap();
        let agents = AgentStore::sqlite(&folder.path().join("agents.db")).await.unwrap();
        Self {
            centre: Centre::new(config, emission).unwrap(),
            emitted,
            handler: contact_status::handler::Handler::new(contacts.clone()),
            contacts,
            agents,
            _folder: folder,
        }
    }

    /// Lets everything happen until then, and the stores know of it.
    pub(crate) async fn advance(&mut self, to: Timestamp) {
        self.centre.advance(to.as_millisecond());
        let emitted: Vec<_> = self.emitted.try_iter().collect();
        let of = |kind| emitted.iter().filter(move |(of, _)| *of == kind).map(|(_, text)| text.as_str());
        let call = CallContext::new(to, deadline());
        let messages: Vec<_> =
            of(EmittedKind::ContactEvent).map(|text| json!({ "messageId": "m", "body": text })).collect();
        self.handler.handle(&json!({ "Records": messages }).to_string(), call).await.unwrap();
        let mut agents = Agents::default();
        let records = of(EmittedKind::AgentEvent)
            .map(|text| json!({ "kinesis": { "sequenceNumber": "1", "data": STANDARD.encode(text) } }));
        let records = json!({ "Records": records.collect::<Vec<_>>() });
        self.handler.handle(&records.to_string(), call).await.unwrap();
        for text in of(EmittedKind::AgentEvent) {
            if let Ok(StreamDocument::Agent(update)) = document(text, to) {
                agents.add(*update);
            }
        }
        let cache = RecordCache::default();
        let resolved = resolve((&self.agents, &cache), agents, deadline()).await;
        let keys: Vec<_> = resolved.updates.keys().cloned().collect();
        let merged = self.agents.update(keys, deadline(), |key, record| {
            resolved.updates[key].merge_into("shard", record);
        });
        assert!(merged.await.into_iter().all(|(_, merged)| merged.is_ok()));
    }

    /// What a board reads, its clock standing at that moment.
    pub(crate) fn sources(&self, at: Timestamp) -> Sources {
        self.sources_of(Clock::invented(at, ClockPhase::Stopped))
    }

    /// What a board reads by that clock.
    pub(crate) fn sources_of(&self, clock: Clock) -> Sources {
        Sources::new(self.contacts.clone(), Some(self.agents.clone()), None, clock, TimeZone::UTC)
    }
}

fn deadline() -> Instant {
    Instant::now() + std::time::Duration::from_mins(2)
}
