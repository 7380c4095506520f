//! The answer to a flow, whatever happens.

use std::{
    collections::{BTreeMap, BTreeSet},
    panic::AssertUnwindSafe,
    time::Duration,
};

use futures_util::{FutureExt, StreamExt, TryStreamExt, future, stream};
use jiff::{SignedDuration, Timestamp};
use switchboard_contacts::{
    customer,
    fold::{Change, fold},
    observation::Observation,
    status::Status,
    store::{Store, When},
    version::digest,
};
use switchboard_core::{
    flow_call::FlowCall,
    json::{self, Raw},
};
use switchboard_runtime::metrics::{Metric, Metrics};
use switchboard_store::error::StoreError;
use tokio::time::Instant;

use crate::{
    call::{Action, Data, Reason},
    earlier::Earlier,
};

/// How long a flow is kept waiting at most. Connect itself waits 8 s.
pub const LIMIT: Duration = Duration::from_secs(7);

/// The customer's latest contacts that a look-up looks at.
const CONTACTS_MAX: usize = 100;
/// Their transfer chains that it looks at: the latest.
const CHAINS_MAX: usize = 25;
/// How many of those it asks for at once.
const CHAINS_AT_ONCE: usize = 8;

/// What a flow gets: strings by name.
pub type Map = BTreeMap<&'static str, String>;

/// Answers contact flows from a store of contacts.
#[derive(Debug)]
pub struct Flows {
    store: Store,
}

/// An answer and what there is to count in it.
#[derive(Debug)]
pub struct Answered {
    /// The answer, `Result` in it.
    pub answer: Map,
    /// The counts.
    pub metrics: Metrics,
}

impl Flows {
    /// From this store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Answers a call, JSON text, by the deadline or within [`LIMIT`], whichever comes first.
    pub async fn answer(&self, call: &str, when: When) -> Answered {
        let when = When { deadline: when.deadline.min(Instant::now() + LIMIT), ..when };
        let mut metrics = Metrics::default();
        // An alarm watches it, so it is there when nothing happened, too.
        metrics.add(Metric::FlowErrors, 0);
        // Boxed: a future of all that the stores do has more layers than the compiler counts.
        let tried = AssertUnwindSafe(self.try_answer(call, when, &mut metrics).boxed()).catch_unwind().await;
        let answer = match tried.unwrap_or(Err(Reason::Internal)) {
            Ok(mut answer) => {
                answer.insert("Result", "Ok".to_owned());
                answer
            }
            Err(reason) => {
                let word = reason.word();
                tracing::error!(reason = word, "a flow was answered with an error");
                metrics.add(Metric::FlowErrors, 1);
                Map::from([("Result", "Error".to_owned()), ("Reason", word.to_owned())])
            }
        };
        Answered { answer, metrics }
    }

    async fn try_answer(&self, call: &str, when: When, metrics: &mut Metrics) -> Result<Map, Reason> {
        let id = format!("{:08x}", digest(call.as_bytes()));
        let call = FlowCall::parse(call).map_err(|_| Reason::NotAFlowCall)?;
        match Action::of(&call)? {
            Action::Record(data) => {
                let recorded = data.len().to_string();
                self.store(fold([observation(&call, &id, data, when)?]), when).await?;
                metrics.add(Metric::FlowDataRecorded, 1);
                Ok(Map::from([("Recorded", recorded)]))
            }
            Action::LookUp { window_minutes } => {
                let mut changes = fold([observation(&call, &id, Data::new(), when)?]);
                // That a flow asked is nothing that happened to the contact.
                for change in changes.values_mut() {
                    change.history.clear();
                }
                let (told, known) =
                    future::join(self.look_up(&call, window_minutes, when), self.store(changes, when)).await;
                if known.is_err() {
                    // What was asked can be answered all the same.
                    metrics.add(Metric::ContactsFailed, 1);
                }
                let told = told?;
                metrics.add(Metric::FlowLookUps, 1);
                Ok(told)
            }
        }
    }

    async fn store(&self, changes: BTreeMap<String, Change>, when: When) -> Result<(), Reason> {
        let recorded = self.store.record(changes.into_values(), when).await;
        match recorded.failed.first() {
            None => Ok(()),
            Some((contact_id, error)) => {
                let reason = error.to_string();
                tracing::error!(contact_id, reason, "a contact was not stored");
                Err(Reason::from(error))
            }
        }
    }

    async fn look_up(
        &self,
        call: &FlowCall<'_>,
        window_minutes: Option<u32>,
        when: When,
    ) -> Result<Map, Reason> {
        let contact_id = call.contact_id.text().unwrap_or_default();
        let chain = call.initial_contact_id.text().filter(|id| !id.is_empty());
        let chain = chain.unwrap_or_else(|| contact_id.clone());
        let contacts = self.contacts(call, &chain, when).boxed().await.map_err(|error| {
            let reason = error.to_string();
            tracing::error!(contact_id = &*contact_id, reason, "a customer's contacts were not read");
            Reason::from(&error)
        })?;
        let since = window_minutes.map(|minutes| SignedDuration::from_mins(i64::from(minutes)));
        let since = since.and_then(|window| when.now.checked_sub(window).ok()).unwrap_or(Timestamp::MIN);
        let earlier =
            Earlier { contact_id: &contact_id, chain: &chain, contacts: &contacts, now: when.now, since };
        Ok(earlier.answer())
    }

    /// The contacts of this chain, of the customer, and of the chains that those belong to.
    async fn contacts(
        &self,
        call: &FlowCall<'_>,
        chain: &str,
        when: When,
    ) -> Result<BTreeMap<String, Status>, StoreError> {
        let of_customer = async {
            match customer::identifier(call.customer_endpoint) {
                Some(customer) => {
                    self.store.by_customer(&customer, Timestamp::UNIX_EPOCH, CONTACTS_MAX, when).await
                }
                None => Ok(Vec::new()),
            }
        };
        let of_chain = self.store.chain(chain, when);
        let (of_customer, mut found) = future::try_join(of_customer.boxed(), of_chain.boxed()).await?;
        let mut seen = BTreeSet::from([chain.to_owned()]);
        let chains: Vec<String> = of_customer
            .iter()
            .map(|status| status.initial_contact_id().to_owned())
            .filter(|initial| seen.insert(initial.clone()))
            .take(CHAINS_MAX)
            .collect();
        let of_chains = stream::iter(chains)
            .map(async |initial| self.store.chain(&initial, when).await)
            .buffer_unordered(CHAINS_AT_ONCE);
        found.extend(of_customer);
        found.extend(of_chains.try_concat().await?);
        Ok(found.into_iter().map(|status| (status.contact_id().to_owned(), status)).collect())
    }
}

/// What a call says about its contact.
fn observation(call: &FlowCall<'_>, id: &str, data: Data, when: When) -> Result<Observation, Reason> {
    let data = serde_json::Value::from(data).to_string();
    let mut pairs: Vec<(String, Raw<'_>)> = Vec::new();
    json::members(&data, |member| pairs.push((member.name.into_owned(), member.value)))
        .map_err(|_| Reason::Internal)?;
    let pairs = pairs.iter().map(|(name, value)| (name.as_str(), *value));
    Observation::of_flow_call(call, when.now, id, pairs).ok_or(Reason::NoContactId)
}

#[cfg(test)]
mod tests;
