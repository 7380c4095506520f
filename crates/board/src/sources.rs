//! The stores that a board reads, and what was read of them at one moment.

mod figures;
mod holding;
mod picture;
mod polls;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    mem::discriminant,
    sync::Arc,
    time::Duration,
};

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};
use switchboard_agents::{Delivery, HeldRoster, Instance, Roster};
use switchboard_contacts::{
    held::HeldContacts,
    journey::Journey,
    resource_names::{HeldNames, ResourceNames},
    status::Status,
    store::Store as ContactStore,
};
use switchboard_core::arn;
use switchboard_metrics::reader::MetricReader;
use switchboard_records::{ReconciledHour, RecordTables};
use switchboard_sql::SqlError;
use switchboard_store::{call::CallContext, error::StoreError};
use tokio::{sync::Mutex, time::Instant};

use self::{figures::FigureCache, polls::PollCache};
pub(crate) use self::{
    figures::{DEFAULT_TARGET, INTERVAL, QueueDay, target},
    polls::whole,
};
pub use self::{
    figures::{Figures, PeriodFigures, QueueTarget},
    holding::STALE_AFTER,
    picture::Picture,
    polls::{PolledFigures, Polls, QueueOfInstance},
};
use crate::{
    clock::Clock,
    customer_keys::CustomerKeys,
    instances::{self, BoardInstance, InstanceScope},
    thresholds::Thresholds,
    undelivered::{Undelivered, UndeliveredCounter, UndeliveredWatch},
};

/// No store is read more often, whoever asks.
const READ_EVERY: Duration = Duration::from_secs(1);

/// How long a reader waits for a store.
const TIME_TO_READ: Duration = Duration::from_secs(10);

/// The stores of agents that a board reads, whatever keeps its deliveries in them.
pub type AgentStore = switchboard_agents::Store<NoDelivery>;

/// A delivery of which nothing is read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoDelivery {}

impl Delivery for NoDelivery {}

/// Why a store can't be read. It holds nothing of what is in it.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// Contacts.
    #[error("contacts can't be read")]
    Contacts(#[source] StoreError),
    /// Agents.
    #[error("agents can't be read")]
    Agents(#[source] StoreError),
    /// Record tables.
    #[error("the record tables can't be read")]
    Records(#[source] SqlError),
    /// Metric tables.
    #[error("the metric tables can't be read")]
    Polls(#[source] SqlError),
}

/// The journey of a contact, and the contacts of its chain by when they began.
#[derive(Debug)]
pub(crate) struct ReadJourney {
    pub(crate) journey: Journey,
    pub(crate) chain: Vec<Status>,
    pub(crate) names: ResourceNames,
}

/// The stores that a board reads.
pub struct Sources {
    contacts: ContactStore,
    agents: Vec<AgentStore>,
    records: Option<RecordTables>,
    polls: Option<MetricReader>,
    clock: Clock,
    time_zone: TimeZone,
    customer_keys: Option<CustomerKeys>,
    /// The instances that are set; none where they are those of the data.
    instances: Arc<Vec<BoardInstance>>,
    thresholds: Arc<Thresholds>,
    undelivered: Option<UndeliveredWatch>,
    read: Mutex<ReadState>,
}

#[derive(Default)]
struct ReadState {
    picture: Option<(Instant, Arc<Picture>)>,
    /// Parts of that picture, by the instance's name in addresses.
    parts: BTreeMap<String, Arc<Picture>>,
    last_contact_events: BTreeMap<Option<Instance>, Timestamp>,
    /// The instances that were seen so far: one that is quiet goes on being one of the board's.
    seen: BTreeSet<Instance>,
    contacts: HeldContacts,
    names: HeldNames,
    /// Of each store of agents.
    rosters: Vec<HeldRoster<NoDelivery>>,
    figures: FigureCache,
    polls: PollCache,
}

impl ReadState {
    /// Keeps what was read: what says nothing new is the picture that is there, and what was made of that one stands.
    fn keep(&mut self, read: Picture) -> Arc<Picture> {
        let held = self.picture.take().map(|(_, held)| held).filter(|held| held.still_holds(&read));
        let picture = held.unwrap_or_else(|| {
            self.parts.clear();
            Arc::new(read)
        });
        self.picture = Some((Instant::now(), Arc::clone(&picture)));
        picture
    }
}

impl Sources {
    /// The stores, with the time that they are read at. Days are those of the time zone. There may be several stores of agents, as each
    /// instance's feed may keep its own.
    pub fn new(
        contacts: ContactStore,
        agents: impl IntoIterator<Item = AgentStore>,
        records: Option<RecordTables>,
        clock: Clock,
        time_zone: TimeZone,
    ) -> Self {
        let customer_keys = CustomerKeys::of_this_process();
        Self {
            contacts,
            agents: agents.into_iter().collect(),
            records,
            polls: None,
            clock,
            time_zone,
            customer_keys,
            instances: Arc::default(),
            thresholds: Arc::default(),
            undelivered: None,
            read: Mutex::default(),
        }
    }

    /// The same, of these instances, whether there is anything of them or not; without any, of those that the data name.
    #[must_use]
    pub fn with_instances(self, instances: Vec<BoardInstance>) -> Self {
        Self { instances: Arc::new(instances), ..self }
    }

    /// The same, with tiles that are coloured from there on.
    #[must_use]
    pub fn with_thresholds(self, thresholds: Thresholds) -> Self {
        Self { thresholds: Arc::new(thresholds), ..self }
    }

    /// The same, with what polls count beside it.
    #[must_use]
    pub fn with_polls(self, reader: MetricReader) -> Self {
        Self { polls: Some(reader), ..self }
    }

    /// The same, with a count of what could not be delivered.
    #[must_use]
    pub fn with_undelivered(self, counter: impl UndeliveredCounter + 'static) -> Self {
        Self { undelivered: Some(UndeliveredWatch::new(counter)), ..self }
    }

    /// The same, with keys of customers that other processes read, too.
    #[must_use]
    pub fn with_customer_keys(self, keys: CustomerKeys) -> Self {
        Self { customer_keys: Some(keys), ..self }
    }

    /// What makes and reads the keys of customers.
    pub(crate) fn customer_keys(&self) -> Option<&CustomerKeys> {
        self.customer_keys.as_ref()
    }

    /// The board's time.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Whose days and clock times.
    pub fn time_zone(&self) -> &TimeZone {
        &self.time_zone
    }

    /// What the stores hold. Who asks within a second of another gets the same, and so does who asks later, while a new read finds
    /// nothing new and the time that has passed changes nothing.
    ///
    /// # Errors
    /// If a store can't be read.
    pub async fn picture(&self) -> Result<Arc<Picture>, SourceError> {
        // The lock is held while the stores are read: who asks meanwhile gets what is being read.
        let mut read = self.read.lock().await;
        self.read_into(&mut read).await
    }

    /// What the stores hold of one instance.
    ///
    /// # Errors
    /// If a store can't be read.
    pub(crate) async fn picture_of(&self, scope: &InstanceScope) -> Result<Arc<Picture>, SourceError> {
        let mut read = self.read.lock().await;
        let picture = self.read_into(&mut read).await?;
        // Of a single one it is the whole, unless others are left out.
        let Some(name) = scope.part_name(self.instances.is_empty()) else { return Ok(picture) };
        let part = read.parts.entry(name).or_insert_with(|| Arc::new(picture.part_of(scope)));
        Ok(Arc::clone(part))
    }

    /// The instances of the board.
    ///
    /// # Errors
    /// If none is set, and a store can't be read.
    pub(crate) async fn instances(&self) -> Result<Arc<Vec<BoardInstance>>, SourceError> {
        if !self.instances.is_empty() {
            return Ok(Arc::clone(&self.instances));
        }
        Ok(Arc::clone(&self.picture().await?.instances))
    }

    async fn read_into(&self, read: &mut ReadState) -> Result<Arc<Picture>, SourceError> {
        // Before the stores: when a clock has stopped, they have everything until then.
        let phase = self.clock.phase();
        if let Some((at, picture)) = &read.picture
            && at.elapsed() < READ_EVERY
            && discriminant(&picture.phase) == discriminant(&phase)
        {
            return Ok(Arc::clone(picture));
        }
        let call = self.call();
        let instances: Vec<&str> = self.instances.iter().filter_map(BoardInstance::arn).collect();
        let contacts = self.contacts.active_in(&instances, &mut read.contacts, call).await;
        let contacts = contacts.map_err(SourceError::Contacts)?;
        let names = self.contacts.resource_names_held(&contacts, &mut read.names, call).await;
        let names = names.map_err(SourceError::Contacts)?;
        let agents = self.roster(&mut read.rosters, call).await?;
        let figures = match &self.records {
            Some(records) => {
                let figures = read.figures.read(records, &self.time_zone, call).await;
                Some(figures.map_err(SourceError::Records)?)
            }
            None => None,
        };
        let polls = match &self.polls {
            Some(reader) => {
                let zone = figures.is_none().then_some(&self.time_zone);
                match read.polls.read(reader, (&contacts, agents.as_ref()), zone, call).await {
                    Ok(polls) => Some(polls),
                    // Without it nothing is compared; everything else stands.
                    Err(error) if figures.is_some() => {
                        tracing::warn!(event = "polls_not_read", error = %error, "the metric tables can't be read");
                        None
                    }
                    Err(error) => return Err(SourceError::Polls(error)),
                }
            }
            None => None,
        };
        for contact in &contacts {
            if let Some(at) = contact.last_event_at() {
                let newest = read.last_contact_events.entry(instances::instance_of(contact)).or_insert(at);
                *newest = at.max(*newest);
            }
        }
        let mut picture = Picture {
            at: call.now,
            phase,
            contacts,
            names,
            agents,
            figures,
            polls,
            last_contact_event: read.last_contact_events.values().max().copied(),
            last_contact_events: read.last_contact_events.clone(),
            instances: Arc::clone(&self.instances),
            thresholds: Arc::clone(&self.thresholds),
        };
        if self.instances.is_empty() {
            read.seen.extend(picture.named_instances());
            picture.instances = Arc::new(read.seen.iter().map(BoardInstance::seen).collect());
        }
        Ok(read.keep(picture))
    }

    /// The agents of all stores; [`None`] without any.
    async fn roster(
        &self,
        held: &mut Vec<HeldRoster<NoDelivery>>,
        call: CallContext,
    ) -> Result<Option<Roster<NoDelivery>>, SourceError> {
        held.resize_with(self.agents.len(), HeldRoster::default);
        let mut all: Option<Roster<NoDelivery>> = None;
        for (agents, held) in self.agents.iter().zip(held) {
            let roster = agents.roster(held, call.now, call.deadline).await;
            let roster = roster.map_err(SourceError::Agents)?.clone();
            let all = all.get_or_insert_default();
            all.agents.extend(roster.agents);
            all.routing_profiles.extend(roster.routing_profiles);
        }
        Ok(all)
    }

    /// How many queues' waiting contacts have differed from Amazon Connect's own count for two minutes, when the stores were read last;
    /// [`None`] before that, and where nothing is polled now.
    pub async fn queues_differing(&self) -> Option<usize> {
        let read = self.read.lock().await;
        let (_, picture) = read.picture.as_ref()?;
        let polls = picture.polls.as_ref().filter(|polls| polls.is_any_fresh(picture.at))?;
        Some(polls.differences.len())
    }

    /// The journey of a contact's chain; [`None`] if the contact is not known.
    ///
    /// # Errors
    /// If contacts can't be read.
    pub(crate) async fn journey(&self, contact_id: &str) -> Result<Option<ReadJourney>, SourceError> {
        let call = self.call();
        let read = async {
            let Some(chain) = self.contacts.chain_of(contact_id, call).await? else { return Ok(None) };
            let mut history = Vec::new();
            for contact in &chain {
                history.extend(self.contacts.history(contact.contact_id(), call).await?);
            }
            let journey = Journey::new(history, &chain);
            let names = self.contacts.names(&journey.without_name(), call).await?;
            let journey = journey.with_names(names);
            let names = self.contacts.resource_names(&chain, call).await?;
            Ok(Some(ReadJourney { journey, chain, names }))
        };
        read.await.map_err(SourceError::Contacts)
    }

    /// A contact, with the names of its queue and agent; [`None`] if it is not known.
    ///
    /// # Errors
    /// If contacts can't be read.
    pub(crate) async fn contact(
        &self,
        contact_id: &str,
    ) -> Result<Option<(Status, ResourceNames)>, SourceError> {
        let call = self.call();
        let read = async {
            let Some(contact) = self.contacts.status(contact_id, call).await? else { return Ok(None) };
            let names = self.contacts.resource_names(std::slice::from_ref(&contact), call).await?;
            Ok(Some((contact, names)))
        };
        read.await.map_err(SourceError::Contacts)
    }

    /// All contacts that are known, or a customer's, with names.
    ///
    /// # Errors
    /// If contacts can't be read.
    pub(crate) async fn contacts(
        &self,
        customer: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<Status>, ResourceNames), SourceError> {
        let call = self.call();
        let read = async {
            let contacts = match customer {
                Some(customer) => self.contacts.by_customer(customer, None, limit, call).await?,
                None => self.contacts.all(call).await?,
            };
            let names = self.contacts.resource_names(&contacts, call).await?;
            Ok((contacts, names))
        };
        read.await.map_err(SourceError::Contacts)
    }

    /// The hours of the last day that were compared with what Connect lists, the latest first; none without record tables.
    ///
    /// # Errors
    /// If the record tables can't be read.
    pub(crate) async fn reconciled_hours(&self) -> Result<Vec<ReconciledHour>, SourceError> {
        let Some(records) = &self.records else { return Ok(Vec::new()) };
        let call = self.call();
        let from = call.now.saturating_sub(SignedDuration::from_hours(24)).unwrap_or(call.now);
        records.reconciled_hours(from, call.deadline).await.map_err(SourceError::Records)
    }

    /// What could not be delivered, counted at most once a minute; nothing where it is not counted.
    pub(crate) async fn undelivered(&self) -> Arc<Vec<Undelivered>> {
        match &self.undelivered {
            Some(watch) => watch.count().await,
            None => Arc::default(),
        }
    }

    /// The intervals of a queue on a local day, today if none is named; [`None`] without record tables.
    ///
    /// # Errors
    /// If the record tables can't be read.
    pub(crate) async fn queue_day(
        &self,
        queue_id: &str,
        date: Option<Date>,
        within: &[u32],
    ) -> Result<Option<QueueDay>, SourceError> {
        let Some(records) = &self.records else { return Ok(None) };
        let call = self.call();
        let date = date.unwrap_or_else(|| call.now.to_zoned(self.time_zone.clone()).date());
        let read = figures::read_queue(records, &self.time_zone, (queue_id, date), within, call);
        read.await.map(Some).map_err(SourceError::Records)
    }

    fn call(&self) -> CallContext {
        CallContext::new(self.clock.now(), Instant::now() + TIME_TO_READ)
    }
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sources").field("clock", &self.clock).finish_non_exhaustive()
    }
}

/// The last part of an ARN: the id by which a resource is known on the board.
pub(crate) fn id_of(arn: &str) -> &str {
    arn::last_segment(arn)
}
