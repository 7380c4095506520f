//! The handlers of a demo, and the stores that they fill.

use std::{
    fs::{self, File},
    io,
    path::Path,
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, ensure};
use jiff::{Timestamp, tz::TimeZone};
use record_tables::config::{Config, TimeZones};
use rta_feed::read::{StreamDocument, document};
use switchboard_agents::{Agents, RecordCache, resolve};
use switchboard_board::AgentStore;
use switchboard_contacts::{expiry::RETENTION_DEFAULT_MINUTES, store::Store};
use switchboard_objects::store::Store as ObjectStore;
use switchboard_records::{RecordTables, contact::AttributeSelection};
use switchboard_runtime::{handler::Reply, settings::Switch};
use switchboard_simulator::model::emit::EmittedKind;
use switchboard_sql::{database::Database, url::SqlUrl};
use switchboard_store::call::CallContext;
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

use super::centre::EmittedText;
use crate::{
    input::document_format::DocumentFormat,
    replay::{EventBatch, without_logs},
};

/// How long a handler has for a batch: this machine may be slow.
const TIME_TO_HANDLE: Duration = Duration::from_mins(1);

/// How often an event is delivered that a handler does not take.
const DELIVERIES: u32 = 10;

/// The wait between two deliveries.
const BEFORE_THE_NEXT: Duration = Duration::from_millis(500);

/// The shard that the agents' events come by.
const SHARD: &str = "demo";

/// The file whose lock tells that a demo runs in the folder.
const LOCK: &str = "demo.lock";

/// The files of a demo, made anew.
const FILES: [&str; 3] = ["contacts.db", "agents.db", "metrics.db"];

/// A handler at work on an event.
type Handling<'a> = Pin<Box<dyn Future<Output = anyhow::Result<Reply>> + Send + 'a>>;

/// The handlers, and their stores.
#[derive(Debug)]
pub(super) struct Handlers {
    pub(super) contacts: Store,
    pub(super) agents: AgentStore,
    pub(super) records: RecordTables,
    contact_status: contact_status::handler::Handler,
    record_tables: record_tables::handler::Handler,
    cache: RecordCache,
    /// Locked while the demo runs.
    _lock: File,
}

impl Handlers {
    /// Opens the stores in a folder, anew.
    ///
    /// # Errors
    /// When a file can't be replaced or opened, and when another demo runs in the folder.
    pub(super) async fn open(
        folder: &Path,
        instance_arn: &str,
        zone: &TimeZone,
        now: Timestamp,
    ) -> anyhow::Result<Self> {
        let folder = std::path::absolute(folder)?;
        let unopened = || format!("the files in {} can't be made", folder.display());
        fs::create_dir_all(&folder).with_context(unopened)?;
        let lock = File::create(folder.join(LOCK)).with_context(unopened)?;
        lock.try_lock().with_context(|| {
            format!("another demo runs in {}: --out names another folder", folder.display())
        })?;
        for file in FILES {
            remove(&folder, file).with_context(unopened)?;
        }
        let [contacts, agents, metrics] = FILES.map(|file| folder.join(file));
        let contacts = Store::sqlite(&contacts, RETENTION_DEFAULT_MINUTES).await.with_context(unopened)?;
        let agents = AgentStore::sqlite(&agents).await.with_context(unopened)?;
        let records = RecordTables::new(Database::sqlite(&metrics).await.with_context(unopened)?);
        let config = Config {
            instances: instance_arn.parse().context("the centre's instance has no ARN")?,
            database: SqlUrl::Sqlite(metrics),
            attributes: AttributeSelection::default(),
            // The board shows nothing of it.
            agent_time: Switch::Off,
            time_zones: TimeZones(vec![zone.clone()]),
            targets: None,
            logins: Vec::new(),
        };
        let objects = ObjectStore::folder(&folder);
        let handlers = Self {
            contact_status: contact_status::handler::Handler::new(contacts.clone()),
            record_tables: record_tables::handler::Handler::new(records.clone(), objects, config),
            cache: RecordCache::default(),
            contacts,
            agents,
            records,
            _lock: lock,
        };
        handlers.records_event(r#"{"task":"migrate"}"#, now).await?;
        Ok(handlers)
    }

    /// Hands over what a centre has emitted until `now`: to each function by itself, as on AWS.
    ///
    /// # Errors
    /// When a handler does not take something.
    pub(super) async fn handle(
        handlers: &Arc<Self>,
        emitted: Vec<EmittedText>,
        now: Timestamp,
    ) -> anyhow::Result<()> {
        let emitted = Arc::new(emitted);
        let mut functions = JoinSet::new();
        let shared = || (Arc::clone(handlers), Arc::clone(&emitted));
        let (to, what) = shared();
        functions.spawn(async move { to.follow_agents(&of(&what, &[EmittedKind::AgentEvent]), now).await });
        let (to, what) = shared();
        functions.spawn(async move { to.follow_contacts(&what, now).await });
        let (to, what) = shared();
        functions.spawn(async move { to.fill_tables(&what, now).await });
        while let Some(done) = functions.join_next().await {
            done.context("a handler broke down")??;
        }
        Ok(())
    }

    /// What `contact-status` gets.
    async fn follow_contacts(&self, emitted: &[EmittedText], now: Timestamp) -> anyhow::Result<()> {
        for (kinds, format) in [
            (&[EmittedKind::ContactEvent][..], DocumentFormat::ContactEvent),
            (&[EmittedKind::AgentEvent, EmittedKind::ContactRecord], DocumentFormat::AgentEvent),
        ] {
            for event in events(&of(emitted, kinds), format) {
                self.contacts_event(&event, now).await?;
            }
        }
        for lines in of(emitted, &[EmittedKind::FlowLogs]) {
            self.contacts_event(lines, now).await?;
        }
        Ok(())
    }

    /// What `record-tables` gets.
    async fn fill_tables(&self, emitted: &[EmittedText], now: Timestamp) -> anyhow::Result<()> {
        for (kind, format) in [
            (EmittedKind::ContactEvent, DocumentFormat::ContactEvent),
            (EmittedKind::ContactRecord, DocumentFormat::ContactRecord),
        ] {
            for event in events(&of(emitted, &[kind]), format) {
                self.records_event(&event, now).await?;
            }
        }
        Ok(())
    }

    /// Folds agents' events, as the feed does before it sends states.
    async fn follow_agents(&self, documents: &[&str], now: Timestamp) -> anyhow::Result<()> {
        let mut agents = Agents::default();
        for text in documents {
            if let Ok(StreamDocument::Agent(update)) = document(text, now) {
                agents.add(*update);
            }
        }
        let deadline = Instant::now() + TIME_TO_HANDLE;
        let resolved = Box::pin(resolve((&self.agents, &self.cache), agents, deadline)).await;
        let mut failed = resolved.failed.into_values().chain(resolved.failed_arns.into_values());
        if let Some(error) = failed.next() {
            return Err(error).context("agents can't be kept");
        }
        let keys: Vec<_> = resolved.updates.keys().cloned().collect();
        let merge = |key: &switchboard_agents::AgentKey, record: &mut switchboard_agents::Record<_>| {
            if let Some(update) = resolved.updates.get(key) {
                update.merge_into(SHARD, record);
            }
        };
        let merged = self.agents.update_cached(&self.cache, keys, deadline, merge).await;
        merged.into_iter().try_for_each(|(_, merged)| merged).context("agents can't be kept")
    }

    async fn contacts_event(&self, event: &str, now: Timestamp) -> anyhow::Result<()> {
        let handle = || -> Handling<'_> {
            let call = CallContext::new(now, Instant::now() + TIME_TO_HANDLE);
            Box::pin(async move { Ok(self.contact_status.handle(event, call).await?.reply) })
        };
        delivered(handle, "contact-status").await
    }

    async fn records_event(&self, event: &str, now: Timestamp) -> anyhow::Result<()> {
        let handle = || -> Handling<'_> {
            let deadline = Instant::now() + TIME_TO_HANDLE;
            Box::pin(async move { Ok(self.record_tables.handle(event, now, deadline).await?.reply) })
        };
        delivered(handle, "record-tables").await
    }
}

/// The texts of these kinds, in the order of delivery.
fn of<'a>(emitted: &'a [EmittedText], kinds: &[EmittedKind]) -> Vec<&'a str> {
    emitted.iter().filter(|(kind, _)| kinds.contains(kind)).map(|(_, text)| &**text).collect()
}

/// Delivers an event, and again while not all of it is done, as AWS does: a disk may be slow. The log of the last delivery is on
/// standard error: it says why.
async fn delivered<'a>(handle: impl Fn() -> Handling<'a>, function: &str) -> anyhow::Result<()> {
    for _ in 1..DELIVERIES {
        if is_done(&without_logs(handle()).await?) {
            return Ok(());
        }
        sleep(BEFORE_THE_NEXT).await;
    }
    let is_done = is_done(&handle().await?);
    ensure!(is_done, "{function} did not take an event of the centre");
    Ok(())
}

fn is_done(reply: &Reply) -> bool {
    match reply {
        Reply::Done(()) => true,
        Reply::Batch(response) => response.batch_item_failures.is_empty(),
        Reply::Retry => false,
    }
}

fn remove(folder: &Path, file: &str) -> io::Result<()> {
    for end in ["", "-wal", "-shm"] {
        match fs::remove_file(folder.join(format!("{file}{end}"))) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Documents as events, as they come to the functions.
fn events(documents: &[&str], format: DocumentFormat) -> Vec<String> {
    let (mut events, mut batch) = (Vec::new(), EventBatch::default());
    for document in documents {
        if batch.is_full_for(document, format) {
            events.extend(std::mem::take(&mut batch).event());
        }
        batch.push(document, format, 0..0);
    }
    events.extend(batch.event());
    events
}
